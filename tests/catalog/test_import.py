import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.registry import IMPORTERS
from pillapp.catalog.importers.run import Outcome, date_in_name, import_files
from pillapp.catalog.values import Category
from tests.catalog.files import (
    EZETIMIBE,
    ITRACONAZOLE,
    SIMVASTATIN,
    dur_row,
    pair,
    single,
    tablet,
    write_dur,
    write_tablets,
    write_workbook,
)

PAIRS = [
    pair(1, SIMVASTATIN, ITRACONAZOLE, 금기내용="횡문근융해증"),
    pair(2, ITRACONAZOLE, SIMVASTATIN, 금기내용="근육병증"),
]


def _dump(catalog):
    """Everything in the catalogue but the clock."""
    kept = {}
    for table in catalog.database.tables():
        rows = catalog.database.rows(f'SELECT * FROM "{table}"')
        kept[table] = sorted(map(repr, rows)) if table not in ("imported_file", "schema_migration") else len(rows)
    return kept


def test_rows_in_a_file_are_rows_taken_and_rows_rejected(catalog, take, tmp_path):
    rows = [
        *PAIRS,
        "3,병용금기",
        pair(4, SIMVASTATIN, ("", "", "")),
        dur_row(DUR유형="없는유형", DUR성분코드="D000009"),
    ]
    report = take(write_dur(tmp_path / "a.csv", rows))
    assert (report.rows, report.taken, report.rejected) == (5, 2, 3)
    assert [reject.line for reject in report.rejects] == [4, 5, 6]
    stored = catalog.database.rows('SELECT "rows", taken, rejected FROM imported_file')
    assert stored == [(5, 2, 3)]
    assert [line for (line,) in catalog.database.rows('SELECT "line" FROM rejected_row')] == [4, 5, 6]


def test_rows_that_are_not_in_force_are_rejected_and_said_so(take, tmp_path):
    report = take(write_dur(tmp_path / "a.csv", [*PAIRS, pair(3, SIMVASTATIN, EZETIMIBE, 상태="삭제")]))
    assert "정상이 아닙니다" in report.rejects[0].reason


def test_a_file_imported_twice_changes_nothing(catalog, take, tmp_path):
    path = write_dur(tmp_path / "a.csv", PAIRS)
    take(path)
    before = _dump(catalog)
    assert take(path).outcome is Outcome.UNCHANGED
    assert _dump(catalog) == before


def test_the_workbook_of_a_file_gives_the_same_rules_as_its_csv(catalog, take, tmp_path):
    take(write_dur(tmp_path / "a20260101.csv", PAIRS))
    header = write_dur(tmp_path / "h.csv", PAIRS).read_text("utf-8-sig").splitlines()
    cells = [["" if cell == "-" else cell.replace("|", ", ") for cell in line.split(",")[:27]] for line in header]
    rules = catalog.database.rows("SELECT rule_key FROM dur_rule ORDER BY 1")
    take(write_workbook(tmp_path / "b20260201.xlsx", cells))
    assert catalog.database.rows("SELECT rule_key FROM dur_rule ORDER BY 1") == rules


def test_a_newer_file_of_a_rule_type_replaces_the_older_whole_and_leaves_other_types(catalog, take, tmp_path):
    take(write_dur(tmp_path / "f20260101.csv", [single(9, "노인주의", *SIMVASTATIN)]))
    take(write_dur(tmp_path / "a20260101.csv", PAIRS))
    take(write_dur(tmp_path / "a20260301.csv", PAIRS[:1]))
    assert catalog.summary().rules == {Category.COMBINATION: 1, Category.ELDERLY: 1}


def test_an_older_file_never_replaces_a_newer_one(catalog, take, tmp_path):
    take(write_dur(tmp_path / "a20260301.csv", PAIRS))
    report = take(write_dur(tmp_path / "a20250101.csv", PAIRS[:1]))
    assert catalog.summary().rules[Category.COMBINATION] == 2
    assert report.rows == report.taken == 1
    assert "더 새로운 파일(2026-03-01)" in report.notes[0]


def test_a_cancel_leaves_the_database_as_it_was(catalog, take, tmp_path):
    take(write_dur(tmp_path / "first.csv", PAIRS[:1]))
    before = _dump(catalog)
    path = write_tablets(tmp_path / "t.xlsx", [tablet(f"{200000000 + n}", f"가{n}정") for n in range(2500)])
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 2  # after the first thousand rows

    [report] = import_files(catalog.database, [path], None, cancelled)
    assert report.outcome is Outcome.CANCELLED
    assert _dump(catalog) == before


def test_a_file_that_fails_leaves_the_others_and_the_database_alone(catalog, tmp_path):
    stranger = tmp_path / "x.csv"
    stranger.write_text("이름,나이\n철수,3\n")
    reports = import_files(catalog.database, [stranger, write_dur(tmp_path / "a.csv", PAIRS), tmp_path / "none.xlsx"])
    assert [report.outcome for report in reports] == [Outcome.FAILED, Outcome.IMPORTED, Outcome.FAILED]
    assert "x.csv" in reports[0].error
    assert catalog.database.value("SELECT count(*) FROM imported_file") == 1


def test_a_file_without_one_usable_row_changes_nothing(catalog, take, tmp_path):
    take(write_dur(tmp_path / "good.csv", PAIRS))
    before = _dump(catalog)
    report = take(write_dur(tmp_path / "bad.csv", ["1,병용금기", "2,병용금기"]))
    assert report.outcome is Outcome.FAILED
    assert "쓸 수 있는 줄이 없습니다" in report.error
    assert _dump(catalog) == before


def test_an_error_in_the_middle_of_writing_undoes_the_whole_file(catalog, tmp_path, monkeypatch):
    before = _dump(catalog)

    def broken(*_):
        raise OSError("disk gone")

    monkeypatch.setattr("pillapp.catalog.importers.dur_ingredients.drop_unused_subjects", broken)
    with pytest.raises(OSError, match="disk gone"):
        import_files(catalog.database, [write_dur(tmp_path / "a.csv", PAIRS)])
    assert _dump(catalog) == before


KILLED = """
import sys, time
from pathlib import Path
from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
catalog = open_catalog(sys.argv[1])
def told(progress):
    if progress.stage == "저장하는 중":
        print("saving", flush=True)
        # Half of the file is written when this is reached again.
original = catalog.database.write
def slow(*arguments, **more):
    count = original(*arguments, **more)
    print("written", flush=True)
    time.sleep(30)
    return count
catalog.database.write = slow
import_files(catalog.database, [Path(sys.argv[2])], told)
"""


def test_an_import_killed_in_the_middle_of_writing_loses_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'killed.sqlite'}"
    with open_catalog(url) as catalog:
        import_files(catalog.database, [write_dur(tmp_path / "first.csv", PAIRS[:1])])
        before = _dump(catalog)
    path = write_dur(tmp_path / "second.csv", [single(1, "노인주의", *SIMVASTATIN)])
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(path)], stdout=subprocess.PIPE, cwd=root, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"written"):
                break
        process.send_signal(signal.SIGKILL)
    with open_catalog(url) as catalog:
        assert _dump(catalog) == before
        assert import_files(catalog.database, [path])[0].outcome is Outcome.IMPORTED


def test_until_products_are_joined_again_none_counts_as_checkable(catalog, tmp_path, monkeypatch):
    import_files(catalog.database, [write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "가정(심바스타틴)")])])
    monkeypatch.setattr("pillapp.catalog.importers.run.join_products", lambda database: None)
    import_files(catalog.database, [write_dur(tmp_path / "a.csv", PAIRS)])
    [facts] = catalog.safety_facts(["200000001"])
    assert facts.not_checkable
    monkeypatch.undo()
    with open_catalog(catalog.database.url) as reopened:
        assert reopened.safety_facts(["200000001"])[0].links


def test_progress_tells_stage_rate_and_place(catalog, tmp_path):
    told = []
    paths = [
        write_tablets(tmp_path / "t.xlsx", [tablet(f"{200000000 + n}", f"가{n}정") for n in range(2500)]),
        write_dur(tmp_path / "a.csv", PAIRS),
    ]
    import_files(catalog.database, paths, told.append)
    assert {progress.stage for progress in told} == {"읽는 중", "저장하는 중", "연결하는 중"}
    reading = [progress for progress in told if progress.stage == "읽는 중"]
    assert [progress.rows for progress in reading] == [1000, 2000]
    assert 0 < reading[0].fraction < reading[1].fraction <= 1
    assert reading[1].rows_per_second > 0
    assert reading[1].seconds_left is not None
    assert told[-1].files == 2


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("OpenData_PotOpenDurIngr_AC20260312.csv", "2026-03-12"),
        ("약제급여목록및급여상한금액표_(2025.9.1.)_공개용 1부.xlsx", "2025-09-01"),
        ("의약품 낱알식별정보 데이터(2020년).xls", ""),
        ("20991231.csv", ""),
        ("20250231.csv", ""),
    ],
)
def test_the_date_in_a_name_is_read_and_impossible_ones_are_not(name, day):
    assert date_in_name(name) == day


# 낱알식별 ------------------------------------------------------------------------------------------------------------


def test_a_product_with_several_looks_keeps_them_all_and_exact_repeats_are_one(catalog, take, tmp_path):
    rows = [
        tablet("200000001", "라믹정", 표시앞="GSEE1"),
        tablet("200000001", "라믹정", 표시앞="GSEE5"),
        tablet("200000001", "라믹정", 표시앞="GSEE5"),
    ]
    report = take(write_tablets(tmp_path / "t.xlsx", rows))
    assert report.taken == 3
    assert [look.imprint_front for look in catalog.appearances()] == ["GSEE1", "GSEE5"]


def test_looks_keep_what_the_file_says_and_sizes_become_millimetres(catalog, take, tmp_path):
    row = tablet(
        "200000001",
        "가정",
        표시앞="S분할선100",
        표시뒤="마크",
        분할선앞="-",
        색상앞="파랑, 옅은",
        크기장축="21.1±0.1mm",
        크기두께="1호",
    )
    take(write_tablets(tmp_path / "t.xlsx", [row]))
    [look] = catalog.appearances()
    assert (look.imprint_front, look.imprint_back, look.line_front) == ("S분할선100", "마크", "-")
    assert look.colours_front == ("파랑",)
    assert (look.long_mm, look.thick_mm) == (21.1, None)


def test_a_product_key_that_is_none_is_rejected_formulas_too(take, tmp_path):
    rows = [tablet("200000001", "가정"), tablet("=1+1", "나정"), tablet("12", "다정")]
    report = take(write_tablets(tmp_path / "t.xlsx", rows))
    assert (report.taken, report.rejected) == (1, 2)
    assert all("9자리" in reject.reason for reject in report.rejects)


def test_yearly_csv_names_columns_in_english_and_numbers_its_forms(catalog, take, tmp_path):
    header = (
        "ITEM_SEQ,ITEM_NAME,ENTP_NAME,CHARTN,ITEM_IMAGE,PRINT_FRONT,PRINT_BACK,DRUG_SHAPE,COLOR_CLASS1,COLOR_CLASS2,"
        "LINE_FRONT,LINE_BACK,LENG_LONG,LENG_SHORT,THICK,ETC_OTC_CODE,SHAPE_CODE,EDI_CODE"
    )
    row = (
        '"202000004","도네정(도네페질)","다나","","","DNT","I0","원형","노랑","","","","8.7","8.7","4.5","02",'
        '"010201","057600470,057600480"'
    )
    path = tmp_path / "y.csv"
    path.write_bytes(f"{header}\n{row}\n".encode("cp949"))
    take(path)
    product = catalog.product("202000004")
    assert product.prescription == "전문의약품"
    assert product.form == "정제"
    assert ("EDI", "057600470") in product.codes
    assert ("EDI", "057600480") in product.codes


def test_the_services_answer_is_taken_in_every_wrapping(tmp_path):
    item = {"ITEM_SEQ": "198000058 ", "ITEM_NAME ": "디페인정", "PRINT_FRONT": "마크", "PRINT_BACK": None}
    item |= {"DRUG_SHAPE": "원형", "COLOR_CLASS1": "하양", "LENG_LONG": "7.50", "LENG_SHORT": "7.50"}
    body = {"pageNo": 1, "totalCount": 1, "numOfRows": 1}
    header = {"resultCode": "00", "resultMsg": "NORMAL SERVICE."}
    wrappings = {
        "list": {"header": header, "body": {**body, "items": [item]}},
        "one": {"header": header, "body": {**body, "items": item}},
        "wrapped": {"response": {"header": header, "body": {**body, "items": [{"item": item}]}}},
    }
    for name, document in wrappings.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        with open_catalog(f"sqlite:///{tmp_path / name}.sqlite") as catalog:
            [report] = import_files(catalog.database, [path])
            assert (report.rows, report.taken) == (1, 1), name
            assert catalog.appearances()[0].long_mm == 7.5
    xml = "".join(f"<{key.strip()}>{value or ''}</{key.strip()}>" for key, value in item.items())
    path = tmp_path / "x.xml"
    path.write_text(
        f"<response><header><resultCode>00</resultCode></header><body><items><item>{xml}</item></items></body></response>"
    )
    with open_catalog(f"sqlite:///{tmp_path / 'xml'}.sqlite") as catalog:
        assert import_files(catalog.database, [path])[0].taken == 1


def test_every_importer_knows_its_own_header_and_no_other():
    from pillapp.catalog.importers.registry import recognise
    from pillapp.catalog.importers.table import Line, Table

    for importer in IMPORTERS:
        header = [names[0] for names in importer.columns.values()]
        table = Table(Path("x"), "CSV", "utf-8", [Line(1, header)], iter(()), time.monotonic)
        assert recognise(table) is importer
