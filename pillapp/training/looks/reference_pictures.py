"""Reading the official product pictures of ``mfds_reference``: both sides of a pill, cut out, with their scale in mm.

These pictures are put together on a drawn card: a ruler (10 … 0 … 10 mm) along the top, a faint grid, the two retouched
cut-outs of the pill with a drawn shadow at their lower right. Left is the front, right the back. So the scale is
exact and the shadow is the card's own colour made darker. The card was never lit together with the pill and says
nothing of the light: white pills have the same neutral median (a*, b* within ±1) on the pale blue, the strong blue and
the pink card, so no white balance is taken from it and none is needed. Pictures with dimension arrows
in place of the ruler are left out, as are those where two clean pills of one size are not found.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np

TICKS: Final = 21  # one a millimetre, 10 … 0 … 10
RULER_ROWS: Final = (0.066, 0.100)  # where the ticks stand, shares of the picture's height
PX_PER_MM: Final = (0.0135, 0.0225)  # of the picture's width: 780 px pictures have 14.15, 1000 px ones 18.08
TICK_DARKNESS: Final = 4.0  # grey levels a tick is darker than what is beside it
FRAME: Final = (0.10, 0.86, 0.0, 0.93)  # top, bottom, left, right (shares): inside are no ruler, banner and side ruler
# Pill against card, in sRGB levels and shares of the card's brightness. A shadow lies on the line from the card's colour
# to black, down to 0.3 of it; what is off that line, brighter than the card or darker than any shadow is pill.
OFF_CARD: Final = 9.0
BRIGHTER: Final = 0.035
DARKER: Final = (0.30, 0.06)
MIN_AREA: Final = 0.0015  # of the picture; the smallest pills (4 mm) have 0.006
MIN_SOLIDITY: Final = 0.97  # area over convex hull
MAX_UNLIKE: Final = 0.08  # relative difference of the two sides' areas
MARGIN: Final = 8  # px around the pill in its crop
FINE: Final = 4  # outlines are traced on a grid this much finer than the pixels


class Unusable(StrEnum):
    """Why a picture gives no measurements."""

    NO_RULER = "no ruler: dimension arrows or nothing"
    NOT_TWO = "not two pills that stand out from the card"
    NOT_CLEAN = "an outline with bites or attachments"
    NOT_ALIKE = "two sides of different size"


@dataclass(frozen=True, slots=True, eq=False)
class PicturedSide:
    """One side as pictured.

    ``rgb`` uint8 (h, w, 3) is the crop, ``mask`` bool (h, w) the pill in it, ``outline`` (n, 2) float64 its convex rim
    in pixels of the crop (pixel centres are whole numbers), ``raw_outline`` the same before it was made convex (a
    capsule's step is seen there). ``centre`` is the middle of its extents, ``angle`` the direction of its long
    axis (radians, clockwise; 0 for pills that are nearly round).
    """

    rgb: np.ndarray
    mask: np.ndarray
    outline: np.ndarray
    raw_outline: np.ndarray
    px_per_mm: float
    centre: tuple[float, float]
    angle: float
    long_mm: float
    short_mm: float

    def outline_mm(self) -> np.ndarray:
        """The rim (n, 2) in mm from the middle, long axis along x, y down."""
        return along_axis(self.outline - self.centre, self.angle) / self.px_per_mm

    def upright(self, cells_per_mm: float) -> tuple[np.ndarray, np.ndarray]:
        """The crop with the long axis along x at a scale of its own: RGB uint8 and mask bool, the middle in the middle."""
        width = 2 * int(np.ceil(0.5 * self.long_mm * cells_per_mm)) + 9
        height = 2 * int(np.ceil(0.5 * self.short_mm * cells_per_mm)) + 9
        scale = cells_per_mm / self.px_per_mm
        cos, sin = np.cos(self.angle) * scale, np.sin(self.angle) * scale
        x, y = self.centre
        matrix = np.array(
            [[cos, sin, (width - 1) / 2 - cos * x - sin * y], [-sin, cos, (height - 1) / 2 + sin * x - cos * y]]
        )
        rgb = cv2.warpAffine(self.rgb, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        points = self.outline @ matrix[:, :2].T + matrix[:, 2]
        return rgb, polygon_mask(points, (height, width))


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePicture:
    """Both sides of one product, and the row of ``labels.csv`` it belongs to."""

    row: dict[str, str]
    front: PicturedSide
    back: PicturedSide


def along_axis(points: np.ndarray, angle: float) -> np.ndarray:
    """Points (n, 2) in a frame turned clockwise by ``angle`` radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([(cos, -sin), (sin, cos)]))


def polygon_mask(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels (h, w) bool whose centres lie inside a polygon (n, 2) of pixel coordinates."""
    mask: np.ndarray = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(points * 256).astype(np.int32)], 1, shift=8)
    return mask > 0


def read_pictures(rows: Iterable[dict[str, str]], folder: Path, refused: Counter[str]) -> Iterator[ReferencePicture]:
    """Every usable picture of some rows of ``mfds_reference``; ``refused`` counts the others by reason."""
    for row in rows:
        image = cv2.imread(str(folder / "images" / row["file"]))
        if image is None:
            refused["not a picture"] += 1
            continue
        sides = read_sides(np.ascontiguousarray(image[:, :, ::-1]))
        if isinstance(sides, Unusable):
            refused[sides.value] += 1
        else:
            yield ReferencePicture(row, *sides)


def read_sides(rgb: np.ndarray) -> tuple[PicturedSide, PicturedSide] | Unusable:
    """Front and back of one official picture (RGB uint8), or why not."""
    scale = px_per_mm(rgb)
    if scale is None:
        return Unusable.NO_RULER
    distance = card_distance(rgb)
    solid = cv2.morphologyEx(
        (distance > 1).astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    )
    _, labels, stats, centres = cv2.connectedComponentsWithStats(solid)
    largest = [i for i in np.argsort(-stats[1:, 4])[:2] + 1 if stats[i, 4] >= MIN_AREA * solid.size]
    if len(largest) < 2:
        return Unusable.NOT_TWO
    largest.sort(key=lambda i: float(centres[i][0]))
    found = []
    for i in largest:
        side = _cut(rgb, distance, labels == i, stats[i], scale)
        if side is None:
            return Unusable.NOT_CLEAN
        found.append(side)
    areas = [cv2.contourArea(side.outline.astype(np.float32)) for side in found]
    if abs(areas[0] - areas[1]) > MAX_UNLIKE * max(areas):
        return Unusable.NOT_ALIKE
    return found[0], found[1]


def px_per_mm(rgb: np.ndarray) -> float | None:
    """Pixels per millimetre by the ruler along the top edge; None where its 21 ticks are not there."""
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    ticks = grey[int(RULER_ROWS[0] * height) : int(RULER_ROWS[1] * height)].mean(axis=0)
    dark = np.maximum(cv2.blur(ticks[None], (9, 1))[0] - ticks, 0)
    best, best_score = None, 0.0
    for pitch in np.arange(*PX_PER_MM, 2e-5) * width:
        starts = np.arange(0, 0.62 * width - (TICKS - 1) * pitch, 0.5)
        at = starts[:, None] + pitch * np.arange(TICKS)
        seen = np.interp(at, np.arange(width), dark)
        score = np.minimum(seen, 3 * TICK_DARKNESS).sum(axis=1)
        first = int(score.argmax())
        if score[first] > best_score and (seen[first] > TICK_DARKNESS).sum() >= TICKS - 2:
            best, best_score = float(pitch), float(score[first])
    return best


def card_distance(rgb: np.ndarray) -> np.ndarray:
    """How surely each pixel (h, w) is pill and not card or shadow: above 1 it is; 0 outside the card's free part."""
    height, width = rgb.shape[:2]
    pixels = cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 0.7)
    card = np.median(pixels.reshape(-1, 3)[::7], axis=0)
    direction = card / np.linalg.norm(card)
    along = pixels @ direction
    off = np.linalg.norm(pixels - along[..., None] * direction, axis=2)
    brightness = along / np.linalg.norm(card)
    distance = np.maximum.reduce([off / OFF_CARD, (brightness - 1) / BRIGHTER, (DARKER[0] - brightness) / DARKER[1]])
    top, bottom, left, right = FRAME
    free = np.zeros((height, width), np.float32)
    free[int(top * height) : int(bottom * height), int(left * width) : int(right * width)] = 1
    return np.asarray(np.clip(distance, 0, 12) * free, dtype=np.float32)


def _cut(
    rgb: np.ndarray, distance: np.ndarray, blob: np.ndarray, stats: np.ndarray, scale: float
) -> PicturedSide | None:
    x, y, w, h = (int(v) for v in stats[:4])
    top, left = max(0, y - MARGIN), max(0, x - MARGIN)
    window = (slice(top, y + h + MARGIN), slice(left, x + w + MARGIN))
    raw = _trace(distance[window], blob[window])
    if raw is None:
        return None
    hull = cv2.convexHull(raw.astype(np.float32))[:, 0].astype(np.float64)
    area, hull_area = cv2.contourArea(raw.astype(np.float32)), cv2.contourArea(hull.astype(np.float32))
    crop = np.ascontiguousarray(rgb[window])
    if area < MIN_SOLIDITY * hull_area:
        return None
    angle = _axis(hull)
    turned = along_axis(hull, angle)
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = along_axis((low + high)[None] / 2, -angle)[0]
    extents = (high - low) / scale
    mask = polygon_mask(hull, crop.shape[:2])
    middle = (float(centre[0]), float(centre[1]))
    return PicturedSide(crop, mask, hull, raw, scale, middle, angle, float(extents.max()), float(extents.min()))


def _trace(distance: np.ndarray, blob: np.ndarray) -> np.ndarray | None:
    """The rim (n, 2) where the distance is half of what it is just inside: halfway from card to pill, between pixels."""
    core = cv2.erode(blob.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    weight = cv2.GaussianBlur(core, (0, 0), 5)
    inside = cv2.GaussianBlur(distance * core, (0, 0), 5) / np.maximum(weight, 1e-4)
    share = np.where(weight > 1e-4, distance / np.maximum(inside, 1), 0).astype(np.float32)
    share[core > 0] = 1
    # a neighbour in the window is not this pill
    share *= cv2.dilate(blob.astype(np.uint8), np.ones((5, 5), np.uint8))
    fine = cv2.resize(share, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)
    contours, _ = cv2.findContours((fine > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)[:, 0].astype(np.float64)
    return np.asarray((contour + 0.5) / FINE - 0.5)


def _axis(hull: np.ndarray) -> float:
    """Direction of the long axis by second moments, radians; 0 where the pill is nearly as broad as long."""
    m = cv2.moments(hull.astype(np.float32))
    spread = np.hypot(2 * m["mu11"], m["mu20"] - m["mu02"])
    if spread < 0.15 * (m["mu20"] + m["mu02"]):  # of an ellipse: aspect below 1.16
        return 0.0
    return 0.5 * float(np.arctan2(2 * m["mu11"], m["mu20"] - m["mu02"]))
