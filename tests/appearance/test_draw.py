"""Drawings follow the official row."""

from dataclasses import replace

import numpy as np
import pytest

from pillapp.appearance.draw import draw_side
from pillapp.catalog.values import Appearance

ROW = Appearance(1, "1", "약", "원형", ("하양",), (), "AB분할선10", "", "", "", 8.0, 8.0, 3.0, "정제")


def test_a_round_pill_fills_a_disc() -> None:
    alpha = draw_side(ROW, long_px=200).alpha
    assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] == 1
    assert alpha[2, 2] == 0
    assert alpha.sum() == pytest.approx(np.pi * 100**2, rel=0.04)


def test_the_imprint_is_on_the_side_that_has_it() -> None:
    front, back = draw_side(ROW), draw_side(ROW, back=True)
    assert np.abs(front.rgb.astype(int) - back.rgb.astype(int)).sum() > 10_000


@pytest.mark.parametrize(
    "shape",
    ["원형", "타원형", "장방형", "반원형", "삼각형", "사각형", "마름모형", "오각형", "육각형", "팔각형", "기타", "?"],
)
def test_every_shape_and_missing_size_can_be_drawn(shape: str) -> None:
    drawing = draw_side(replace(ROW, shape=shape, long_mm=None, short_mm=None, thick_mm=None))
    assert drawing.alpha.max() == 1
    assert drawing.rgb.shape[:2] == drawing.alpha.shape


def test_a_capsule_has_the_colours_of_both_halves() -> None:
    row = replace(
        ROW,
        shape="장방형",
        form="경질캡슐제",
        colours_front=("빨강",),
        colours_back=("파랑",),
        short_mm=3.0,
        imprint_front="",
    )
    rgb = draw_side(row, long_px=200).rgb.astype(int)
    middle = rgb.shape[0] // 2
    assert rgb[middle, 50, 0] > rgb[middle, 50, 2]
    assert rgb[middle, 160, 2] > rgb[middle, 160, 0]
