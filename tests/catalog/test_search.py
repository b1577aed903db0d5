import pytest

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.search.query import parse_gs1, parse_query
from tests.catalog.files import tablet, write_tablets


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    rows = [
        tablet("200000001", "타이레놀정500밀리그람(아세트아미노펜)", 표시앞="TYLENOL", 표시뒤="500", 업소명="한국존슨"),
        tablet("200000002", "타이레놀정160밀리그람(아세트아미노펜)", 표시앞="TYLENOL", 표시뒤="160", 업소명="한국존슨"),
        tablet("200000003", "도네텍정10밀리그램", 표시앞="DNT", 표시뒤="I0", 색상앞="노랑", 업소명="다나"),
        tablet("200000004", "아리셉트정10밀리그램", 표시앞="DNT", 표시뒤="10", 색상앞="노랑", 업소명="에자이"),
        tablet("200000005", "쿠에타정", 표시앞="S분할선100", 의약품제형="장방형", 크기장축="15.5", 업소명="환인제약"),
        tablet("200000006", "람다정10밀리그램(람다성분)", 표시앞="Λ7", 업소명="환인제약", 분할선뒤="+"),
        tablet("200000008", "람다에이정"),
        tablet("200000007", "스100정", 표시앞="YH", 업소명="유한"),
        tablet("200000009", "졸로푸정", 표시앞="마크", 표기내용앞="pfizer", 표시뒤="ZLT-100", 업소명="화이"),
    ]
    header = [
        "품목기준코드",
        "제품명",
        "업체명",
        "허가번호",
        "주성분",
        "주성분영문",
        "ATC코드",
        "표준코드명",
        "EDI_CODE",
    ]
    permits = [
        header,
        [
            "200000005",
            "쿠에타정",
            "환인제약",
            "1",
            "쿠에티아핀푸마르산염",
            "Quetiapine Fumarate",
            "N05AH04",
            "8806400000012",
            "640000010",
        ],
    ]
    from tests.catalog.files import write_workbook

    with open_catalog(f"sqlite:///{folder / 's.sqlite'}") as catalog:
        import_files(
            catalog.database, [write_tablets(folder / "t.xlsx", rows), write_workbook(folder / "p.xlsx", permits)]
        )
        yield catalog


@pytest.mark.parametrize(
    ("query", "first", "reason"),
    [
        ("타이레놀 500", "200000001", "이름"),
        ("타이레놀정 500밀리그램", "200000001", "이름"),
        ("타이레놀500mg", "200000001", "이름"),
        ("람다", "200000006", "상품명"),
        ("ㅌㅇㄹㄴ 160", "200000002", "이름 초성"),
        ("tylenol 160", "200000002", "각인 앞"),
        ("S100", "200000005", "각인 앞"),
        ("s 100", "200000005", "각인 앞"),
        ("A7", "200000006", "각인 앞"),
        ("Pfizer ZLT", "200000009", "각인 앞"),
        ("DNT 10", "200000004", "각인 뒤"),
        ("DNT IO", "200000003", "각인 뒤"),
        ("쿠에티아핀", "200000005", "성분"),
        ("quetiapine", "200000005", "성분"),
        ("환인 쿠에타", "200000005", "제조사"),
        ("200000003", "200000003", "품목기준코드"),
        ("N05AH04", "200000005", "ATC 코드"),
        ("N05AH", "200000005", "ATC 코드"),
        ("640000010", "200000005", "보험코드"),
        ("8806400000012", "200000005", "표준코드"),
        ("(01)08806400000012(17)270101(10)LOT1", "200000005", "표준코드"),
        ("]d20108806400000012" + "17270101" + "10LOT1\x1d21SER", "200000005", "표준코드"),
        ("장방형 15-16mm", "200000005", "모양 장방형 15.0–16.0 mm"),
        ("노란색 아리셉트", "200000004", "모양 노랑"),
        ("십자분할선", "200000006", "모양 십자분할선"),
    ],
)
def test_each_way_of_asking_finds_its_product_first_and_says_why(stocked, query, first, reason):
    hits = stocked.search(query)
    assert hits, query
    assert hits[0].item_seq == first
    assert reason in hits[0].reasons


def test_what_is_written_exactly_so_comes_before_its_lookalike(stocked):
    assert [hit.item_seq for hit in stocked.search("DNT 10")] == ["200000004", "200000003"]


def test_look_words_must_hold_for_one_and_the_same_pill(stocked):
    assert {hit.item_seq for hit in stocked.search("노랑 원형 8mm")} == {"200000003", "200000004"}
    assert stocked.search("노랑 장방형") == []


@pytest.mark.parametrize("query", ["", "   ", "없는이름", "ZZZZZ", "x" * 500, "\x1d", "()", "%_'\";--"])
def test_nothing_is_found_for_nothing_and_odd_text_breaks_nothing(stocked, query):
    assert stocked.search(query) == []


def test_every_beginning_of_a_query_may_be_searched(stocked):
    for end in range(1, len("타이레놀 500")):
        assert stocked.search("타이레놀 500"[:end])


def test_hits_are_ranked_and_limited(stocked):
    hits = stocked.search("정", limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_an_import_shows_in_the_next_search(tmp_path):
    with open_catalog(f"sqlite:///{tmp_path / 'n.sqlite'}") as catalog:
        assert catalog.search("새로운") == []
        import_files(catalog.database, [write_tablets(tmp_path / "t.xlsx", [tablet("200000009", "새로운정")])])
        assert catalog.search("새로운")


def test_gs1_fields_are_read_and_other_digits_are_not_taken_for_them():
    assert parse_gs1("010880640000001217270101" + "10A1\x1d" + "21XYZ") == {
        "01": "08806400000012",
        "17": "270101",
        "10": "A1",
        "21": "XYZ",
    }
    assert parse_gs1("8806400000012") == {}
    assert parse_gs1("01234") == {}


def test_looks_are_told_from_words():
    query = parse_query("하얀색 둥근 8.5mm 분할선 YH")
    assert (query.colours, query.shapes, query.score_line, query.words) == ({"하양"}, {"원형"}, True, ("YH",))
    assert query.size == pytest.approx((8.2, 8.8))
