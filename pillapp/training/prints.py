"""Printed matter, which is easily taken for pills: cloth, paper and packages with patterns, drawings and text on them.

Drawings come from the Debian package ``openclipart-png`` (public domain; ``packaging/debian-training.sh``). Nothing of it is
copied into the project, only the trained weights have seen it.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import DataSetError
from pillapp.training.surfaces import INSTALL_LINE, any_colour, read_stamp

_DRAWINGS: Final = Path("/usr/share/openclipart/png")
# Folders of what nobody would take for a pill even when drawn well; not buttons, icons, gems and sweets.
_FOLDERS: Final = (
    "animals", "buildings", "containers", "education", "electronics", "food/breads_and_carbs", "food/fruit",
    "food/vegetables", "geography", "office", "people", "plants", "recreation", "signs_and_symbols", "special/patterns",
    "tools", "transportation",
)  # fmt: skip
_MAYBE_PILLS: Final = re.compile(
    r"pill|capsul|tablet|drug|medic|ball|bead|button|dice|domino|checker|egg", re.IGNORECASE
)
DRAWN: Final = 0.45  # of the prints show drawings
SHEET: Final = 0.4  # of those are a sheet of large drawings, the rest a pattern of small ones
ONE_INK: Final = 0.4  # of the drawings are printed in one colour


@lru_cache(maxsize=1)
def drawings() -> tuple[Path, ...]:
    """Files of drawings, those that may show pills left out.

    Raises:
        DataSetError: the package is not installed; the message says what installs it.
    """
    paths = [path for folder in _FOLDERS for path in sorted((_DRAWINGS / folder).rglob("*.png"))]
    if not paths:
        raise DataSetError(f"no drawings in {_DRAWINGS}: run {INSTALL_LINE}")
    return tuple(path for path in paths if not _MAYBE_PILLS.search(path.name))


def draw_print(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Something printed, as a camera sees it: float32 RGB (height, width, 3).

    Raises:
        DataSetError: the drawings are not installed.
    """
    if rng.random() >= DRAWN:
        return draw_motifs(rng, height, width)
    draw = _draw_sheet if rng.random() < SHEET else _draw_pattern
    return _photographed(rng, draw(rng, height, width))


def draw_motifs(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """The same of motifs and text alone, which need no drawings."""
    return _photographed(rng, _draw_motifs(rng, height, width))


def _photographed(rng: np.random.Generator, flat: np.ndarray) -> np.ndarray:
    """A print (h, w, 3) on cloth or on paper with folds, float32."""
    height, width = flat.shape[:2]
    picture = flat.astype(np.float32)
    if rng.random() < 0.5:  # the weave of the cloth it is printed on
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        period = rng.uniform(1.0, 3.0)
        picture *= (1 + rng.uniform(0.02, 0.2) * np.sin(x / period) * np.sin(y / period))[:, :, None]
    folds = cv2.resize(rng.normal(0, 1, (4, 4)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(picture * (1 + rng.uniform(0, 0.2) * folds)[:, :, None], 0, 255), dtype=np.float32)


def _draw_pattern(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """One to three small drawings repeated in rows, as on cloth and wrapping paper."""
    flat = _paper(rng, height, width)
    step = float(np.exp(rng.uniform(np.log(24), np.log(140))))
    motifs = [_resized(_drawing(rng), step * rng.uniform(0.5, 0.95)) for _ in range(int(rng.integers(1, 4)))]
    turn, shifted = int(rng.integers(4)), bool(rng.integers(2))
    for i, y in enumerate(np.arange(-step / 2, height + step, step * rng.uniform(0.8, 1.1))):
        for j, x in enumerate(np.arange(-step + shifted * (i % 2) * step / 2, width + step, step)):
            _put(flat, np.rot90(motifs[(i + j) % len(motifs)], turn), float(x), float(y))
    return flat


def _draw_sheet(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A few large drawings on paper, some of them larger than what is seen."""
    flat = _paper(rng, height, width)
    for _ in range(int(rng.integers(1, 7))):
        size = max(height, width) * float(np.exp(rng.uniform(np.log(0.2), np.log(1.6))))
        drawing = np.rot90(_resized(_drawing(rng), size), int(rng.integers(4)))
        _put(flat, drawing, rng.uniform(0, width), rng.uniform(0, height))
    return flat


def _paper(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    colour = np.array([rng.uniform(215, 255)] * 3) if rng.random() < 0.4 else any_colour(rng)
    return np.full((height, width, 3), colour, np.uint8)


def _drawing(rng: np.random.Generator) -> np.ndarray:
    """One drawing, RGBA uint8, in its own colours or in one ink."""
    every = drawings()
    found = None
    while found is None:  # some files have no transparency
        found = read_stamp(every[int(rng.integers(len(every)))])
    if rng.random() < ONE_INK:
        dark = 1 - cv2.cvtColor(found[:, :, :3], cv2.COLOR_RGB2GRAY) / 255
        outlined = rng.random() < 0.5  # what is dark is printed, not the whole outline
        found[:, :, :3] = any_colour(rng)
        if outlined:
            found[:, :, 3] = np.round(found[:, :, 3] * dark)
    return found


def _resized(drawing: np.ndarray, long: float) -> np.ndarray:
    scale = long / max(drawing.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(drawing, None, fx=scale, fy=scale, interpolation=way)


def _put(flat: np.ndarray, drawing: np.ndarray, x: float, y: float) -> None:
    """Lay a drawing over the print with its middle at (x, y), in place."""
    height, width = drawing.shape[:2]
    left, top = round(x - width / 2), round(y - height / 2)
    a, b = max(left, 0), max(top, 0)
    c, d = min(left + width, flat.shape[1]), min(top + height, flat.shape[0])
    if a >= c or b >= d:
        return
    piece = drawing[b - top : d - top, a - left : c - left].astype(np.float32)
    cover = piece[:, :, 3:] / 255
    flat[b:d, a:c] = np.round(piece[:, :, :3] * cover + flat[b:d, a:c] * (1 - cover))


def _draw_motifs(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Flat motifs in rows, or lines of text: uint8 RGB (height, width, 3)."""
    flat = np.empty((height, width, 3), np.uint8)
    flat[:] = any_colour(rng)
    colours = [tuple(float(c) for c in any_colour(rng)) for _ in range(int(rng.integers(1, 4)))]
    motif = rng.choice(["ellipse", "leaf", "bar", "ring", "polygon", "text"], p=[0.2, 0.2, 0.15, 0.1, 0.1, 0.25])
    step = np.exp(rng.uniform(np.log(14), np.log(120)))
    size = step * rng.uniform(0.25, 0.55)
    slim, turn, wander = rng.uniform(0.25, 1), rng.uniform(0, 180), rng.choice([0.0, 0.3])
    thick = -1 if rng.random() < 0.7 else max(1, round(size * 0.15))
    polygon = rng.normal(0, 0.7, (int(rng.integers(3, 9)), 2)) * size
    rows = np.arange(-step, height + step, step * (rng.uniform(0.7, 1.2) if motif != "text" else 0.6))
    for i, y in enumerate(rows):
        for x in np.arange(-step + (i % 2) * step / 2 * rng.integers(0, 2), width + step, step):
            at = (round(x + rng.normal(0, wander) * size), round(y + rng.normal(0, wander) * size))
            colour = colours[int(rng.integers(len(colours)))]
            angle = turn if wander == 0 else rng.uniform(0, 180)
            if motif == "text":
                letters = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz0123456789 "), 4))
                cv2.putText(flat, letters, at, cv2.FONT_HERSHEY_SIMPLEX, step / 80, colour, max(1, round(step / 50)))
            elif motif == "bar":
                end = (round(at[0] + size * np.cos(np.deg2rad(angle))), round(at[1] + size * np.sin(np.deg2rad(angle))))
                cv2.line(flat, at, end, colour, max(2, round(size * slim * 0.6)), cv2.LINE_AA)
            elif motif == "polygon":
                cv2.fillPoly(flat, [np.round(polygon + at).astype(np.int32)], colour, cv2.LINE_AA)
            elif motif == "leaf":
                bow = np.linspace(-1, 1, 9)
                edge = np.column_stack([bow, 0.5 * slim * (1 - bow**2)]) * size
                outline = np.concatenate([edge, edge[::-1] * (1, -1)])
                spin = np.deg2rad(angle)
                outline = outline @ np.array([[np.cos(spin), np.sin(spin)], [-np.sin(spin), np.cos(spin)]]) + at
                cv2.fillPoly(flat, [np.round(outline).astype(np.int32)], colour, cv2.LINE_AA)
            else:
                axes = (max(1, round(size / 2)), max(1, round(size * slim / 2)))
                width_of_line = max(1, round(size * 0.12)) if motif == "ring" else thick
                cv2.ellipse(flat, at, axes, angle, 0, 360, colour, width_of_line, cv2.LINE_AA)
    return flat
