"""Outlines, shapes and colours on drawn pills, where the truth is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pillapp.paths import models_dir
from pillapp.vision.colour import COLOURS, read_colours
from pillapp.vision.engines import choose_engine
from pillapp.vision.segment import OutlineFinder, window_of
from pillapp.vision.shape import SHAPES, read_shape

FINDER = OutlineFinder(choose_engine("cpu").engine, models_dir() / "outline")


def tray_with_ellipse(colour: tuple[int, int, int], axes: tuple[int, int] = (60, 35), angle: float = 20) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = (rng.normal(0, 2, (240, 320, 3)) + [110, 120, 130]).astype(np.uint8)
    cv2.ellipse(picture, (160, 120), axes, angle, 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def box_of(mask: np.ndarray) -> tuple[float, float, float, float]:
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    return float(x), float(y), float(x + w), float(y + h)


@pytest.mark.parametrize("colour", [(240, 240, 235), (230, 150, 60), (40, 40, 45)], ids=["white", "orange", "black"])
def test_the_outline_follows_the_pill(colour: tuple[int, int, int]) -> None:
    truth = np.zeros((240, 320), np.uint8)
    cv2.ellipse(truth, (160, 120), (60, 35), 20, 0, 360, 1, -1)
    cutout = FINDER.cut_out(tray_with_ellipse(colour), box_of(truth))
    x, y = cutout.origin
    found = np.zeros_like(truth)
    found[y : y + cutout.mask.shape[0], x : x + cutout.mask.shape[1]] = cutout.mask
    assert cutout.trusted
    assert (found & truth).sum() / (found | truth).sum() > 0.93


def test_a_box_without_a_pill_gives_an_untrusted_outline_inside_the_box() -> None:
    noise = np.random.default_rng(1).integers(100, 130, (200, 200, 3)).astype(np.uint8)
    cutout = FINDER.cut_out(noise, (60, 60, 140, 140))
    assert all(50 <= x <= 150 and 50 <= y <= 150 for x, y in cutout.polygon)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 180), st.floats(-20, 340), st.floats(-20, 260), st.floats(12, 150), st.floats(12, 150))
def test_any_box_gives_an_outline_within_the_picture(
    angle: float, x: float, y: float, width: float, height: float
) -> None:
    picture = tray_with_ellipse((240, 240, 240), angle=angle)
    x1, y1, x2, y2 = max(0.0, x), max(0.0, y), min(320.0, x + width), min(240.0, y + height)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return
    cutout = FINDER.cut_out(picture, (x1, y1, x2, y2))
    assert cutout.mask.any()
    assert all(0 <= px <= 320 and 0 <= py <= 240 for px, py in cutout.polygon)


def blob(angle: float, aspect: float) -> np.ndarray:
    mask = np.zeros((300, 300), np.uint8)
    cv2.ellipse(mask, (150, 150), (120, round(120 * aspect)), angle, 0, 360, 1, -1)
    return mask > 0


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 179), st.floats(0.35, 0.75))
def test_turning_a_pill_does_not_change_how_long_and_broad_it_is(angle: float, aspect: float) -> None:
    chances = np.full(len(SHAPES), 1 / len(SHAPES))
    one, other = read_shape(blob(0, aspect), chances), read_shape(blob(angle, aspect), chances)
    assert one.aspect == pytest.approx(aspect, abs=0.03)
    assert abs(one.aspect - other.aspect) < 0.03
    assert abs(one.long_px - other.long_px) < 0.02 * one.long_px


def test_touching_pills_are_cut_apart() -> None:
    picture = tray_with_ellipse((240, 240, 235), axes=(40, 40))
    cv2.ellipse(picture, (240, 120), (40, 40), 0, 0, 360, (238, 236, 230), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (240, 120), (40, 40), 0, 0, 360, (190, 190, 185), 1, cv2.LINE_AA)
    cutout = FINDER.cut_out(picture, (120.0, 80.0, 200.0, 160.0))
    assert np.ptp(np.flatnonzero(cutout.mask.any(axis=0))) < 92


@settings(deadline=None)
@given(st.floats(24, 200), st.floats(24, 150), st.integers(0, 100), st.integers(0, 80))
def test_a_window_and_back_is_the_same_place(width: float, height: float, x: int, y: int) -> None:
    picture = np.zeros((240, 320, 3), np.uint8)
    field = np.zeros((240, 320), np.float32)
    field[int(y + height / 4) : int(y + height), int(x + width / 4) : int(x + width)] = 1
    window = window_of(picture, (float(x), float(y), x + width, y + height))
    left, top = window.origin
    rows, columns = window.crop.shape[:2]
    back = window.whole(window.shown(field))
    assert back.shape == (rows, columns)
    assert np.abs(back - field[top : top + rows, left : left + columns]).mean() < 0.12


def halves(one: str, other: str, sure: float = 0.8) -> np.ndarray:
    chances = np.full((2, len(COLOURS)), (1 - sure) / (len(COLOURS) - 1))
    for row, name in enumerate((one, other)):
        chances[row, COLOURS.index(name)] = sure
    return chances


def test_halves_that_agree_are_one_colour_and_others_two() -> None:
    assert read_colours(halves("하양", "하양")).names == ("하양",)
    assert read_colours(halves("하양", "빨강")).names == ("하양", "빨강")
    unsure = halves("하양", "노랑", 0.45)
    unsure[0, COLOURS.index("노랑")] = unsure[1, COLOURS.index("하양")] = 0.4
    assert len(read_colours(unsure / unsure.sum(axis=1, keepdims=True)).names) == 1


@given(arrays(float, (2, len(COLOURS)), elements=st.floats(0.001, 1)))
def test_colour_parts_are_probabilities_and_none_is_ruled_out(chances: np.ndarray) -> None:
    for part in read_colours(chances).parts:
        assert min(part) > 0
        assert sum(part) == pytest.approx(1)


def test_the_official_shapes_are_all_there() -> None:
    assert len(SHAPES) == 11
