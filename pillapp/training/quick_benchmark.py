"""How long quick drawing takes, beside the least such a picture can cost: ``main.py benchmark render``."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import cv2
import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.training.catalogue_sides import catalogue_appearances

SIDE_PX: Final = 256
ROWS: Final = 60
GOAL_MS: Final = 10.0
T = TypeVar("T")


def quick_shading() -> list[str]:
    """Median processor milliseconds to build a pill and to shade one side of 256 px, over rows of the official file, on one thread."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        rows = [row for row in catalogue_appearances() if row.long_mm and row.short_mm and row.thick_mm]
        chosen = [rows[i] for i in np.random.default_rng(0).choice(len(rows), ROWS, replace=False)]
        built, shaded, floor = [], [], []
        grey = np.full((SIDE_PX, SIDE_PX, 3), 0.5, np.float32)
        for row in chosen:
            assert row.long_mm is not None
            cells = (SIDE_PX - 2) / (row.long_mm + 1.0)
            model, ms = _timed(partial(build, row, typical_finish(row), cells))
            built.append(ms)
            shaded.append(_timed(partial(side_view, model, back=False))[1])
            floor.append(_timed(partial(cv2.pow, grey, 1 / 2.2))[1])
    finally:
        cv2.setNumThreads(threads)
    middle = [float(np.median(values)) for values in (built, shaded, floor)]
    return [
        f"quick drawing, {ROWS} rows, {SIDE_PX} px, one thread: build both sides {middle[0]:.1f} ms, "
        f"shade one {middle[1]:.1f} ms (goal {GOAL_MS:g}); gamma of one such picture alone {middle[2]:.1f} ms"
    ]


def _timed(job: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    result = job()
    return result, (time.process_time() - started) * 1000
