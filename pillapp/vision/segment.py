"""Which pixels of a detection's box are the pill: a small network draws the outline in a window around the box."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.engines import Engine
from pillapp.vision.model_card import read_card

WINDOW: Final = 96  # px, both ways, of what the network sees
# Ring of surroundings around the box, as a share of its sides, that tells what background looks like.
MARGIN: Final = 0.18
# A convex pill that touches all four sides of its box covers half of it (a rhombus) to all of it.
MIN_COVER: Final = 0.42
# Of a found outline's area, the share of pixels the network may be in two minds about (0.2 to 0.8). Fitted on rendered
# scenes kept out of training: of the outlines above it, half overlap the true one by less than 0.9.
MOST_DOUBT: Final = 0.25
# How far (px of the window) the found rim may move to where the colours part. Chosen on rendered scenes kept out of
# training: nothing is lost there, and on plain tables the rim is found to half a pixel.
RIM: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of a frame around a box as the network sees it.

    ``crop`` is RGB uint8 (h, w, 3) with its top left corner at ``origin`` in the frame, ``inner`` the box there. ``picture``
    float32 (4, WINDOW, WINDOW) shows it at ``scale``, top left, with the box in the fourth channel.
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


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One pill cut from a frame.

    ``crop`` is RGB uint8 (h, w, 3), the box plus a margin; ``mask`` bool (h, w); ``origin`` the crop's top left corner in
    the frame. ``trusted`` is False where the outline is in doubt, or could not be found and an ellipse stands in for it.
    """

    crop: np.ndarray
    mask: np.ndarray
    origin: tuple[int, int]
    polygon: tuple[tuple[float, float], ...]
    trusted: bool


class OutlineFinder:
    """Draws outlines with the network in ``weights`` (path without suffix). One thread owns it.

    Raises:
        ModelError: weights or card missing or damaged.
    """

    def __init__(self, engine: Engine, weights: Path) -> None:
        card = read_card(weights)
        card.check_file(".onnx")
        self._session = engine.load(weights)

    def cut_out(self, pixels: np.ndarray, box: tuple[float, float, float, float]) -> Cutout:
        """Cut the pill inside ``box`` (x1, y1, x2, y2) out of an RGB uint8 picture and find its outline."""
        return self.cut_all(pixels, [box])[0]

    def cut_all(self, pixels: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]) -> list[Cutout]:
        """The pills of all ``boxes``, looked at together."""
        windows = [window_of(pixels, box) for box in boxes]
        if not windows:
            return []
        logits = self._session.infer(np.stack([window.picture for window in windows]))
        return [_cut(window, drawn[0]) for window, drawn in zip(windows, logits, strict=True)]


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


def _cut(window: Window, logits: np.ndarray) -> Cutout:
    """The outline in the crop's own pixels: one blob without holes."""
    mask = _one_blob(window.whole(_settled(window, logits)) > 0.5)
    plausible = _plausible(mask, window.inner)
    if not plausible:
        mask = _ellipse(window.crop.shape[:2], window.inner)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    contour = max(contours, key=cv2.contourArea)
    contour = cv2.approxPolyDP(contour, 0.004 * cv2.arcLength(contour, closed=True), closed=True)[:, 0]
    left, top = window.origin
    polygon = tuple((float(x + left), float(y + top)) for x, y in contour)
    return Cutout(window.crop, mask > 0, window.origin, polygon, plausible and _doubt(logits) <= MOST_DOUBT)


def _settled(window: Window, logits: np.ndarray) -> np.ndarray:
    """The pill in the window, float32 0/1, its rim moved by at most :data:`RIM` to where GrabCut parts the colours."""
    found: np.ndarray = (logits > 0).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
    core, near = cv2.erode(found, kernel), cv2.dilate(found, kernel)
    rows, columns = (_size(length, window.scale) for length in window.crop.shape[:2])
    rim = np.where(found > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    wanted = np.where(core > 0, cv2.GC_FGD, np.where(near > 0, rim, cv2.GC_BGD))
    labels: np.ndarray = np.ascontiguousarray(wanted[:rows, :columns], dtype=np.uint8)
    settled = found.astype(np.float32)
    if not ((labels == cv2.GC_FGD).any() and (labels == cv2.GC_BGD).any()):
        return settled
    seen = (window.picture[:3, :rows, :columns].transpose(1, 2, 0) * 255).astype(np.uint8)
    cv2.setRNGSeed(0)  # GrabCut's k-means draws random centres: the same photo must give the same outline
    lab = cv2.cvtColor(np.ascontiguousarray(seen), cv2.COLOR_RGB2LAB)
    cv2.grabCut(lab, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 1, cv2.GC_INIT_WITH_MASK)
    moved: np.ndarray = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    moved = cv2.morphologyEx(moved, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    settled[:rows, :columns] = _one_blob(moved > 0)
    return settled


def _one_blob(mask: np.ndarray) -> np.ndarray:
    """The largest blob of a mask with its holes filled, uint8 0/1."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if contours:
        cv2.drawContours(filled, [max(contours, key=cv2.contourArea)], -1, 1, -1)
    return filled


def _doubt(logits: np.ndarray) -> float:
    """Pixels the network is in two minds about, over those it calls pill."""
    limit = np.log(0.8 / 0.2)
    return float((np.abs(logits) < limit).sum() / max((logits > 0).sum(), 1))


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
