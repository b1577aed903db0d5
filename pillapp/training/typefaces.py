"""Glyphs for drawn imprints: single-stroke Hershey letters as dies cut them, and typefaces from Debian packages."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pillapp.appearance.typefaces import Typeface
from pillapp.training.datasets import DataSetError

INSTALL_LINE: Final = "packaging/debian-training.sh"
CAP: Final = 64  # px, height of a capital in a glyph picture
_HERSHEY: Final = Path("/usr/share/hershey-fonts/futural.jhf")
_ROOT: Final = Path("/usr/share/fonts/truetype")
# pressed text is thin and even; printed text is anything
THIN: Final = (
    "Lato-Hairline", "Lato-Thin", "Lato-Light", "Roboto-Thin", "Roboto-Light", "RobotoCondensed-Light",
    "OpenSans-Light", "OpenSans-CondLight", "Quicksand-Light", "Comfortaa-Light", "LiberationSans-Regular",
    "LiberationSansNarrow-Regular",
)  # fmt: skip
PRINTED: Final = (
    "Lato-Regular", "Lato-Bold", "Lato-Italic", "Roboto-Regular", "Roboto-Bold", "Roboto-Italic", "RobotoCondensed-Bold",
    "OpenSans-Semibold", "OpenSans-CondBold", "LiberationSans-Bold", "LiberationSans-BoldItalic", "LiberationMono-Bold",
    "LiberationSerif-Regular", "LiberationSerif-Bold", "Quicksand-Bold", "Comfortaa-Bold",
)  # fmt: skip
KOREAN: Final = (
    "NanumGothic",
    "NanumGothicBold",
    "NanumBarunGothic",
    "NanumSquareR",
    "NanumSquareRoundB",
    "NanumMyeongjo",
)
HERSHEY: Final = "hershey"
BARLESS_A: Final = "Λ"


@dataclass(frozen=True, slots=True)
class Glyph:
    """``ink`` uint8 (h, w); it starts ``left`` of the pen and ``top`` of the baseline; ``advance`` moves the pen."""

    ink: np.ndarray
    left: float
    top: float
    advance: float


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    files = {path.stem: path for path in _ROOT.rglob("*.ttf")}
    missing = [name for name in THIN + PRINTED + KOREAN if name not in files]
    if missing or not _HERSHEY.exists():
        raise DataSetError(
            f"typefaces are missing ({', '.join(missing) or HERSHEY}); install them with:\n  {INSTALL_LINE}"
        )
    return files


@dataclass(frozen=True, slots=True)
class TrainingFaces:
    """Typefaces for drawn pills beside those the program ships: for pressed text, for print, for Hangul."""

    pressed: tuple[Typeface, ...] = ()
    printed: tuple[Typeface, ...] = ()
    hangul: tuple[Typeface, ...] = ()


def training_faces() -> TrainingFaces:
    """The typefaces of the Debian packages.

    Raises:
        DataSetError: they are not installed; the message says what installs them.
    """
    files = _files()
    return TrainingFaces(*(tuple(Typeface(name, files[name]) for name in names) for names in (THIN, PRINTED, KOREAN)))


@lru_cache(maxsize=8192)
def glyph(face: str, character: str) -> Glyph:
    """One character at a cap height of :data:`CAP` px.

    Raises:
        DataSetError: the typefaces are not installed; the message is the line that installs them.
    """
    if character == BARLESS_A:  # a V on its head, in every face alike
        upright = glyph(face, "V")
        inked = cv2.boundingRect(upright.ink)
        ink = upright.ink.copy()
        rows = slice(inked[1], inked[1] + inked[3])
        ink[rows] = ink[rows][::-1]
        return Glyph(ink, upright.left, upright.top, upright.advance)
    if face == HERSHEY:
        return _hershey(character)
    font = _font(face)
    x1, y1, x2, y2 = font.getbbox(character, anchor="ls")
    width, height = max(1, int(x2 - x1) + 4), max(1, int(y2 - y1) + 4)
    canvas = Image.new("L", (width, height))
    ImageDraw.Draw(canvas).text((2 - x1, 2 - y1), character, font=font, fill=255, anchor="ls")
    return Glyph(np.array(canvas), x1 - 2, y1 - 2, font.getlength(character))


@lru_cache(maxsize=64)
def _font(face: str) -> ImageFont.FreeTypeFont:
    path = str(_files()[face])
    probe = ImageFont.truetype(path, 100).getbbox("H", anchor="ls")
    return ImageFont.truetype(path, round(100 * CAP / (probe[3] - probe[1])))


@lru_cache(maxsize=1)
def _hershey_strokes() -> list[tuple[int, int, list[np.ndarray]]]:
    _files()
    records = []
    for line in _HERSHEY.read_text().splitlines():
        if len(line) < 10:
            continue
        left, right = ord(line[8]) - 82, ord(line[9]) - 82  # coordinates are letters around "R"
        strokes: list[list[tuple[int, int]]] = [[]]
        for i in range(10, len(line) - 1, 2):
            if line[i : i + 2] == " R":
                strokes.append([])
            else:
                strokes[-1].append((ord(line[i]) - 82, ord(line[i + 1]) - 82))
        records.append((left, right, [np.array(s) for s in strokes if s]))
    return records


def _hershey(character: str) -> Glyph:
    left, right, strokes = _hershey_strokes()[ord(character) - 32]
    scale = CAP / 21  # capitals reach from -12 to 9
    width = int((right - left) * scale) + 8
    height = int(CAP * 1.5) + 8
    ink = np.zeros((height, width), np.uint8)
    for stroke in strokes:
        points = np.round((stroke - (left, -12)) * scale + (4, 4)).astype(np.int32)
        cv2.polylines(ink, [points], False, 255, 3, cv2.LINE_AA)
    return Glyph(ink, -4, -CAP - 4, (right - left) * scale)


def has_glyph(face: str, character: str) -> bool:
    """Whether a face can draw a character: Hershey knows ASCII, Latin faces no Hangul."""
    if face in KOREAN:
        return True
    return character == BARLESS_A or 33 <= ord(character) < 127
