import csv
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.catalog.importers.readers import open_table, read_table
from pillapp.catalog.importers.registry import recognise
from pillapp.errors import ImportFileError
from tests.catalog.files import DUR_HEADER, TABLET_HEADER, single, tablet, write_dur, write_tablets, write_workbook


def _rows(path):
    table = open_table(path)
    recognise(table)
    return table, list(table.rows)


def test_an_unbalanced_quote_costs_no_row(tmp_path):
    rows = [single(number, "노인주의", f"D{number:06d}", f"성분{number}", "-") for number in range(1, 201)]
    rows[50] = rows[50].replace("성분51", '"성분51')
    _, lines = _rows(write_dur(tmp_path / "a.csv", rows))
    assert len(lines) == 200
    assert all(line.reason is None and len(line.cells) == 27 for line in lines)


def test_cp949_and_utf8_are_told_apart_by_content(tmp_path):
    rows = [single(1, "노인주의", "D000001", "디아제팜", "-")]
    for encoding, found in (("cp949", "cp949"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8")):
        table, lines = _rows(write_dur(tmp_path / f"{encoding}.csv", rows, encoding=encoding))
        assert table.encoding == found
        assert lines[0].cells[5] == "디아제팜"


def test_a_cp949_file_cut_in_the_middle_of_a_character_loses_that_line_and_says_so(tmp_path):
    rows = [single(number, "노인주의", f"D{number:06d}", "디아제팜", "-") for number in range(1, 40)]
    path = write_dur(tmp_path / "cut.csv", rows, encoding="cp949")
    whole = path.read_bytes().rstrip(b"\n")
    cut = whole.rfind("디아".encode("cp949")) + 1
    path.write_bytes(whole[:cut])
    _, lines = _rows(path)
    assert len(lines) == 39
    assert [line.number for line in lines if line.reason] == [40]
    assert "cp949" in lines[-1].reason


def test_quoted_fields_with_commas_and_line_breaks_are_one_row(tmp_path):
    path = tmp_path / "master.csv"
    text = '일반명코드,제형,일반명,함량\n100101AGN,"과립제,세립",상황균사체,1.1\n100102AGN,정,"두 줄\n이름",2\n'
    path.write_bytes(text.encode("cp949"))
    _, lines = _rows(path)
    assert [line.cells[:3] for line in lines] == [
        ["100101AGN", "과립제,세립", "상황균사체"],
        ["100102AGN", "정", "두 줄\n이름"],
    ]


def test_a_quote_that_never_closes_in_a_standard_csv_swallows_nothing(tmp_path):
    body = "".join(f"10010{number}AGN,정,성분{number},1\n" for number in range(1, 9))
    path = tmp_path / "open.csv"
    path.write_text("일반명코드,제형,일반명,함량\n" + body.replace("성분3", '"성분3'), encoding="utf-8")
    _, lines = _rows(path)
    assert len(lines) == 8
    assert all(line.reason is None for line in lines)


def test_a_row_of_the_wrong_width_is_kept_with_its_line_and_reason(tmp_path):
    rows = [single(1, "노인주의", "D000001", "가", "-"), "2,노인주의,단일", single(3, "노인주의", "D000003", "다", "-")]
    _, lines = _rows(write_dur(tmp_path / "short.csv", rows))
    assert [(line.number, line.reason) for line in lines if line.reason] == [(3, "칸이 27개여야 하는데 3개입니다")]


def test_an_xls_that_is_really_a_workbook_opens_by_its_content(tmp_path):
    table, lines = _rows(write_tablets(tmp_path / "낱알.xls", [tablet("200000001", "가나정")]))
    assert table.format == "XLSX"
    assert lines[0].cells[1] == "가나정"


def test_headers_may_hold_line_breaks_and_stand_below_a_title(tmp_path):
    header = ["연번", "주성분코드\n_동일제형", "제품코드", "제품명", "업체명", "상한금액"]
    path = write_workbook(
        tmp_path / "hira.xlsx", [["약제급여목록"], [], header, ["1", "107601ATB", "073400360", "가정", "나", "100"]]
    )
    table, lines = _rows(path)
    assert table.header[1] == "주성분코드_동일제형"
    assert lines[0].cells[2] == "073400360"


def test_a_column_more_changes_nothing(tmp_path):
    path = write_workbook(
        tmp_path / "more.xlsx", [[*TABLET_HEADER, "새로운열"], [*tablet("200000001", "가나정"), "새로운 값"]]
    )
    _, lines = _rows(path)
    assert lines[0].reason is None


def test_a_missing_column_is_named_with_the_kind_of_file_it_looks_like(tmp_path):
    header = [name for name in TABLET_HEADER if name != "표시앞"]
    path = write_workbook(tmp_path / "less.xlsx", [header, ["200000001"] * len(header)])
    with pytest.raises(ImportFileError, match="낱알식별 파일 같지만 필요한 열이 없습니다: 표시앞"):
        recognise(open_table(path))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (200 << 20))
    with pytest.raises(ImportFileError, match="zip bomb"):
        open_table(path)


def test_entity_bombs_in_answers_are_refused(tmp_path):
    path = tmp_path / "bomb.xml"
    path.write_text('<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><response><body>&y;</body></response>')
    with pytest.raises(ImportFileError, match="답변이 아닙니다"):
        open_table(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "빈 파일"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (b"PK\x03\x04garbage", "손상"),
        ("이름,나이\n철수,3\n".encode(), "공식 파일이 아닙니다"),
        ("이름,나이\n".encode("utf-16"), "UTF-16"),
        (b"\x80\x81\xff\xfe,\xa0\n" * 50, "wrong encoding"),
        (b"abc\0def", "binary"),
        (b'{"hello": 1}', "답변이 아닙니다"),
    ],
)
def test_files_that_are_none_of_ours_are_refused_in_one_sentence(tmp_path, content, said):
    path = tmp_path / "stranger.csv"
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match=said):
        recognise(open_table(path))


def test_folders_and_missing_files_are_told(tmp_path):
    with pytest.raises(ImportFileError, match="폴더"):
        open_table(tmp_path)
    with pytest.raises(ImportFileError, match="없습니다"):
        open_table(tmp_path / "none.csv")


def test_the_streamed_sheet_gives_what_the_fast_reader_gives(tmp_path, monkeypatch):
    path = write_tablets(tmp_path / "t.xlsx", [tablet(f"20000000{number}", f"가{number}정") for number in range(1, 9)])
    fast = [line.cells for line in read_table(path).rows]
    monkeypatch.setattr("pillapp.catalog.importers.workbook_reader._STREAM_ABOVE", 0)
    streamed = [[*line.cells, ""][: len(TABLET_HEADER)] for line in read_table(path).rows]
    assert [[cell or "" for cell in cells] for cells in streamed] == fast


def test_the_dur_header_of_these_tests_is_the_official_one():
    assert len(DUR_HEADER.split(",")) == 27


CELL = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters=",\x85\u2028\u2029"), max_size=8)


@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=30))
def test_in_nedrugs_own_dialect_no_quote_anywhere_costs_a_row(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(("하나,둘,셋,\n" + "".join(",".join(row) + ",\n" for row in rows)).encode("utf-8-sig"))
        assert [line.cells for line in read_table(path).rows] == [list(row) for row in rows]


@given(
    rows=st.lists(
        st.tuples(CELL, CELL, CELL).filter(lambda row: any(cell.strip() for cell in row)), min_size=1, max_size=30
    )
)
def test_a_proper_csv_is_read_as_the_standard_reader_reads_it(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("하나", "둘", "셋"), *rows])
        assert [line.cells for line in read_table(path).rows] == [list(row) for row in rows]
