"""The colours of pills that lie under one light: what each says of the light, the others are seen by.

One pill alone may be white under a yellow lamp or yellow under a white one. Where several lie in a frame, the lamp is the same
for all: a light is likely that gives every pill a colour official pills have, above all the colour it seems to have. Each
pill's colours are weighed anew by what the others say of the light, never by its own word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.choice import measured
from pillapp.appearance.colours import lab_to_linear
from pillapp.vision.attributes import LONG_PX, VIEW
from pillapp.vision.colour import COLOURS, ColourReading, linear, read_colours
from pillapp.vision.observe import Observation
from pillapp.vision.upright import upright

# All logarithms of linear light. Of the values by reasoning, CAST, SHADE, TINGE and TRUST were tried on pills of rendered scenes that
# nothing was trained on (`main.py evaluate attributes`), under the light they were rendered in and under tinted light.
CAST: Final = 0.25  # spread of a light's red and of its blue beside its green
FURTHEST: Final = 0.6  # of them that is tried, in so many steps
CASTS: Final = 13
BRIGHT: Final = (np.log(0.12), np.log(1.6))  # its green, in so many steps
BRIGHTS: Final = 13
SHADE: Final = 0.25  # spread of brightness between pills: one is nearer the lamp than another, one glossier
TINGE: Final = 0.06  # spread of each channel: what lies about a pill shines on it
DARKEST: Final = 0.004  # a linear value below which a camera sees noise
FOREIGN: Final = 0.001  # density of a colour no official pill has
TRUST: Final = 0.5  # how much of what the others say of the light counts
MATTE: Final = (0.4, 0.9)  # by brightness, what is neither letter nor gloss


def under_one_light(seen: Sequence[Observation]) -> list[Observation]:
    """The observations of one frame with their colours weighed by the light they share."""
    if len(seen) < 2:
        return list(seen)
    lights, usual = _lights()
    fits = [[_fit(patch, lights) for patch in _patches(each)] for each in seen]
    believed = [np.array(each.colours.parts) for each in seen]
    told = [
        sum(np.log(fit @ part) for fit, part in zip(of_one, parts, strict=True))
        for of_one, parts in zip(fits, believed, strict=True)
    ]
    together = np.sum(told, axis=0)
    found = []
    for each, of_one, parts, own in zip(seen, fits, believed, told, strict=True):
        others = together - own
        chance = usual * np.exp(others - others.max())
        chance /= chance.sum()
        weighed = [part * ((chance @ fit) / (usual @ fit)) ** TRUST for fit, part in zip(of_one, parts, strict=True)]
        found.append(replace(each, colours=_reading(np.stack(weighed))))
    return found


def _reading(parts: np.ndarray) -> ColourReading:
    return read_colours(parts if len(parts) == 2 else np.repeat(parts, 2, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Surfaces:
    """Official colours as logs of linear RGB under white light: ``mean`` (16, 3), and what makes their spread one (16, 3, 3)."""

    mean: np.ndarray
    whiten: np.ndarray
    log_norm: np.ndarray


@lru_cache(maxsize=1)
def _surfaces() -> _Surfaces:
    """From the colours measured on official pictures in CIE Lab (models/appearance.md), by the points one spread away."""
    means, whiten, norms = [], [], []
    for name in COLOURS:
        entry = measured()["colours"][name]
        axes = np.sqrt(3) * np.linalg.cholesky(np.array(entry["covariance"]) + 0.5 * np.eye(3)).T
        points = np.array(entry["mean"]) + np.concatenate([axes, -axes])
        points = np.clip(points, (1, -120, -120), (100, 120, 120))
        logs = np.log(np.array([lab_to_linear(point) for point in points]) + DARKEST)
        spread = np.cov(logs.T, bias=True) + SHADE**2 + TINGE**2 * np.eye(3)
        means.append(logs.mean(axis=0))
        whiten.append(np.linalg.cholesky(np.linalg.inv(spread)))
        norms.append(-0.5 * np.linalg.slogdet(spread)[1])
    return _Surfaces(np.array(means), np.array(whiten), np.array(norms))


@lru_cache(maxsize=1)
def _lights() -> tuple[np.ndarray, np.ndarray]:
    """Lights (n, 3) as logs of linear RGB, and how likely each is (n,)."""
    casts = np.linspace(-FURTHEST, FURTHEST, CASTS)
    lights = [
        (green + red, green, green + blue) for green in np.linspace(*BRIGHT, BRIGHTS) for red in casts for blue in casts
    ]
    usual = np.exp(-0.5 * (casts / CAST) ** 2)
    chance = np.tile(np.outer(usual, usual).ravel(), BRIGHTS)
    return np.array(lights), chance / chance.sum()


def _fit(patch: np.ndarray, lights: np.ndarray) -> np.ndarray:
    """Density (n, 16) of what is seen of a surface (3,) under each light, if it has each official colour."""
    surfaces = _surfaces()
    off = (patch - lights)[None] - surfaces.mean[:, None]
    log_density = surfaces.log_norm[:, None] - 0.5 * ((off @ surfaces.whiten) ** 2).sum(axis=2)
    return np.asarray(np.exp(log_density).T + FOREIGN)


def _patches(seen: Observation) -> list[np.ndarray]:
    """Logs of linear RGB (3,) of the pill, or of both its ends where it has two colours, in their order."""
    shown, outline = upright(seen.crop, seen.mask, VIEW, LONG_PX)
    inner = cv2.erode(outline, np.ones((5, 5), np.uint8)) > 127
    solid = inner if inner.any() else outline > 127
    halves = [solid]
    if len(seen.colours.parts) == 2:
        from_middle = np.arange(VIEW) - (VIEW - 1) / 2
        halves = [solid & (from_middle < -LONG_PX / 8), solid & (from_middle > LONG_PX / 8)]
    return [_matte(shown[half if half.any() else solid]) for half in halves]


def _matte(pixels: np.ndarray) -> np.ndarray:
    """Log of linear RGB (3,) of pixels (n, 3), letters and gloss left out."""
    if not len(pixels):
        return np.zeros(3)
    bright = pixels.sum(axis=1)
    low, high = np.quantile(bright, MATTE)
    kept = pixels[(bright >= low) & (bright <= high)]
    return np.asarray(np.log(linear(kept.mean(axis=0)) + DARKEST), dtype=np.float64)
