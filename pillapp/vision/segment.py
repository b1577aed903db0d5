"""Which pixels of a detection's box are the pill."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

# Side of the picture GrabCut works on: enough for the outline of a pill, 5-10 ms on one core.
WORK_SIDE: Final = 96
WINDOW: Final = 96  # px, both ways, of what the outline network sees
# Ring of surroundings around the box, as a share of its sides, that tells GrabCut what background looks like.
MARGIN: Final = 0.18
# A convex pill that touches all four sides of its box covers half of it (a rhombus) to all of it.
MIN_COVER: Final = 0.42


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of a frame around a box as the outline network sees it.

    ``crop`` is RGB uint8 (h, w, 3) with its top left corner at ``origin`` in the frame; ``picture`` float32
    (4, WINDOW, WINDOW) shows it at ``scale``, top left, with the box in the fourth channel.
    """

    crop: np.ndarray
    origin: tuple[int, int]
    inner: tuple[float, float, float, float]
    scale: float
    picture: np.ndarray

    def shown(self, field: np.ndarray) -> np.ndarray:
        """A field (H, W) of the whole frame as it lies in the picture: (WINDOW, WINDOW), 0 beyond it."""
        left, top = self.origin
        height, width = self.crop.shape[:2]
        small = _shrunk(np.ascontiguousarray(field[top : top + height, left : left + width]), self.scale)
        out = np.zeros((WINDOW, WINDOW), np.float32)
        out[: small.shape[0], : small.shape[1]] = small
        return out

    def whole(self, field: np.ndarray) -> np.ndarray:
        """A field (WINDOW, WINDOW) of the picture in the crop's own pixels: (h, w)."""
        height, width = self.crop.shape[:2]
        rows, columns = _size(height, self.scale), _size(width, self.scale)
        return np.asarray(cv2.resize(field[:rows, :columns], (width, height), interpolation=cv2.INTER_CUBIC))


def window_of(pixels: np.ndarray, box: tuple[float, ...]) -> Window:
    """The window around ``box`` (x1, y1, x2, y2) of an RGB uint8 picture."""
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = box
    margin_x, margin_y = (x2 - x1) * MARGIN + 2, (y2 - y1) * MARGIN + 2
    left, top = max(0, int(x1 - margin_x)), max(0, int(y1 - margin_y))
    right, bottom = min(width, int(np.ceil(x2 + margin_x))), min(height, int(np.ceil(y2 + margin_y)))
    crop = np.ascontiguousarray(pixels[top:bottom, left:right])
    scale = WINDOW / max(crop.shape[:2])
    small = _shrunk(crop, scale)
    picture = np.zeros((4, WINDOW, WINDOW), np.float32)
    picture[:3, : small.shape[0], : small.shape[1]] = small.transpose(2, 0, 1).astype(np.float32) / 255
    inner = (x1 - left, y1 - top, x2 - left, y2 - top)
    a, b, c, d = (max(0, round(v * scale)) for v in inner)
    picture[3, b:d, a:c] = 1.0
    return Window(crop, (left, top), inner, scale, picture)


def _size(length: int, scale: float) -> int:
    return min(WINDOW, max(1, round(length * scale)))


def _shrunk(field: np.ndarray, scale: float) -> np.ndarray:
    size = (_size(field.shape[1], scale), _size(field.shape[0], scale))
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One pill cut from a frame.

    ``crop`` is RGB uint8 (h, w, 3), the box plus a margin; ``mask`` bool (h, w); ``origin`` the crop's top left corner in
    the frame. ``trusted`` is False where the outline could not be found and an ellipse stands in for it.
    """

    crop: np.ndarray
    mask: np.ndarray
    origin: tuple[int, int]
    polygon: tuple[tuple[float, float], ...]
    trusted: bool


def cut_out(pixels: np.ndarray, box: tuple[float, float, float, float]) -> Cutout:
    """Cut the pill inside ``box`` (x1, y1, x2, y2) out of an RGB picture and find its outline."""
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = box
    margin_x, margin_y = (x2 - x1) * MARGIN + 2, (y2 - y1) * MARGIN + 2
    left, top = max(0, int(x1 - margin_x)), max(0, int(y1 - margin_y))
    right, bottom = min(width, int(np.ceil(x2 + margin_x))), min(height, int(np.ceil(y2 + margin_y)))
    crop = np.ascontiguousarray(pixels[top:bottom, left:right])
    inner = (x1 - left, y1 - top, x2 - left, y2 - top)
    scale = WORK_SIDE / max(crop.shape[:2])
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small_box = tuple(v * scale for v in inner)
    mask = _grab(small, small_box)
    trusted = _plausible(mask, small_box)
    if not trusted:
        mask = _ellipse(small.shape[:2], small_box)
    full = cv2.resize(mask * 255, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_CUBIC) > 127
    contours, _ = cv2.findContours(full.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    contour = max(contours, key=cv2.contourArea)
    contour = cv2.approxPolyDP(contour, 0.004 * cv2.arcLength(contour, closed=True), closed=True)[:, 0]
    polygon = tuple((float(x + left), float(y + top)) for x, y in contour)
    return Cutout(crop, full, (left, top), polygon, trusted)


def _grab(picture: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
    """GrabCut seeded by the box: its core is pill, what lies outside it is not. Returns uint8 0/1, one filled blob."""
    height, width = picture.shape[:2]
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    x1, y1, x2, y2 = (round(v) for v in box)
    labels[max(0, y1) : y2, max(0, x1) : x2] = cv2.GC_PR_BGD
    centre = (round((x1 + x2) / 2), round((y1 + y2) / 2))
    axes = ((x2 - x1) / 2, (y2 - y1) / 2)
    cv2.ellipse(labels, centre, (round(axes[0] * 0.95), round(axes[1] * 0.95)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.circle(labels, centre, max(2, round(min(axes) * 0.35)), cv2.GC_FGD, -1)
    if not (labels == cv2.GC_BGD).any():
        return np.zeros((height, width), np.uint8)
    cv2.setRNGSeed(0)  # GrabCut's k-means draws random centres: the same photo must give the same outline
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    whole = (0, 0, width, height)  # not used when starting from labels
    cv2.grabCut(lab, labels, whole, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    blob = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8)
    blob = cv2.morphologyEx(blob, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    contours, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros((height, width), np.uint8)
    if contours:
        largest = max(contours, key=cv2.contourArea)
        # Pills are convex: the hull closes the bites that glare and deep imprints take out of the rim.
        cv2.drawContours(filled, [cv2.convexHull(largest)], -1, 1, -1)
    return filled


def _plausible(mask: np.ndarray, box: tuple[float, ...]) -> bool:
    _x, _y, width, height = cv2.boundingRect(mask)
    box_w, box_h = box[2] - box[0], box[3] - box[1]
    if width == 0 or not (0.75 <= width / box_w <= 1.25 and 0.75 <= height / box_h <= 1.25):
        return False
    return bool(mask.sum() >= MIN_COVER * width * height)


def _ellipse(shape: tuple[int, ...], box: tuple[float, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    centre = (round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2))
    axes = (max(1, round((box[2] - box[0]) / 2)), max(1, round((box[3] - box[1]) / 2)))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    return mask
