"""Frame → detections: one box, outline and confidence per pill."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.engines import Engine, Session
from pillapp.vision.model_card import read_card

# A box that lies this much inside a surer one, and is not a much smaller pill beside a slanted long one, is part of it:
# the half of a capsule or of a scored tablet.
NESTED_SHARE: Final = 0.85
NESTED_MIN_AREA: Final = 0.4
# The second, coarser look and the shares of the picture's long side that divide the work between both; they overlap, so
# that a pill at the border is seen by at least one. Chosen while looking at photos of the measuring sets.
COARSE_SIZE: Final = 352
COARSE_SMALLEST: Final = 0.12
FINE_LARGEST: Final = 0.25
PAD_VALUE: Final = 114  # grey that ultralytics pads with in training


@dataclass(frozen=True, slots=True)
class Detection:
    """One pill of a frame: ``box`` is x1, y1, x2, y2 in pixels of the frame."""

    box: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame was fitted into the network's square: ``network = frame * scale + (left, top)``."""

    scale: float
    left: int
    top: int


class Detector:
    """Finds pills. One thread owns it.

    Raises:
        ModelError: weights or card missing or damaged.
    """

    def __init__(self, engine: Engine, weights: Path) -> None:
        card = read_card(weights)
        card.check_file(".pt" if engine.name == "cuda" else ".onnx")
        self.name = card.name
        self._session = engine.load(weights)
        self._size = int(card.values["input"])
        self._confidence = float(card.values["confidence_threshold"])
        self._iou = float(card.values["nms_iou"])

    def detect(self, pixels: np.ndarray) -> tuple[Detection, ...]:
        """All pills in an RGB uint8 picture (H, W, 3), most confident first; boxes in its pixels."""
        boxes, scores = find_boxes(self._session, pixels, self._size, self._confidence, self._iou)
        return tuple(
            Detection((float(x1), float(y1), float(x2), float(y2)), float(score))
            for (x1, y1, x2, y2), score in zip(boxes, scores, strict=True)
            if x2 - x1 >= 2 and y2 - y1 >= 2
        )


def letterbox(pixels: np.ndarray, size: int) -> tuple[np.ndarray, Letterbox]:
    """Fit an RGB picture into a grey ``size`` square: float32 batch (1, 3, size, size) in 0..1, and how it was fitted."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    new_w, new_h = max(1, round(width * scale)), max(1, round(height * scale))
    resized = cv2.resize(pixels, (new_w, new_h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (size - new_w) // 2, (size - new_h) // 2
    square = np.full((size, size, 3), PAD_VALUE, np.uint8)
    square[top : top + new_h, left : left + new_w] = resized
    batch = np.ascontiguousarray(square.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255)
    return batch, Letterbox(scale, left, top)


def find_boxes(
    session: Session, pixels: np.ndarray, size: int, confidence: float, iou: float
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) as corners in pixels of an RGB picture, and scores (n,), best first.

    The picture is looked at twice: at ``size`` for small pills, and at :data:`COARSE_SIZE` for those that fill much of it,
    which at the finer scale are larger than what the network was trained on and get cut short.
    """
    long_side = max(pixels.shape[:2])
    found = []
    for side, smallest, largest in ((size, 0.0, FINE_LARGEST), (COARSE_SIZE, COARSE_SMALLEST, np.inf)):
        batch, fit = letterbox(pixels, side)
        boxes = session.infer(batch)[0].T
        boxes = boxes[boxes[:, 4] >= confidence]
        boxes[:, :2] -= [fit.left, fit.top]
        boxes[:, :4] /= fit.scale
        share = boxes[:, 2:4].max(axis=1, initial=0) / long_side
        found.append(boxes[(share >= smallest) & (share <= largest)])
    boxes, scores = suppress(np.concatenate(found), confidence, iou)
    height, width = pixels.shape[:2]
    return np.clip(boxes, 0, [width, height, width, height]), scores


def suppress(candidates: np.ndarray, confidence: float, iou: float) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (N, 5) as centre x, centre y, width, height, score → boxes (n, 4) as corners and scores (n,), one a pill."""
    candidates = candidates[candidates[:, 4] >= confidence]
    if not len(candidates):
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    corner_size = np.column_stack([candidates[:, :2] - candidates[:, 2:4] / 2, candidates[:, 2:4]])
    keep = np.asarray(cv2.dnn.NMSBoxes(corner_size.tolist(), candidates[:, 4].tolist(), confidence, iou)).reshape(-1)
    kept = candidates[keep]
    kept = kept[_not_part_of_another(kept)]
    return np.column_stack([kept[:, :2] - kept[:, 2:4] / 2, kept[:, :2] + kept[:, 2:4] / 2]), kept[:, 4]


def _not_part_of_another(boxes: np.ndarray) -> np.ndarray:
    """Which of the boxes (n, 5: centre x, y, width, height, score; best first) are not mere parts of a better one."""
    corners = np.column_stack([boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2])
    areas = boxes[:, 2] * boxes[:, 3]
    keep: list[int] = []
    for i in range(len(boxes)):
        if keep:
            sides = np.minimum(corners[i, 2:], corners[keep, 2:]) - np.maximum(corners[i, :2], corners[keep, :2])
            shared = np.clip(sides, 0, None).prod(axis=1)
            smaller, larger = np.minimum(areas[i], areas[keep]), np.maximum(areas[i], areas[keep])
            if ((shared > NESTED_SHARE * smaller) & (smaller > NESTED_MIN_AREA * larger)).any():
                continue
        keep.append(i)
    return np.array(keep, dtype=np.int64)
