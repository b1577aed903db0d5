"""The rim of a round pill laid out straight: text along an arc stands upright there.

A strip shows directions from the pill's middle along x (clockwise, ``PX_PER_RADIAN``) and the way to the rim along y (the
rim at the top), a full turn and an overlap, so that every word is whole somewhere.
"""

from typing import Final

import cv2
import numpy as np

STRIP_SHAPE: Final = (64, 528)  # px, height and width; multiples of what the network halves
INNER: Final = 0.34  # of the radius; nothing nearer to the middle is written along an arc
_MIDDLE: Final = (
    0.72  # of the radius, where letters on an arc usually stand: there the strip is neither narrow nor wide
)
PX_PER_RADIUS: Final = STRIP_SHAPE[0] / (1.0 - INNER)
PX_PER_RADIAN: Final = _MIDDLE * PX_PER_RADIUS
FULL_TURN: Final = 2 * np.pi * PX_PER_RADIAN  # px; what lies beyond it is seen twice


def unroll(picture: np.ndarray, centre: tuple[float, float], radius: float, start: float = 0.0) -> np.ndarray:
    """The strip (64, 528) of a picture (h, w) float32; ``start`` is the direction of its left end, radians clockwise from up."""
    height, width = STRIP_SHAPE
    direction = start + (np.arange(width, dtype=np.float32) + 0.5) / PX_PER_RADIAN
    reach = radius * (1.0 - (np.arange(height, dtype=np.float32)[:, None] + 0.5) / PX_PER_RADIUS)
    map_x = (centre[0] + reach * np.sin(direction) - 0.5).astype(np.float32)
    map_y = (centre[1] - reach * np.cos(direction) - 0.5).astype(np.float32)
    return np.asarray(cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR))


def to_strip(xy: np.ndarray, centre: tuple[float, float], radius: float, start: float = 0.0) -> np.ndarray:
    """Where points (n, 2) of the picture lie in the strip (n, 2), their first time."""
    x, y = (np.asarray(xy, np.float64) - centre).T
    turn = (np.arctan2(x, -y) - start) % (2 * np.pi)
    return np.column_stack([turn * PX_PER_RADIAN, (1.0 - np.hypot(x, y) / radius) * PX_PER_RADIUS])
