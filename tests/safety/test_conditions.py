"""The free text of official rules, parsed or left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.errors import SettingsError
from pillapp.safety.conditions import (
    excludes_emergency,
    parse_age_limit,
    parse_daily_maximum,
    parse_days,
    parse_hours_apart,
    parse_milligrams,
    parse_weekly_dose,
)
from pillapp.safety.dose_text import parse_dose, parse_dose_option


@pytest.mark.parametrize(
    ("text", "age", "applies"),
    [
        ("12세미만", 11.99, True),
        ("12세미만", 12, False),
        ("12세이하", 12.9, True),
        ("12세이하", 13, False),
        ("65세이상", 65, True),
        ("65세이상", 64.99, False),
        ("65세초과", 65.5, False),
        ("65세초과", 66, True),
        ("24개월미만", 1.9, True),
        ("24개월미만", 2.01, False),
        ("4주미만", 0.05, True),
        ("4주미만", 0.08, False),
        ("3개월이하", 0.3, True),
        ("만 18세 미만", 17, True),
    ],
)
def test_age_limits_mean_what_they_say(text: str, age: float, applies: bool) -> None:
    limits = parse_age_limit(text)
    assert limits is not None
    assert any(limit.applies(age) for limit in limits) is applies


@given(st.integers(1, 120), st.sampled_from(["세", "개월", "주", "일"]), st.floats(0, 130))
def test_below_and_from_are_opposites(count: int, unit: str, age: float) -> None:
    below, since = parse_age_limit(f"{count}{unit}미만"), parse_age_limit(f"{count}{unit}이상")
    assert below is not None
    assert since is not None
    assert below[0].applies(age) is not since[0].applies(age)


@pytest.mark.parametrize("text", ["", "소아", "신생아 및 미숙아", "12세미만 여자 제외", "성장기"])
def test_unclear_age_limits_are_left_to_people(text: str) -> None:
    assert parse_age_limit(text) is None


@given(st.text(max_size=40))
def test_parsers_never_fail_on_any_text(text: str) -> None:
    parse_age_limit(text)
    parse_hours_apart(text)
    parse_weekly_dose(text)
    parse_milligrams(text)
    parse_daily_maximum(text, "아세트아미노펜")
    parse_days(text)
    excludes_emergency(text)


@pytest.mark.parametrize(
    ("text", "milligrams"),
    [
        ("4|000밀리그램", 4000),
        ("2그램", 2000),
        ("0.4밀리그램", 0.4),
        ("62.5마이크로그램", 0.0625),
        ("4000밀리그램", 4000),
    ],
)
def test_amounts_become_milligrams(text: str, milligrams: float) -> None:
    assert parse_milligrams(text) == pytest.approx(milligrams)


@pytest.mark.parametrize(
    "text", ["1방울", "800", "450아이.유", "200/25마이크로그램", "(남성)라모세트론 10마이크로그램", "1밀리리터"]
)
def test_other_units_are_not_guessed(text: str) -> None:
    assert parse_milligrams(text) is None


def test_a_daily_maximum_names_whose_it_is() -> None:
    text = "아세트아미노펜2|600밀리그램/트라마돌염산염300밀리그램"
    assert parse_daily_maximum(text, "아세트아미노펜") == 2600
    assert parse_daily_maximum(text, "트라마돌") == 300
    assert parse_daily_maximum(text, "이부프로펜") is None
    assert parse_daily_maximum("4|000밀리그램", "아세트아미노펜") == 4000


def test_remarks_of_contraindicated_pairs() -> None:
    assert parse_hours_apart("48시간이내병용금기") == 48
    assert parse_hours_apart("1주이내병용금기") == 168
    assert parse_hours_apart("경구") is None
    assert excludes_emergency("소생등의응급상황제외")
    assert excludes_emergency("소생등의위급상황제외")
    assert not excludes_emergency("외용제는제외")
    weekly = parse_weekly_dose("methotrexate(1週에20mg이상투여시)")
    assert weekly is not None
    assert (weekly.ingredient, weekly.milligrams) == ("methotrexate", 20)


def test_periods() -> None:
    assert parse_days("28일") == 28
    assert parse_days("무배란증:12일|난포과자극유도:20일") is None


def test_doses_as_people_type_them() -> None:
    item_seq, dose = parse_dose_option("199001234=0.5x3x7")
    assert item_seq == "199001234"
    assert (dose.per_time, dose.times_per_day, dose.days) == (0.5, 3, 7)
    assert parse_dose("?x2").times_per_day == 2


@pytest.mark.parametrize("text", ["199001234", "1=two", "1=1x2x3x4", "1=-1x2", "=1x2", "1=0x1", "1=nan", "1=infx1"])
def test_doses_that_are_no_doses_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_dose_option(text)
