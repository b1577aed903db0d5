"""Emblems standing in for a maker's logo that the official file does not tell as letters: invented, the same for the same seed."""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.typefaces import CAP, GlyphPicture

_MARGIN: Final = 14
_SCALE: Final = 1.25  # an emblem is a little taller than a capital


@lru_cache(maxsize=4096)
def emblem(seed: int, stroke: int) -> GlyphPicture:
    """An emblem as a glyph picture, strokes ``stroke`` px wide."""
    rng = np.random.default_rng(seed)
    size = round(CAP * _SCALE)
    ink: np.ndarray = np.zeros((size + 2 * _MARGIN, size + 2 * _MARGIN), np.uint8)
    middle = np.array(ink.shape[::-1], np.float64) / 2
    radius = size / 2 - stroke / 2
    kind = int(rng.integers(6))
    if kind <= 1 or rng.random() < 0.25:
        _curve(ink, middle + radius * _circle(1.0, rng.uniform(0.6, 1.0) if kind == 1 else 1.0), stroke)
        radius *= 0.62
    if kind == 2:
        points = middle + radius * _star(int(rng.integers(3, 8)), rng.uniform(0.3, 0.75))
        _shape(ink, points, stroke, filled=rng.random() < 0.5)
    elif kind == 3:
        _shape(ink, middle + radius * _polygon(int(rng.integers(3, 7))), stroke, filled=rng.random() < 0.4)
    elif kind == 4:  # leaves around a point
        count = int(rng.integers(2, 6))
        for turn in 2 * np.pi * np.arange(count) / count:
            _shape(ink, middle + radius * _leaf(turn), stroke, filled=rng.random() < 0.5)
    else:  # bent strokes, like a monogram
        for _ in range(int(rng.integers(2, 4))):
            ends = rng.uniform(-0.9, 0.9, (3, 2))
            share = np.linspace(0, 1, 24)[:, None]
            bent = (1 - share) ** 2 * ends[0] + 2 * share * (1 - share) * ends[1] + share**2 * ends[2]
            _curve(ink, middle + radius * bent, stroke, closed=False)
    x, y, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    side = size + 2 * _MARGIN
    # it stands on the baseline, middle of the capitals' height
    return GlyphPicture(
        ink.astype(np.float32) / 255, -_MARGIN, -CAP / 2 - side / 2, float(size), (x, y, x + width, y + height)
    )


def _curve(ink: np.ndarray, points: np.ndarray, stroke: int, *, closed: bool = True) -> None:
    cv2.polylines(ink, [np.round(points * 16).astype(np.int32)], closed, 255, max(1, stroke), cv2.LINE_AA, 4)


def _shape(ink: np.ndarray, points: np.ndarray, stroke: int, *, filled: bool) -> None:
    if filled:
        cv2.fillPoly(ink, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    else:
        _curve(ink, points, stroke)


def _circle(width: float, height: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.column_stack([width * np.cos(turn), height * np.sin(turn)])


def _polygon(corners: int) -> np.ndarray:
    turn = -np.pi / 2 + 2 * np.pi * np.arange(corners) / corners
    return np.column_stack([np.cos(turn), np.sin(turn)])


def _star(points: int, inner: float) -> np.ndarray:
    turn = -np.pi / 2 + np.pi * np.arange(2 * points) / points
    reach = np.where(np.arange(2 * points) % 2 == 0, 1.0, inner)
    return np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])


def _leaf(turn: float) -> np.ndarray:
    along = np.linspace(0, 1, 16)
    wide = 0.28 * np.sin(np.pi * along)
    there = np.column_stack([along, wide])
    back = np.column_stack([along, -wide])[::-1]
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(np.concatenate([there, back]) @ rotation)
