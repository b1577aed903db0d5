"""How well an outline of the catalogue's shapes covers a pill's pictured outline, and which roundness covers it best."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.appearance.outline import outline
from pillapp.training.looks.reference_pictures import along_axis, polygon_mask

CELLS_PER_MM: Final = 16.0
ROUNDNESSES: Final = tuple(float(r) for r in np.round(np.arange(-0.5, 1.01, 0.1), 1))
LYING: Final = (
    "원형",
    "타원형",
    "장방형",
    "반원형",
)  # their long axis is their axis; the others may be pictured turned
TURNS: Final = np.deg2rad(np.arange(0, 360, 15))


@dataclass(frozen=True, slots=True)
class Fit:
    """The best ``roundness`` of a shape and the intersection over union it reaches."""

    roundness: float
    iou: float


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two polygons (n, 2) in mm around the origin."""
    reach = max(float(np.abs(a).max()), float(np.abs(b).max())) + 0.2
    side = 2 * int(np.ceil(reach * CELLS_PER_MM)) + 1
    first, second = (polygon_mask(p * CELLS_PER_MM + side // 2, (side, side)) for p in (a, b))
    return float((first & second).sum() / max((first | second).sum(), 1))


def fit_roundness(shape: str, pictured: np.ndarray) -> Fit:
    """The roundness of ``shape`` that covers a pictured outline (n, 2) mm best, when it has the same extents."""
    best = Fit(0.0, 0.0)
    for turn in (0.0,) if shape in LYING else TURNS:
        turned = along_axis(pictured, float(turn))
        low, high = turned.min(axis=0), turned.max(axis=0)
        if shape not in LYING and high[0] - low[0] < 0.98 * (high[1] - low[1]):  # the long axis lies along x
            continue
        centred = turned - (low + high) / 2
        for roundness in ROUNDNESSES:
            if roundness < 0 and shape != "장방형":
                continue
            drawn = outline(shape, float(high[0] - low[0]), float(high[1] - low[1]), roundness, 180)
            iou = overlap(centred, drawn.astype(np.float64))
            if iou > best.iou:
                best = Fit(roundness, iou)
    return best
