"""Where every character, emblem and score line of one side comes to lie, in millimetres."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.appearance.finish import LONG_FROM, Finish, TextStyle
from pillapp.appearance.outline import Field
from pillapp.appearance.spelling import EMBLEM, SideText
from pillapp.appearance.typefaces import CAP
from pillapp.appearance.typesetting import SMALLEST_CAP, Placed, Room, face_for, set_arc, set_block
from pillapp.appearance.values import Form, Gap, ScoreLine

_SCORE_DEPTH: Final = 0.6  # share of a score line's width
_LONG_WORD: Final = 5  # characters from which round pills carry them in two lines, or along the rim
_BREAKS: Final = re.compile(r"(?<=[^\d.])(?=\d)|(?<=\d)(?=[^\d.])")  # where a name ends and a strength begins


@dataclass(frozen=True, slots=True)
class Layout:
    """All that lies on one side."""

    placed: tuple[Placed, ...]
    score_lines: tuple[ScoreLine, ...]
    gaps: frozenset[Gap]


def lay_out(text: SideText, finish: Finish, form: Form, half: tuple[float, float], inside: Field) -> Layout:
    """Lay one side out.

    ``half`` is half the width and height of what can be written on, ``inside`` its field (1 on the rim), both in mm.
    """
    missing = frozenset({Gap.UNKNOWN_CHARACTER}) if any(_unknown(w, finish.text) for w in text.words) else frozenset()
    long = half[0] > LONG_FROM * half[1]
    beside = long or _beside(text, finish.text)
    scores = _score_lines(text, finish, half, inside, beside)
    if not any(shown or word == EMBLEM for word, shown in zip(text.words, _shown(text, finish.text), strict=True)):
        return Layout((), scores, missing)
    bent = finish.text.arc if text.letters >= _LONG_WORD else finish.text.arc_short and text.letters == _LONG_WORD - 1
    if bent and not long and len(text.parts) == 1 and text.lines == 0:
        placed = _bent(_lines(text.parts[0], long=False, style=finish.text, tall=False), finish.text, half, inside)
    else:
        cap = finish.text.cap_height * 2 * half[1]
        placed = [
            glyph
            for line_from, room, lines in _rooms(text, finish, form, half, long, beside)
            for glyph in set_block(lines, room, finish.text, cap, inside, line_from)
        ]
    tight = placed and min(CAP * abs(np.linalg.det(p.matrix[:, :2])) ** 0.5 for p in placed) < SMALLEST_CAP
    return Layout(tuple(placed), scores, missing | (frozenset({Gap.IMPRINT_TOO_LONG}) if tight else frozenset()))


def _unknown(word: str, style: TextStyle) -> bool:
    return any(face_for(c, style) is None for c in word)


def _shown(text: SideText, style: TextStyle) -> list[str]:
    """Words without the characters no typeface has."""
    return ["".join(c for c in word if face_for(c, style)) if word != EMBLEM else EMBLEM for word in text.words]


def _beside(text: SideText, style: TextStyle) -> bool:
    """Whether the parts of a round pill stand left and right of upright score lines, not above and below a lying one."""
    if text.lines != 1:
        return True
    longest = max(sum(len(word) or 1 for group in part for word in group) for part in text.parts)
    return style.beside if longest <= 1 else style.beside_words


def _score_lines(
    text: SideText, finish: Finish, half: tuple[float, float], inside: Field, upright: bool
) -> tuple[ScoreLine, ...]:
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
    text: SideText, finish: Finish, form: Form, half: tuple[float, float], long: bool, beside: bool
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


def _bent(lines: list[list[str]], style: TextStyle, half: tuple[float, float], inside: Field) -> list[Placed]:
    """The first line along the upper rim; the rest straight below it, or the last along the lower rim."""
    b = half[1]
    cap = min(style.cap_height * 2 * b, 0.5 * b)
    placed = set_arc(lines[0], style, b, cap, below=False, number=0)
    if len(lines) > 1 and style.arc_below:
        placed += set_arc(lines[-1], style, b, cap, below=True, number=1)
    elif len(lines) > 1:
        placed += set_block(lines[1:], Room(0.0, 0.36 * b, 1.4 * b, 0.75 * b), style, cap, inside, 1)
    return placed
