"""Frames that hold still become one with less noise; a flicker in one of them is gone."""

import numpy as np

from pillapp.capture.frame import Frame
from pillapp.capture.steady import merge_steady


def test_noise_and_a_flicker_vanish() -> None:
    rng = np.random.default_rng(0)
    truth = np.full((40, 60, 3), 120, np.uint8)
    frames = [Frame((truth + rng.normal(0, 8, truth.shape)).astype(np.uint8), "0", float(i)) for i in range(5)]
    frames[2].pixels[:20] = 255
    merged = merge_steady(frames)
    assert np.abs(merged.pixels.astype(int) - 120).mean() < 0.75 * np.abs(frames[0].pixels.astype(int) - 120).mean()
    assert merged.pixels[:20].max() < 200
    assert merged.captured_at == 4.0


def test_few_frames_or_another_size_leave_the_newest() -> None:
    old, new = Frame(np.zeros((4, 4, 3), np.uint8), "0"), Frame(np.ones((8, 8, 3), np.uint8), "0")
    assert merge_steady([old, old, old, new]) is new
