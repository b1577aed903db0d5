"""Wrong first names: why, by what weighed most against the right product, and sheets to look at.

The sheets show photographs of the data folder: they belong into the work folder, never into the project.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pillapp.appearance.picture import thumbnail
from pillapp.catalog.imprint_text import has_mark
from pillapp.catalog.values import Appearance
from pillapp.identify.characters import encode
from pillapp.identify.evidence import Scores, default_weights
from pillapp.identify.imprint_score import sees_nothing
from pillapp.identify.index import AppearanceIndex
from pillapp.paths import resources_dir
from pillapp.training.identification.naming import place
from pillapp.training.identification.samples import Sample
from pillapp.training.identification.truth import Truth

KINDS: Final = ("imprint", "shape", "colour", "aspect", "form", "size")
AGAINST: Final = 0.1  # weighted log likelihood that must speak against the right product for a kind to be the cause
TILE: Final = 132  # px
COLUMNS: Final = 3
ROWS: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A wrong first name: the pill, rows of the ``right`` product and of the ``first`` named, and the ``cause``."""

    sample: Sample
    right: int
    first: int
    against: dict[str, float]
    cause: str


def mistakes(
    samples: Sequence[Sample], scored: Sequence[Scores], truth: Truth, index: AppearanceIndex
) -> list[Mistake]:
    """All wrong first names with their causes."""
    found = []
    for sample, scores in zip(samples, scored, strict=True):
        named = place(sample, scores, index)
        if named.place:
            total = scores.total(default_weights())
            right = max(truth.rows[sample.item_seq], key=lambda row: total[row])
            first = max(truth.rows[named.first], key=lambda row: total[row])
            weights = default_weights()
            against = {
                kind: float(getattr(weights, kind) * (getattr(scores, kind)[first] - getattr(scores, kind)[right]))
                for kind in KINDS
            }
            found.append(Mistake(sample, right, first, against, _cause(sample, right, first, against, truth, index)))
    return found


def _cause(
    sample: Sample, right: int, first: int, against: dict[str, float], truth: Truth, index: AppearanceIndex
) -> str:
    """The one kind that weighs most; several may."""
    worst = max(KINDS, key=lambda kind: against[kind])
    texts = [truth.text(*truth.side(sample.item_seq, seen, index)) for seen in sample.observations]
    blank = not any(encode(text).classes for text in texts)
    if all(seen.reading is None or sees_nothing(seen.reading) for seen in sample.observations):
        return "nothing seen, blank side" if blank else "nothing seen of a text"
    if blank:
        return "letters seen, side blank or misread"
    if against[worst] < AGAINST:
        return "right text, nothing tells them apart"
    if worst != "imprint":
        return f"right text, {worst}"
    rows = truth.appearances[right], truth.appearances[first]
    marked = [has_mark(row.imprint_front) or has_mark(row.imprint_back) for row in rows]
    return "text misread, a logo in play" if any(marked) else "text misread"


def count_causes(found: Sequence[Mistake]) -> dict[str, int]:
    """How many mistakes have each cause, most first."""
    return dict(Counter(one.cause for one in found).most_common())


def write_sheets(found: Sequence[Mistake], truth: Truth, folder: Path, name: str) -> None:
    """Sheets ``name-1.jpg`` …: the crop, the right and the first named product as drawn, what was read, what spoke for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    font = ImageFont.truetype(str(resources_dir() / "fonts" / "Pretendard-Regular.ttf"), 11)
    ordered = sorted(found, key=lambda one: one.cause)
    for number, start in enumerate(range(0, len(ordered), COLUMNS * ROWS), start=1):
        cells = [_cell(one, truth, font) for one in ordered[start : start + COLUMNS * ROWS]]
        cells += [Image.new("RGB", cells[0].size, "white")] * (-len(cells) % COLUMNS)
        lines = [
            np.concatenate([np.array(c) for c in cells[i : i + COLUMNS]], axis=1) for i in range(0, len(cells), COLUMNS)
        ]
        Image.fromarray(np.concatenate(lines)).save(folder / f"{name}-{number}.jpg", quality=85)


def _cell(one: Mistake, truth: Truth, font: ImageFont.FreeTypeFont) -> Image.Image:
    right, first = truth.appearances[one.right], truth.appearances[one.first]
    pictures = [_square(seen.crop) for seen in one.sample.observations]
    pictures += [thumbnail(right, TILE), thumbnail(first, TILE)]
    cell = Image.new("RGB", (4 * TILE, TILE + 62), "white")
    for number, picture in enumerate(pictures):
        cell.paste(Image.fromarray(picture), (number * TILE, 0))
    draw = ImageDraw.Draw(cell)
    read = " / ".join(seen.imprint or "–" for seen in one.sample.observations)
    looks = one.sample.observations[0]
    weighed = " ".join(f"{kind} {value:+.1f}" for kind, value in one.against.items() if abs(value) >= AGAINST)
    lines = (
        f"{one.cause} · read: {read} · {looks.shape.name} {'·'.join(looks.colours.names)}",
        f"right: {_described(right)}",
        f"first: {_described(first)}",
        f"for the first: {weighed}",
    )
    for line, text in enumerate(lines):
        draw.text((3, TILE + 1 + 15 * line), text, font=font, fill="black")
    return cell


def _described(row: Appearance) -> str:
    sides = " / ".join(str(side) or "–" for side in row.sides)
    return f"{sides} {row.shape} {'·'.join(row.colours_front)} {row.item_seq}"


def _square(crop: np.ndarray) -> np.ndarray:
    height, width = crop.shape[:2]
    scale = TILE / max(height, width)
    small = cv2.resize(
        crop, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    square: np.ndarray = np.full((TILE, TILE, 3), 255, np.uint8)
    square[: small.shape[0], : small.shape[1]] = small
    return square
