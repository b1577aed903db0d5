"""Which of the official colours (색상) a pill has, in one or two parts."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pillapp.paths import models_dir

COLOURS: Final = (
    "하양", "노랑", "주황", "분홍", "빨강", "갈색", "연두", "초록", "청록", "파랑", "남색", "자주", "보라", "회색", "검정", "투명",
)  # fmt: skip
# Photos at the counter differ from the studio pictures the colours were measured on: spread (Lab) added for the light.
# Set by eye, wider in lightness than in hue.
LIGHT_SPREAD: Final = (11.0, 5.0, 7.0)
# Share of the background's cast that is taken out: half beats none and all, since trays have a colour of their own.
BALANCE: Final = 0.5
MAX_CAST: Final = 22.0  # Lab chroma; a stronger colour is a coloured table, not coloured light
# Two halves further apart than this (Lab distance) are two colours, not light and shade.
TWO_COLOURS: Final = 20.0
# Chance that the file names a colour nobody would see.
MISNAMED: Final = 0.03


@dataclass(frozen=True, slots=True)
class ColourReading:
    """``names`` are the official colours, one or two; ``parts`` their probabilities over :data:`COLOURS`, one row a part."""

    names: tuple[str, ...]
    parts: tuple[tuple[float, ...], ...]


def read_colours(crop: np.ndarray, mask: np.ndarray, angle: float) -> ColourReading:
    """Colours of one pill: ``crop`` RGB uint8 (h, w, 3), ``mask`` bool (h, w), ``angle`` of its long side in radians."""
    scale = min(1.0, 72 / max(mask.shape))
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    core = cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0
    if core.sum() < 12:
        core = inside > 0
    lab = _to_lab(_balance(small, cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0))
    y, x = np.nonzero(core)
    along = (x - x.mean()) * np.cos(angle) + (y - y.mean()) * np.sin(angle)
    values, reach = lab[y, x], np.abs(along).max() + 1e-6
    ends = [_matte(values[(side * along > 0.15 * reach) & (side * along < 0.85 * reach)], values) for side in (-1, 1)]
    parts = ends if np.linalg.norm((ends[0] - ends[1]) * [0.6, 1, 1]) > TWO_COLOURS else [_matte(values, values)]
    probabilities = tuple(tuple(float(p) for p in colour_probabilities(part)) for part in parts)
    names = tuple(dict.fromkeys(COLOURS[int(np.argmax(p))] for p in probabilities))
    return ColourReading(names, probabilities)


def colour_probabilities(lab: np.ndarray) -> np.ndarray:
    """Probability of each of :data:`COLOURS` for one CIE Lab colour (3,), D65; sums to 1."""
    means, inverses, log_weights = _colour_model()
    difference = means - lab
    log_density = log_weights - 0.5 * np.einsum("ki,kij,kj->k", difference, inverses, difference)
    weights = np.exp(log_density - log_density.max())
    return (1 - MISNAMED) * weights / weights.sum() + MISNAMED / len(COLOURS)


def _matte(values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Median colour without the brightest and darkest quarter (glare; imprints and shade)."""
    values = values if len(values) >= 8 else otherwise
    low, high = np.percentile(values[:, 0], (25, 85))
    kept = values[(values[:, 0] >= low) & (values[:, 0] <= high)]
    return np.median(kept if len(kept) else values, axis=0)


def _balance(rgb: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Take half of the background's colour cast out; RGB uint8 → float32 0..1."""
    picture = rgb.astype(np.float32) / 255
    if background.sum() < 20:
        return picture
    paper = np.median(picture[background], axis=0)
    cast = _to_lab(paper[None, None])[0, 0]
    if np.hypot(cast[1], cast[2]) > MAX_CAST or paper.min() < 0.08:
        return picture
    return np.clip(picture * (paper.mean() / paper) ** BALANCE, 0, 1)


def _to_lab(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32), cv2.COLOR_RGB2LAB))


@lru_cache(maxsize=1)
def _colour_model() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (k, 3), inverse covariances (k, 3, 3) and log weights (k,) measured on the official product pictures."""
    fitted = json.loads((models_dir() / "colours.json").read_text(encoding="utf-8"))["colours"]
    means = np.array([fitted[c]["mean"] for c in COLOURS])
    covariances = np.array([fitted[c]["covariance"] for c in COLOURS]) + np.diag(np.square(LIGHT_SPREAD))
    log_weights = np.log([fitted[c]["share"] for c in COLOURS]) * 0.5 - 0.5 * np.log(np.linalg.det(covariances))
    return means, np.linalg.inv(covariances), log_weights
