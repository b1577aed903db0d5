"""Pictures for people: both sides of a product to scale, marked as drawn from the official description."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pillapp.appearance.build import build, long_axis_mm
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.appearance.typefaces import shipped
from pillapp.appearance.values import DRAWN, PillModel
from pillapp.catalog.values import Appearance

_EMBLEM_NOTE: Final = "글자로 적히지 않은 마크는 생김새를 알 수 없어 임의의 무늬로 그렸습니다"
_LIGHT: Final = ((255, 255, 255), (31, 41, 51))  # paper and writing
_DARK: Final = ((30, 34, 40), (226, 230, 235))
_GAP_MM: Final = 2.0  # between the two sides and around them
_BARS_MM: Final = (20, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One side: ``rgb`` uint8 (h, w, 3), ``alpha`` float32 (h, w) in 0..1; the long axis lies along the width."""

    rgb: np.ndarray
    alpha: np.ndarray


def notes(model: PillModel) -> tuple[str, ...]:
    """What the official row does not say and the drawing assumed, as sentences for the screen."""
    emblem = any(not glyph.text for face in (model.front, model.back) for glyph in face.glyphs)
    return (*(gap.value for gap in model.gaps), *((_EMBLEM_NOTE,) if emblem else ()))


def typical_model(row: Appearance, px_per_mm: float) -> PillModel:
    """The pill as it usually looks, on a grid of ``px_per_mm``."""
    return build(row, typical_finish(row), px_per_mm)


def side_cutout(row: Appearance, *, back: bool = False, long_px: int = 220) -> Cutout:
    """Draw the front or back of a row; ``long_px`` is about the pill's long axis in pixels."""
    model = typical_model(row, long_px / long_axis_mm(row))
    return Cutout(*side_view(model, back=back))


def both_sides(model: PillModel, *, dark: bool = False) -> np.ndarray:
    """Front and back side by side with a millimetre bar below: RGB uint8 (h, w, 3), true to scale."""
    paper, ink = _DARK if dark else _LIGHT
    scale = model.cells_per_mm
    gap = round(_GAP_MM * scale)
    height, width = model.front.height.shape
    bar_mm = next((bar for bar in _BARS_MM if bar <= model.long_mm * 0.6), _BARS_MM[-1])
    writing = max(11, round(0.9 * scale))
    canvas = np.full((height + gap + 2 * writing, 2 * width + 3 * gap, 3), paper, np.uint8)
    for number, back in enumerate((False, True)):
        rgb, alpha = side_view(model, back=back)
        left = gap + number * (width + gap)
        place = canvas[gap : gap + height, left : left + width]
        place[:] = place * (1 - alpha[..., None]) + rgb * alpha[..., None]
    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    y = height + gap + writing // 2
    length = round(bar_mm * scale)
    draw.line([(gap, y), (gap + length, y)], fill=ink, width=max(1, writing // 8))
    for x in (gap, gap + length):
        draw.line([(x, y - writing // 4), (x, y + writing // 4)], fill=ink, width=max(1, writing // 8))
    draw.text((gap + length + writing // 2, y), f"{bar_mm} mm", font=_font(writing), fill=ink, anchor="lm")
    return np.array(picture)


def product_card(row: Appearance, *, px_per_mm: float, dark: bool = False) -> np.ndarray:
    """Both sides with the product's name, the mark that it is a drawing, and what had to be assumed: RGB uint8."""
    paper, ink = _DARK if dark else _LIGHT
    model = typical_model(row, 2 * px_per_mm)
    sides = both_sides(model, dark=dark)
    # drawn at twice the size: smooth edges
    sides = cv2.resize(sides, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    lines = [row.name, f"{DRAWN} · 앞 / 뒤", *(f"※ {note}" for note in notes(model))]
    size, margin = max(14, round(px_per_mm * 0.75)), 12
    font = _font(size)
    wide = max([sides.shape[1], *(round(font.getlength(line)) + 2 * margin for line in lines)])
    card = Image.new("RGB", (wide, sides.shape[0] + round(1.5 * size * len(lines)) + margin), paper)
    card.paste(Image.fromarray(sides), ((wide - sides.shape[1]) // 2, 0))
    draw = ImageDraw.Draw(card)
    for number, line in enumerate(lines):
        draw.text((margin, sides.shape[0] + 1.5 * size * number), line, font=font, fill=ink)
    return np.array(card)


def _on_white(cutout: Cutout) -> np.ndarray:
    """A cut-out on white paper: RGB uint8 (h, w, 3)."""
    alpha = cutout.alpha[..., None]
    return np.asarray(cutout.rgb * alpha + 255 * (1 - alpha), dtype=np.float32).astype(np.uint8)


def thumbnail(row: Appearance, size: int) -> np.ndarray:
    """Front above back on white in a square of ``size`` px: RGB uint8, for lists."""
    half = size // 2
    canvas: np.ndarray = np.full((size, size, 3), 255, np.uint8)
    model = typical_model(row, 2 * size / long_axis_mm(row))
    for number, back in enumerate((False, True)):
        picture = _on_white(Cutout(*side_view(model, back=back)))
        scale = min((size - 4) / picture.shape[1], (half - 2) / picture.shape[0])
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = picture.shape[:2]
        top, left = number * half + (half - height) // 2, (size - width) // 2
        canvas[top : top + height, left : left + width] = picture
    return canvas


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(shipped("Pretendard-Regular").path), size)
