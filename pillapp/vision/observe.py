"""Detection → observation: everything that can be seen on one side of one pill."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.colour import ColourReading, read_colours
from pillapp.vision.detect import Detection
from pillapp.vision.engines import Engine
from pillapp.vision.imprint import ImprintReader, ImprintReading
from pillapp.vision.segment import cut_out
from pillapp.vision.shape import ShapeReading, read_shape

# Variance of the Laplacian on the pill, its crop scaled to 160 px, below which an embossed imprint is blurred away:
# between sharp training pictures and the same blurred by 3 px; `main.py train attributes` prints both.
BLUR_LIMIT: Final = 4.5
# Share of blown-out pixels on the pill above which glare hides part of the imprint.
GLARE_LIMIT: Final = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One side of one pill.

    ``crop`` is RGB uint8 (h, w, 3), ``mask`` bool (h, w): which of its pixels are the pill. ``polygon`` is the outline in
    pixels of the frame. ``size_mm`` is (long, short) where the scale is known. ``reading`` is what was read of the
    imprint, None where no imprint reader is installed.
    """

    detection: Detection
    polygon: tuple[tuple[float, float], ...]
    crop: np.ndarray
    mask: np.ndarray
    shape: ShapeReading
    colours: ColourReading
    reading: ImprintReading | None
    size_mm: tuple[float, float] | None
    outline_trusted: bool
    blurred: bool
    glare: bool

    @property
    def imprint(self) -> str:
        """Best guess of the text, for people; empty where nothing was read."""
        return self.reading.text if self.reading else ""


class Observer:
    """Looks at detections one by one. One thread owns it.

    Raises:
        ModelError: the imprint reader's weights are damaged.
    """

    def __init__(self, engine: Engine, reader_weights: Path) -> None:
        self._reader = ImprintReader(engine, reader_weights)

    def observe(self, pixels: np.ndarray, detection: Detection, *, mm_per_px: float | None = None) -> Observation:
        """Look at one pill of an RGB uint8 picture (H, W, 3)."""
        cutout = cut_out(pixels, detection.box)
        shape = read_shape(cutout.mask)
        size = (shape.long_px * mm_per_px, shape.short_px * mm_per_px) if mm_per_px else None
        blurred, glare = _quality(cutout.crop, cutout.mask)
        return Observation(
            detection=detection,
            polygon=cutout.polygon,
            crop=cutout.crop,
            mask=cutout.mask,
            shape=shape,
            colours=read_colours(cutout.crop, cutout.mask, shape.angle),
            reading=self._reader.read(cutout.crop, cutout.mask),
            size_mm=size,
            outline_trusted=cutout.trusted and not detection.touching,
            blurred=blurred,
            glare=glare,
        )


def _quality(crop: np.ndarray, mask: np.ndarray) -> tuple[bool, bool]:
    """Whether the picture of the pill is blurred, and whether glare covers part of it."""
    scale = 160 / max(crop.shape[:2])
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask.astype(np.uint8), (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    blown = float((grey[inside] >= 252).mean()) if inside.any() else 0.0
    return sharpness(grey, inside) < BLUR_LIMIT, blown > GLARE_LIMIT


def sharpness(grey: np.ndarray, inside: np.ndarray) -> float:
    """Variance of the Laplacian of a grey picture where ``inside`` is true, its rim left out."""
    core = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return float(cv2.Laplacian(grey, cv2.CV_64F)[core].var()) if core.any() else 0.0
