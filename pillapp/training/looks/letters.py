"""Text on pictured sides: where its lines run, how high and wide apart its letters are, whether they are ink or grooves.

The imprint reader finds the letters of the known text; everything else is measured on the picture itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from pillapp.identify.characters import encode
from pillapp.training.looks.reference_pictures import PicturedSide
from pillapp.training.reader.real import find_words
from pillapp.vision.imprint import LONG_ASPECT, LONG_FILL, ROUND_FILL, canvases, even_out, find_characters, lie_of

CELLS_PER_MM: Final = 24.0
TURNS: Final = (0, 1, 3)  # quarter turns counter-clockwise that bring a text upright: along, and both ways across
LINE_REACH: Final = 1.5  # ink is looked for this many letter distances above and below a line of centres
INKED: Final = 0.22  # of a line's usual ink per row: above it a row still belongs to the letters
STRONG: Final = 1.0  # spreads of the evened-out grey a stroke is off its surroundings
LETTER_REACH: Final = 0.12  # of the short axis, beside a letter's middle: a score line between two letters stays out

Infer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """One line of letters on a side, in mm of the side brought upright by ``turn`` quarter turns.

    ``centres`` (n, 2) are the letters' middles from the middle of the side, left to right; ``top`` and ``bottom`` bound the ink.
    """

    centres: np.ndarray
    top: float
    bottom: float

    @property
    def cap_mm(self) -> float:
        """Height of its capitals."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, eq=False)
class SeenText:
    """A side's text as pictured; ``rgb`` and ``mask`` are the side brought upright, :data:`CELLS_PER_MM` cells a mm.

    ``found`` of ``wanted`` letters have a place.
    """

    rgb: np.ndarray
    mask: np.ndarray
    turn: int
    lines: tuple[TextLine, ...]
    found: int
    wanted: int


def read_text(side: PicturedSide, text: str, infer: Infer) -> SeenText | None:
    """Find a known text on a side, along the pill or across it; None where no whole word of it is seen."""
    classes, parts = encode(text)
    if not classes:
        return None
    rgb, mask = side.upright(CELLS_PER_MM)
    best: tuple[int, int, np.ndarray] | None = None
    for turn in TURNS:
        turned, turned_mask = np.ascontiguousarray(np.rot90(rgb, turn)), np.ascontiguousarray(np.rot90(mask, turn))
        xy = _letters(turned, turned_mask, classes, parts, infer)
        if len(xy) and (best is None or len(xy) > best[1]):
            best = turn, len(xy), xy
    if best is None:
        return None
    turn, found, xy = best
    upright, upright_mask = np.ascontiguousarray(np.rot90(rgb, turn)), np.ascontiguousarray(np.rot90(mask, turn))
    lines = tuple(line for rows in _rows(xy) if (line := _measure(upright, upright_mask, rows)) is not None)
    return SeenText(upright, upright_mask, turn, lines, found, len(classes))


def _letters(
    rgb: np.ndarray, mask: np.ndarray, classes: tuple[int, ...], parts: tuple[int, ...], infer: Infer
) -> np.ndarray:
    """Middles (n, 2) px of the letters of whole words that are found reading from left to right."""
    centre, (w, h), _ = lie_of(mask.astype(np.uint8))
    batches = canvases(rgb, mask)
    if not batches:
        return np.zeros((0, 2))
    if w < LONG_ASPECT * h:
        batch, angles = batches[0]
        scale = ROUND_FILL / w
        number = 0
    elif rgb.shape[1] > rgb.shape[0]:
        batch, angles = batches[0]
        scale = min(LONG_FILL[1] / w, LONG_FILL[0] / h)
        number = int(np.argmin([abs((a + 180) % 360 - 180) for a in angles]))
    else:  # the reader shows a long pill lying; upright text across it is in its last views
        batch, angles = batches[2]
        scale = min(LONG_FILL[1] / w, LONG_FILL[0] / h) / 1.35
        number = int(np.argmin([abs((a + 180) % 360 - 180) for a in angles]))
    view = find_characters(infer(batch[number : number + 1])[0], angles[number])
    if not len(view.xy):
        return np.zeros((0, 2))
    places = [place for place, _ in find_words(classes, parts, view)]
    height, width = batch.shape[2:]
    matrix = cv2.getRotationMatrix2D((centre[0] * scale, centre[1] * scale), angles[number], 1.0)
    matrix[0, 2] += width / 2 - centre[0] * scale
    matrix[1, 2] += height / 2 - centre[1] * scale
    back = cv2.invertAffineTransform(matrix)
    return np.asarray((view.xy[places] @ back[:, :2].T + back[:, 2]) / scale, dtype=np.float64)


def _rows(xy: np.ndarray) -> list[np.ndarray]:
    """Letters line by line, each from left to right: neighbours in a line lie beside each other, not below."""
    remaining = sorted(range(len(xy)), key=lambda i: float(xy[i, 0]))
    rows: list[list[int]] = []
    pitch = _pitch(xy)
    for i in remaining:
        for row in rows:
            if abs(xy[row[-1], 1] - xy[i, 1]) < 0.5 * pitch:
                row.append(i)
                break
        else:
            rows.append([i])
    return [xy[row] for row in rows if len(row) >= 2]


def _pitch(xy: np.ndarray) -> float:
    if len(xy) < 2:
        return 0.0
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy)) * 1e6
    return float(np.median(gaps.min(axis=1)))


def _measure(rgb: np.ndarray, mask: np.ndarray, row: np.ndarray) -> TextLine | None:
    """Top and bottom of a line's ink by how much of each pixel row is ink."""
    pitch = float(np.median([b[0] - a[0] for a, b in pairwise(row)]))
    middle = float(np.median(row[:, 1]))
    ink = np.abs(contrast(rgb, mask)) > STRONG
    beside = min(0.5 * pitch, LETTER_REACH * min(rgb.shape[:2]))
    columns = np.zeros(rgb.shape[1], bool)
    for x, _ in row:
        columns[max(0, int(x - beside)) : int(x + beside) + 1] = True
    top, bottom = max(0, int(middle - LINE_REACH * pitch)), min(len(ink), int(middle + LINE_REACH * pitch) + 1)
    profile = cv2.blur(ink[top:bottom, columns].mean(axis=1)[:, None], (1, 3))[:, 0]
    at = int(middle) - top
    core = max(2, int(0.25 * pitch))
    usual = float(np.median(profile[max(0, at - core) : at + core + 1]))
    if usual < 0.05:
        return None
    inked = profile > INKED * usual
    first, last = at, at
    while first > 0 and inked[first - 1]:
        first -= 1
    while last < len(inked) - 1 and inked[last + 1]:
        last += 1
    if first == 0 or last == len(inked) - 1:  # ran into another line, or the rim
        return None
    origin = (np.array(rgb.shape[1::-1]) - 1) / 2
    return TextLine(
        (row - origin) / CELLS_PER_MM,
        (top + first - 0.5 - origin[1]) / CELLS_PER_MM,
        (top + last + 0.5 - origin[1]) / CELLS_PER_MM,
    )


def contrast(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Evened-out grey of a side, in spreads; strokes stand out."""
    return even_out(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255, mask.astype(np.uint8))
