"""Both sides of a pill are found whole on an official picture, whatever colour pill and card have."""

import cv2
import numpy as np
import pytest

from pillapp.vision.studio import pill_boxes

CARD = (172, 194, 222)


def picture(pill: tuple[int, int, int], size: tuple[int, int], *, width: int = 700) -> np.ndarray:
    """A card with its grid, a ruler and two sides of a pill, the left one with dark text, each with its shadow."""
    rgb = np.full((width * 4 // 7, width, 3), CARD, np.uint8)
    for at in range(0, width, 40):
        cv2.line(rgb, (at, 0), (at, rgb.shape[0]), (160, 182, 210), 1)
    cv2.putText(rgb, "10 (mm)", (20, 25), cv2.FONT_HERSHEY_PLAIN, 1, (90, 90, 90), 1)
    for x in (width // 4, width * 3 // 4):
        middle, half = (x, rgb.shape[0] // 2), (size[0] // 2, size[1] // 2)
        cv2.ellipse(rgb, (x + 4, middle[1] + 4), half, 0, 0, 360, tuple(int(0.8 * c) for c in CARD), -1)
        cv2.ellipse(rgb, middle, half, 0, 0, 360, pill, -1)
    cv2.putText(rgb, "AB12", (width // 4 - 40, rgb.shape[0] // 2 + 8), cv2.FONT_HERSHEY_DUPLEX, 1, (40, 40, 40), 2)
    noise = np.random.default_rng(0).normal(0, 1.5, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("pill", [(245, 245, 243), (250, 214, 120), (60, 40, 30), (140, 176, 226), (190, 203, 222)])
@pytest.mark.parametrize("size", [(110, 110), (160, 70)])
def test_both_sides_are_found_whole(pill: tuple[int, int, int], size: tuple[int, int]) -> None:
    boxes = pill_boxes(picture(pill, size))
    assert len(boxes) == 2
    assert boxes[0][0] < boxes[1][0]
    for (x1, y1, x2, y2), middle in zip(boxes, (175, 525), strict=True):
        assert (x1 + x2) / 2 == pytest.approx(middle, abs=5)
        assert x2 - x1 == pytest.approx(size[0], abs=9)
        assert y2 - y1 == pytest.approx(size[1], abs=9)


def test_an_empty_card_has_no_pill() -> None:
    assert pill_boxes(np.full((400, 700, 3), CARD, np.uint8)) == []
