"""When a picture is too poor to read: official pictures made worse step by step, and how many imprints survive.

``main.py train quality`` prints the curves the limits in :mod:`pillapp.vision.quality` come from; it changes no file. Only
``train`` rows are used.
"""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from rapidfuzz import fuzz

from pillapp.catalog.imprint_text import fold_lookalikes
from pillapp.paths import models_dir
from pillapp.training.datasets import mfds_rows, read_rgb, training_set
from pillapp.training.studio_pictures import outlines
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ImprintReader
from pillapp.vision.quality import measure_quality
from pillapp.vision.segment import Cutout
from pillapp.vision.studio import pill_boxes

SIDES: Final = 90
ALIKE: Final = 80  # rapidfuzz ratio from which a text counts as read
SHORT_PX: Final = (110, 80, 60, 48, 38, 30, 24, 18)
BLUR_PX: Final = (0.0, 0.8, 1.5, 2.5, 4.0, 6.0)  # at a short side of 110 px
EXPOSURE: Final = (1.0, 0.4, 0.2, 0.1, 0.05, 0.025)  # of the light; a phone's noise stays as it is
GLARE: Final = (0.0, 0.06, 0.12, 0.2, 0.3, 0.45)  # share of the pill under a blown-out spot
_NOISE: Final = 2.5  # grey levels

Degrade = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]


def fit(say: Callable[[str], None]) -> None:
    """Print, for each flaw, how good pictures measure and what share of the imprints is still read."""
    reader = ImprintReader(choose_engine("cpu").engine, models_dir() / "imprint_reader")
    sides = _readable_sides(reader)
    say(f"{len(sides)} sides that are read as they are")
    for name, levels, measure, degrade in (
        ("short side, px", SHORT_PX, "short_px", _shrink),
        ("sharpness", BLUR_PX, "sharpness", _blur),
        ("light, L*", EXPOSURE, "light", _darken),
        ("glare, share", GLARE, "glare", _dazzle),
    ):
        for level in levels:
            measured, read = _survivors(reader, sides, level, degrade, measure)
            say(f"{name}: measured {measured:.2f}: {read:.2f} read")


def _readable_sides(reader: ImprintReader) -> list[tuple[Cutout, str]]:
    folder = training_set("mfds_reference") / "images"
    rows = mfds_rows()
    sides: list[tuple[Cutout, str]] = []
    for place in np.random.default_rng(5).permutation(len(rows)):
        row = rows[int(place)]
        pixels = read_rgb(folder / row["file"])
        boxes = sorted(pill_boxes(pixels))
        for box, text in zip(boxes, (row["print_front"], row["print_back"]), strict=False):
            wanted = fold_lookalikes(text)
            if len(wanted) < 2:
                continue
            cutout = outlines().cut_out(pixels, box)
            if cutout.trusted and _reads(reader, cutout.crop, cutout.mask, wanted):
                sides.append((cutout, wanted))
        if len(sides) >= SIDES:
            break
    return sides


def _reads(reader: ImprintReader, crop: np.ndarray, mask: np.ndarray, wanted: str) -> bool:
    return bool(fuzz.ratio(fold_lookalikes(reader.read(crop, mask).text), wanted) >= ALIKE)


def _survivors(
    reader: ImprintReader, sides: Sequence[tuple[Cutout, str]], level: float, degrade: Degrade, measure: str
) -> tuple[float, float]:
    """Median of the measure, and the share still read, at one level of a flaw."""
    rng = np.random.default_rng(11)
    measured, read = [], []
    for cutout, wanted in sides:
        crop = degrade(cutout.crop, cutout.mask, level, rng)
        size = (crop.shape[1], crop.shape[0])
        mask = cv2.resize(cutout.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        measured.append(getattr(measure_quality(crop, mask), measure))
        read.append(_reads(reader, crop, mask, wanted))
    return float(np.median(measured)), float(np.mean(read))


def _shrink(crop: np.ndarray, mask: np.ndarray, short_px: float, rng: np.random.Generator) -> np.ndarray:
    scale = short_px / measure_quality(crop, mask).short_px
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return _noisy(small, rng)


def _blur(crop: np.ndarray, mask: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    scale = measure_quality(crop, mask).short_px / 110
    return _noisy(cv2.GaussianBlur(crop, (0, 0), max(sigma * scale, 0.01)), rng)


def _darken(crop: np.ndarray, mask: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    linear = (crop.astype(np.float32) / 255) ** 2.2 * share
    return _noisy((linear ** (1 / 2.2) * 255).astype(np.float32), rng)


def _dazzle(crop: np.ndarray, mask: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    ys, xs = np.nonzero(mask)
    at = rng.integers(len(xs))
    distance = np.hypot(*np.ogrid[-ys[at] : mask.shape[0] - ys[at], -xs[at] : mask.shape[1] - xs[at]])
    if share == 0:
        return _noisy(crop, rng)
    radius = np.quantile(distance[mask], share)
    spot = np.clip(1.5 - 0.5 * distance / max(radius, 1.0), 0, 1)[..., None]
    return _noisy(np.clip(crop + 255 * np.clip(spot * 2 - 1, 0, 1), 0, 255).astype(np.float32), rng)


def _noisy(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(picture + rng.normal(0, _NOISE, picture.shape), 0, 255).astype(np.uint8)
