"""Outlines, shapes and colours on drawn pills, where the truth is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.vision.colour import COLOURS, colour_probabilities, read_colours
from pillapp.vision.segment import cut_out
from pillapp.vision.shape import SHAPES, read_shape

PLAIN = {
    "하양": (237, 237, 232),
    "노랑": (237, 214, 107),
    "주황": (232, 153, 92),
    "연두": (178, 212, 128),
    "파랑": (107, 158, 219),
    "빨강": (173, 46, 46),
}


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
    cutout = cut_out(tray_with_ellipse(colour), box_of(truth))
    x, y = cutout.origin
    found = np.zeros_like(truth)
    found[y : y + cutout.mask.shape[0], x : x + cutout.mask.shape[1]] = cutout.mask
    assert cutout.trusted
    assert (found & truth).sum() / (found | truth).sum() > 0.93


def test_a_box_without_a_pill_gives_an_untrusted_outline_inside_the_box() -> None:
    noise = np.random.default_rng(1).integers(100, 130, (200, 200, 3)).astype(np.uint8)
    cutout = cut_out(noise, (60, 60, 140, 140))
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
    cutout = cut_out(picture, (x1, y1, x2, y2))
    assert cutout.mask.any()
    assert all(0 <= px <= 320 and 0 <= py <= 240 for px, py in cutout.polygon)


@pytest.mark.parametrize(
    ("shape", "aspect", "power"), [("원형", 1.0, 2), ("타원형", 0.6, 2), ("장방형", 0.4, 0), ("사각형", 0.95, 12)]
)
def test_common_shapes_are_recognised(shape: str, aspect: float, power: float) -> None:
    y, x = np.mgrid[-150:150, -150:150] / 110
    if power:
        mask = np.abs(x) ** power + np.abs(y / aspect) ** power <= 1
    else:
        mask = np.hypot(np.maximum(np.abs(x) - (1 - aspect), 0), y) <= aspect
    reading = read_shape(mask)
    assert reading.probabilities[shape] == max(reading.probabilities.values())
    assert reading.aspect == pytest.approx(aspect, abs=0.03)
    assert sum(reading.probabilities.values()) == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 179), st.floats(0.35, 0.6))
def test_turning_a_pill_changes_neither_its_aspect_nor_its_family(angle: float, aspect: float) -> None:
    def reading_at(degrees: float) -> object:
        mask = np.zeros((300, 300), np.uint8)
        cv2.ellipse(mask, (150, 150), (120, round(120 * aspect)), degrees, 0, 360, 1, -1)
        return read_shape(mask > 0)

    one, other = reading_at(0), reading_at(angle)
    assert abs(one.aspect - other.aspect) < 0.03  # type: ignore[attr-defined]
    for reading in (one, other):  # 타원형 and 장방형 are loosely told apart in the official file itself
        assert reading.probabilities["타원형"] + reading.probabilities["장방형"] > 0.65  # type: ignore[attr-defined]


@pytest.mark.parametrize("colour", PLAIN)
def test_plain_colours_are_named(colour: str) -> None:
    rgb = PLAIN[colour]
    picture = tray_with_ellipse(rgb)
    mask = np.zeros((240, 320), np.uint8)
    cv2.ellipse(mask, (160, 120), (60, 35), 20, 0, 360, 1, -1)
    assert colour in read_colours(picture, mask > 0, np.deg2rad(20)).names


def test_a_two_tone_capsule_has_two_colours() -> None:
    picture = tray_with_ellipse((240, 240, 240), axes=(80, 30), angle=0)
    half = picture[:, 160:]
    half[(half > 230).all(axis=2)] = (200, 40, 40)
    mask = np.zeros((240, 320), np.uint8)
    cv2.ellipse(mask, (160, 120), (80, 30), 0, 0, 360, 1, -1)
    assert set(read_colours(picture, mask > 0, 0.0).names) == {"하양", "빨강"}


@given(st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100)))
def test_colour_probabilities_are_probabilities(lab: tuple[float, float, float]) -> None:
    probabilities = colour_probabilities(np.array(lab))
    assert probabilities.shape == (len(COLOURS),)
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1)


def test_the_official_shapes_are_all_there() -> None:
    assert len(SHAPES) == 11
