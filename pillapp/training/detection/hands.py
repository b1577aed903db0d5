"""Rendered hands as cut-outs that reach into a composite from its border, as hands do."""

from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import DataSetError, work_dir
from pillapp.training.render.shards import read_hands

HELD_OUT: Final = 12  # every twelfth hand is kept out of training
_SPANS: Final = (0.6, 1.6)  # long side of a hand's picture over that of the composite
_DARKEST: Final = 0.3  # a hand is rendered as bright as film takes it: the dark ones are made so here


def load_hands(held: bool) -> list[np.ndarray]:
    """Hands of one half, RGBA uint8 (h, w, 4) square pictures; where one touches its border, the arm goes on.

    Raises:
        DataSetError: none were rendered.
    """
    hands = [
        np.dstack([scene.picture, cv2.GaussianBlur(scene.mask * np.uint8(255), (0, 0), 0.8)])
        for number, scene in enumerate(read_hands(work_dir() / "renders"))
        if (number % HELD_OUT == 0) == held
    ]
    if not hands:
        raise DataSetError("no hand was rendered: run main.py train render --hands 500 first")
    return hands


def reach_in(rng: np.random.Generator, hand: np.ndarray, height: int, width: int) -> np.ndarray:
    """A hand in its place over a picture: RGBA uint8 (height, width, 4); an arm always leaves by the border."""
    hand = np.rot90(hand, int(rng.integers(4)))
    hand = hand[:, ::-1] if rng.random() < 0.5 else hand
    solid = hand[:, :, 3] > 127
    cut = [bool(edge.any()) for edge in (solid[:, 0], solid[:, -1], solid[0], solid[-1])]  # left, right, top, bottom
    low, high = _SPANS
    least = max(
        (width if cut[0] and cut[1] else 0) / max(height, width),
        (height if cut[2] and cut[3] else 0) / max(height, width),
    )
    side = round(max(height, width) * max(least, np.exp(rng.uniform(np.log(low), np.log(high)))))
    x = _start(rng, side, width, cut[0], cut[1])
    y = _start(rng, side, height, cut[2], cut[3])
    scale = side / len(hand)
    shown = cv2.resize(
        np.ascontiguousarray(hand), (side, side), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    tint = np.exp(rng.uniform(np.log(_DARKEST), 0.05)) * np.exp(rng.normal(0, 0.06, 3))
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    placed: np.ndarray = cv2.warpAffine(shown, matrix, (width, height), borderMode=cv2.BORDER_CONSTANT)
    placed[:, :, :3] = np.clip(placed[:, :, :3] * tint, 0, 255)
    return placed


def _start(rng: np.random.Generator, side: int, length: int, first: bool, last: bool) -> int:
    """Where a hand's picture of ``side`` px begins along one axis of ``length`` px, cut ends beyond the border."""
    if first and last:
        return int(rng.integers(min(length - side, -1), 1))
    if first:
        return -int(rng.uniform(0, 0.15) * side)
    if last:
        return length - int(rng.uniform(0.85, 1.0) * side)
    return int(rng.uniform(-0.3 * side, length - 0.7 * side))
