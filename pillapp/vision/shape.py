"""Which of the official shapes (의약품 모양) an outline is.

Each shape has an ideal outline r(θ), stretched to the pill's own aspect ratio. The outline's distances from all ideals go
into a small logistic regression fitted on the official product pictures, so the probabilities mean what they say.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pillapp.paths import models_dir

SHAPES: Final = (
    "원형", "타원형", "장방형", "반원형", "삼각형", "사각형", "마름모형", "오각형", "육각형", "팔각형", "기타",
)  # fmt: skip
ANGLES: Final = 72
# Distances beyond this (relative to the mean radius) say no more than "not this shape".
FAR: Final = 0.2


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


def read_shape(mask: np.ndarray) -> ShapeReading:
    """Shape of one filled blob, bool (h, w)."""
    contour, long_px, short_px, angle = measure_outline(mask)
    aspect = short_px / long_px
    logits = shape_features(contour, angle, aspect) @ _shape_model()
    weights = np.exp(logits - logits.max())
    probabilities = {s: float(w) for s, w in zip(SHAPES, weights / weights.sum(), strict=True)}
    name = max(probabilities, key=probabilities.__getitem__)
    return ShapeReading(name, probabilities, aspect, angle, long_px, short_px)


def measure_outline(mask: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Outline (n, 2), long and short side in pixels and the long side's angle in radians, of one blob."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)[:, 0].astype(np.float32)
    (_, _), (long_px, short_px), degrees = cv2.minAreaRect(contour)
    long_px, short_px = long_px + 1, short_px + 1  # pixel centres → pixel edges
    if long_px < short_px:
        long_px, short_px, degrees = short_px, long_px, degrees + 90
    return contour, float(long_px), float(short_px), float(np.deg2rad(degrees))


def shape_features(contour: np.ndarray, angle: float, aspect: float) -> np.ndarray:
    """What the regression sees, (13,): distances to the ten ideals, the aspect ratio, its square and a one."""
    errors = _distances(_signature(contour, angle, aspect), aspect)
    distances = [min(errors.get(shape, FAR), FAR) * 20 for shape in SHAPES[:-1]]  # scaled to about 0..4
    return np.array([*distances, aspect * 5, aspect**2 * 5, 1.0])


@lru_cache(maxsize=1)
def _shape_model() -> np.ndarray:
    """Weights (13, 11) of the regression; `main.py train attributes` fits them."""
    fitted = json.loads((models_dir() / "shapes.json").read_text(encoding="utf-8"))
    return np.array([fitted["weights"][shape] for shape in SHAPES]).T


def _signature(contour: np.ndarray, angle: float, aspect: float) -> np.ndarray:
    """Radius over :data:`ANGLES` directions, long side horizontal, mean 1, with the aspect ratio divided out."""
    moments = cv2.moments(contour)
    if moments["m00"] == 0:
        return np.ones(ANGLES)
    centred = contour - [moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]]
    cos, sin = np.cos(angle), np.sin(angle)
    along, across = centred @ [cos, sin], centred @ [-sin, cos] / max(aspect, 0.05)
    return _resample(np.arctan2(across, along), np.hypot(along, across))


def _resample(theta: np.ndarray, radius: np.ndarray) -> np.ndarray:
    order = np.argsort(theta)
    theta, radius = theta[order], radius[order]
    grid = np.linspace(-np.pi, np.pi, ANGLES, endpoint=False)
    sampled = np.interp(grid, theta, radius, period=2 * np.pi)
    return sampled / sampled.mean()


def _distances(signature: np.ndarray, aspect: float) -> dict[str, float]:
    """Root mean square distance of a signature to each shape's ideal, over the rotations that shape allows."""
    distances = {}
    for shape, ideals in _ideals(round(aspect, 2)).items():
        distances[shape] = float(np.sqrt(((ideals - signature) ** 2).mean(axis=1)).min())
    return distances


@lru_cache(maxsize=128)
def _ideals(aspect: float) -> dict[str, np.ndarray]:
    """Ideal signatures of every shape at one aspect ratio: arrays (variants, ANGLES)."""
    theta = np.linspace(-np.pi, np.pi, 720, endpoint=False)
    ideals: dict[str, list[np.ndarray]] = {}

    def add(shape: str, x: np.ndarray, y: np.ndarray) -> None:
        """Lay the long side of an outline's own rectangle along x, then divide the aspect ratio out."""
        points = np.stack([x, y], -1).astype(np.float32)
        (_, _), (a, b), degrees = cv2.minAreaRect(points)
        if a < b:
            a, b, degrees = b, a, degrees + 90
        ideals.setdefault(shape, []).append(_signature(points, float(np.deg2rad(degrees)), b / a))

    if aspect > 0.88:
        add("원형", np.cos(theta), np.sin(theta))
    if aspect < 0.97:
        add("타원형", np.cos(theta), np.sin(theta) * aspect)
    if aspect < 0.93:
        length = 1 - aspect
        for power in (2.0, 2.6):  # full round ends, and flatter ones
            c, s = np.cos(theta), np.sin(theta)
            x = np.sign(c) * np.abs(c) ** (2 / power) * aspect + np.sign(c) * length
            add("장방형", x, np.sign(s) * np.abs(s) ** (2 / power) * aspect)
    for power in (4.0, 6.0, 10.0):
        scale = (np.abs(np.cos(theta)) ** power + np.abs(np.sin(theta)) ** power) ** (-1 / power)
        add("사각형", scale * np.cos(theta), scale * np.sin(theta) * aspect)
    for power in (1.15, 1.4):
        scale = (np.abs(np.cos(theta)) ** power + np.abs(np.sin(theta)) ** power) ** (-1 / power)
        add("마름모형", scale * np.cos(theta), scale * np.sin(theta) * min(aspect, 0.95))
    for shape, corners in (("삼각형", 3), ("오각형", 5), ("육각형", 6), ("팔각형", 8)):
        sector = 2 * np.pi / corners
        for turn in (0.0, sector / 2):
            for roundness in (6.0, 14.0):
                flat = np.cos(np.pi / corners) / np.cos((theta + turn) % sector - sector / 2)
                radius = (flat**-roundness + 1.02**-roundness) ** (-1 / roundness)
                add(shape, radius * np.cos(theta), radius * np.sin(theta))
    half = np.where(np.sin(theta) < 0, 0.0, np.sin(theta))
    add("반원형", np.cos(theta), half)
    return {shape: _with_turns(np.stack(variants)) for shape, variants in ideals.items()}


def _with_turns(ideals: np.ndarray) -> np.ndarray:
    """Add the half turn and, for near-round outlines whose long side is arbitrary, small turns either way."""
    turned = [np.roll(ideals, shift, axis=1) for shift in (0, ANGLES // 2, 1, -1)]
    return np.concatenate(turned)
