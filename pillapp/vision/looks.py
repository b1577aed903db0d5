"""How a picture is shown to the network: whole at two scales, and in tiles where its pills are too small for that."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.vision.engines import Session

PAD_VALUE: Final = 114  # grey that ultralytics pads with in training
# The second, coarser look and the shares of the picture's long side that divide the work between both; they overlap, so
# that a pill at the border is seen by at least one. Chosen while looking at photos of the measuring sets.
COARSE_SIZE: Final = 352
COARSE_SMALLEST: Final = 0.12
FINE_LARGEST: Final = 0.25
# Pills smaller than this in the fine look are looked at again in tiles, enlarged (as far as the photo has pixels) to the
# size the network knows best: the median of its training pictures.
TILE_BELOW_PX: Final = 34.0
TILE_PILL_PX: Final = 52.0
# Confidence from which a candidate hints at how large the pills are. Chosen while looking at `empty_backgrounds` and trays:
# weaker hints send every fine pattern into tiles, and find no more of the pills.
TILE_HINT: Final = 0.3
TILE_FEWEST: Final = 4  # of them; fewer say nothing about a tray
MAX_TILES: Final = 24


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame was fitted into the network's square: ``network = frame * scale + (left, top)``."""

    scale: float
    left: int
    top: int


def letterbox(pixels: np.ndarray, size: int) -> tuple[np.ndarray, Letterbox]:
    """Fit an RGB picture into a grey ``size`` square: float32 batch (1, 3, size, size) in 0..1, and how it was fitted."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    new_w, new_h = max(1, round(width * scale)), max(1, round(height * scale))
    resized = cv2.resize(pixels, (new_w, new_h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (size - new_w) // 2, (size - new_h) // 2
    square = np.full((size, size, 3), PAD_VALUE, np.uint8)
    square[top : top + new_h, left : left + new_w] = resized
    return _batch(square), Letterbox(scale, left, top)


def candidates(session: Session, pixels: np.ndarray, size: int, lowest: float) -> np.ndarray:
    """All candidates (N, 5) of at least ``lowest`` in an RGB picture: centre x, y, width, height in its pixels, score.

    The picture is looked at twice: at ``size`` for small pills, and at :data:`COARSE_SIZE` for those that fill much of it,
    which at the finer scale are larger than what the network was trained on and get cut short. Where the pills turn
    out to be too small for either, it is looked at a third time in tiles.
    """
    long_side = max(pixels.shape[:2])
    found = []
    for side, smallest, largest in ((size, 0.0, FINE_LARGEST), (COARSE_SIZE, COARSE_SMALLEST, np.inf)):
        boxes = _look(session, pixels, side, min(lowest, TILE_HINT))
        share = boxes[:, 2:4].max(axis=1, initial=0) / long_side
        found.append(boxes[(share >= smallest) & (share <= largest)])
    whole = np.concatenate(found)
    zoom = _zoom(whole, size / long_side)
    if zoom > 1:
        tiled = _tiles(session, pixels, size, size / long_side * zoom, min(lowest, TILE_HINT))
        # what fills a good part of a tile is better seen whole
        largest = 0.4 * long_side / zoom
        whole = np.concatenate(
            [tiled[tiled[:, 2:4].max(axis=1) <= largest], whole[whole[:, 2:4].max(axis=1) > largest]]
        )
    return whole[whole[:, 4] >= lowest]


def _zoom(boxes: np.ndarray, scale: float) -> float:
    """How much finer than the fine look (``scale``: its pixels per photo pixel) the photo should be seen; 1 for no finer."""
    most = 1 / scale  # no photo has more than its own pixels
    hints = boxes[boxes[:, 4] >= TILE_HINT]
    if len(hints) < TILE_FEWEST:
        return 1.0
    weights = hints[:, 4] ** 2
    order = np.argsort(hints[:, 2:4].max(axis=1))
    middle = int(np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2))
    pill_px = float(hints[order[middle], 2:4].max()) * scale
    if pill_px >= TILE_BELOW_PX or most < 1.25:
        return 1.0
    return float(min(TILE_PILL_PX / max(pill_px, 4.0), most))


def _look(session: Session, pixels: np.ndarray, side: int, lowest: float) -> np.ndarray:
    """Candidates of one look at the whole picture, in its pixels."""
    batch, fit = letterbox(pixels, side)
    boxes = session.infer(batch)[0].T
    boxes = boxes[boxes[:, 4] >= lowest]
    boxes[:, :2] -= [fit.left, fit.top]
    boxes[:, :4] /= fit.scale
    return np.asarray(boxes)


def _tiles(session: Session, pixels: np.ndarray, size: int, scale: float, lowest: float) -> np.ndarray:
    """Candidates of overlapping ``size`` tiles of the picture at ``scale``, in its pixels; cut pills are left to the neighbour."""
    overlap = round(2.2 * TILE_PILL_PX)
    height, width = (max(1, round(v * scale)) for v in pixels.shape[:2])
    if _count(width, size, overlap) * _count(height, size, overlap) > MAX_TILES:
        scale *= (MAX_TILES * (size - overlap) ** 2 / (width * height)) ** 0.5
        height, width = (max(1, round(v * scale)) for v in pixels.shape[:2])
    shown = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    found = []
    for top in _starts(height, size, overlap):
        for left in _starts(width, size, overlap):
            tile = np.full((size, size, 3), PAD_VALUE, np.uint8)
            part = shown[top : top + size, left : left + size]
            tile[: part.shape[0], : part.shape[1]] = part
            boxes = session.infer(_batch(tile))[0].T
            boxes = boxes[boxes[:, 4] >= lowest]
            low, high = boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2
            inner = np.array([left > 0, top > 0]), np.array([left + size < width, top + size < height])
            cut = ((low < 2) & inner[0]).any(axis=1) | ((high > size - 2) & inner[1]).any(axis=1)
            boxes = boxes[~cut]
            boxes[:, :2] += [left, top]
            boxes[:, :4] /= scale
            found.append(boxes)
    return np.concatenate(found)


def _count(length: int, size: int, overlap: int) -> int:
    return 1 if length <= size else int(np.ceil((length - overlap) / (size - overlap)))


def _starts(length: int, size: int, overlap: int) -> list[int]:
    """Where tiles begin so that they cover ``length`` evenly and overlap at least so much."""
    count = _count(length, size, overlap)
    return [round(i * (length - size) / (count - 1)) for i in range(count)] if count > 1 else [0]


def _batch(square: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255)
