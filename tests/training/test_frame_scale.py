"""Frames made up of single pills: everybody takes part, at one scale, a little off."""

from collections import Counter

import numpy as np
import pytest

from pillapp.training.frame_scale import CAMERA, PILLS, ROUNDS, Known, made_up_frames
from tests.identify.test_frame_scale import pill


@pytest.mark.parametrize("count", [3, 10, 41])
def test_frames_hold_every_pill_as_often_and_keep_sizes_comparable(count: int) -> None:
    pills = [Known(pill([0], 10.0 + i), i) for i in range(count)]
    frames = list(made_up_frames(pills, np.random.default_rng(1)))
    assert all(len(frame) in PILLS for frame in frames)
    seen = Counter(known.product for frame in frames for known in frame)
    assert max(seen.values()) <= ROUNDS
    assert sum(seen.values()) >= ROUNDS * (count - PILLS[0] + 1)
    off = [np.log(k.pill.front.shape.long_px / (10.0 + k.product)) for frame in frames for k in frame]
    assert 0 < np.abs(off).max() < 5 * CAMERA


def test_too_few_pills_make_no_frame() -> None:
    assert list(made_up_frames([Known(pill([0], 9.0), 0)] * 2, np.random.default_rng(1))) == []
