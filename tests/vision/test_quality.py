"""Each flaw of a picture is seen, and a good picture has none."""

import cv2
import numpy as np
import pytest

from pillapp.appearance.picture import side_cutout
from pillapp.catalog.values import Appearance
from pillapp.vision.quality import Flaw, Quality, measure_quality

ROW = Appearance(1, "1", "약", "원형", ("파랑",), (), "K7", "", "", "", 8.0, 8.0, 3.0, "나정")


def pill(long_px: int = 140) -> tuple[np.ndarray, np.ndarray]:
    cutout = side_cutout(ROW, long_px=long_px)
    noise = np.random.default_rng(0).normal(0, 2, cutout.rgb.shape)
    return np.clip(cutout.rgb + noise, 0, 255).astype(np.uint8), cutout.alpha > 0.5


def test_a_good_picture_has_no_flaw() -> None:
    assert measure_quality(*pill()).flaws == ()


@pytest.mark.parametrize(
    ("flaw", "spoil"),
    [
        (Flaw.BLURRED, lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 8)),
        (Flaw.DARK, lambda rgb: (rgb * 0.12).astype(np.uint8)),
        (Flaw.GLARE, lambda rgb: cv2.circle(rgb.copy(), (70, 70), 45, (255, 255, 255), -1)),
    ],
)
def test_a_spoilt_picture_has_its_flaw(flaw: Flaw, spoil) -> None:  # type: ignore[no-untyped-def]
    rgb, mask = pill()
    assert flaw in measure_quality(spoil(rgb), mask).flaws


def test_a_pill_of_few_pixels_is_too_small() -> None:
    quality = measure_quality(*pill(16))
    assert quality.short_px == pytest.approx(16, abs=2)
    assert quality.flaws[0] is Flaw.SMALL


def test_an_empty_mask_says_nothing_good() -> None:
    rgb, mask = pill()
    assert measure_quality(rgb, np.zeros_like(mask)) == Quality(0, 0, 0, 0)
