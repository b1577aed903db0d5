"""Pictures per second and core, by variant, beside the least a picture of that size can cost in the same variant."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import cv2
import numpy as np

from pillapp.catalog.values import Appearance
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import DataSetError
from pillapp.training.render import crops, scenes
from pillapp.training.render.props import load_props
from pillapp.training.render.run import Studio
from pillapp.training.render.variant import VARIANTS, load_mitsuba, use_one_thread

_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Speed:
    """Pictures a second on one core. ``floor`` is an empty scene of as many pixels and samples, nothing but rays."""

    variant: str
    kind: str
    pixels: int
    samples: int
    pictures: int
    per_second: float
    floor: float


def benchmark(say: Callable[[str], None], pictures: int = 24, rows: Sequence[Appearance] | None = None) -> list[Speed]:
    """Measure every variant that works here, each in a process of its own with one thread; ``say`` tells of the others."""
    rows = catalogue_appearances() if rows is None else rows
    found: list[Speed] = []
    for variant in VARIANTS:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            try:
                found += pool.submit(_measure, variant, pictures, rows).result()
            except DataSetError as error:
                say(str(error))
    return found


def _measure(variant: str, pictures: int, rows: Sequence[Appearance]) -> list[Speed]:
    cv2.setNumThreads(1)
    mi = load_mitsuba(variant)
    use_one_thread()
    studio = Studio(rows, load_props(lambda _: None))
    # a core's own time: what else runs on the machine does not count; a card has none
    clock = time.perf_counter if variant.startswith("cuda") else time.process_time
    found = []
    for kind, make, pixels, samples in (
        ("crops", studio.crop, crops.SIZE, crops.SAMPLES),
        ("scenes", studio.scene, scenes.SIZE, scenes.SAMPLES),
    ):
        per_second = _rate(clock, partial(make, _SEED), pictures)
        floor = _rate(clock, partial(_empty, mi, pixels, samples), pictures)
        found.append(Speed(variant, kind, pixels, samples, pictures, per_second, floor))
    return found


def _rate(clock: Callable[[], float], make: Callable[[int], object], pictures: int) -> float:
    """Pictures a second once all kernels are compiled, as they are in a long run: the second time around."""
    for _ in range(2):
        started = clock()
        for number in range(pictures):
            make(number)
        seconds = clock() - started
    return pictures / seconds


def _empty(mi: Any, pixels: int, samples: int, seed: int) -> np.ndarray:
    """A picture of nothing but even light."""
    film = {"type": "hdrfilm", "width": pixels, "height": pixels, "rfilter": {"type": "box"}}
    sensor = {"type": "perspective", "film": film, "sampler": {"type": "multijitter", "sample_count": samples}}
    scene = mi.load_dict(
        {"type": "scene", "integrator": {"type": "path"}, "light": {"type": "constant"}, "sensor": sensor}
    )
    return np.array(mi.render(scene, spp=samples, seed=seed))
