"""Drawn sides of pills with their imprint, shaded from a height field, with the place of every character.

Quick shading in numpy (a few lamps over a dome with pressed or printed text, gloss, darker grooves) is worth nearly as
much to the reader as path tracing, at a twentieth of the price. Pictures are kept as the network sees them, evened out.
"""

import os
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.catalog.imprint_text import has_mark, has_score_line, split_imprint
from pillapp.paths import measuring_data_dir
from pillapp.training import typefaces
from pillapp.training.datasets import work_dir
from pillapp.vision.imprint import ALPHABET, HANGUL, LONG_FILL, LONG_SHAPE, MARK, ROUND_FILL, even_out

ROUND_CANVAS: Final = (176, 176)
LONG_CANVAS: Final = (LONG_SHAPE[0] + 16, LONG_SHAPE[1] + 16)
LEVELS: Final = 31.0  # evened-out grey is stored as int8 of this many steps per unit
IGNORED: Final = -1  # class of a character that may or may not be called one: turned too far, or unknown
CHUNK: Final = 500
_UPRIGHT: Final = 32.0  # degrees from upright up to which a character must be found


@dataclass(frozen=True, slots=True)
class Side:
    """What the official file says of one side: raw ``text``, ``shape``, long over short axis, score line or not."""

    text: str
    shape: str
    aspect: float
    scored: bool


@dataclass(frozen=True, slots=True)
class Rendering:
    """``pixels`` int8 (h, w); ``characters`` (n, 4) float32: centre x, y, height in px, class (or :data:`IGNORED`)."""

    pixels: np.ndarray
    characters: np.ndarray


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What the official file says of one product's look, as far as reading goes."""

    item_seq: str
    front: str
    back: str
    shape: str
    aspect: float
    scored: tuple[bool, bool]


def catalogue_rows() -> list[CatalogueRow]:
    """Every row of the official 낱알식별 file in the measuring data folder."""
    from python_calamine import CalamineWorkbook

    path = next((measuring_data_dir() / "drug" / "mfds").glob("OpenData_PotOpenTabletIdntfc*.xls"))
    with path.open("rb") as stream:  # the suffix is wrong: inside is a modern workbook
        rows = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()
    column = {str(name): i for i, name in enumerate(rows[0])}
    found = []
    for row in rows[1:]:
        cell = {name: str(row[i]).strip() for name, i in column.items()}
        front, back = cell["표시앞"], cell["표시뒤"]
        scored = (has_score_line(front) or bool(cell["분할선앞"]), has_score_line(back) or bool(cell["분할선뒤"]))
        aspect = _ratio(cell["크기장축"], cell["크기단축"])
        number = cell["품목일련번호"].removesuffix(".0")
        found.append(CatalogueRow(number, front, back, cell["의약품제형"], aspect, scored))
    return found


def catalogue_sides() -> list[Side]:
    """Both sides of every row of the official file."""
    return [
        Side(text, row.shape, row.aspect, scored)
        for row in catalogue_rows()
        for text, scored in zip((row.front, row.back), row.scored, strict=True)
    ]


def _ratio(long: str, short: str) -> float:
    try:
        value = float(long) / float(short)
    except (ValueError, ZeroDivisionError):
        return 1.0
    return float(np.clip(value, 1.0, 3.2))


class SideSampler:
    """Draws sides: distinct texts as often as rows, rare letters helped by invented texts, blank sides now and then."""

    def __init__(self, sides: list[Side]) -> None:
        self._written = [s for s in sides if split_imprint(s.text) or has_mark(s.text)]
        self._blank = [s for s in sides if not (split_imprint(s.text) or has_mark(s.text))]
        first = {s.text: i for i, s in enumerate(self._written)}
        self._distinct = list(first.values())

    def draw(self, rng: np.random.Generator) -> Side:
        """One side."""
        kind = rng.random()
        if kind < 0.07:
            return self._blank[rng.integers(len(self._blank))]
        side = self._written[rng.integers(len(self._written))]
        if kind < 0.5:
            side = self._written[self._distinct[rng.integers(len(self._distinct))]]
        if kind > 0.86:
            letters = "".join(rng.choice(list(ALPHABET), rng.integers(1, 8)))
            cut = int(rng.integers(0, len(letters) + 1))
            text = letters if rng.random() < 0.6 else f"{letters[:cut]}분할선{letters[cut:]}"
            return Side(text, side.shape, side.aspect, "분할선" in text)
        return side


@dataclass(frozen=True, slots=True)
class _Style:
    """How letters look: ``bold`` px thicken the strokes of a glyph picture, ``slant`` leans it per unit of height."""

    face: str
    bold: int
    slant: float


@dataclass(slots=True)
class _Text:
    """Ink being laid out: ``ink`` float32 (h, w) 0..1 and the characters so far."""

    ink: np.ndarray
    characters: list[tuple[float, float, float, int]]


def render(rng: np.random.Generator, side: Side) -> Rendering:
    """One picture of a side, text upright (±3°), the pill large on its canvas."""
    long = side.aspect >= 1.25
    height, width = LONG_CANVAS if long else ROUND_CANVAS
    if long:
        scale = min(LONG_FILL[1], LONG_FILL[0] * side.aspect) * rng.uniform(0.92, 1.0)
        half_w, half_h = scale / 2, scale / side.aspect / 2
    else:
        half_w = ROUND_FILL / 2 * rng.uniform(0.92, 1.06)
        half_h = half_w / side.aspect
    across = long and side.shape in ("장방형",) and rng.random() < 0.08
    if across:
        height, width, half_w, half_h = width, height, half_h, half_w
    mask = _outline(side.shape, (width, height), half_w, half_h, across)
    # smoothed: the raw transform has creases that the lamps would show
    inside = cv2.GaussianBlur(cv2.distanceTransform(mask, cv2.DIST_L2, 5), (0, 0), 2.5)
    capsule = side.shape == "장방형" and rng.random() < 0.3
    text = _lay_out(rng, side, (height, width), half_w, half_h, capsule)
    picture = _shade(rng, side, mask, inside, text, half_w, half_h, capsule)
    picture, mask = _photograph(rng, picture, mask)
    even = even_out(picture, mask)
    stored = np.clip(np.round(even * LEVELS), -127, 127).astype(np.int8)
    return Rendering(stored, np.array(text.characters, np.float32).reshape(-1, 4))


def _outline(shape: str, size: tuple[int, int], half_w: float, half_h: float, upright: bool) -> np.ndarray:
    """Filled outline, uint8 0/1 (h, w)."""
    width, height = size
    mask: np.ndarray = np.zeros((height, width), np.uint8)
    centre = (width / 2, height / 2)
    corners = {"삼각형": 3, "오각형": 5, "육각형": 6, "팔각형": 8, "마름모형": 4}.get(shape)
    if shape == "장방형":
        radius = int(min(half_w, half_h))
        a = (int(centre[0] - half_w), int(centre[1] - half_h))
        b = (int(centre[0] + half_w), int(centre[1] + half_h))
        if upright:
            cv2.rectangle(mask, (a[0], a[1] + radius), (b[0], b[1] - radius), 1, -1)
            ends = [(int(centre[0]), a[1] + radius), (int(centre[0]), b[1] - radius)]
        else:
            cv2.rectangle(mask, (a[0] + radius, a[1]), (b[0] - radius, b[1]), 1, -1)
            ends = [(a[0] + radius, int(centre[1])), (b[0] - radius, int(centre[1]))]
        for end in ends:
            cv2.circle(mask, end, radius, 1, -1)
    elif shape == "사각형" or corners:
        count = corners or 4
        start = np.pi / 4 if shape == "사각형" else -np.pi / 2 + (np.pi / 8 if count == 8 else 0)
        turn = start + 2 * np.pi * np.arange(count) / count
        reach = 1.3 if shape == "사각형" else 1.05
        points = np.column_stack([centre[0] + half_w * reach * np.cos(turn), centre[1] + half_h * reach * np.sin(turn)])
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31)))
    else:
        axes = (round(half_w), round(half_h))
        cv2.ellipse(mask, (int(centre[0]), int(centre[1])), axes, 0, 0, 360, 1, -1)
    return mask


def _lay_out(
    rng: np.random.Generator, side: Side, size: tuple[int, int], half_w: float, half_h: float, capsule: bool
) -> _Text:
    text = _Text(np.zeros(size, np.float32), [])
    centre = np.array([size[1] / 2, size[0] / 2])
    parts = [list(part.split()) for part in split_imprint(side.text)]
    pressed = not capsule and rng.random() < 0.8
    face = (
        typefaces.HERSHEY
        if pressed and rng.random() < 0.45
        else str(rng.choice(typefaces.THIN if pressed else typefaces.PRINTED))
    )
    bold = int(rng.integers(1, 6)) if pressed else int(rng.integers(0, 2))
    style = _Style(face, bold, rng.uniform(0.1, 0.35) if rng.random() < 0.1 else 0.0)
    long = half_w > 1.2 * half_h
    if has_mark(side.text):
        with_text = bool(parts)
        at = centre + (
            (rng.choice([-1, 1]) * half_w * 0.55, 0) if with_text and long else (0, -half_h * 0.5 if with_text else 0)
        )
        _draw_mark(rng, text, at, min(half_w, half_h) * rng.uniform(0.25, 0.5 if with_text else 0.75))
    if not parts:
        return text
    letters = "".join("".join(p) for p in parts)
    spelling = rng.choice(["upper", "lower", "title"], p=[0.92, 0.04, 0.04])
    if spelling != "upper":
        parts = [[w.lower() if spelling == "lower" else w.capitalize() for w in p] for p in parts]
    if rng.random() < 0.12:  # an A without its bar, as many dies cut it
        parts = [[w.replace("A", typefaces.BARLESS_A) for w in p] for p in parts]
    if not long and len(parts) == 1 and 4 <= len(letters) <= 14 and rng.random() < 0.14:
        _draw_arc(rng, text, " ".join(parts[0]), centre, half_w, style)
        return text
    if len(parts) == 2:  # on both sides of a score line, or of a capsule's joint
        beside = long or rng.random() < 0.6
        for sign, part in zip((-1, 1), parts, strict=True):
            shift = (sign * half_w * 0.48, 0) if beside else (0, sign * half_h * 0.45)
            room = (half_w * 0.72, half_h * 1.1) if beside else (half_w * 1.25, half_h * 0.6)
            _draw_lines(rng, text, _lines(rng, part, room), centre + shift, room, style)
        return text
    words = [w for p in parts for w in p]
    if capsule and len(words) == 2 and rng.random() < 0.5:
        for sign, word in zip((-1, 1), words, strict=True):
            room = (half_w * 0.7, half_h * 0.9)
            _draw_lines(rng, text, [word], centre + np.array([sign * half_w * 0.45, 0]), room, style)
        return text
    room = (half_w * 1.55, half_h * 1.15) if long else (half_w * 1.35, half_h * 1.2)
    middle = centre + rng.normal(0, 0.04, 2) * (half_w, half_h)
    _draw_lines(rng, text, _lines(rng, words, room), middle, room, style)
    return text


def _lines(rng: np.random.Generator, words: list[str], room: tuple[float, float]) -> list[str]:
    """Words broken into lines so that the letters come out large."""
    letters = sum(len(w) for w in words)
    if len(words) == 1 and letters >= 5 and room[0] < 1.8 * room[1] and rng.random() < 0.4:
        cut = int(rng.integers(2, letters - 1))
        return [words[0][:cut], words[0][cut:]]
    if len(words) > 1 and (room[0] < 1.8 * room[1] or rng.random() < 0.2):
        return words if len(words) <= 3 else [" ".join(words[:2]), " ".join(words[2:])]
    return [" ".join(words)]


def _draw_lines(
    rng: np.random.Generator,
    text: _Text,
    lines: list[str],
    centre: np.ndarray,
    room: tuple[float, float],
    style: _Style,
) -> None:
    spacing = rng.uniform(0.0, 0.45)
    stretch = rng.uniform(0.72, 1.15)
    faces = [_face_for(rng, style.face, line) for line in lines]
    widths = [sum(_advance(f, c, spacing) for c in line) * stretch for f, line in zip(faces, lines, strict=True)]
    pitch = rng.uniform(1.25, 1.7)
    unit = min(room[0] / max(*widths, 1.0), room[1] / (typefaces.CAP * (1 + pitch * (len(lines) - 1))))
    unit *= rng.uniform(0.62, 1.0)
    cap = typefaces.CAP * unit
    tilt = np.deg2rad(rng.normal(0, 2))
    for i, (line, line_face, wide) in enumerate(zip(lines, faces, widths, strict=True)):
        pen = -wide * unit / 2
        baseline = (i - (len(lines) - 1) / 2) * pitch * cap + cap / 2
        for character in line:
            step = _advance(line_face, character, spacing) * stretch * unit
            if character != " ":
                offset = (pen + typefaces.CAP * spacing * stretch * unit / 2, baseline)
                _draw_character(text, character, line_face, centre, offset, unit, stretch, tilt, style)
            pen += step


def _face_for(rng: np.random.Generator, face: str, line: str) -> str:
    return face if all(typefaces.has_glyph(face, c) for c in line if c != " ") else str(rng.choice(typefaces.KOREAN))


def _advance(face: str, character: str, spacing: float) -> float:
    if character == " ":
        return 0.5 * typefaces.CAP
    return typefaces.glyph(face, character).advance + spacing * typefaces.CAP


def _draw_arc(rng: np.random.Generator, text: _Text, line: str, centre: np.ndarray, half: float, style: _Style) -> None:
    """Text along the rim, upright at the top."""
    face = _face_for(rng, style.face, line)
    radius = half * rng.uniform(0.55, 0.72)
    spacing = rng.uniform(0.1, 0.5)
    wide = sum(_advance(face, c, spacing) for c in line)
    unit = min(half * rng.uniform(0.24, 0.42) / typefaces.CAP, 2 * np.pi * radius * 0.85 / wide)
    turn = -wide * unit / radius / 2 + rng.normal(0, 0.3)
    for character in line:
        step = _advance(face, character, spacing) * unit / radius
        if character != " ":
            middle = turn + step / 2
            offset = (-typefaces.glyph(face, character).advance * unit / 2, -radius + typefaces.CAP * unit / 2)
            _draw_character(text, character, face, centre, offset, unit, 1.0, middle, style)
        turn += step


def _draw_character(
    text: _Text,
    character: str,
    face: str,
    centre: np.ndarray,
    offset: tuple[float, float],
    unit: float,
    stretch: float,
    turn: float,
    style: _Style,
) -> None:
    """Draw one glyph: pen at ``offset`` from ``centre``, all of it turned by ``turn`` (radians, clockwise) about it."""
    glyph = typefaces.glyph(face, character)
    ink = cv2.dilate(glyph.ink, np.ones((style.bold, style.bold), np.uint8)) if style.bold > 1 else glyph.ink
    ink = cv2.copyMakeBorder(ink, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=0)
    if unit < 0.5:  # warping does not average
        ink = cv2.blur(ink, (max(1, round(0.6 / unit)),) * 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[unit * stretch, -style.slant * unit], [0, unit]])
    corner = np.array([offset[0] + (glyph.left - 6) * unit * stretch, offset[1] + (glyph.top - 6) * unit])
    shift = centre + rotation @ corner
    corners = shift + np.array([(0, 0), (ink.shape[1], 0), (0, ink.shape[0]), ink.shape[::-1]]) @ matrix.T
    low = np.floor(corners.min(axis=0)).astype(int)
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, text.ink.shape[::-1])
    if (high <= low).any():
        return
    affine = np.column_stack([matrix, shift - low])
    patch = cv2.warpAffine(ink, affine, (int(high[0] - low[0]), int(high[1] - low[1]))).astype(np.float32) / 255
    view = text.ink[low[1] : high[1], low[0] : high[0]]
    np.maximum(view, patch, out=view)
    middle = shift + matrix @ (glyph.ink.shape[1] / 2 + 6, glyph.ink.shape[0] / 2 + 6)
    if face == typefaces.HERSHEY:  # its pictures have room below the baseline
        middle = shift + matrix @ (glyph.ink.shape[1] / 2 + 6, typefaces.CAP / 2 + 10)
    if character in "./+-":
        return
    number = _class_of(character)
    if number < 0:
        return
    if abs(np.rad2deg(turn)) > _UPRIGHT:
        number = IGNORED
    text.characters.append((float(middle[0]), float(middle[1]), typefaces.CAP * unit, number))


def _class_of(character: str) -> int:
    """Class of a character as the reader names it; negative for punctuation."""
    upper = {"O": "0", "I": "1", typefaces.BARLESS_A: "A"}.get(character.upper(), character.upper())
    return ALPHABET.find(upper) if upper.isascii() else HANGUL


def _draw_mark(rng: np.random.Generator, text: _Text, at: np.ndarray, radius: float) -> None:
    """A made-up logo: rings, polygons, stars and bent strokes."""
    x, y = (round(float(v)) for v in at)
    thin = max(1, round(radius * rng.uniform(0.06, 0.2)))
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.integers(4)
        r = radius * rng.uniform(0.5, 1)
        if kind == 0:
            cv2.ellipse(
                text.ink,
                (x, y),
                (round(r), round(r * rng.uniform(0.5, 1))),
                rng.uniform(0, 180),
                0,
                rng.uniform(200, 360),
                1.0,
                thin,
                cv2.LINE_AA,
            )
        elif kind == 1:
            count = int(rng.integers(3, 9))
            reach = r * rng.uniform(0.35, 1, count)
            turn = np.sort(rng.uniform(0, 2 * np.pi, count))
            points = np.round(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)])).astype(np.int32)
            if rng.random() < 0.5:
                cv2.fillPoly(text.ink, [points], 1.0, cv2.LINE_AA)
            else:
                cv2.polylines(text.ink, [points], True, 1.0, thin, cv2.LINE_AA)
        else:
            points = np.round(at + rng.normal(0, 0.5, (int(rng.integers(3, 6)), 2)) * r).astype(np.int32)
            cv2.polylines(text.ink, [points], False, 1.0, thin, cv2.LINE_AA)
    text.characters.append((float(x), float(y), 2 * radius, MARK))


def _shade(
    rng: np.random.Generator,
    side: Side,
    mask: np.ndarray,
    inside: np.ndarray,
    text: _Text,
    half_w: float,
    half_h: float,
    capsule: bool,
) -> np.ndarray:
    """Grey picture (h, w) float32 0..1 of the pill under a few lamps."""
    height, width = mask.shape
    short = min(half_w, half_h)
    rise = np.clip(inside / (short * (1.0 if capsule else rng.uniform(0.15, 1.0))), 0, 1)
    ground = short * rng.uniform(0.15, 0.9 if capsule else 0.5) * np.sqrt(1 - (1 - rise) ** 2)
    printed = capsule or rng.random() < 0.16
    groove = cv2.GaussianBlur(text.ink, (0, 0), rng.uniform(0.6, 1.3))
    if side.scored:
        groove = np.maximum(groove, _score_line(rng, (height, width), side))
    raised = -1.0 if rng.random() < 0.07 else 1.0
    field = ground if printed else ground - raised * np.exp(rng.uniform(np.log(0.5), np.log(4.5))) * groove
    if capsule:  # the cap is a little wider than the body
        x = np.arange(width, dtype=np.float32)[None] - width / 2
        field = field + rng.uniform(0.5, 2) / (1 + np.exp(-np.clip((x - rng.normal(0, 0.1) * half_w) / 0.8, -30, 30)))
    field = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 0.7)
    slope_x, slope_y = cv2.Sobel(field, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(field, cv2.CV_32F, 0, 1, scale=1 / 8)
    norm = np.sqrt(slope_x**2 + slope_y**2 + 1)
    light = np.full((height, width), rng.uniform(0.25, 0.6), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        direction, steep = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.3)
        lamp = np.array([np.cos(direction) * np.cos(steep), np.sin(direction) * np.cos(steep), np.sin(steep)])
        facing = np.maximum((-slope_x * lamp[0] - slope_y * lamp[1] + lamp[2]) / norm, 0)
        light += rng.uniform(0.15, 0.6) * facing
        if rng.random() < 0.4:
            between = lamp + np.array([0, 0, 1])
            between = between / np.linalg.norm(between)
            shine = np.maximum((-slope_x * between[0] - slope_y * between[1] + between[2]) / norm, 0)
            light += rng.uniform(0.1, 0.9) * shine ** rng.uniform(12, 90)
    if not printed:
        light *= 1 - rng.uniform(0, 0.35) * cv2.GaussianBlur(groove, (0, 0), 1.2)
    albedo: np.ndarray = np.full(
        (height, width), rng.choice([rng.uniform(0.55, 0.95), rng.uniform(0.12, 0.7)]), np.float32
    )
    if capsule and rng.random() < 0.6:
        joint = width / 2 + rng.normal(0, 0.1) * half_w
        albedo[:, int(np.clip(joint, 1, width - 1)) :] = rng.uniform(0.1, 0.95)
    if rng.random() < 0.3:
        specks = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(0.6, 2.5))
        albedo *= 1 + rng.uniform(0.01, 0.07) * specks / max(float(specks.std()), 1e-6)
    if printed:
        ink = rng.uniform(0.02, 0.4) if albedo.mean() > 0.4 or rng.random() < 0.3 else rng.uniform(0.6, 1.0)
        cover = text.ink * rng.uniform(0.5, 1.0)
        albedo = albedo * (1 - cover) + ink * cover
    elif rng.random() < 0.1:  # powder in the grooves
        albedo = albedo * (1 + rng.uniform(-0.3, 0.3) * groove)
    picture = albedo * light * rng.uniform(0.7, 1.1)
    return np.asarray(picture / (1 + np.maximum(picture - 0.75, 0)), dtype=np.float32)


def _score_line(rng: np.random.Generator, size: tuple[int, int], side: Side) -> np.ndarray:
    """A groove through the middle, across a long pill, either way on a round one, both ways for a cross."""
    height, width = size
    line = np.zeros(size, np.float32)
    thick = int(rng.integers(1, 5))
    upright = side.aspect >= 1.25 or len(split_imprint(side.text)) != 1 or rng.random() < 0.5
    if upright or "십자" in side.text:
        cv2.line(line, (width // 2, 0), (width // 2, height), 1.0, thick, cv2.LINE_AA)
    if not upright or "십자" in side.text:
        cv2.line(line, (0, height // 2), (width, height // 2), 1.0, thick, cv2.LINE_AA)
    return cv2.GaussianBlur(line, (0, 0), rng.uniform(0.7, 2)) * rng.uniform(0.8, 1.8)


def _photograph(rng: np.random.Generator, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lost resolution, blur, noise, JPEG, and an outline that is not quite right."""
    height, width = picture.shape
    picture = np.where(mask > 0, picture, rng.uniform(0.1, 0.9)).astype(np.float32)
    factor = rng.uniform(0.32, 1.0)
    if factor < 0.9:
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(
            small, (width, height), interpolation=cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_LINEAR
        )
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.75:
        noise = rng.normal(0, rng.uniform(0.002, 0.018), (height, width)).astype(np.float32)
        picture = picture + (noise if rng.random() < 0.5 else cv2.GaussianBlur(noise, (0, 0), 0.8) * 2)
    if rng.random() < 0.4:
        encoded = cv2.imencode(
            ".jpg",
            np.clip(picture * 255, 0, 255).astype(np.uint8),
            [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))],
        )[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), dtype=np.float32) / 255
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    wrong = int(rng.integers(-2, 2))
    if wrong:
        mask = cv2.dilate(mask, kernel, iterations=wrong) if wrong > 0 else cv2.erode(mask, kernel, iterations=-wrong)
    return np.clip(picture, 0, 1), mask


_sampler: list[SideSampler] = []  # filled before the workers fork


def _render_chunk(number: int) -> Path:
    cv2.setNumThreads(1)
    path = chunk_path(number)
    rng = np.random.default_rng(70_000_000 + number)
    pictures = [render(rng, _sampler[0].draw(rng)) for _ in range(CHUNK)]
    save_renderings(path, pictures)
    return path


def chunk_path(number: int) -> Path:
    """File of renderings ``number * CHUNK`` and on."""
    return work_dir() / "reader" / "renders" / f"{number:04d}.npz"


def save_renderings(path: Path, pictures: list[Rendering]) -> None:
    """Store renderings in one file, written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes = np.array([p.pixels.shape for p in pictures], dtype=np.int32)
    counts = np.array([len(p.characters) for p in pictures], dtype=np.int32)
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        pixels=np.concatenate([p.pixels.reshape(-1) for p in pictures]),
        shapes=shapes,
        counts=counts,
        characters=np.concatenate([p.characters for p in pictures]),
    )
    part.replace(path)


def load_renderings(path: Path) -> list[Rendering]:
    """Read what :func:`save_renderings` wrote."""
    with np.load(path) as file:
        pixels, shapes, counts, characters = file["pixels"], file["shapes"], file["counts"], file["characters"]
    pixel_ends = np.cumsum(shapes[:, 0] * shapes[:, 1])
    character_ends = np.cumsum(counts)
    return [
        Rendering(
            pixels[end - h * w : end].reshape(h, w),
            characters[last - count : last],
        )
        for (h, w), end, count, last in zip(shapes, pixel_ends, counts, character_ends, strict=True)
    ]


def render_chunks(count: int) -> list[Path]:
    """Render chunks ``0 … count-1`` that are not there yet, on all cores."""
    missing = [i for i in range(count) if not chunk_path(i).exists()]
    if missing:
        _sampler[:] = [SideSampler(catalogue_sides())]
        with get_context("fork").Pool(os.cpu_count()) as pool:
            for _ in pool.imap_unordered(_render_chunk, missing):
                pass
    return [chunk_path(i) for i in range(count)]
