"""Frame → detections: one box and confidence per pill, and whether that is all of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from pillapp.vision.engines import Engine, Session
from pillapp.vision.looks import candidates
from pillapp.vision.model_card import read_card
from pillapp.vision.suppress import shared_area, suppress

# A box this many times as large as the usual one, among pills that are all of one size, holds more than one.
MERGED_AREA: Final = 1.6
ALIKE: Final = 1.3  # upper over lower quartile of the areas up to which pills are of one size
ENOUGH_ALIKE: Final = 4
# A doubtful candidate that mostly lies in a found pill is another look at that pill, not another pill.
SAME_PILL: Final = 0.6


@dataclass(frozen=True, slots=True)
class Detection:
    """One pill of a frame: ``box`` is x1, y1, x2, y2 in pixels of the frame.

    ``touching`` tells that the box may hold more than this pill: it could not be told apart from what it touches.
    """

    box: tuple[float, float, float, float]
    confidence: float
    touching: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a frame: pills, most confident first, and ``doubtful`` boxes that may be pills as well."""

    detections: tuple[Detection, ...]
    doubtful: tuple[tuple[float, float, float, float], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the number of detections may be told as a count; otherwise it is "at least"."""
        return not self.doubtful and not any(detection.touching for detection in self.detections)


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
        self._doubt = float(card.values["doubt_threshold"])
        self._iou = float(card.values["nms_iou"])

    def find(self, pixels: np.ndarray) -> Found:
        """All pills in an RGB uint8 picture (H, W, 3); boxes in its pixels."""
        boxes, scores = find_boxes(self._session, pixels, self._size, self._doubt, self._iou)
        return judge_count(boxes, scores, self._confidence)


def find_boxes(
    session: Session, pixels: np.ndarray, size: int, confidence: float, iou: float
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) as corners in pixels of an RGB picture, and scores (n,), best first."""
    boxes, scores = suppress(candidates(session, pixels, size, confidence), confidence, iou)
    height, width = pixels.shape[:2]
    boxes = np.clip(boxes, 0, [width, height, width, height])
    whole = (boxes[:, 2:] - boxes[:, :2] >= 2).all(axis=1)
    return boxes[whole], scores[whole]


def judge_count(boxes: np.ndarray, scores: np.ndarray, confidence: float) -> Found:
    """Boxes (n, 4) with scores (n,), best first: which are pills, which are doubtful, which may hold several."""
    sure = scores >= confidence
    kept, maybe = boxes[sure], boxes[~sure]
    areas = (kept[:, 2:] - kept[:, :2]).prod(axis=1)
    touching = _too_large(areas)
    doubtful = []
    for box in maybe:
        area = max(float((box[2:] - box[:2]).prod()), 1.0)
        if len(kept) and (shared_area(box, kept) > SAME_PILL * np.minimum(area, areas)).any():
            continue
        doubtful.append(box)
    return Found(
        tuple(
            Detection(_corners(box), float(score), bool(merged))
            for box, score, merged in zip(kept, scores[sure], touching, strict=True)
        ),
        tuple(_corners(box) for box in doubtful),
    )


def _too_large(areas: np.ndarray) -> np.ndarray:
    """Which boxes are far larger than the rest, where the rest are all alike (n,)."""
    if len(areas) < ENOUGH_ALIKE:
        return np.zeros(len(areas), bool)
    low, middle, high = np.percentile(areas, (25, 50, 75))
    return np.asarray((areas > MERGED_AREA * middle) & bool(high <= ALIKE * low))


def _corners(box: np.ndarray) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in box)
    return x1, y1, x2, y2
