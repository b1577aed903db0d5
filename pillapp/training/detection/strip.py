"""Blister strips for composites: foil with rows of pockets, full, torn open, or of a plastic nobody sees through."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.training.detection.scene import Camera

_OPAQUE: Final = 0.2  # share of strips whose domes hide what is in them
_PRINTED: Final = 0.4  # share of strips with text between the pockets


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip seen from above, not yet turned: ``foil`` RGBA uint8 (h, w, 4) with its empty pockets.

    ``gloss`` (h, w) float32 is what the domes add to whatever lies under them, grey levels. ``full`` are the middles
    (x, y) px of pockets a pill lies in; pills are as long as ``pill_px`` and lie along x or, ``upright``, along y.
    """

    foil: np.ndarray
    gloss: np.ndarray
    full: tuple[tuple[float, float], ...]
    pill_px: float
    upright: bool


def draw_strip(rng: np.random.Generator, slim: float, pill_px: float) -> Strip:
    """A strip for pills ``pill_px`` long whose breadth is ``slim`` times their length."""
    upright = bool(rng.random() < 0.5)
    half = 0.5 * pill_px * np.array([1.0, slim]) * rng.uniform(1.15, 1.4)
    half = half[::-1] if upright else half
    columns, rows = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    pitch = 2 * half + pill_px * rng.uniform(0.15, 0.6)
    width, height = (np.array([columns, rows]) * pitch + pill_px * rng.uniform(0.1, 0.5)).astype(int)
    pixels = _foil(rng, height, width)
    if rng.random() < _PRINTED:
        _print(rng, pixels, pill_px)
    opaque = rng.random() < _OPAQUE
    emptied = 1.0 if opaque else rng.choice([0.0, rng.uniform(0.1, 1.0)])
    gloss = np.zeros((height, width), np.float32)
    light = rng.uniform(0, 2 * np.pi)
    dome = rng.uniform(150, 255) * np.exp(rng.normal(0, 0.03, 3)) if rng.random() < 0.8 else pixels.mean(axis=(0, 1))
    full = []
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for column in range(columns):
        for row in range(rows):
            at = (np.array([column, row]) - (np.array([columns, rows]) - 1) / 2) * pitch + (width / 2, height / 2)
            u, v = (x - at[0]) / half[0], (y - at[1]) / half[1]
            away = (np.abs(u) ** 3 + np.abs(v) ** 3) ** (1 / 3)
            toward = (u * np.cos(light) + v * np.sin(light)) * (away < 1)
            if opaque:
                shade = (0.85 + 0.25 * toward - 0.12 * away**4)[:, :, None]
                pixels[:] = np.where((away < 1)[:, :, None], dome * shade, pixels)
            elif rng.random() < emptied:
                _tear(rng, pixels, away, toward)
            else:
                full.append((float(at[0]), float(at[1])))
            rim = np.exp(-(((away - 0.97) / 0.06) ** 2)) * (1 + toward)
            shine = np.exp(-((away - rng.uniform(0.4, 0.8)) ** 2) / 0.01) * np.clip(toward - 0.35, 0, 1) * 2
            gloss += rng.uniform(10, 60) * rim + rng.uniform(0, 130) * shine
    alpha = _rounded(height, width, 0.25 * pill_px)
    return Strip(
        np.dstack([np.clip(pixels, 0, 255).astype(np.uint8), alpha]), gloss * (alpha > 0), tuple(full), pill_px, upright
    )


def view_of(angle: float, camera: Camera) -> np.ndarray:
    """How the camera sees the strip's plane: matrix (2, 2) from its pixels to the picture's."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.diag([1.0, np.cos(camera.tilt)]) @ turn)


def _foil(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Crinkled, patterned or coloured foil, float32 (h, w, 3)."""
    crinkle = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(0.8, 4))
    crinkle = crinkle * (rng.uniform(3, 35) / max(float(crinkle.std()), 1e-6))
    if rng.random() < 0.4:  # the knurl foil is sealed with
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        period = rng.uniform(0.8, 2.5)
        crinkle = crinkle + rng.uniform(5, 25) * np.sin(x / period) * np.sin(y / period)
    colour = np.full(3, rng.uniform(110, 225))
    if rng.random() < 0.35:
        hsv = np.array([[[rng.uniform(0, 360), rng.uniform(0.1, 0.7), rng.uniform(0.4, 0.95)]]], np.float32)
        colour = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] * 255
    return np.asarray(colour * (1 + rng.normal(0, 0.02, 3)) + crinkle[:, :, None], dtype=np.float32)


def _print(rng: np.random.Generator, pixels: np.ndarray, pill_px: float) -> None:
    """Lines of small text over the foil."""
    tall = pill_px * rng.uniform(0.12, 0.4)
    colour = rng.uniform(0, 160, 3)
    ink = np.zeros(pixels.shape[:2], np.uint8)
    for y in np.arange(tall, len(pixels), tall * rng.uniform(1.6, 5)):
        letters = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVXYZ0123456789 mg"), 40))
        cv2.putText(
            ink,
            letters,
            (0, int(y)),
            cv2.FONT_HERSHEY_SIMPLEX,
            tall / 30,
            255,
            max(1, round(tall / 12)),
            cv2.LINE_AA,
        )
    cover = ink[:, :, None].astype(np.float32) / 255
    pixels[:] = pixels * (1 - cover) + colour * cover


def _tear(rng: np.random.Generator, pixels: np.ndarray, away: np.ndarray, toward: np.ndarray) -> None:
    """A pocket whose pill is gone: the foil torn out below, or the dome crushed, or just a hollow."""
    shape = away.shape
    rough: np.ndarray = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), rng.uniform(1.5, 5))
    rough = np.asarray(rough / max(float(rough.std()), 1e-6), dtype=np.float32)
    inside = away < 1
    kind = rng.integers(3)
    if kind == 0:  # dark hole with a ragged edge
        hole = (away + 0.15 * rough < rng.uniform(0.6, 0.95)) & inside
        pixels[hole] = pixels[hole] * rng.uniform(0.1, 0.6)
        edge = cv2.morphologyEx(hole.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        pixels[edge] += rng.uniform(20, 90)
    elif kind == 1:  # crushed: sharp folds that glitter
        pixels[inside] += (np.abs(rough) * rng.uniform(20, 70) - rng.uniform(0, 50))[inside][:, None]
    else:  # what lies behind is seen through both
        pixels[inside] = pixels[inside] * rng.uniform(0.5, 1.0) + (toward[inside] * rng.uniform(-60, 60))[:, None]


def _rounded(height: int, width: int, radius: float) -> np.ndarray:
    """Alpha of a rectangle with round corners, uint8 (h, w)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx = np.clip(radius - x, 0, None) + np.clip(x - (width - 1 - radius), 0, None)
    dy = np.clip(radius - y, 0, None) + np.clip(y - (height - 1 - radius), 0, None)
    return np.asarray(np.clip(radius + 0.5 - np.hypot(dx, dy), 0, 1) * 255, dtype=np.uint8)
