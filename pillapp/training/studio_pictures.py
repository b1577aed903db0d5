"""Outlines of official product pictures, as the program finds them."""

from functools import lru_cache

from pillapp.paths import models_dir
from pillapp.vision.engines import choose_engine
from pillapp.vision.segment import OutlineFinder


@lru_cache(maxsize=1)
def outlines() -> OutlineFinder:
    """The program's own outline finder, on the processor."""
    return OutlineFinder(choose_engine("cpu").engine, models_dir() / "outline")
