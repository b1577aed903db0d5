"""The printed mat: which marker lies where. Drawn by ``report/mat.py``, found again by ``vision/scale.py``.

All positions are millimetres from the paper's top left corner, y down, with the long side of the paper across. Every
size of paper has marker numbers of its own, so one marker tells the paper and its place on it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

# Large enough for a 640 px camera that sees a whole A4 sheet (6 px for each of a marker's squares).
MARKER_MM: Final = 16.0
MODULES: Final = 6  # squares across a marker: 4 of code and its black border
# Beyond what printers leave blank (4-6 mm), and the white around the outer markers that finding them needs.
EDGE_MM: Final = 8.0
GAP_MM: Final = 4.0  # between the markers and what lies inside their ring
CAPTION_MM: Final = 13.0  # band inside the ring, at the bottom, for the ruler and the instructions
RULER_MM: Final = 100.0
# The codes with the fewest changes between black and white: a window or a key on a keyboard may look like them.
_PLAIN: Final = frozenset({17, 34, 37})
_NUMBERS: Final = tuple(number for number in range(50) if number not in _PLAIN)


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker; ``x`` and ``y`` are its top left corner in mm."""

    number: int
    x: float
    y: float

    @property
    def corners(self) -> np.ndarray:
        """Its corners (4, 2) in mm: top left, top right, bottom right, bottom left, as they are found."""
        x, y, side = self.x, self.y, MARKER_MM
        return np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])


@dataclass(frozen=True, slots=True)
class Mat:
    """One size of paper, ``width`` × ``height`` mm.

    ``area`` is the empty place for pills (left, top, right, bottom); ``ruler`` the left end of the check ruler, which is
    :data:`RULER_MM` long.
    """

    paper: str
    width: float
    height: float
    markers: tuple[Marker, ...]
    area: tuple[float, float, float, float]
    ruler: tuple[float, float]


def marker_bits(number: int) -> np.ndarray:
    """Which squares of a marker are white: bool (MODULES, MODULES)."""
    return np.asarray(cv2.aruco.generateImageMarker(dictionary(), number, MODULES) > 127)


@lru_cache(maxsize=1)
def dictionary() -> cv2.aruco.Dictionary:
    """The codes the markers are taken from: any two differ in at least four squares."""
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


def _lay_out(paper: str, width: float, height: float, across: int, down: int, first: int) -> Mat:
    """A ring of ``across`` × ``down`` markers along the edge, row by row, numbered from the ``first`` of all numbers on."""
    xs = np.linspace(EDGE_MM, width - EDGE_MM - MARKER_MM, across)
    ys = np.linspace(EDGE_MM, height - EDGE_MM - MARKER_MM, down)
    places = [
        (round(float(x), 2), round(float(y), 2))
        for row, y in enumerate(ys)
        for column, x in enumerate(xs)
        if row in (0, down - 1) or column in (0, across - 1)
    ]
    inset = EDGE_MM + MARKER_MM + GAP_MM
    bottom = height - inset - CAPTION_MM
    return Mat(
        paper,
        width,
        height,
        tuple(Marker(_NUMBERS[first + i], x, y) for i, (x, y) in enumerate(places)),
        (inset, inset, width - inset, bottom),
        ((width - RULER_MM) / 2, bottom + 4.0),
    )


MATS: Final = {
    mat.paper: mat
    for mat in (
        _lay_out("A4", 297.0, 210.0, 6, 4, 0),
        _lay_out("A5", 210.0, 148.0, 5, 3, 16),
        _lay_out("LETTER", 279.4, 215.9, 6, 4, 28),
    )
}
