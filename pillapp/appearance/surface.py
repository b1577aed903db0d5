"""What one side of a pill looks like as fields: its height with everything pressed into it, its colours, its print."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.finish import Finish
from pillapp.appearance.layout import Layout
from pillapp.appearance.outline import POLYGONS
from pillapp.appearance.typesetting import ink_of
from pillapp.appearance.values import Face, Form, Glyph, ScoreLine

MARGIN_MM: Final = 0.5  # of the grid around the outline
WRITABLE_TURN: Final = 1.25  # radians to each side of a tube's top that can be seen and written on
_SEAM_MM: Final = 0.12  # how high the seam of a soft capsule stands, over and under its middle plane
_SPECKLE: Final = 0.35  # share of the mottle that is grain, the rest is cloudy
_RIM_SLOPE: Final = 1.1  # of the surface where it meets the rim: edges of usual punches fall at about 45 degrees
_BAND: Final = 1 / 6  # of the thickness stays between the two sides of a tablet


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The bare pill as one side sees it: sizes in mm, ``level`` (h, w) of the rim's field, and the grid's axes in mm."""

    form: Form
    shape: str
    long_mm: float
    short_mm: float
    thick_mm: float
    level: np.ndarray
    x: np.ndarray
    y: np.ndarray


def make_face(body: Body, layout: Layout, finish: Finish, cells_per_mm: float, *, back: bool) -> Face:
    """One side with its layout pressed in or printed on."""
    size = body.level.shape
    glyphs = tuple(placed.glyph() for placed in layout.placed)
    if body.form is Form.HARD_CAPSULE:
        ink, glyphs = _rolled(layout, body, cells_per_mm, glyphs)
    else:
        ink = ink_of(layout.placed, size, cells_per_mm, (size[1] // 2, size[0] // 2))
    ink = ink * (body.level < 1)
    height = _height(body, finish, cells_per_mm)
    deepest = 0.3 * float(height.max())
    scored = np.zeros(size, np.float32)
    for line in layout.score_lines:
        groove = _groove(line, body.x, body.y)
        height = height - min(line.depth, deepest) * np.maximum(groove - scored, 0)
        scored = np.maximum(scored, groove)
    blank = np.zeros(size, np.float32)
    pressed, printed = (blank, ink) if finish.text.printed else (ink, blank)
    if glyphs and not finish.text.printed:
        stroke_mm = finish.text.stroke * float(np.median([glyph.size[1] for glyph in glyphs]))
        slope = max(0.7, 0.22 * stroke_mm * cells_per_mm)  # cells; punches have slanted walls
        height = height - min(finish.text.depth * stroke_mm, deepest) * cv2.GaussianBlur(pressed, (0, 0), slope)
    height = np.maximum(height, 0)  # a groove stops where the thin rim of a lens begins
    albedo = _albedo(body, finish, back=back)
    albedo = albedo * (1 - printed[..., None]) + np.array(finish.text.ink, np.float32) * printed[..., None]
    return Face(
        height.astype(np.float32), albedo.astype(np.float32), pressed, printed, scored, glyphs, layout.score_lines
    )


def _height(body: Body, finish: Finish, cells_per_mm: float) -> np.ndarray:
    """Height over the middle plane before anything is pressed in; goes on outside the rim as it is at the rim."""
    inside = np.minimum(body.level, 1.0)
    form, half = body.form, body.thick_mm / 2
    if form is Form.HARD_CAPSULE or form is Form.SOFT_CAPSULE:
        round_ = half * np.sqrt(1 - inside**2)
        return np.maximum(round_, _SEAM_MM / 2) if form is Form.SOFT_CAPSULE else round_
    if form is Form.SUGAR_COATED:  # coats of sugar leave no edge
        return np.asarray(half * (1 - inside**2.4) ** 0.55)
    dome = finish.dome * body.thick_mm
    bowl = inside**2
    if body.shape in POLYGONS:  # no ridges from the middle to the corners: a punch is ground round
        bowl = cv2.GaussianBlur(bowl, (0, 0), 0.1 * body.short_mm * cells_per_mm)
    bevel = max(finish.bevel, 0.02)
    slope = np.clip((inside - (1 - bevel)) / bevel, 0, 1)
    drop = _RIM_SLOPE / 2 * bevel * body.short_mm / 2
    scale = min(1.0, (1 - _BAND) * half / (dome + drop))
    return np.asarray(half - scale * (dome * bowl + drop * slope**2))


def _rolled(
    layout: Layout, body: Body, cells_per_mm: float, glyphs: tuple[Glyph, ...]
) -> tuple[np.ndarray, tuple[Glyph, ...]]:
    """Print laid out on an unrolled tube, as it looks on the tube: y is the sine of the way around."""
    size, radius, y = body.level.shape, body.short_mm / 2, body.y
    tall = 2 * int(np.ceil(radius * np.pi / 2 * cells_per_mm)) + 1
    flat = ink_of(layout.placed, (tall, size[1]), cells_per_mm, (size[1] // 2, tall // 2))
    way = np.arcsin(np.clip(y[:, 0] / radius, -1, 1)) * radius * cells_per_mm + tall // 2
    map_y = np.repeat(way[:, None], size[1], axis=1).astype(np.float32)
    map_x = np.repeat(np.arange(size[1], dtype=np.float32)[None], size[0], axis=0)
    ink = cv2.remap(flat, map_x, map_y, cv2.INTER_LINEAR) * (np.abs(y) < radius)
    seen = []
    for glyph in glyphs:
        centre = (glyph.centre[0], float(radius * np.sin(glyph.centre[1] / radius)))
        squeeze = float(np.cos(glyph.centre[1] / radius))
        turned = abs(np.sin(glyph.angle)) > 0.5
        width, height = glyph.size
        shown = (width * squeeze, height) if turned else (width, height * squeeze)
        seen.append(Glyph(glyph.text, glyph.line, centre, shown, glyph.angle))
    return ink, tuple(seen)


def _groove(line: ScoreLine, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0..1: a V along a score line."""
    start, end = np.array(line.start), np.array(line.end)
    way = end - start
    length = float(np.hypot(*way)) or 1.0
    along = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / length**2, 0, 1)
    distance = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
    return np.asarray(np.clip(1 - distance / (line.width / 2), 0, 1), dtype=np.float32)


def _albedo(body: Body, finish: Finish, *, back: bool) -> np.ndarray:
    size = body.level.shape
    colour = np.empty((*size, 3), np.float32)
    if body.form is Form.HARD_CAPSULE:
        joint = (finish.cap_share - 0.5) * body.long_mm
        colour[:] = np.where(
            (body.x < joint)[..., None], np.array(finish.front, np.float32), np.array(finish.back, np.float32)
        )
    else:
        colour[:] = finish.back if back else finish.front
    if finish.mottle > 0:
        rng = np.random.default_rng(finish.grain_seed + back)
        grain = rng.standard_normal(size, dtype=np.float32)
        cloudy = cv2.GaussianBlur(grain, (0, 0), 9.0) * 18
        colour *= 1 + finish.mottle * (_SPECKLE * grain + (1 - _SPECKLE) * cloudy)[..., None]
    return np.clip(colour, 0.003, 1)
