"""Files of the other families, in their own shapes, made by hand."""

import json

from pillapp.catalog.benchmark import write_pair_file
from pillapp.catalog.importers.run import Outcome, import_files
from pillapp.catalog.values import Category, LinkMethod
from tests.catalog.files import ITRACONAZOLE, SIMVASTATIN, pair, tablet, write_dur, write_tablets, write_workbook


def test_a_file_of_product_pairs_keeps_every_row_its_rules_and_its_products(catalog, take, tmp_path):
    path = tmp_path / "pairs.csv"
    write_pair_file(path, 3000)
    report = take(path)
    assert (report.rows, report.taken, report.rejected) == (3000, 3000, 0)
    count = catalog.database.value
    assert count("SELECT count(*) FROM dur_item_pair") == 3000
    rules = catalog.summary().rules[Category.COMBINATION]
    assert rules == count("SELECT count(DISTINCT rule_id) FROM dur_item_pair")
    a, b = catalog.database.rows("SELECT item_a, item_b FROM dur_item_pair LIMIT 1")[0]
    facts = catalog.safety_facts([str(a), str(b)])
    assert all(LinkMethod.PRODUCT_ROW in {link.method for link in one.links} for one in facts)
    subjects = [link.subject_id for one in facts for link in one.links]
    assert len(catalog.rules_touching(subjects)) == 1
    assert catalog.product(str(b)).ingredients[0].code.startswith("M")


def test_a_pair_named_by_both_kinds_of_files_is_one_rule_for_the_pharmacist(catalog, tmp_path):
    rules = write_dur(tmp_path / "a.csv", [pair(1, SIMVASTATIN, ITRACONAZOLE, 금기내용="횡문근융해증")])
    item = {
        "TYPE_NAME": "병용금기",
        "ITEM_SEQ": "200000001",
        "ITEM_NAME": "가정",
        "MAIN_INGR": "[M000001]심바스타틴",
        "MIX": "단일",
        "INGR_CODE": "D000001",
        "INGR_KOR_NAME": "심바스타틴",
        "PROHBT_CONTENT": "횡문근융해증",
        "MIXTURE_ITEM_SEQ": "200000002",
        "MIXTURE_ITEM_NAME": "나정",
        "MIXTURE_MAIN_INGR": "[M000002]이트라코나졸",
        "MIXTURE_MIX": "단일",
        "MIXTURE_INGR_CODE": "D000002",
        "MIXTURE_INGR_KOR_NAME": "이트라코나졸",
    }
    answer = tmp_path / "i.json"
    answer.write_text(json.dumps({"header": {"resultCode": "00"}, "body": {"totalCount": 1, "items": [item]}}))
    reports = import_files(catalog.database, [rules, answer])
    assert [report.outcome for report in reports] == [Outcome.IMPORTED] * 2
    subjects = [link.subject_id for one in catalog.safety_facts(["200000001", "200000002"]) for link in one.links]
    assert len(catalog.rules_touching(subjects)) == 1


def test_products_that_may_not_be_split_are_rules_of_their_own(catalog, tmp_path):
    item = {
        "TYPE_NAME  ": "분할주의",
        "ITEM_SEQ": "200000001",
        "ITEM_NAME": "가서방정",
        "MAIN_INGR": "[M000001]심바스타틴",
        "PROHBT_CONTENT": "분할불가",
    }
    path = tmp_path / "h.json"
    path.write_text(json.dumps([item]), encoding="utf-8")
    import_files(catalog.database, [path])
    [facts] = catalog.safety_facts(["200000001"])
    [rule] = catalog.rules_touching([link.subject_id for link in facts.links])
    assert (rule.category, rule.text) == (Category.SPLIT, "분할불가")


def test_easy_drug_gives_guidance_that_replaces_the_starters(catalog, take, tmp_path):
    header = [
        "품목일련번호",
        "제품명",
        "업체명",
        "이 약의 효능은 무엇입니까?",
        "이 약은 어떻게 사용합니까?",
        "이 약을 사용하기 전에 반드시 알아야 할 내용은 무엇입니까?",
        "이 약의 사용상 주의사항은 무엇입니까?",
        "이 약은 어떻게 보관해야 합니까?",
        "수정일자",
    ]
    row = ["200000001", "가정", "나", "두통", "하루 한 번", "술을 피하세요", "졸릴 수 있습니다", "실온", "2024-11-29"]
    take(write_workbook(tmp_path / "e.xlsx", [header, row]))
    guidance = catalog.product("200000001").guidance_ko
    assert not guidance.starter
    assert guidance.warnings == "술을 피하세요\n졸릴 수 있습니다"
    assert guidance.source_date.isoformat() == "2024-11-29"


def test_permit_details_bring_codes_amounts_and_storage(catalog, tmp_path):
    item = {
        "ITEM_SEQ": "200000001",
        "ITEM_NAME": "가정",
        "MATERIAL_NAME": "총량 : 1정|성분명 : 심바스타틴|분량 : 20|단위 : 밀리그램|규격 : USP|성분정보 : |비고 :;",
        "MAIN_ITEM_INGR": "[M000001]심바스타틴|[M000004]에제티미브|[M000001]심바스타틴",
        "MAIN_INGR_ENG": "Simvastatin/Ezetimibe",
        "STORAGE_METHOD": "기밀용기, 실온",
        "BAR_CODE": "8806400000012,8806400000029",
        "EDI_CODE": "640000010",
        "ATC_CODE": "C10BA02",
    }
    path = tmp_path / "d.json"
    path.write_text(json.dumps({"header": {"resultCode": "00"}, "body": {"items": [item]}}), encoding="utf-8")
    import_files(catalog.database, [path])
    product = catalog.product("200000001")
    assert [(part.code, part.name_ko, part.amount) for part in product.ingredients] == [
        ("M000001", "심바스타틴", "20 밀리그램"),
        ("M000004", "에제티미브", ""),
    ]
    assert {("STANDARD", "8806400000029"), ("ATC", "C10BA02"), ("EDI", "640000010")} <= set(product.codes)


def test_hira_lists_name_products_and_header_rows_name_ingredients(catalog, take, tmp_path):
    header = [
        "연번",
        "투여",
        "분류",
        "주성분코드",
        "제품코드",
        "목록정비전코드",
        "제품명",
        "업체명",
        "규격",
        "단위",
        "상한금액",
        "전일",
    ]
    rows = [
        header,
        ["1", "내복", "629", "179101ATB", "itraconazole 0.1g", "", "", "", "", "", "", ""],
        ["2", "내복", "629", "179101ATB", "73400360", "", "가정_(0.1g/1정)", "나", "1", "정", "100", "전문"],
        ["3", "내복", "629", "엉뚱", "73400361", "", "다정", "라", "1", "정", "100", "전문"],
    ]
    report = take(write_workbook(tmp_path / "h.xlsx", rows))
    assert (report.rows, report.taken, report.rejected) == (3, 2, 1)
    assert catalog.database.rows("SELECT edi, hira_code, spec FROM hira_product") == [
        ("073400360", "179101ATB", "1 정")
    ]
    assert catalog.database.rows("SELECT name FROM hira_ingredient") == [("itraconazole 0.1g",)]


def test_standard_codes_bridge_packs_products_and_hira(catalog, take, tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(
        "한글상품명,업체명,약품규격,품목기준코드,대표코드,표준코드,제품코드(개정후),일반명코드(성분명코드),국제표준코드(ATC코드),취소일자\n"
        "가정,나,30정,200000001,8806400000012,8806400000029,640000010,179101ATB,J02AC02,\n".encode("cp949")
    )
    take(path)
    codes = set(catalog.product("200000001").codes)
    assert codes == {
        ("STANDARD", "8806400000012"),
        ("STANDARD", "8806400000029"),
        ("EDI", "640000010"),
        ("HIRA", "179101ATB"),
        ("ATC", "J02AC02"),
    }


def test_hira_and_kids_pairs_are_rules_by_their_own_codes(catalog, tmp_path):
    tablets = write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "가정"), tablet("200000002", "나정")])
    sides = "성분명{0},성분코드{0},제품코드{0},제품명{0},업체명{0},급여여부{0}"
    left, right = "simvastatin,227801ATB,640000010,가정,가,급여", "itraconazole,179101ATB,640000020,나정,나,급여"
    for name, marks, end, reason in (
        ("hira", "AB", "고시번호,고시일자,상세정보,비고", "1,20200710,횡문근융해증,"),
        ("kids", "12", "공고번호,공고일자,금기사유", "1,20200710,횡문근융해증"),
    ):
        path = tmp_path / f"{name}.csv"
        header = ",".join([*(sides.format(mark) for mark in marks), end])
        path.write_bytes(f"{header}\n{left},{right},{reason}\n{left},{right},{reason}\n".encode("cp949"))
        reports = import_files(catalog.database, [path, tablets])
        assert (reports[0].rows, reports[0].taken) == (2, 2)
        facts = catalog.safety_facts(["200000001", "200000002"])
        subjects = [link.subject_id for one in facts for link in one.links]
        [rule] = catalog.rules_touching(subjects)
        assert rule.text == "횡문근융해증"
        assert {link.method for one in facts for link in one.links} == {LinkMethod.HIRA_CODE}
        assert {one.link_method for one in facts} == {LinkMethod.HIRA_CODE}


def test_hira_age_pregnancy_and_elderly_lists_are_told_apart_by_their_columns(catalog, tmp_path):
    start = "simvastatin,227801ATB,640000010,가정,가"
    lists = {
        "pregnancy": (
            "성분명,성분코드,제품코드,제품명,업체명,고시일자,고시번호,금기등급,상세정보,급여여부",
            f"{start},20200710,1,2,위험,급여",
        ),
        "age": (
            "성분명,성분코드,제품코드,제품명,업체명,특정연령,특정연령단위,연령처리조건,고시번호,고시일자,상세정보,급여여부",
            f"{start},12,세,미만 (1),1,20200710,위험,급여",
        ),
        "elderly": (
            "성분명,성분코드,제품코드,제품명,업소명,공고일자,공고번호,약품상세정보,비고,급여여부",
            f"{start},20200710,1,위험,,급여",
        ),
        "nsaid": (
            "성분코드,성분명,제품코드,제품명,업소명,약품상세정보,급여여부",
            "227802ATB,b,640000020,나정,나,위험,급여",
        ),
    }
    paths = []
    for name, (header, row) in lists.items():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_bytes(f"{header}\n{row}\n".encode("cp949"))
    assert [report.error for report in import_files(catalog.database, paths)] == [None] * 4
    rules = dict(
        catalog.database.rows("SELECT category, grade || age_limit FROM dur_rule WHERE category <> '노인주의'")
    )
    assert rules == {"임부금기": "2등급", "특정연령대금기": "12세 미만"}
    assert catalog.summary().rules[Category.ELDERLY] == 2


def test_an_older_product_file_never_replaces_a_newer_one(catalog, take, tmp_path):
    header = ["DUR유형명", "품목명", "품목일련번호", "주성분", "복합제구분명", "금기내용", "DUR성분코드", "Dur성분명"]
    new = [header] + [
        ["노인주의", "가정", f"20000000{n}", "[M000002]이트라코나졸", "단일", "", "D000002", "이트라코나졸"]
        for n in (1, 2)
    ]
    take(write_workbook(tmp_path / "i20260301.xlsx", new))
    report = take(write_workbook(tmp_path / "i20250301.xlsx", new[:2]))
    assert report.taken == 1
    assert "더 새로운 파일(2026-03-01)" in report.notes[0]
    assert catalog.database.value("SELECT count(*) FROM dur_item") == 2


def _answer(path, *items):
    document = {"response": {"header": {"resultCode": "00"}, "body": {"totalCount": len(items), "items": list(items)}}}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_ingredient_service_gives_the_same_rules_as_its_file(catalog, tmp_path):
    item = {
        "DUR_SEQ": "1899",
        "TYPE_NAME  ": "임부금기",
        "MIX_TYPE": "단일",
        "INGR_CODE": "D000149",
        "INGR_ENG_NAME": "Acarbose",
        "INGR_NAME": "아카보즈",
        "MIX": None,
        "ORI": "[M085039]아카보즈",
        "FORM_NAME": "정제",
        "GRADE": "2등급",
        "PROHBT_CONTENT": "임부에 대한 안전성 미확립.",
        "NOTIFICATION_DATE": "20121121",
        "DEL_YN": "정상 ",
    }
    [report] = import_files(catalog.database, [_answer(tmp_path / "c.json", item, {**item, "DEL_YN": "삭제"})])
    assert (report.rows, report.taken, report.rejected) == (2, 1, 1)
    [(subject_id,)] = catalog.database.rows("SELECT id FROM dur_subject")
    [rule] = catalog.rules_touching([subject_id])
    assert (rule.category, rule.grade, rule.forms) == (Category.PREGNANCY, "2등급", ("정제",))
    assert rule.notice_date.isoformat() == "2012-11-21"


def test_english_ingredient_names_of_the_list_service_find_the_rules(catalog, tmp_path):
    rules = write_dur(tmp_path / "a.csv", [pair(1, SIMVASTATIN, ITRACONAZOLE, DUR성분명영문="Simvastatin")])
    item = {
        "ITEM_SEQ": "200000001",
        "ITEM_NAME": "조코정",
        "ENTP_NAME": "가",
        "PRDUCT_TYPE": "[02180]동맥경화용제",
        "PRDUCT_PRMISN_NO": "1",
        "ITEM_INGR_NAME": "Simvastatin",
        "SPCLTY_PBLC": "전문의약품",
    }
    import_files(catalog.database, [rules, _answer(tmp_path / "l.json", item)])
    [facts] = catalog.safety_facts(["200000001"])
    assert (facts.link_method, facts.not_checkable) == (LinkMethod.INGREDIENT_NAME, None)
    assert [link.d_code for link in facts.links] == ["D000001"]
    assert catalog.product("200000001").class_name == "동맥경화용제"


def test_a_saved_error_of_a_service_is_no_data(catalog, tmp_path):
    path = tmp_path / "error.xml"
    path.write_text(
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>"
        "<returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg><returnReasonCode>30</returnReasonCode>"
        "</cmmMsgHeader></OpenAPI_ServiceResponse>"
    )
    [report] = import_files(catalog.database, [path])
    assert report.outcome is Outcome.FAILED
    assert "SERVICE_KEY_IS_NOT_REGISTERED_ERROR" in report.error
