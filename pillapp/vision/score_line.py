"""Score lines (분할선): how much a pill's face looks as if a straight groove ran right across it.

A groove is a line through the middle, from edge to edge, that differs from what lies beside it in every part of its
length; text does so only here and there.
"""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

ANGLES: Final = 24  # half a turn in steps of 7.5°
SEGMENTS: Final = 5  # of a line; all but the weakest must show it
SAMPLES: Final = 8  # along each segment
OFF_CENTRE: Final = 7  # px of the view by which a line may miss the middle
REACH: Final = 0.88  # of the way to the edge
EVEN_OUT: Final = 4.0  # px, blur of what counts as the face's own light and shade
LEAST_RELIEF: Final = 2.0  # grey values; a face with less has nothing on it but noise


def groove(view: np.ndarray) -> np.ndarray:
    """Strengths (2,) of the strongest groove across a pill and of one at right angles to it, in units of the face's relief.

    Each is told beside the strongest groove in any other direction: text is as strong in several.

    Args:
        view: float32 (4, n, n), RGB 0..1 and the outline, the pill lying along x as ``vision.attributes`` turns it.
    """
    solid = view[3] > 0.5
    if solid.sum() < 50:
        return np.zeros(2)
    strengths = _by_angle(_relief(view, solid), solid)
    best = int(strengths.argmax())
    across = (best + ANGLES // 2) % ANGLES
    others = np.ones(ANGLES, bool)
    others[[(way + step) % ANGLES for way in (best, across) for step in (-1, 0, 1)]] = False
    return np.array([strengths[best], strengths[across]]) - strengths[others].max()


def _relief(view: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """The face without its own light and shade, (n, n), of spread 1 on the pill and 0 beside it."""
    grey = cv2.cvtColor(np.ascontiguousarray(view[:3].transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY) * 255
    cover = solid.astype(np.float32)
    light = cv2.GaussianBlur(grey * cover, (0, 0), EVEN_OUT) / (cv2.GaussianBlur(cover, (0, 0), EVEN_OUT) + 1e-3)
    relief = (grey - light) * cover
    return np.asarray(relief / (np.sqrt((relief[solid] ** 2).mean()) + LEAST_RELIEF), np.float32)


def _by_angle(relief: np.ndarray, solid: np.ndarray) -> np.ndarray:
    """The strongest groove in each direction (ANGLES,)."""
    rows, columns = np.nonzero(solid)
    middle = np.array([columns.mean(), rows.mean()])
    half_long, half_short = (np.ptp(columns) + 1) / 2, (np.ptp(rows) + 1) / 2
    along, across, turns = _lines()
    edge = REACH / np.hypot(np.cos(turns) / half_long, np.sin(turns) / half_short)  # of an ellipse
    x, y = (
        (middle[axis] + edge[:, None, None] * along[axis] + across[axis]).reshape(-1, along.shape[3]).astype(np.float32)
        for axis in (0, 1)
    )
    flat = cv2.remap(relief, x, y, cv2.INTER_LINEAR)
    parts = flat.reshape(ANGLES, -1, SEGMENTS, SAMPLES).mean(axis=3)
    sign = np.sign(np.median(parts, axis=2, keepdims=True))  # dark all along, or bright all along
    shown = np.sort(parts * sign, axis=2)[:, :, 1]
    return np.asarray(shown.max(axis=1))


@lru_cache(maxsize=1)
def _lines() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of unit lines (2, ANGLES, 1, k), what each of the parallel ones adds to them (2, ANGLES, m, 1), their angles."""
    turns = np.arange(ANGLES) * np.pi / ANGLES
    way = np.stack([np.cos(turns), np.sin(turns)]).astype(np.float32)[:, :, None, None]
    steps = np.linspace(-1, 1, SEGMENTS * SAMPLES, dtype=np.float32)
    offsets = np.arange(-OFF_CENTRE, OFF_CENTRE + 1, dtype=np.float32)
    return way * steps, np.stack([-way[1], way[0]]) * offsets[None, None, :, None], turns.astype(np.float32)
