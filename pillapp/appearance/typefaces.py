"""Glyphs of the imprint: a single-stroke engraver's alphabet for pressed text, shipped typefaces for print and Hangul.

Training adds more typefaces from the machine; the program itself draws with what it ships.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from HersheyFonts import HersheyFonts
from PIL import Image, ImageDraw, ImageFont

from pillapp.paths import resources_dir

CAP: Final = 64  # px, height of a capital in a glyph picture
BARLESS_A: Final = "Λ"  # how many dies cut an A
_MARGIN: Final = 14  # px around a glyph, room for thicker strokes
_HERSHEY_CAP: Final = 21.0  # units from a capital's baseline to its top
_NOWHERE: Final = "\uffff"  # no character: every typeface draws its "no such glyph" box for it


@dataclass(frozen=True, slots=True)
class Typeface:
    """``engraved``: strokes of any width along the lines of a Hershey alphabet called ``name``; else a font file."""

    name: str
    path: Path | None = None

    @property
    def engraved(self) -> bool:
        """Whether strokes have no width of their own."""
        return self.path is None


ENGRAVED: Final = Typeface("futural")


def shipped(name: str) -> Typeface:
    """A typeface of ``resources/fonts``."""
    return Typeface(name, resources_dir() / "fonts" / f"{name}.ttf")


def printed_face() -> Typeface:
    """What print is drawn with where nothing else is asked for."""
    return shipped("Pretendard-Bold")


def hangul_face() -> Typeface:
    """What stands in for a character a typeface lacks: all Hangul, most signs."""
    return shipped("Pretendard-Regular")


@dataclass(frozen=True, slots=True, eq=False)
class GlyphPicture:
    """``ink`` float32 (h, w) 0..1 at a cap height of :data:`CAP` px; it starts ``left`` of the pen and ``top`` of the baseline."""

    ink: np.ndarray
    left: float
    top: float
    advance: float
    box: tuple[float, float, float, float]  # x1 y1 x2 y2 of what is inked, in the picture's pixels


def has_glyph(face: Typeface, character: str) -> bool:
    """Whether a typeface can draw a character."""
    if character == BARLESS_A:
        return True
    if face.engraved:
        return 33 <= ord(character) < 127
    return _has_glyph(face, character)


@lru_cache(maxsize=4096)
def _has_glyph(face: Typeface, character: str) -> bool:
    font = _font(face)
    picture = font.getmask(character)
    missing = font.getmask(_NOWHERE)
    return font.getlength(character) > 0 and any(bytes(picture)) and bytes(picture) != bytes(missing)


@lru_cache(maxsize=16_384)
def glyph_picture(face: Typeface, character: str, stroke: int) -> GlyphPicture:
    """One character with strokes ``stroke`` px wide; a font file's strokes are made thinner or thicker towards it.

    ``has_glyph(face, character)`` must hold.
    """
    if character == BARLESS_A:  # a V on its head, in every face alike
        upright = glyph_picture(face, "V", stroke)
        ink = upright.ink.copy()
        rows = slice(int(upright.box[1]), int(upright.box[3]))
        ink[rows] = ink[rows][::-1]
        return GlyphPicture(ink, upright.left, upright.top, upright.advance, upright.box)
    ink, left, top, advance = _engraved(face, character, stroke) if face.engraved else _drawn(face, character, stroke)
    x, y, width, height = cv2.boundingRect((ink > 127).astype(np.uint8))
    return GlyphPicture(ink.astype(np.float32) / 255, left, top, advance, (x, y, x + width, y + height))


def _drawn(face: Typeface, character: str, stroke: int) -> tuple[np.ndarray, float, float, float]:
    font = _font(face)
    x1, y1, x2, y2 = (int(v) for v in font.getbbox(character, anchor="ls"))
    canvas = Image.new("L", (max(1, x2 - x1) + 2 * _MARGIN, max(1, y2 - y1) + 2 * _MARGIN))
    ImageDraw.Draw(canvas).text((_MARGIN - x1, _MARGIN - y1), character, font=font, fill=255, anchor="ls")
    ink = np.array(canvas)
    # not below two thirds of what the typeface has: thin parts would break
    change = max(stroke, 0.66 * _own_stroke(face)) - _own_stroke(face)
    if abs(change) >= 1:
        inside = cv2.distanceTransform((ink > 127).astype(np.uint8), cv2.DIST_L2, 5)
        outside = cv2.distanceTransform((ink <= 127).astype(np.uint8), cv2.DIST_L2, 5)
        ink = (np.clip(inside - outside + change / 2 + 0.5, 0, 1) * 255).astype(np.uint8)
    return ink, x1 - _MARGIN, y1 - _MARGIN, font.getlength(character)


@lru_cache(maxsize=256)
def _own_stroke(face: Typeface) -> float:
    """Width of a typeface's upright strokes at :data:`CAP`, px."""
    column = np.array(_font(face).getmask("l")).reshape(-1)
    width, height = _font(face).getmask("l").size
    return float((column.reshape(height, width)[height // 2] > 127).sum())


@lru_cache(maxsize=256)
def _font(face: Typeface) -> ImageFont.FreeTypeFont:
    probe = ImageFont.truetype(str(face.path), 100).getbbox("H", anchor="ls")
    return ImageFont.truetype(str(face.path), round(100 * CAP / (probe[3] - probe[1])))


@lru_cache(maxsize=8)
def _alphabet(name: str) -> HersheyFonts:
    alphabet = HersheyFonts()
    alphabet.load_default_font(name)
    return alphabet


def _engraved(face: Typeface, character: str, stroke: int) -> tuple[np.ndarray, float, float, float]:
    glyph = next(iter(_alphabet(face.name).glyphs_for_text(character)))
    scale = CAP / _HERSHEY_CAP
    strokes = [np.array(points, np.float64) * scale for points in glyph.strokes if points]
    every = np.concatenate(strokes)
    low, high = every.min(axis=0) - _MARGIN, every.max(axis=0) + _MARGIN
    width, height = np.ceil(high - low).astype(int) + 1
    ink: np.ndarray = np.zeros((height, width), np.uint8)
    for points in strokes:
        cv2.polylines(ink, [np.round((points - low) * 16).astype(np.int32)], False, 255, max(1, stroke), cv2.LINE_AA, 4)
    left, top = low - np.array([glyph.left_offset, glyph.base_line]) * scale
    return ink, left, top, glyph.char_width * scale
