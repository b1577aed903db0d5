"""The line under the picture never claims millimetres that nobody measured."""

from typing import Any

import numpy as np
import pytest

from pillapp.capture.frame import Frame
from pillapp.check.scale import FrameScale, ScaleSource
from pillapp.check.values import Check
from pillapp.ui.scale_line import scale_line
from pillapp.vision.scale import PlaneScale

FRAME = Frame(np.zeros((48, 64, 3), np.uint8), "x")


def line(pills: int, source: ScaleSource | None = None) -> str:
    nothing: Any = None
    scale = FrameScale(source, PlaneScale.uniform(0.125)) if source else None
    return scale_line(Check(FRAME, (nothing,) * pills, (), nothing, nothing, (), scale=scale))


@pytest.mark.parametrize(
    ("source", "word"), [(ScaleSource.GIVEN, "입력"), (ScaleSource.MAT, "눈금판"), (ScaleSource.CAMERA, "카메라")]
)
def test_every_source_is_named_with_its_scale(source: ScaleSource, word: str) -> None:
    assert word in line(2, source)
    assert "0.125 mm" in line(2, source)


def test_without_a_scale_it_says_what_is_done_instead() -> None:
    assert "알약끼리" in line(2)
    assert "없음" in line(1)
    assert "0." not in line(1) + line(2)
    assert scale_line(None) == ""
