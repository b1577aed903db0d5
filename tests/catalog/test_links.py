import pytest

from pillapp.catalog.importers.run import import_files
from pillapp.catalog.values import Category, LinkMethod
from tests.catalog.files import (
    EZETIMIBE,
    ITRACONAZOLE,
    SIMVASTATIN,
    pair,
    single,
    tablet,
    write_dur,
    write_tablets,
    write_workbook,
)

PERMIT_HEADER = ["업소명", "품목명", "성분명한글", "순번", "성분영문명", "성분코드", "단위", "품목기준코드", "원료분량"]
COMBINATION = {
    "단일복합구분코드": "복합",
    "복합제": "[D000003]Ezetimibe(에제티미브)",
}


def _contents(path, *rows):
    """A 주성분 file of (ITEM_SEQ, name, code, ingredient)."""
    cells = [["가제약", name, ingredient, "1", "", code, "mg", item, "10"] for item, name, code, ingredient in rows]
    return write_workbook(path, [PERMIT_HEADER, *cells])


@pytest.fixture
def load(catalog, tmp_path):
    """Import rules, tablets and contents; the facts of the product 200000001."""

    def load_all(rules, contents=(), tablets=(("200000001", "가정"),), forms=None):
        looks = [tablet(item, name, 제형코드명=(forms or {}).get(item, "필름코팅정")) for item, name in tablets]
        files = [write_dur(tmp_path / "r.csv", rules), write_tablets(tmp_path / "t.xlsx", looks)]
        if contents:
            files.append(_contents(tmp_path / "c.xlsx", *contents))
        assert not [report.error for report in import_files(catalog.database, files) if report.error]
        return catalog.safety_facts(["200000001"])[0]

    return load_all


def test_a_code_in_the_related_ingredients_of_a_single_row_is_the_exact_link(load):
    facts = load([single(1, "노인주의", *ITRACONAZOLE)], [("200000001", "가정", "M000003", "이트라코나졸고체분산체")])
    assert facts.link_method is LinkMethod.INGREDIENT_CODE
    assert [(link.d_code, link.method) for link in facts.links] == [("D000002", LinkMethod.INGREDIENT_CODE)]
    assert facts.not_checkable is None


def test_known_codes_that_no_rule_mentions_are_a_real_clear(load):
    facts = load([single(1, "노인주의", *ITRACONAZOLE)], [("200000001", "가정", "M999999", "어떤성분")])
    assert facts.link_method is LinkMethod.INGREDIENT_CODE
    assert facts.links == ()
    assert facts.not_checkable is None


def test_a_new_code_of_a_known_substance_is_found_by_its_name(load):
    facts = load([single(1, "노인주의", *ITRACONAZOLE)], [("200000001", "가정", "M999999", "이트라코나졸수화물")])
    assert facts.link_method is LinkMethod.INGREDIENT_NAME
    assert [link.d_code for link in facts.links] == ["D000002"]


def test_a_combination_row_needs_every_ingredient_it_lists(load):
    rules = [
        single(1, "임부금기", "D000001", "심바스타틴", "[M000001]심바스타틴/[M000004]에제티미브", **COMBINATION),
        single(2, "노인주의", *EZETIMIBE),
        single(3, "용량주의", *SIMVASTATIN),
    ]
    facts = load(rules, [("200000001", "가정", "M000001", "심바스타틴")])
    assert len(facts.links) == 1  # 용량주의 of the single ingredient


def test_a_combination_row_reaches_a_product_with_all_of_them(load):
    rules = [
        single(1, "임부금기", "D000001", "심바스타틴", "[M000001]심바스타틴/[M000004]에제티미브", **COMBINATION),
        single(2, "노인주의", *EZETIMIBE),
        single(3, "용량주의", *SIMVASTATIN),
    ]
    both = [("200000001", "가정", "M000001", "심바스타틴"), ("200000001", "가정", "M000004", "에제티미브")]
    facts = load(rules, both)
    assert sorted(link.d_code for link in facts.links) == ["D000001", "D000001", "D000003"]


def test_an_ingredient_known_from_combinations_only_is_what_the_others_leave(load):
    rules = [
        single(1, "임부금기", "D000001", "심바스타틴", "[M000001]심바스타틴/[M000004]에제티미브", **COMBINATION),
        single(3, "용량주의", *SIMVASTATIN),
    ]
    both = [("200000001", "가정", "M000001", "심바스타틴"), ("200000001", "가정", "M000004", "에제티미브")]
    assert len(load(rules, both).links) == 2


@pytest.mark.parametrize(
    ("limit", "form", "linked"),
    [
        ("정제/캡슐", "필름코팅정", True),
        ("정제", "경질캡슐제, 산제", False),
        ("용액주사제/유화주사제", "필름코팅정", False),
        ("점안용액제", "연질캡슐제, 액상", False),
        ("경질캡슐제|산제", "경질캡슐제, 산제", True),
        ("-", "필름코팅정", True),
        ("정제", "", True),
        ("처음보는제형", "필름코팅정", True),
    ],
)
def test_dosage_form_limits_keep_out_only_what_certainly_differs(load, limit, form, linked):
    rules = [single(1, "노인주의", *ITRACONAZOLE, 제형=limit)]
    facts = load(rules, [("200000001", "가", "M000002", "이트라코나졸")], forms={"200000001": form})
    assert bool(facts.links) is linked


def test_without_any_ingredient_a_product_is_not_checkable_never_clear(load):
    facts = load([single(1, "노인주의", *ITRACONAZOLE)], tablets=(("200000001", "무코스정"),))
    assert facts.link_method is LinkMethod.NONE
    assert facts.not_checkable


def test_a_name_alone_links_uncertainly(load):
    facts = load([single(1, "노인주의", *ITRACONAZOLE)], tablets=(("200000001", "스포정(이트라코나졸)(수출명:Spo)"),))
    assert facts.link_method is LinkMethod.PRODUCT_NAME


def test_one_unknown_ingredient_of_two_is_told_though_the_other_links(load, catalog, tmp_path):
    load([single(1, "노인주의", *ITRACONAZOLE)])
    header = ["품목기준코드", "제품명", "업체명", "허가번호", "취소/취하", "주성분"]
    path = write_workbook(
        tmp_path / "p.xlsx", [header, ["200000001", "가정", "나", "1", "정상", "이트라코나졸/미지의성분"]]
    )
    import_files(catalog.database, [path])
    [facts] = catalog.safety_facts(["200000001"])
    assert facts.link_method is LinkMethod.INGREDIENT_NAME
    assert [link.d_code for link in facts.links] == ["D000002"]
    assert "미지의성분" in facts.not_checkable


def test_an_official_product_row_is_the_most_exact_link(load, catalog, tmp_path):
    load([single(1, "노인주의", *ITRACONAZOLE, 제형="캡슐")])
    assert not catalog.safety_facts(["200000001"])[0].links
    header = ["DUR유형명", "품목명", "품목일련번호", "주성분", "복합제구분명", "금기내용", "DUR성분코드", "Dur성분명"]
    row = ["노인주의", "가정", "200000001", "[M000002]이트라코나졸", "단일", "", "D000002", "이트라코나졸"]
    import_files(catalog.database, [write_workbook(tmp_path / "i.xlsx", [header, row])])
    [facts] = catalog.safety_facts(["200000001"])
    assert [link.method for link in facts.links] == [LinkMethod.PRODUCT_ROW]


def test_pair_rules_are_found_whichever_side_the_file_names_first(load, catalog):
    load(
        [pair(1, SIMVASTATIN, ITRACONAZOLE, 금기내용="횡문근융해증")],
        [("200000001", "가정", "M000001", "심바스타틴"), ("200000002", "나정", "M000002", "이트라코나졸")],
        tablets=(("200000001", "가정"), ("200000002", "나정")),
    )
    for order in (["200000001", "200000002"], ["200000002", "200000001"]):
        subjects = [link.subject_id for facts in catalog.safety_facts(order) for link in facts.links]
        [rule] = catalog.rules_touching(subjects)
        assert (rule.category, rule.text) == (Category.COMBINATION, "횡문근융해증")
    alone = [link.subject_id for link in catalog.safety_facts(["200000001"])[0].links]
    assert catalog.rules_touching(alone) == []


def test_hira_codes_link_where_only_those_exist(catalog, tmp_path):
    rules = write_dur(tmp_path / "r.csv", [single(1, "노인주의", *ITRACONAZOLE, DUR성분명영문="Itraconazole")])
    tablets = write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "스포라녹스정100밀리그램")])
    atc = tmp_path / "atc.csv"
    atc.write_bytes(
        "식약분류,주성분코드,제품코드,제품명,업체명,ATC코드,ATC코드 명칭\n"
        "629,179101ATB,73400360,스포라녹스정100밀리그램_(0.1g/1정),가,J02AC02,itraconazole\n".encode("cp949")
    )
    master = tmp_path / "master.csv"
    master.write_bytes(
        "일반명코드,제형구분코드,제형,일반명,분류번호,투여경로,함량,단위\n"
        "179101ATB,TB,정제,itraconazole hydrochloride (as itraconazole),629,내복,0.1,g\n".encode("cp949")
    )
    import_files(catalog.database, [rules, tablets, atc, master])
    [facts] = catalog.safety_facts(["200000001"])
    assert facts.link_method is LinkMethod.HIRA_CODE
    assert [link.d_code for link in facts.links] == ["D000002"]
    assert ("EDI", "073400360") in catalog.product("200000001").codes  # the leading zero is back


def test_what_the_join_worked_out_is_shown_but_is_no_ground_for_the_next_join(catalog, tmp_path):
    rules = [single(1, "노인주의", *ITRACONAZOLE)]
    files = [
        write_dur(tmp_path / "r20260101.csv", rules),
        write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "가정(이트라코나졸)")]),
    ]
    import_files(catalog.database, files)
    assert [part.name_ko for part in catalog.product("200000001").ingredients] == ["이트라코나졸"]
    assert catalog.summary().products_with_ingredients == 0
    import_files(catalog.database, [write_dur(tmp_path / "r20260201.csv", [single(2, "노인주의", *SIMVASTATIN)])])
    assert catalog.safety_facts(["200000001"])[0].link_method is LinkMethod.NONE
