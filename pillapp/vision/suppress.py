"""Candidates of the network → one box per pill."""

from typing import Final

import cv2
import numpy as np

# A box that lies this much inside a surer one, and is not a much smaller pill beside a slanted long one, is part of it:
# the half of a capsule or of a scored tablet.
NESTED_SHARE: Final = 0.85
NESTED_MIN_AREA: Final = 0.4
# Candidates for one pill that are nearly as sure as the best one have a say in its box, the less the further behind: which of two
# near ties is the best is the processor's rounding to decide, and must not move the box.
NEAR_TIE: Final = 0.15


def suppress(candidates: np.ndarray, confidence: float, iou: float) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (N, 5) as centre x, centre y, width, height, score → boxes (n, 4) as corners and scores (n,), one a pill."""
    candidates = candidates[candidates[:, 4] >= confidence]
    if not len(candidates):
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    corner_size = np.column_stack([candidates[:, :2] - candidates[:, 2:4] / 2, candidates[:, 2:4]])
    keep = np.asarray(cv2.dnn.NMSBoxes(corner_size.tolist(), candidates[:, 4].tolist(), confidence, iou)).reshape(-1)
    kept = candidates[keep]
    kept = kept[_not_part_of_another(kept)]
    everything = _corners(candidates)
    boxes = [
        _agreed(box, score, everything, candidates[:, 4], iou)
        for box, score in zip(_corners(kept), kept[:, 4], strict=True)
    ]
    return np.array(boxes, np.float32), kept[:, 4]


def _agreed(box: np.ndarray, score: float, others: np.ndarray, scores: np.ndarray, iou: float) -> np.ndarray:
    """The mean of a box (4,) and of all that overlap it by more than ``iou``, weighed by how little less sure they are."""
    shared = shared_area(box, others)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    same = shared > iou * (areas + (box[2:] - box[:2]).prod() - shared)
    weights = same * np.clip(scores - score + NEAR_TIE, 0, NEAR_TIE)
    return np.asarray(weights @ others / weights.sum())


def _corners(boxes: np.ndarray) -> np.ndarray:
    """Centre x, centre y, width, height (n, 4 or more) as corners (n, 4)."""
    return np.column_stack([boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, :2] + boxes[:, 2:4] / 2])


def shared_area(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Area of overlap of a box (4,) with each of ``others`` (n, 4), all as corners."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return np.asarray(np.clip(sides, 0, None).prod(axis=1))


def _not_part_of_another(boxes: np.ndarray) -> np.ndarray:
    """Which of the boxes (n, 5: centre x, y, width, height, score; best first) are not mere parts of a better one."""
    corners = _corners(boxes)
    areas = boxes[:, 2] * boxes[:, 3]
    keep: list[int] = []
    for i in range(len(boxes)):
        if keep:
            shared = shared_area(corners[i], corners[keep])
            smaller, larger = np.minimum(areas[i], areas[keep]), np.maximum(areas[i], areas[keep])
            if ((shared > NESTED_SHARE * smaller) & (smaller > NESTED_MIN_AREA * larger)).any():
                continue
        keep.append(i)
    return np.array(keep, dtype=np.int64)
