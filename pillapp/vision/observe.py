"""Detection → observation: everything that can be seen on one side of one pill."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pillapp.vision.attributes import AttributeReader, AttributeReading
from pillapp.vision.colour import ColourReading, read_colours
from pillapp.vision.detect import Detection
from pillapp.vision.embed import Embedder
from pillapp.vision.engines import Engine
from pillapp.vision.imprint import ImprintReader, ImprintReading
from pillapp.vision.quality import Quality, measure_quality
from pillapp.vision.scale import PlaneScale
from pillapp.vision.segment import OutlineFinder
from pillapp.vision.shape import ShapeReading, read_shape


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One side of one pill.

    ``crop`` is RGB uint8 (h, w, 3), ``mask`` bool (h, w): which of its pixels are the pill. ``polygon`` is the outline in
    pixels of the frame. Where the scale is known, crop and mask are as seen from straight above, and ``size_mm`` is (long,
    short); it is None elsewhere. ``reading`` is what was read of the imprint, None where no imprint reader is installed.
    ``embedding`` float32 (WIDTH,) is how the side looks as a whole (``vision/embed.py``), of length 1.
    """

    detection: Detection
    polygon: tuple[tuple[float, float], ...]
    crop: np.ndarray
    mask: np.ndarray
    shape: ShapeReading
    colours: ColourReading
    attributes: AttributeReading
    reading: ImprintReading | None
    size_mm: tuple[float, float] | None
    outline_trusted: bool
    quality: Quality
    embedding: np.ndarray

    @property
    def imprint(self) -> str:
        """Best guess of the text, for people; empty where nothing was read."""
        return self.reading.text if self.reading else ""


class Observer:
    """Looks at detections. One thread owns it, its ``embedder`` included.

    Raises:
        ModelError: weights or a card in ``models`` are missing or damaged.
    """

    def __init__(self, engine: Engine, models: Path) -> None:
        self._outlines = OutlineFinder(engine, models / "outline")
        self._attributes = AttributeReader(engine, models / "attributes")
        self._reader = ImprintReader(engine, models / "imprint_reader")
        self.embedder = Embedder(engine, models / "embedding")

    def observe(self, pixels: np.ndarray, detection: Detection, *, scale: PlaneScale | None = None) -> Observation:
        """Look at one pill of an RGB uint8 picture (H, W, 3)."""
        return self.observe_all(pixels, [detection], scale=scale)[0]

    def observe_all(
        self, pixels: np.ndarray, detections: Sequence[Detection], *, scale: PlaneScale | None = None
    ) -> list[Observation]:
        """Look at several pills of one picture: outlines, attributes and embeddings of all at once, then each imprint."""
        cutouts = self._outlines.cut_all(pixels, [detection.box for detection in detections])
        upright = [
            scale.straighten(cutout.crop, cutout.mask, cutout.origin) if scale else (cutout.crop, cutout.mask)
            for cutout in cutouts
        ]
        attributes = self._attributes.read_all(upright)
        embeddings = self.embedder.embed_all(upright)
        return [
            Observation(
                detection=detection,
                polygon=cutout.polygon,
                crop=crop,
                mask=mask,
                shape=read_shape(mask, seen.shape),
                colours=read_colours(seen.halves),
                attributes=seen,
                reading=self._reader.read(crop, mask),
                size_mm=scale.size_mm(cutout.mask, cutout.origin) if scale else None,
                outline_trusted=cutout.trusted and not detection.touching,
                quality=measure_quality(crop, mask),
                embedding=embedding,
            )
            for detection, cutout, (crop, mask), seen, embedding in zip(
                detections, cutouts, upright, attributes, embeddings, strict=True
            )
        ]
