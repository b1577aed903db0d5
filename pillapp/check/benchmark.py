"""How long looking at a pill and naming it takes: ``main.py benchmark identify``. Medians, warm."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Final

import numpy as np

from pillapp.capture.photos import load_photo
from pillapp.catalog.catalog import Catalog
from pillapp.identify.evidence import score
from pillapp.identify.imprint_score import ImprintIndex
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import identify
from pillapp.paths import models_dir, resources_dir
from pillapp.vision.attributes import AttributeReader
from pillapp.vision.detect import Detector
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ImprintReader
from pillapp.vision.observe import Observer
from pillapp.vision.segment import OutlineFinder

ROUNDS: Final = 15
RANK_MS: Final = 30.0
OBSERVE_MS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds: on the clock, and of processor time over all threads (what other work on the machine does not change much)."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:.1f} ms ({self.processor:.1f} of processor time)"


def benchmark(catalog: Catalog, device: str, say: Callable[[str], None]) -> None:
    """Measure on the drawn sample photo, against all appearances of ``catalog``; ``say`` gets one line each."""
    engine = choose_engine(device).engine
    pixels = load_photo(resources_dir() / "samples" / "tray-front.jpg").pixels
    found = Detector(engine, models_dir() / "detector").find(pixels).detections
    observer = Observer(engine, models_dir())
    seen = observer.observe_all(pixels, found)
    index = AppearanceIndex.of(catalog.appearances())

    arrays = _arrays(index)
    floor = _median([partial(_one_pass, arrays)])
    rank = _median([partial(identify, [one], index) for one in seen])
    scoring = _median([partial(score, [one], index) for one in seen])
    size = sum(array.nbytes for array in arrays) / 1e6
    say(
        f"rank one pill against {len(index.product):,} appearances: {rank}, goal {RANK_MS:.0f}; scoring alone {scoring}"
    )
    times = rank.processor / floor.processor
    say(f"one numpy pass over the same {size:.1f} MB: {floor}; ranking takes {times:.0f} times that of processor time")

    outlines = OutlineFinder(engine, models_dir() / "outline")
    attributes = AttributeReader(engine, models_dir() / "attributes")
    reader = ImprintReader(engine, models_dir() / "imprint_reader")
    one = _median([partial(observer.observe, pixels, detection) for detection in found])
    parts = {
        "outline": _median([partial(outlines.cut_all, pixels, [detection.box]) for detection in found]),
        "attributes": _median([partial(attributes.read_all, [(o.crop, o.mask)]) for o in seen]),
        "reader": _median([partial(reader.read, o.crop, o.mask) for o in seen]),
    }
    shares = ", ".join(f"{name} {taken.processor / one.processor:.0%}" for name, taken in parts.items())
    say(f"observe one pill ({engine.label}): {one}, goal {OBSERVE_MS:.0f}; {shares}")
    together = _median([partial(observer.observe_all, pixels, found)])
    ratio = together.processor / (len(found) * one.processor)
    say(f"observe {len(found)} pills at once: {together}, {ratio:.2f} times as much of it as one by one")


def _arrays(index: AppearanceIndex) -> list[np.ndarray]:
    """Everything of the index that ranking reads."""
    values = [getattr(index, field.name) for field in fields(index)]
    imprints = [array for value in values if isinstance(value, ImprintIndex) for array in value.arrays]
    return [*(value for value in values if isinstance(value, np.ndarray)), *imprints]


def _one_pass(arrays: Sequence[np.ndarray]) -> float:
    return float(sum(array.sum() for array in arrays))


def _median(jobs: Sequence[Callable[[], object]]) -> Taken:
    """Median of a job over all of ``jobs``, :data:`ROUNDS` times each."""
    taken = []
    for job in jobs:
        job()  # warm
        for _ in range(ROUNDS):
            started, worked = time.perf_counter(), time.process_time()
            job()
            taken.append((time.perf_counter() - started, time.process_time() - worked))
    clock, processor = np.median(taken, axis=0) * 1000
    return Taken(float(clock), float(processor))
