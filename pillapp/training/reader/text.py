"""Laying out and drawing the imprint of one side: lines, halves, arcs and logos, and where each character came to stand."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.typefaces import BARLESS_A, CAP, ENGRAVED, Typeface, glyph_picture, has_glyph
from pillapp.appearance.typesetting import Placed, stamp
from pillapp.catalog.imprint_text import has_mark, split_imprint
from pillapp.training.catalogue_sides import Side
from pillapp.training.reader.renderings import IGNORED
from pillapp.training.typefaces import training_faces
from pillapp.vision.imprint import ALPHABET, HANGUL, MARK

UPRIGHT: Final = 32.0  # degrees from upright up to which a character must be found


@dataclass(frozen=True, slots=True)
class _Style:
    """How letters look: strokes ``stroke`` px wide at the size of glyph pictures, ``slant`` leans them per unit of height."""

    face: Typeface
    stroke: int
    slant: float


@dataclass(slots=True)
class Text:
    """Ink being laid out: ``ink`` float32 (h, w) 0..1 and the characters so far."""

    ink: np.ndarray
    characters: list[tuple[float, float, float, int]]


def lay_out(
    rng: np.random.Generator, side: Side, size: tuple[int, int], half_w: float, half_h: float, capsule: bool
) -> Text:
    """Draw a side's text on a canvas of ``size`` (height, width) whose pill is ``half_w`` and ``half_h`` px from its middle."""
    text = Text(np.zeros(size, np.float32), [])
    centre = np.array([size[1] / 2, size[0] / 2])
    parts = [list(part.split()) for part in split_imprint(side.text)]
    pressed = not capsule and rng.random() < 0.8
    faces = training_faces()
    among = faces.pressed if pressed else faces.printed
    face = ENGRAVED if pressed and rng.random() < 0.45 else among[int(rng.integers(len(among)))]
    stroke = int(rng.integers(3, 9)) if pressed else int(rng.integers(8, 14))
    style = _Style(face, stroke, rng.uniform(0.1, 0.35) if rng.random() < 0.1 else 0.0)
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
        parts = [[w.replace("A", BARLESS_A) for w in p] for p in parts]
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
    text: Text,
    lines: list[str],
    centre: np.ndarray,
    room: tuple[float, float],
    style: _Style,
) -> None:
    spacing = rng.uniform(0.0, 0.45)
    stretch = rng.uniform(0.72, 1.15)
    faces = [_face_for(rng, style.face, line) for line in lines]
    widths = [
        sum(_advance(f, c, spacing, style.stroke) for c in line) * stretch for f, line in zip(faces, lines, strict=True)
    ]
    pitch = rng.uniform(1.25, 1.7)
    unit = min(room[0] / max(*widths, 1.0), room[1] / (CAP * (1 + pitch * (len(lines) - 1))))
    unit *= rng.uniform(0.62, 1.0)
    cap = CAP * unit
    tilt = np.deg2rad(rng.normal(0, 2))
    for i, (line, line_face, wide) in enumerate(zip(lines, faces, widths, strict=True)):
        pen = -wide * unit / 2
        baseline = (i - (len(lines) - 1) / 2) * pitch * cap + cap / 2
        for character in line:
            step = _advance(line_face, character, spacing, style.stroke) * stretch * unit
            if character != " ":
                offset = (pen + CAP * spacing * stretch * unit / 2, baseline)
                _draw_character(text, character, line_face, centre, offset, unit, stretch, tilt, style)
            pen += step


def _face_for(rng: np.random.Generator, face: Typeface, line: str) -> Typeface:
    """The typeface, or a Korean one where it lacks a character of the line."""
    if all(has_glyph(face, c) for c in line if c != " "):
        return face
    hangul = training_faces().hangul
    return hangul[int(rng.integers(len(hangul)))]


def _advance(face: Typeface, character: str, spacing: float, stroke: int) -> float:
    if character == " ":
        return 0.5 * CAP
    return glyph_picture(face, character, stroke).advance + spacing * CAP


def _draw_arc(rng: np.random.Generator, text: Text, line: str, centre: np.ndarray, half: float, style: _Style) -> None:
    """Text along the rim, upright at the top."""
    face = _face_for(rng, style.face, line)
    radius = half * rng.uniform(0.55, 0.72)
    spacing = rng.uniform(0.1, 0.5)
    wide = sum(_advance(face, c, spacing, style.stroke) for c in line)
    unit = min(half * rng.uniform(0.24, 0.42) / CAP, 2 * np.pi * radius * 0.85 / wide)
    turn = -wide * unit / radius / 2 + rng.normal(0, 0.3)
    for character in line:
        step = _advance(face, character, spacing, style.stroke) * unit / radius
        if character != " ":
            middle = turn + step / 2
            offset = (-glyph_picture(face, character, style.stroke).advance * unit / 2, -radius + CAP * unit / 2)
            _draw_character(text, character, face, centre, offset, unit, 1.0, middle, style)
        turn += step


def _draw_character(
    text: Text,
    character: str,
    face: Typeface,
    centre: np.ndarray,
    offset: tuple[float, float],
    unit: float,
    stretch: float,
    turn: float,
    style: _Style,
) -> None:
    """Draw one glyph: pen at ``offset`` from ``centre``, all of it turned by ``turn`` (radians, clockwise) about it."""
    picture = glyph_picture(face, character, style.stroke)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[unit * stretch, -style.slant * unit], [0, unit]])
    corner = np.array([offset[0] + picture.left * unit * stretch, offset[1] + picture.top * unit])
    placed = Placed(character, picture, np.column_stack([matrix, centre + rotation @ corner]), turn, 0)
    stamp(text.ink, placed, 1.0, (0.0, 0.0))
    if character in "./+-":
        return
    number = _class_of(character)
    if number < 0:
        return
    if abs(np.rad2deg(turn)) > UPRIGHT:
        number = IGNORED
    x, y = placed.corners().mean(axis=0)
    text.characters.append((float(x), float(y), CAP * unit, number))


def _class_of(character: str) -> int:
    """Class of a character as the reader names it; negative for punctuation."""
    upper = {"O": "0", "I": "1", BARLESS_A: "A"}.get(character.upper(), character.upper())
    return ALPHABET.find(upper) if upper.isascii() else HANGUL


def _draw_mark(rng: np.random.Generator, text: Text, at: np.ndarray, radius: float) -> None:
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
