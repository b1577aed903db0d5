"""Setting lines of an imprint: which glyph stands where, straight in a room or along a rim, and the ink of it all."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.emblems import emblem
from pillapp.appearance.finish import TextStyle
from pillapp.appearance.outline import Field
from pillapp.appearance.spelling import EMBLEM, UNREADABLE
from pillapp.appearance.typefaces import CAP, GlyphPicture, Typeface, glyph_picture, has_glyph
from pillapp.appearance.values import Glyph

SPACE: Final = " "
_LINE_PITCH: Final = 1.4  # from baseline to baseline, cap heights
_SPACE_WIDTH: Final = 0.55  # of a word space, cap heights
_RIM_SHARE: Final = 0.88  # text stays inside this level of the rim's field
_SHRINK: Final = 0.93
_EMBLEM_WIDTH: Final = 1.25  # cap heights
SMALLEST_CAP: Final = 0.45  # mm; smaller letters than this are cut nowhere


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One glyph picture laid on the side: ``matrix`` (2, 3) takes its pixels to mm, ``angle`` is its turn (clockwise)."""

    character: str
    picture: GlyphPicture
    matrix: np.ndarray
    angle: float
    line: int

    def corners(self) -> np.ndarray:
        """Corners (4, 2) of its ink in mm."""
        x1, y1, x2, y2 = self.picture.box
        return np.asarray(np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]) @ self.matrix[:, :2].T + self.matrix[:, 2])

    def glyph(self) -> Glyph:
        """What it is and where, for labels."""
        corners = self.corners()
        width, height = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
        x, y = corners.mean(axis=0)
        return Glyph(self.character, self.line, (float(x), float(y)), (float(width), float(height)), self.angle)


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle for text: middle, width and height in mm, and its turn in radians clockwise."""

    x: float
    y: float
    width: float
    height: float
    turn: float = 0.0


def face_for(character: str, style: TextStyle) -> Typeface | None:
    """The style's typeface that has a character, None if neither has."""
    if character == UNREADABLE:
        return None
    return next((face for face in (style.latin, style.hangul) if has_glyph(face, character)), None)


def _pictures(line: list[str], style: TextStyle, alone: bool) -> list[tuple[str, GlyphPicture | None, float]]:
    """Character, its picture (None for a space) and what to advance in glyph pixels, for one line of words."""
    stroke = max(2, round(style.stroke * CAP))
    items: list[tuple[str, GlyphPicture | None, float]] = []
    for number, word in enumerate(line):
        if number:
            items.append((SPACE, None, _SPACE_WIDTH * CAP))
        if word == EMBLEM:
            drawn = emblem(style.emblem_seed, stroke if not alone else max(2, stroke // 2))
            items.append((EMBLEM, drawn, _EMBLEM_WIDTH * CAP))
        for character in word:
            face = face_for(character, style)
            if face is not None:
                drawn = glyph_picture(face, character, stroke)
                items.append((character, drawn, drawn.advance))
    return items


def set_block(
    lines: list[list[str]], room: Room, style: TextStyle, cap: float, inside: Field, line_from: int
) -> list[Placed]:
    """Lines of words centred in a room, as large as ``cap`` (mm) allows and the room and the rim permit."""
    alone = lines == [[EMBLEM]]
    drawn = [_pictures(line, style, alone) for line in lines]
    drawn = [line for line in drawn if any(picture for _, picture, _ in line)]
    if not drawn:
        return []
    if alone:
        cap = style.emblem_scale * min(room.width, room.height)
    spacing = _spacing(drawn, style)
    widths = [sum(advance for _, _, advance in line) + spacing * (len(line) - 1) for line in drawn]
    tall = CAP * (1 + _LINE_PITCH * (len(drawn) - 1))
    unit = min(cap / CAP, room.width / (max(*widths, 1.0) * style.stretch), room.height / tall)
    while True:
        placed = _set_lines(drawn, widths, spacing, unit, room, style, line_from)
        corners = np.concatenate([p.corners() for p in placed])
        if inside(corners[:, 0], corners[:, 1]).max() <= _RIM_SHARE or unit * CAP < SMALLEST_CAP / 4:
            return placed
        unit *= _SHRINK


def _spacing(drawn: list[list[tuple[str, GlyphPicture | None, float]]], style: TextStyle) -> float:
    """Extra advance in glyph pixels that brings the mean distance of letters to the style's pitch."""
    advances = [advance for line in drawn for character, _, advance in line if character not in (SPACE, EMBLEM)]
    if not advances:
        return 0.0
    return float(np.clip(style.pitch * CAP - np.mean(advances) * style.stretch, -0.1 * CAP, CAP)) / style.stretch


def _set_lines(
    drawn: list[list[tuple[str, GlyphPicture | None, float]]],
    widths: list[float],
    spacing: float,
    unit: float,
    room: Room,
    style: TextStyle,
    line_from: int,
) -> list[Placed]:
    placed = []
    cos, sin = np.cos(room.turn), np.sin(room.turn)
    rotation = np.array([(cos, -sin), (sin, cos)])
    cap = CAP * unit
    for number, (line, wide) in enumerate(zip(drawn, widths, strict=True)):
        pen = -wide * unit * style.stretch / 2
        baseline = (number - (len(drawn) - 1) / 2) * _LINE_PITCH * cap + cap / 2
        for character, picture, advance in line:
            if picture is not None:
                scale = rotation @ np.array([(unit * style.stretch, -style.slant * unit), (0.0, unit)])
                corner = np.array([pen, baseline]) + np.array(
                    [picture.left * unit * style.stretch - style.slant * unit * picture.top, picture.top * unit]
                )
                shift = rotation @ corner + (room.x, room.y)
                placed.append(
                    Placed(character, picture, np.column_stack([scale, shift]), room.turn, line_from + number)
                )
            pen += (advance + spacing) * unit * style.stretch
    return placed


def set_arc(line: list[str], style: TextStyle, b: float, cap: float, *, below: bool, number: int) -> list[Placed]:
    """One line along the rim of a round pill of radius ``b``, to be read from below."""
    items = _pictures(line, style, alone=False)
    spacing = _spacing([items], style)
    wide = sum(advance + spacing for _, _, advance in items)
    outer = 0.86 * b
    radius = outer - cap / 2
    unit = min(cap / CAP, 2 * np.pi * 0.45 * radius / max(wide, 1.0))
    baseline = outer - (0.0 if below else CAP * unit)
    turn = -wide * unit / radius / 2
    placed = []
    for character, picture, advance in items:
        step = (advance + spacing) * unit / radius
        if picture is not None:
            angle = (-1 if below else 1) * (turn + step / 2)
            cos, sin = np.cos(angle), np.sin(angle)
            rotation = np.array([(cos, -sin), (sin, cos)])
            stand = np.array([(picture.left - picture.advance / 2) * unit, picture.top * unit])
            out = np.array([0.0, baseline if below else -baseline])
            placed.append(
                Placed(character, picture, np.column_stack([rotation * unit, rotation @ (out + stand)]), angle, number)
            )
        turn += step
    return placed


def ink_of(
    placed: tuple[Placed, ...], size: tuple[int, int], cells_per_mm: float, middle: tuple[float, float]
) -> np.ndarray:
    """The ink of all glyphs on a grid of ``size`` (height, width) whose ``middle`` (x, y) cell is the side's middle."""
    ink = np.zeros(size, np.float32)
    for one in placed:
        stamp(ink, one, cells_per_mm, middle)
    return ink


def stamp(ink: np.ndarray, one: Placed, cells_per_mm: float, middle: tuple[float, float]) -> None:
    """Add one glyph to the ink of a grid, in place; what lies outside is cut off."""
    matrix = one.matrix * cells_per_mm
    matrix[:, 2] += middle
    corners = one.corners() * cells_per_mm + middle
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 3, ink.shape[::-1])
    if (high <= low).any():
        return
    picture = one.picture.ink
    shrink = abs(np.linalg.det(matrix[:, :2])) ** 0.5
    if shrink < 0.5:  # warping does not average
        picture = cv2.blur(picture, (max(1, round(0.6 / shrink)),) * 2)
    matrix[:, 2] -= low
    patch = cv2.warpAffine(picture, matrix, (int(high[0] - low[0]), int(high[1] - low[1])))
    view = ink[low[1] : high[1], low[0] : high[0]]
    np.maximum(view, patch, out=view)
