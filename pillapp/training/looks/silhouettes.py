"""Drawn outlines against pictured ones, and the rows of the official file that contradict their own picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.choice import measured
from pillapp.appearance.colours import CLEAR
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.outline import outline
from pillapp.appearance.values import Gap
from pillapp.catalog.values import Appearance
from pillapp.identify.characters import encode
from pillapp.training.looks.letters import Infer, read_text
from pillapp.training.looks.reference_pictures import PicturedSide, ReferencePicture, along_axis
from pillapp.training.looks.shapes import LYING, TURNS, overlap
from pillapp.training.looks.surface import body_colour
from pillapp.vision.colour import COLOURS

UNDRAWABLE: Final = frozenset({Gap.NO_SHAPE, Gap.UNKNOWN_SHAPE, Gap.NO_SIZE, Gap.IMPOSSIBLE_SIZE})
AXIS_ODDS: Final = 0.15  # measured against official axes, from which a row contradicts its picture
DOUBTFUL_AREA: Final = 0.6  # pictured over official: below it half a capsule of the card's colour was not seen
SHAPE_IOU: Final = 0.85
OTHER_LIGHT: Final = (
    11.0,
    5.0,
    7.0,
)  # Lab; how far a colour may be off its name by the light and the retouching, by eye
UNLIKELY: Final = 0.02  # probability of the official colour's name, where another one is sure
SURE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Silhouette:
    """One side: intersection over union with the picture at the ruler's scale and once the areas are made equal.

    ``ellipse`` and ``ellipse_scaled`` are the same for a plain ellipse of the official axes.
    """

    item_seq: str
    shape: str
    ruler: float
    scaled: float
    ellipse: float
    ellipse_scaled: float


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a row says and what its picture shows."""

    item_seq: str
    name: str
    kind: str
    file: str
    picture: str


def silhouettes(picture: ReferencePicture, row: Appearance) -> list[Silhouette]:
    """Both sides of a picture; none where the row gives no shape or no sizes."""
    model = build(row, typical_finish(row), 4.0)
    if not UNDRAWABLE.isdisjoint(model.gaps):
        return []
    ellipse = outline("원형", model.long_mm, model.short_mm, 0.0).astype(np.float64)
    found = []
    for side, flip in ((picture.front, 1.0), (picture.back, -1.0)):
        drawn = model.outline.astype(np.float64) * (1.0, flip)
        pictured = side.outline_mm()
        found.append(
            Silhouette(
                row.item_seq,
                row.shape,
                _best(drawn, pictured, row.shape),
                _best(drawn, _same_area(pictured, drawn), row.shape),
                _best(ellipse, pictured, row.shape),
                _best(ellipse, _same_area(pictured, ellipse), row.shape),
            )
        )
    return found


def _best(drawn: np.ndarray, pictured: np.ndarray, shape: str) -> float:
    """The best overlap over the turns a shape may be pictured in; long pills also end for end (capsules)."""
    turns = (0.0, np.pi) if shape in LYING else TURNS
    return max(overlap(drawn, _centred(along_axis(pictured, float(turn)))) for turn in turns)


def _centred(points: np.ndarray) -> np.ndarray:
    return np.asarray(points - (points.min(axis=0) + points.max(axis=0)) / 2)


def _same_area(pictured: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    areas = [cv2.contourArea(p.astype(np.float32)) for p in (drawn, pictured)]
    return np.asarray(pictured * np.sqrt(areas[0] / areas[1]))


def contradictions(picture: ReferencePicture, row: Appearance, infer: Infer) -> list[Contradiction]:
    """Everything in which a row and its own picture differ beyond doubt."""
    sides = picture.front, picture.back
    if _area_ratio(sides, row) < DOUBTFUL_AREA:
        return []
    found = [*_size_contradictions(sides, row), *_colour_contradictions(sides, row)]
    overlaps = [silhouette.scaled for silhouette in silhouettes(picture, row)]
    if overlaps and max(overlaps) < SHAPE_IOU and "proportions" not in [kind for kind, _, _ in found]:
        found.append(("shape", row.shape, f"another outline (overlap {max(overlaps):.2f} at the same area)"))
    texts = row.imprint_front, row.imprint_back
    if encode(texts[0]) != encode(texts[1]):
        straight, crossed = _letters(sides, texts, infer), _letters(sides, texts[::-1], infer)
        wanted = sum(len(encode(text).classes) for text in texts)
        if straight == 0 and crossed == wanted:
            found.append(("sides", f"front {texts[0]!r}, back {texts[1]!r}", "the other way round"))
    return [Contradiction(row.item_seq, row.name, *each) for each in found]


def _area_ratio(sides: tuple[PicturedSide, PicturedSide], row: Appearance) -> float:
    if not row.long_mm or not row.short_mm:
        return 1.0
    return float(np.mean([side.long_mm * side.short_mm for side in sides])) / (row.long_mm * row.short_mm)


def _size_contradictions(sides: tuple[PicturedSide, PicturedSide], row: Appearance) -> list[tuple[str, str, str]]:
    if not row.long_mm or not row.short_mm:
        return []
    long_mm = float(np.mean([side.long_mm for side in sides]))
    short_mm = float(np.mean([side.short_mm for side in sides]))
    file_says, seen = f"{row.long_mm:g} x {row.short_mm:g} mm", f"{long_mm:.1f} x {short_mm:.1f} mm"
    found = []
    aspects = short_mm / long_mm, row.short_mm / row.long_mm
    if abs(aspects[0] / aspects[1] - 1) > AXIS_ODDS:
        found.append(("proportions", file_says, seen))
    elif max(abs(long_mm / row.long_mm - 1), abs(short_mm / row.short_mm - 1)) > AXIS_ODDS:
        found.append(("size", file_says, seen))
    return found


def _colour_contradictions(sides: tuple[PicturedSide, PicturedSide], row: Appearance) -> list[tuple[str, str, str]]:
    front, back = row.colours_front, row.colours_back or row.colours_front
    if len(front) != 1 or front != back or CLEAR in front or front[0] not in COLOURS:
        return []
    chances = np.mean([_colour_chances(body_colour(side)) for side in sides], axis=0)
    seen = int(chances.argmax())
    if chances[COLOURS.index(front[0])] < UNLIKELY and chances[seen] > SURE:
        return [("colour", front[0], COLOURS[seen])]
    return []


def _colour_chances(lab: np.ndarray) -> np.ndarray:
    """How likely each of COLOURS is (16,) for a pill of a CIE Lab colour (3,), common ones by the root of how common."""
    colours = measured()["colours"]
    logs = []
    for name in COLOURS:
        off = lab - np.array(colours[name]["mean"])
        spread = np.array(colours[name]["covariance"]) + np.diag(np.square(OTHER_LIGHT))
        common = np.log(max(colours[name]["n"], 1))
        logs.append(0.5 * (common - off @ np.linalg.solve(spread, off) - np.linalg.slogdet(spread)[1]))
    weights = np.exp(np.array(logs) - max(logs))
    return np.asarray(weights / weights.sum())


def _letters(sides: tuple[PicturedSide, PicturedSide], texts: Sequence[str], infer: Infer) -> int:
    """How many letters of the texts are seen on the sides they are said to be on."""
    seen = [read_text(side, text, infer) for side, text in zip(sides, texts, strict=True)]
    return sum(text.found for text in seen if text is not None)
