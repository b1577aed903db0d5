from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.catalog.hangul import half_width, initials
from pillapp.catalog.names import hira_name_key, ingredient_base, name_key
from pillapp.catalog.parse import (
    CodedName,
    clean_text,
    comparison_key,
    parse_coded_names,
    parse_codes,
    parse_colours,
    parse_date,
    parse_size,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20260312", date(2026, 3, 12)),
        ("2021-01-29 00:00:00", date(2021, 1, 29)),
        ("2025.9.1", date(2025, 9, 1)),
        ("1971May6th", date(1971, 5, 6)),
        ("00120925", None),
        ("02010925", None),
        ("00201121", None),
        ("20211399", None),
        ("202103", None),
        ("-", None),
        (None, None),
    ],
)
def test_dates_are_read_as_the_files_write_them_and_broken_ones_are_none(written, expected):
    assert parse_date(written) == expected


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_every_real_date_survives_each_spelling(day):
    for spelling in ("%Y%m%d", "%Y-%m-%d", "%Y-%m-%d 00:00:00", "%Y.%m.%d"):
        assert parse_date(day.strftime(spelling)) == day


@given(st.text(max_size=20))
def test_no_text_breaks_the_date_parser_or_gives_a_date_before_there_were_permits(text):
    found = parse_date(text)
    assert found is None or found.year >= 1945


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8.1", 8.1),
        ("7.50", 7.5),
        ("21.1±0.1mm", 21.1),
        ("15.50-15.60", 15.55),
        ("14.2.", 14.2),
        ("9..5", 9.5),
        ("3.1±2", 3.1),
        ("1호", None),
        ("2.66.5", None),
        ("802.0", None),
        ("0.01", None),
        ("", None),
        (None, None),
    ],
)
def test_sizes_are_read_tolerantly_and_impossible_ones_are_none(written, expected):
    assert parse_size(written) == (pytest.approx(expected) if expected else None)


@given(st.floats(min_value=0.5, max_value=60), st.sampled_from(["{}", "{}mm", " {} ", "{}±0.2", "{}㎜"]))
def test_a_size_of_a_real_pill_survives_its_decorations(value, shape):
    written = f"{value:.2f}"
    assert parse_size(shape.format(written)) == pytest.approx(float(written))


@given(st.text(max_size=20))
def test_no_text_breaks_the_size_parser(text):
    found = parse_size(text)
    assert found is None or 0.5 <= found <= 60


CODES = st.lists(st.from_regex(r"[0-9]{9}|[0-9]{13}", fullmatch=True), max_size=5)


@given(CODES, st.sampled_from([",", ", ", ";", "|", "\n"]))
def test_code_lists_come_apart_whatever_joins_them(codes, gap):
    assert list(parse_codes(gap.join(codes))) == list(dict.fromkeys(codes))


def test_codes_keep_their_leading_zero_and_a_dash_is_none():
    assert parse_codes("057600470") == ("057600470",)
    assert parse_codes("-") == parse_codes("") == parse_codes(None) == ()


NAMES = st.text(
    st.characters(whitelist_categories=["Lo", "Nd"], whitelist_characters="/:%(),→~|·"), min_size=1, max_size=12
)


@given(st.lists(st.tuples(st.from_regex(r"[MI][0-9]{6}", fullmatch=True), NAMES), min_size=1, max_size=5))
def test_related_ingredients_come_apart_before_brackets_only(parts):
    wanted = list(dict.fromkeys(CodedName(code, name.rstrip("/|,; ")) for code, name in parts))
    assert list(parse_coded_names("/".join(f"[{code}]{name}" for code, name in parts))) == wanted


def test_names_of_related_ingredients_may_hold_slashes_and_arrows():
    text = "[I012678]연조엑스(5~10→1)·유당(1:1)/[M050607]염산/파록세틴/[M102324]무수"
    assert [part.name for part in parse_coded_names(text)] == ["연조엑스(5~10→1)·유당(1:1)", "염산/파록세틴", "무수"]


def test_colours_lose_their_modifiers():
    assert parse_colours("파랑, 옅은") == ("파랑",)
    assert parse_colours("하양|주황|투명") == ("하양", "주황", "투명")
    assert parse_colours("-") == ()


def test_text_loses_tags_entities_and_stray_quotes():
    assert clean_text('"\\"동물실험\\""'.replace("\\", "")) == "동물실험"
    assert clean_text("<p>물과&nbsp;함께</p>드세요\r\n\r\n") == "물과 함께\n드세요"
    assert clean_text("-") == ""


@given(st.text(alphabet='가나다, |-"<b>&amp; \n', max_size=30))
def test_cleaning_never_leaves_edges_of_space(text):
    assert clean_text(text) == clean_text(text).strip()


def test_the_csv_and_the_xlsx_of_one_file_say_the_same():
    assert comparison_key("세로토닌 증후군(고혈압, 고열)") == comparison_key("세로토닌증후군(고혈압|고열)")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("타이레놀정 500밀리그램", "타이레놀정500mg"),
        ("노바스크정5밀리그람", "노바스크정 5mg"),
        ("씬지로이드정0.05밀리그램", "씬지로이드정 0.05 mg"),
        ("Ａ정", "A정"),
    ],
)
def test_product_names_meet_in_their_key(left, right):
    assert name_key(left) == name_key(right)


def test_hira_names_lose_their_pack():
    assert hira_name_key("노바스크정5밀리그람(암로디핀베실산염)_(6.944mg/1정)") == name_key(
        "노바스크정5밀리그람(암로디핀베실산염)"
    )


@pytest.mark.parametrize("name", ["염산파록세틴", "파록세틴염산염", "무수염산파록세틴", "파록세틴염산염반수화물"])
def test_salts_and_hydrates_share_a_base(name):
    assert ingredient_base(name) == "파록세틴"


@given(st.text(max_size=30))
def test_initials_keep_every_position(text):
    assert len(initials(text)) == len(text)


def test_initials_are_leading_consonants_and_typed_ones_stay_as_they_are():
    assert initials("타이레놀정500") == "ㅌㅇㄹㄴㅈ500"
    assert half_width("ㅌㅇ ＡＢ") == "ㅌㅇ AB"
