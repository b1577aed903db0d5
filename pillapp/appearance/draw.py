"""Draw one side of a pill from its official row: outline × dome, pressed text and score lines, quick shading."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pillapp.catalog.values import Appearance
from pillapp.paths import resources_dir

# sRGB of the official colour names; close to the means measured on the official product pictures (models/colours.json).
COLOURS: Final[dict[str, tuple[float, float, float]]] = {
    "하양": (0.93, 0.93, 0.91), "노랑": (0.93, 0.84, 0.42), "주황": (0.91, 0.60, 0.36), "분홍": (0.91, 0.68, 0.66),
    "빨강": (0.68, 0.18, 0.18), "갈색": (0.46, 0.27, 0.20), "연두": (0.70, 0.83, 0.50), "초록": (0.22, 0.50, 0.30),
    "청록": (0.18, 0.55, 0.55), "파랑": (0.42, 0.62, 0.86), "남색": (0.16, 0.20, 0.44), "자주": (0.50, 0.14, 0.34),
    "보라": (0.56, 0.48, 0.68), "회색": (0.72, 0.72, 0.71), "검정": (0.13, 0.12, 0.12), "투명": (0.82, 0.74, 0.50),
}  # fmt: skip
_CORNERS: Final = {"삼각형": 3, "오각형": 5, "육각형": 6, "팔각형": 8}
_SCORE: Final = re.compile("십자분할선|분할선")
# Light from the upper left, as every drawing of a relief has it; z is towards the eye.
_LIGHT: Final = np.array([-0.45, -0.55, 0.70])
_ASPECT_UNKNOWN: Final = {"장방형": 0.42, "타원형": 0.6}
SCORE_DEPTH: Final = 0.035  # share of the long axis
TEXT_DEPTH: Final = 0.022


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """``rgb`` uint8 (h, w, 3) and ``alpha`` float32 (h, w) in 0..1; the long axis lies along the width."""

    rgb: np.ndarray
    alpha: np.ndarray


def draw_side(appearance: Appearance, *, back: bool = False, long_px: int = 220) -> Drawing:
    """Draw the front or back; ``long_px`` is the pill's long axis in pixels."""
    aspect = _aspect(appearance)
    width, height = long_px + 8, max(24, round(long_px * aspect)) + 8
    rim = _rim_distance(appearance.shape, aspect, width, height)  # 0 centre, 1 rim
    alpha = np.clip((1 - rim) * min(width, height) / 4 + 0.5, 0, 1).astype(np.float32)
    capsule = "캡슐" in appearance.form
    thick = (appearance.thick_mm or 0.45 * (appearance.short_mm or 8)) / (appearance.long_mm or 10)
    inside = np.clip(1 - np.minimum(rim, 1) ** 2, 0, 1)
    surface = (
        thick * np.sqrt(inside) if capsule else thick * (0.55 * inside + 0.45 * np.clip((1 - rim) / 0.10, 0, 1) ** 0.5)
    )
    imprint = appearance.imprint_back if back else appearance.imprint_front
    line = appearance.line_back if back else appearance.line_front
    text, score = _ink(imprint, line, width, height)
    if not capsule:
        surface = surface - TEXT_DEPTH * cv2.GaussianBlur(text, (0, 0), 0.9)
    surface = surface - SCORE_DEPTH * cv2.GaussianBlur(score, (0, 0), 1.2) * np.clip((1 - rim) / 0.08, 0, 1)
    colour = _colours(appearance, width, height, capsule=capsule)
    if capsule:  # capsules are printed, tablets pressed
        ink = 0.10 if colour.mean() > 0.35 else 0.92
        colour = colour * (1 - text[..., None]) + ink * text[..., None]
    return Drawing(_shade(surface * long_px, colour, gloss=0.35 if capsule else 0.12), alpha)


def on_white(drawing: Drawing) -> np.ndarray:
    """A drawing on white paper: RGB uint8 (h, w, 3)."""
    alpha = drawing.alpha[..., None]
    return np.asarray(drawing.rgb * alpha + 255 * (1 - alpha), dtype=np.float32).astype(np.uint8)


def _aspect(appearance: Appearance) -> float:
    if appearance.shape == "원형":
        return 1.0
    if appearance.long_mm and appearance.short_mm:
        return float(np.clip(appearance.short_mm / appearance.long_mm, 0.2, 1.0))
    return _ASPECT_UNKNOWN.get(appearance.shape, 0.9)


def _rim_distance(shape: str, aspect: float, width: int, height: int) -> np.ndarray:
    """(h, w): 0 at the centre, 1 on the rim."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] * (width / (width - 8))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * (height / (height - 8))
    if shape == "장방형":
        straight = 1 / aspect - 1
        return np.hypot(np.maximum(np.abs(x / aspect) - straight, 0), y)
    if shape == "사각형":
        return np.asarray((np.abs(x) ** 6 + np.abs(y) ** 6) ** (1 / 6))
    if shape == "마름모형":
        return np.asarray((np.abs(x) ** 1.3 + np.abs(y) ** 1.3) ** (1 / 1.3))
    radius = np.hypot(x, y)
    corners = _CORNERS.get(shape)
    if corners is None:
        return radius
    sector = 2 * np.pi / corners
    angle = np.arctan2(y, x) + np.pi / 2
    flat = radius / np.cos(np.pi / corners) * np.cos(angle % sector - sector / 2)
    power = 5 if corners == 3 else 10  # triangles have the roundest corners
    return np.asarray((flat**power + (radius / 1.02) ** power) ** (1 / power))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(resources_dir() / "fonts" / "Pretendard-Bold.ttf"), size)


def _ink(imprint: str, line: str, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Where letters and score lines are, float32 (h, w) in 0..1 each."""
    text, score = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    cross = "십자분할선" in imprint or line == "+"
    if "분할선" in imprint or line in ("-", "+"):
        cv2.line(score, (width // 2, 0), (width // 2, height), 1.0, max(2, width // 60))
    if cross:
        cv2.line(score, (0, height // 2), (width, height // 2), 1.0, max(2, width // 60))
    cells = [cell.replace("마크", "").strip() for cell in _SCORE.split(imprint)]
    if not any(cells):
        return text, score
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    share = width * 0.80 / len(cells)
    for place, cell in enumerate(cells):
        if not cell:
            continue
        lines = cell.split() if " " in cell and height > 0.6 * width else [cell]
        longest = max(_font(100).getlength(part) for part in lines)
        size = int(min(height * 0.5 / len(lines) ** 0.85, 100 * share * 0.94 / longest))
        for number, part in enumerate(lines):
            x = width / 2 + (place - (len(cells) - 1) / 2) * share
            y = height / 2 + (number - (len(lines) - 1) / 2) * size * 1.1
            draw.text((x, y), part, font=_font(max(6, size)), fill=255, anchor="mm")
    return np.asarray(canvas, dtype=np.float32) / 255, score


def _colours(appearance: Appearance, width: int, height: int, *, capsule: bool) -> np.ndarray:
    front = COLOURS.get(next(iter(appearance.colours_front), "하양"), COLOURS["하양"])
    colour = np.empty((height, width, 3), np.float32)
    colour[:] = front
    back = next(iter(appearance.colours_back), None)
    if capsule and back in COLOURS:
        colour[:, width // 2 :] = COLOURS[back]
    return colour


def _shade(surface_px: np.ndarray, colour: np.ndarray, *, gloss: float) -> np.ndarray:
    """Light a height field (pixels) from the upper left: diffuse, a little ambient, a highlight."""
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(surface_px.astype(np.float32), (0, 0), 0.7))
    normal = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], -1)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    light = _LIGHT / np.linalg.norm(_LIGHT)
    diffuse = np.clip(normal @ light, 0, 1)
    half = (light + [0, 0, 1]) / np.linalg.norm(light + [0, 0, 1])
    shine = gloss * np.clip(normal @ half, 0, 1) ** 40
    linear = colour**2.2 * (0.32 + 0.85 * diffuse)[..., None] + shine[..., None] * 0.5
    return np.asarray(np.clip(linear, 0, 1) ** (1 / 2.2) * 255, dtype=np.float32).astype(np.uint8)
