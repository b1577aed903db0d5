"""Where every character, emblem and score line of one side comes to lie, in millimetres."""

import re
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.emblems import emblem
from pillapp.appearance.finish import LONG_FROM, Finish, TextStyle
from pillapp.appearance.outline import Field
from pillapp.appearance.spelling import EMBLEM, UNREADABLE, SideText
from pillapp.appearance.typefaces import CAP, GlyphPicture, Typeface, glyph_picture, has_glyph
from pillapp.appearance.values import Form, Gap, Glyph, ScoreLine

SPACE: Final = " "
_LINE_PITCH: Final = 1.4  # from baseline to baseline, cap heights
_SPACE_WIDTH: Final = 0.55  # of a word space, cap heights
_RIM_SHARE: Final = 0.88  # text stays inside this level of the rim's field
_SMALLEST_CAP: Final = 0.45  # mm; smaller letters than this are cut nowhere
_SHRINK: Final = 0.93
_SCORE_DEPTH: Final = 0.6  # share of a score line's width
_EMBLEM_WIDTH: Final = 1.25  # cap heights
_LONG_WORD: Final = 5  # characters from which round pills carry them in two lines, or along the rim
_BREAKS: Final = re.compile(r"(?<=[^\d.])(?=\d)|(?<=\d)(?=[^\d.])")  # where a name ends and a strength begins


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
class Layout:
    """All that lies on one side."""

    placed: tuple[Placed, ...]
    score_lines: tuple[ScoreLine, ...]
    gaps: frozenset[Gap]


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle for text: middle, width and height in mm, and its turn in radians clockwise."""

    x: float
    y: float
    width: float
    height: float
    turn: float = 0.0


def lay_out(text: SideText, finish: Finish, form: Form, half: tuple[float, float], inside: Field) -> Layout:
    """Lay one side out.

    ``half`` is half the width and height of what can be written on, ``inside`` its field (1 on the rim), both in mm.
    """
    missing = frozenset({Gap.UNKNOWN_CHARACTER}) if any(_unknown(w, finish.text) for w in text.words) else frozenset()
    scores = _score_lines(text, finish, half, inside)
    if not any(shown or word == EMBLEM for word, shown in zip(text.words, _shown(text, finish.text), strict=True)):
        return Layout((), scores, missing)
    long = half[0] > LONG_FROM * half[1]
    bent = finish.text.arc if text.letters >= _LONG_WORD else finish.text.arc_short and text.letters == _LONG_WORD - 1
    if bent and not long and len(text.parts) == 1 and text.lines == 0:
        placed = _bent(_lines(text.parts[0], long=False, style=finish.text, tall=False), finish.text, half, inside)
    else:
        cap = finish.text.cap_height * 2 * half[1]
        placed = [
            glyph
            for line_from, room, lines in _rooms(text, finish, form, half, long)
            for glyph in _block(lines, room, finish.text, cap, inside, line_from)
        ]
    tight = placed and min(CAP * abs(np.linalg.det(p.matrix[:, :2])) ** 0.5 for p in placed) < _SMALLEST_CAP
    return Layout(tuple(placed), scores, missing | (frozenset({Gap.IMPRINT_TOO_LONG}) if tight else frozenset()))


def _unknown(word: str, style: TextStyle) -> bool:
    return any(_face(c, style) is None for c in word)


def _face(character: str, style: TextStyle) -> Typeface | None:
    if character == UNREADABLE:
        return None
    return next((face for face in (style.latin, style.hangul) if has_glyph(face, character)), None)


def _shown(text: SideText, style: TextStyle) -> list[str]:
    """Words without the characters no typeface has."""
    return ["".join(c for c in word if _face(c, style)) if word != EMBLEM else EMBLEM for word in text.words]


def _score_lines(text: SideText, finish: Finish, half: tuple[float, float], inside: Field) -> tuple[ScoreLine, ...]:
    upright = half[0] > LONG_FROM * half[1] or finish.text.beside or text.lines != 1
    width = finish.score_width_mm
    found = []
    for number in range(text.lines):
        at = (number + 1) / (text.lines + 1) * 2 - 1
        found.append(_score_line(at * half[0], upright, finish, half, inside, width))
    if text.cross:
        found.append(_score_line(0.0, not upright, finish, half, inside, width))
    return tuple(found)


def _score_line(
    at: float, upright: bool, finish: Finish, half: tuple[float, float], inside: Field, width: float
) -> ScoreLine:
    reach = np.linspace(-1.2, 1.2, 241) * (half[1] if upright else half[0])
    across = np.full_like(reach, at if upright else 0.0)
    within = reach[inside(across, reach) < 1] if upright else reach[inside(reach, across) < 1]
    low, high = (float(within.min()), float(within.max())) if len(within) else (-half[1], half[1])
    low, high = low * finish.score_reach, high * finish.score_reach
    start, end = ((at, low), (at, high)) if upright else ((low, 0.0), (high, 0.0))
    return ScoreLine(start, end, width, _SCORE_DEPTH * width)


def _rooms(
    text: SideText, finish: Finish, form: Form, half: tuple[float, float], long: bool
) -> list[tuple[int, Room, list[list[str]]]]:
    """Where lines of words go: the number of the first line, the room, the lines."""
    a, b = half
    style = finish.text
    dx, dy = style.offset[0] * 2 * b, style.offset[1] * 2 * b
    rooms: list[tuple[int, Room, list[list[str]]]] = []
    if len(text.parts) > 1:
        count = len(text.parts)
        for number, part in enumerate(text.parts):
            at = (2 * number + 1) / count - 1
            beside = long or style.beside or count > 2
            x, y = (at * a * (0.94 if count == 2 else 1.0), 0.0) if beside else (0.0, at * b * 0.94)
            room = (
                Room(x, y + dy, 2 * a / count * 0.78, b * 1.2)
                if beside
                else Room(x + dx, y, a * 1.5, 2 * b / count * 0.62)
            )
            if part:
                rooms.append((number, room, _lines(part, long=False, style=style, tall=room.height > room.width)))
        return rooms
    groups = text.parts[0]
    if form is Form.HARD_CAPSULE:
        halves = list(groups) if len(groups) > 1 else [(word,) for word in groups[0]]
        if len(halves) > 2:
            halves = [tuple(w for g in halves[:-1] for w in g), halves[-1]]
        sides = [(-1, halves[0]), (1, halves[1])] if len(halves) == 2 else [(-1 if style.beside else 1, halves[0])]
        for number, (sign, words) in enumerate(sides):
            turn = -np.pi / 2 if style.across else 0.0
            width, height = (b * 1.7, a * 0.62) if style.across else (a * 0.72, b * 1.1)
            lines = [[w] for w in words] if style.across or len(words) == 1 else [list(words)]
            rooms.append((number, Room(sign * a * 0.44, dy, width, height, turn), lines))
        return rooms
    lines = _lines(groups, long=long, style=style, tall=False)
    return [(0, Room(dx, dy, 2 * a * 0.84, 2 * b * 0.84), lines)]


def _lines(groups: tuple[tuple[str, ...], ...], *, long: bool, style: TextStyle, tall: bool) -> list[list[str]]:
    words = [word for group in groups for word in group]
    if long and not style.wrap:
        return [words]
    if len(groups) > 1:
        return [list(group) for group in groups]
    if len(words) == 1 and len(words[0]) >= _LONG_WORD and not long:
        return [[part] for part in _halves(words[0])]
    if len(words) <= 3 or tall:
        return [[word] for word in words]
    middle = (len(words) + 1) // 2
    return [words[:middle], words[middle:]]


def _halves(word: str) -> tuple[str, str]:
    """A word too long for a round pill, broken where letters meet digits if it can be, else in the middle."""
    places = [match.start() for match in _BREAKS.finditer(word)]
    middle = len(word) / 2
    at = min(places, key=lambda place: abs(place - middle - 0.1), default=int(middle))
    return word[:at], word[at:]


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
            face = _face(character, style)
            if face is not None:
                drawn = glyph_picture(face, character, stroke)
                items.append((character, drawn, drawn.advance))
    return items


def _block(
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
        if inside(corners[:, 0], corners[:, 1]).max() <= _RIM_SHARE or unit * CAP < _SMALLEST_CAP / 4:
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


def _bent(lines: list[list[str]], style: TextStyle, half: tuple[float, float], inside: Field) -> list[Placed]:
    """The first line along the upper rim; the rest straight below it, or the last along the lower rim."""
    b = half[1]
    cap = min(style.cap_height * 2 * b, 0.5 * b)
    placed = _arc(lines[0], style, b, cap, below=False, number=0)
    if len(lines) > 1 and style.arc_below:
        placed += _arc(lines[-1], style, b, cap, below=True, number=1)
    elif len(lines) > 1:
        placed += _block(lines[1:], Room(0.0, 0.36 * b, 1.4 * b, 0.75 * b), style, cap, inside, 1)
    return placed


def _arc(line: list[str], style: TextStyle, b: float, cap: float, *, below: bool, number: int) -> list[Placed]:
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
        matrix = one.matrix * cells_per_mm
        matrix[:, 2] += middle
        corners = one.corners() * cells_per_mm + middle
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 2, 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 3, (size[1], size[0]))
        if (high <= low).any():
            continue
        picture = one.picture.ink
        shrink = abs(np.linalg.det(matrix[:, :2])) ** 0.5
        if shrink < 0.5:  # warping does not average
            picture = cv2.blur(picture, (max(1, round(0.6 / shrink)),) * 2)
        matrix[:, 2] -= low
        patch = cv2.warpAffine(picture, matrix, (int(high[0] - low[0]), int(high[1] - low[1])))
        view = ink[low[1] : high[1], low[0] : high[0]]
        np.maximum(view, patch, out=view)
    return ink
