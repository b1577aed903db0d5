"""Outlines of the eleven official shapes (모양), from above, in millimetres.

Every shape is a field over the unit square: 0 in the middle, 1 on the rim, growing outwards along every ray. Domes are
functions of the same field, so a dome always meets its rim. ``roundness`` moves a shape between its sharpest usual form (0)
and an ellipse (1); below 0 the ends of a 장방형 grow squarer.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]

SHAPES: Final = (
    "원형", "타원형", "장방형", "반원형", "삼각형", "사각형", "마름모형", "오각형", "육각형", "팔각형", "기타",
)  # fmt: skip
POINTS: Final = 360
# Corners and the power that rounds them: larger is sharper.
_CORNERS: Final = {"삼각형": (3, 9.0), "오각형": (5, 16.0), "육각형": (6, 20.0)}
POLYGONS: Final = frozenset((*_CORNERS, "팔각형", "사각형", "마름모형", "반원형"))  # shapes with corners
# |x|^p + |y|^p = 1
_SUPERELLIPSES: Final = {"타원형": 2.5, "사각형": 9.0, "마름모형": 1.15, "기타": 2.5}
_STRAIGHT_POWER: Final = 6.0  # of the squarest ends of a 장방형
_BISECTIONS: Final = 24


def rim_field(shape: str, long_mm: float, short_mm: float, roundness: float) -> Field:
    """The field of a shape over x, y in mm (y down, origin in the middle of its bounding box).

    Unknown shapes have the field of 기타.
    """
    aspect = short_mm / long_mm
    sharp = _fitted(_sharp_field(shape, aspect), 1.0, 1.0)
    squared = _squared_ends(aspect)
    rounded = np.clip(roundness, 0, 1)

    def blend(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if roundness < 0 and shape == "장방형":
            return np.asarray((1 + roundness) * sharp(x, y) - roundness * squared(x, y))
        return np.asarray((1 - rounded) * sharp(x, y) + rounded * np.hypot(x, y))

    return _fitted(blend, long_mm / 2, short_mm / 2)


def outline(shape: str, long_mm: float, short_mm: float, roundness: float, points: int = POINTS) -> np.ndarray:
    """The rim as a closed polygon (points, 2) float32: x, y in mm, y down, the long axis along x."""
    return trace(rim_field(shape, long_mm, short_mm, roundness), max(long_mm, short_mm), points)


def trace(field: Field, reach_mm: float, points: int = POINTS) -> np.ndarray:
    """Where ``field`` is 1, along ``points`` rays from the middle; the rim lies within ``reach_mm`` of it."""
    angle = 2 * np.pi * np.arange(points) / points
    cos, sin = np.cos(angle), np.sin(angle)
    inner, outer = np.zeros(points), np.full(points, reach_mm)
    for _ in range(_BISECTIONS):
        radius = (inner + outer) / 2
        inside = field(radius * cos, radius * sin) < 1
        inner, outer = np.where(inside, radius, inner), np.where(inside, outer, radius)
    return np.column_stack([inner * cos, inner * sin]).astype(np.float32)


def _sharp_field(shape: str, aspect: float) -> Field:
    if shape == "원형":
        return np.hypot
    if shape == "장방형":
        straight = 1 / min(aspect, 0.999) - 1
        return lambda x, y: np.hypot(np.maximum(np.abs(x) / aspect - straight, 0), y)
    if shape == "반원형":  # a disc cut by a straight line below
        power = 14.0
        return lambda x, y: (np.hypot(x, (y - 1) / 2) ** power + np.maximum(y, 0) ** power) ** (1 / power)
    if shape == "팔각형":
        return _cut_rectangle(aspect)
    if shape in _CORNERS:
        return _polygon(*_CORNERS[shape])
    power = _SUPERELLIPSES.get(shape, _SUPERELLIPSES["기타"])
    return lambda x, y: (np.abs(x) ** power + np.abs(y) ** power) ** (1 / power)


def _squared_ends(aspect: float) -> Field:
    straight = 1 / min(aspect, 0.999) - 1
    power = _STRAIGHT_POWER
    return lambda x, y: (np.maximum(np.abs(x) / aspect - straight, 0) ** power + np.abs(y) ** power) ** (1 / power)


def _cut_rectangle(aspect: float) -> Field:
    """A rectangle whose corners are cut at 45°, as much as a regular octagon's of its width would be: official
    eight-cornered pills that are longer than wide are such rectangles, not stretched octagons."""
    reach = 1 + aspect - (2 - np.sqrt(2)) * aspect
    power = 28.0

    def field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        corner = (np.abs(x) + np.abs(y) * aspect) / reach
        return np.asarray((np.abs(x) ** power + np.abs(y) ** power + corner**power) ** (1 / power))

    return field


def _polygon(corners: int, power: float) -> Field:
    """A regular polygon with a flat side below; its sides are joined by a soft maximum."""
    turn = np.pi / 2 + 2 * np.pi * np.arange(corners) / corners

    def field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        total = np.zeros(np.broadcast(x, y).shape)
        for cos, sin in zip(np.cos(turn), np.sin(turn), strict=True):
            total += np.maximum(x * cos + y * sin, 0) ** power
        return np.asarray(total ** (1 / power))

    return field


def _fitted(field: Field, half_x: float, half_y: float) -> Field:
    """The same field, its rim's bounding box moved and stretched to -half..half."""
    rim = trace(field, 3.0).astype(np.float64)
    low, high = rim.min(axis=0), rim.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    return lambda x, y: field(x / half_x * half[0] + middle[0], y / half_y * half[1] + middle[1])
