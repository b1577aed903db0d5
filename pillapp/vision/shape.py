"""How a pill's outline lies and how long and broad it is; the official names of shapes (의약품 모양)."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

SHAPES: Final = (
    "원형", "타원형", "장방형", "반원형", "삼각형", "사각형", "마름모형", "오각형", "육각형", "팔각형", "기타",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShapeReading:
    """``aspect`` is short over long side (0..1], ``angle`` the long side's direction in radians, image axes (y down).

    ``probabilities`` sums to 1 over :data:`SHAPES`; ``long_px`` and ``short_px`` are the pill's sides in pixels.
    """

    name: str
    probabilities: dict[str, float]
    aspect: float
    angle: float
    long_px: float
    short_px: float


def read_shape(mask: np.ndarray, chances: np.ndarray) -> ShapeReading:
    """Measures of one filled blob, bool (h, w), with what is believed of its shape: ``chances`` (11,) over SHAPES."""
    _, long_px, short_px, angle = measure_outline(mask)
    probabilities = {shape: float(chance) for shape, chance in zip(SHAPES, chances, strict=True)}
    name = max(probabilities, key=probabilities.__getitem__)
    return ShapeReading(name, probabilities, short_px / long_px, angle, long_px, short_px)


def measure_outline(mask: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Outline (n, 2), long and short side in pixels and the long side's angle in radians, of one blob."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)[:, 0].astype(np.float32)
    (_, _), (long_px, short_px), degrees = cv2.minAreaRect(contour)
    long_px, short_px = long_px + 1, short_px + 1  # pixel centres → pixel edges
    if long_px < short_px:
        long_px, short_px, degrees = short_px, long_px, degrees + 90
    return contour, float(long_px), float(short_px), float(np.deg2rad(degrees))
