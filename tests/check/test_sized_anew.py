"""A confirmed pill tells the scale: the open pills of its frame are named anew, the others stay."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pillapp.capture.frame import Frame
from pillapp.check.examiner import Examiner
from pillapp.check.scale import FrameScale, ScaleSource
from pillapp.check.values import Check, Pill
from pillapp.identify.frame_scale import identify_together
from pillapp.identify.gallery import EMPTY
from pillapp.vision.scale import PlaneScale
from tests.identify.test_frame_scale import INDEX
from tests.identify.test_rank import seen


@pytest.fixture
def examiner() -> Examiner:
    """Without networks: they are not asked here."""
    bare = Examiner.__new__(Examiner)
    bare._index = INDEX
    bare._gallery = EMPTY
    return bare


def a_check(scale: FrameScale | None = None) -> Check:
    white = replace(seen(), shape=replace(seen().shape, long_px=100.0, short_px=100.0))
    pink = replace(seen(colour="분홍"), shape=replace(seen().shape, long_px=70.0, short_px=70.0))
    names = identify_together([[white], [pink]], INDEX)
    pills = (Pill(1, (white,), names[0]), Pill(2, (pink,), names[1]))
    nothing: Any = None
    return Check(
        Frame(np.zeros((9, 9, 3), np.uint8), "x"), pills, (), nothing, nothing, (), scale=scale, sized_by=(None, None)
    )


def test_a_confirmation_renames_the_open_pills_only(examiner: Examiner) -> None:
    check = a_check().confirm(1, "6")  # white, 10 mm
    renewed = examiner._named_anew(check)
    assert renewed.pills[1].identification.candidates[0].item_seq == "103"  # pink, 7 mm
    assert renewed.pills[0].identification is check.pills[0].identification
    assert examiner._named_anew(renewed) is renewed


def test_taking_it_back_takes_the_size_back(examiner: Examiner) -> None:
    check = a_check()
    renewed = examiner._named_anew(examiner._named_anew(check.confirm(1, "6")).confirm(1, None))
    for before, after in zip(check.pills, renewed.pills, strict=True):
        assert after.identification == before.identification


def test_where_the_scale_is_known_a_confirmation_changes_no_other_name(examiner: Examiner) -> None:
    check = a_check(FrameScale(ScaleSource.MAT, PlaneScale.uniform(0.1))).confirm(1, "6")
    assert examiner._named_anew(check) is check


def test_another_list_renames_all_open_pills_and_taking_it_away_takes_it_back(examiner: Examiner) -> None:
    check = a_check()
    last = check.pills[0].identification.candidates[-1].item_seq
    listed = examiner._named_anew(replace(check, likely=(last,)))
    before, after = (c.pills[0].identification.candidates for c in (check, listed))
    assert [c.item_seq for c in after].index(last) <= [c.item_seq for c in before].index(last)
    assert {c.item_seq: c.evidence.listed for c in after}[last] is True
    assert examiner._named_anew(listed) is listed
    again = examiner._named_anew(replace(listed, likely=()))
    assert again.pills[0].identification == check.pills[0].identification
