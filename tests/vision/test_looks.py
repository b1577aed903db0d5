"""Tiles cover a picture, and no pill is counted twice at their borders."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.vision.detect import find_boxes, judge_count
from pillapp.vision.looks import _starts


class Seer:
    """A network that finds every bright square of a picture, cut ones as they are cut."""

    def __init__(self) -> None:
        self.looks = 0

    def infer(self, batch: np.ndarray) -> np.ndarray:
        import cv2

        self.looks += 1
        bright = (batch[0].min(axis=0) > 0.8).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        boxes = [(x + w / 2, y + h / 2, w, h, 0.9) for x, y, w, h, _ in stats[1:] if w > 2 and h > 2]
        return np.array(boxes, np.float32).reshape(-1, 5).T[None]


def tray(width: int, height: int, pill: int, step: int) -> tuple[np.ndarray, int]:
    picture = np.zeros((height, width, 3), np.uint8)
    places = [(x, y) for x in range(step, width - step, step) for y in range(step, height - step, step)]
    for x, y in places:
        picture[y : y + pill, x : x + pill] = 255
    return picture, len(places)


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (3000, 4000), (1280, 960), (2600, 700)])
def test_every_small_pill_of_a_tray_is_found_once(width: int, height: int) -> None:
    picture, pills = tray(width, height, max(width, height) // 50, max(width, height) // 22)
    seer = Seer()
    boxes, _ = find_boxes(seer, picture, 640, 0.3, 0.6)
    assert len(boxes) == pills
    assert seer.looks > 2


def test_large_pills_are_not_looked_at_in_tiles() -> None:
    picture, pills = tray(1600, 1200, 120, 300)
    seer = Seer()
    assert len(find_boxes(seer, picture, 640, 0.3, 0.6)[0]) == pills
    assert seer.looks == 2


def test_boxes_are_in_pixels_of_the_picture() -> None:
    picture = np.zeros((3000, 4000, 3), np.uint8)
    for i in range(6):
        picture[1000:1060, 500 + 300 * i : 560 + 300 * i] = 255
    boxes, _ = find_boxes(Seer(), picture, 640, 0.3, 0.6)
    assert np.allclose(np.sort(boxes[:, 0]), 500 + 300 * np.arange(6), atol=3)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9000))
def test_tiles_cover_their_length_and_overlap(length: int) -> None:
    starts = _starts(length, 640, 114)
    assert starts[0] == 0
    assert max(starts[-1] + 640, length) == starts[-1] + 640
    assert all(b - a <= 640 - 114 for a, b in itertools.pairwise(starts))


def test_a_doubtful_box_beside_the_pills_makes_the_count_a_lower_bound() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [1, 1, 9, 9]], np.float32)
    found = judge_count(boxes, np.array([0.9, 0.8, 0.2, 0.15]), 0.5)
    assert len(found.detections) == 2
    assert found.doubtful == ((40, 0, 50, 10),)  # the one inside the first pill is that pill
    assert not found.exact
    assert judge_count(boxes[:2], np.array([0.9, 0.8]), 0.5).exact


def test_one_box_twice_as_large_among_equals_is_marked_as_touching() -> None:
    boxes = np.array([[20 * i, 0, 20 * i + 10, 10] for i in range(5)] + [[200, 0, 220, 10]], np.float32)
    found = judge_count(boxes, np.full(6, 0.9), 0.5)
    assert [d.touching for d in found.detections] == [False] * 5 + [True]
    assert not found.exact
    mixed = boxes * np.array([[1], [1.5], [1], [2], [1], [3]], np.float32)
    assert judge_count(mixed, np.full(6, 0.9), 0.5).exact
