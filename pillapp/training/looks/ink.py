"""Ink or groove: what the strokes of a pictured text are made of, how wide they are, how they stand out.

Ink is off the body's lightness on one side only and by much; a groove has a dark and a bright wall. Where the two part was
set by eye on 104 sides of tablets, ordered by how strongly their strokes stand out.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.training.looks.letters import CELLS_PER_MM, STRONG, SeenText, contrast
from pillapp.training.looks.reference_pictures import PicturedSide

GROUND_MM: Final = 0.9  # the body's own colour around a stroke is averaged over this
PRINTED_FROM: Final = 26.0  # Lab distance of the stronger strokes from the body
SURELY_PRINTED: Final = 45.0  # no groove is as strong
INK_BALANCE: Final = 0.17  # swing of lightness to the weaker side over that to the stronger one; a groove has more
CLOSED_MM: Final = 0.1  # the two walls of a groove lie closer than this


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes of one side. ``strength`` is their Lab distance from the body, ``balance`` that of their two walls (0..1).

    ``ink`` and ``body`` are CIE Lab (D65); ``relief`` is the swing (5 to 95 %) of lightness around the text over the body's;
    ``width`` is the strokes' over the capitals' height.
    """

    strength: float
    balance: float
    ink: tuple[float, float, float]
    body: tuple[float, float, float]
    relief: float
    width: float

    @property
    def printed(self) -> bool:
        """Ink, not a groove."""
        return self.strength > SURELY_PRINTED or (self.strength > PRINTED_FROM and self.balance < INK_BALANCE)


def measure_strokes(text: SeenText) -> Strokes | None:
    """What the lines of a text are written with; None where too little of it is seen."""
    area = _around(text)
    if area.sum() < 60:
        return None
    lab = cv2.cvtColor(text.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    evened = contrast(text.rgb, text.mask)
    ink = (np.abs(evened) > STRONG) & area
    ground = text.mask & ~cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if ink.sum() < 30 or (ground & area).sum() < 30:
        return None
    rest = lab - _smooth(lab, ground)
    distance = np.linalg.norm(rest, axis=2)
    strength = float(np.percentile(distance[ink], 80))
    strongest = ink & (distance > strength)
    body = np.median(lab[ground & area], axis=0)
    low, high = np.percentile(rest[..., 0][area], (5, 95))
    walls = np.abs(np.percentile(rest[..., 0][area], (3, 97)))
    balance = float(walls.min() / max(walls.max(), 1e-3))
    # ink is as wide as it is half dark; a groove is what lies between its walls
    solid = (distance > strength / 2) & area if balance < INK_BALANCE else _closed(ink)
    colour = np.median(lab[strongest], axis=0)
    return Strokes(
        strength,
        balance,
        (float(colour[0]), float(colour[1]), float(colour[2])),
        (float(body[0]), float(body[1]), float(body[2])),
        float((high - low) / max(body[0], 1)),
        _width(solid, text),
    )


def _around(text: SeenText) -> np.ndarray:
    """The area of the lines, bool (h, w)."""
    origin = (np.array(text.mask.shape[::-1]) - 1) / 2
    area = np.zeros(text.mask.shape, bool)
    for line in text.lines:
        reach = 0.5 * line.cap_mm
        x1, x2 = line.centres[0, 0] - reach, line.centres[-1, 0] + reach
        (left, top), (right, bottom) = (np.array([(x1, line.top), (x2, line.bottom)]) * CELLS_PER_MM + origin).astype(
            int
        )
        area[max(0, top) : bottom + 1, max(0, left) : right + 1] = True
    return area & text.mask


def _smooth(lab: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The body's colour everywhere, from where nothing is written."""
    weight = ground.astype(np.float32)
    sigma = GROUND_MM * CELLS_PER_MM / 2
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    return np.asarray(cv2.GaussianBlur(lab * weight[..., None], (0, 0), sigma) / np.maximum(total, 1e-3)[..., None])


def _closed(ink: np.ndarray) -> np.ndarray:
    size = 2 * max(1, round(CLOSED_MM * CELLS_PER_MM / 2)) + 1
    return cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)) > 0


def _width(solid: np.ndarray, text: SeenText) -> float:
    """Stroke width over cap height: over a bar's cross-section the distance to its edge averages a quarter of its width."""
    depth = cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, 5)
    width = 4 * float(depth[solid].mean()) - 2
    return width / (CELLS_PER_MM * float(np.median([line.cap_mm for line in text.lines])))


def mark_size(side: PicturedSide) -> float | None:
    """The larger extent of the emblem on a side that shows nothing else, over the short axis; None where none stands out."""
    rgb, mask = side.upright(CELLS_PER_MM)
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    inner = depth > 0.12 * side.short_mm * CELLS_PER_MM
    ink = ((np.abs(contrast(rgb, mask)) > 1.5 * STRONG) & inner).astype(np.uint8)
    ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    rows, columns = np.nonzero(ink)
    if len(rows) < 0.01 * mask.sum():
        return None
    extents = [float(np.subtract(*np.percentile(values, (98, 2)))) for values in (columns, rows)]
    return max(extents) / (CELLS_PER_MM * side.short_mm)
