"""Detection → observation: everything that can be seen on one side of one pill."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pillapp.vision.colour import ColourReading, read_colours
from pillapp.vision.detect import Detection
from pillapp.vision.engines import Engine
from pillapp.vision.imprint import ImprintReader, ImprintReading
from pillapp.vision.quality import Quality, measure_quality
from pillapp.vision.scale import PlaneScale
from pillapp.vision.segment import cut_out
from pillapp.vision.shape import ShapeReading, read_shape


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One side of one pill.

    ``crop`` is RGB uint8 (h, w, 3), ``mask`` bool (h, w): which of its pixels are the pill. ``polygon`` is the outline in
    pixels of the frame. Where the scale is known, crop and mask are as seen from straight above, and ``size_mm`` is (long,
    short); it is None elsewhere. ``reading`` is what was read of the imprint, None where no imprint reader is installed.
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
    quality: Quality

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

    def observe(self, pixels: np.ndarray, detection: Detection, *, scale: PlaneScale | None = None) -> Observation:
        """Look at one pill of an RGB uint8 picture (H, W, 3)."""
        cutout = cut_out(pixels, detection.box)
        crop, mask = cutout.crop, cutout.mask
        if scale is not None:
            crop, mask = scale.straighten(crop, mask, cutout.origin)
        shape = read_shape(mask)
        return Observation(
            detection=detection,
            polygon=cutout.polygon,
            crop=crop,
            mask=mask,
            shape=shape,
            colours=read_colours(crop, mask, shape.angle),
            reading=self._reader.read(crop, mask),
            size_mm=scale.size_mm(cutout.mask, cutout.origin) if scale else None,
            outline_trusted=cutout.trusted and not detection.touching,
            quality=measure_quality(crop, mask),
        )
