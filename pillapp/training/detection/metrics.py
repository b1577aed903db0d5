"""Figures about found boxes: average precision, recall, merges, counts, each with a bootstrap interval over photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from pillapp.training.estimates import RESAMPLES, Estimate

COCO_IOUS: Final = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))
# Labels of some sets are loose by up to half a pill: to say that a pill was found as one of its own, this overlap is enough.
INSTANCE_IOU: Final = 0.3
UNSAID: Final = 0.5  # of the wrong counts may be told as exact
THRESHOLDS: Final = np.linspace(0.1, 0.9, 161)  # tried for the confidence threshold
LEAST_DOUBT: Final = 0.04  # candidates below this are noise
COVERED: Final = 0.7  # share of a label inside a detection that makes it part of a merge


@dataclass(frozen=True, eq=False)
class PhotoResult:
    """Detections of one photo, boxes (n, 4) with confidences (n,), best first, and its labelled boxes ``truth`` (m, 4).

    ``lower_bound`` tells that the count was given as "at least", not as exact.
    """

    boxes: np.ndarray
    confidences: np.ndarray
    truth: np.ndarray
    lower_bound: bool = False

    @cached_property
    def overlaps(self) -> np.ndarray:
        """Intersection over union of every detection with every label (n, m)."""
        return iou_matrix(self.boxes, self.truth)

    def right(self, iou: float) -> np.ndarray:
        """Which detections (n,) match a label, the surest first; each label counts once."""
        overlaps = self.overlaps.copy()
        right = np.zeros(len(self.boxes), bool)
        if len(self.truth):
            for row in range(len(right)):
                best = int(overlaps[row].argmax())
                if overlaps[row, best] >= iou:
                    right[row] = True
                    overlaps[:, best] = -1
        return right

    def above(self, threshold: float) -> "PhotoResult":
        """The same photo with the detections of at least this confidence."""
        kept = self.confidences >= threshold
        return PhotoResult(self.boxes[kept], self.confidences[kept], self.truth, self.lower_bound)


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes a (n, 4) and b (m, 4): (n, m)."""
    shared = _shared_area(a, b)
    area_a, area_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9))


def _shared_area(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.prod(np.clip(high - low, 0, None), axis=2))


def result_of(boxes: np.ndarray, confidences: np.ndarray, truth: np.ndarray, lower_bound: bool = False) -> PhotoResult:
    """Detections in any order as a result."""
    order = np.argsort(-confidences, kind="stable")
    return PhotoResult(boxes[order].reshape(-1, 4), confidences[order], truth.reshape(-1, 4), lower_bound)


def average_precision(results: Sequence[PhotoResult], iou: float = 0.5) -> float:
    """Area under the precision-recall curve with precision made monotone (COCO's 101 recall points)."""
    confidences = np.concatenate([r.confidences for r in results])
    right = np.concatenate([r.right(iou) for r in results])[np.argsort(-confidences, kind="stable")]
    truths = sum(len(r.truth) for r in results)
    if not truths or not len(right):
        return 0.0
    hits = np.cumsum(right)
    recalls, precisions = hits / truths, hits / np.arange(1, len(hits) + 1)
    precisions = np.maximum.accumulate(precisions[::-1])[::-1]
    at = np.searchsorted(recalls, np.linspace(0, 1, 101), side="left")
    return float(np.mean(np.append(precisions, 0.0)[at]))


def average_precision_50_95(results: Sequence[PhotoResult]) -> float:
    """Mean average precision over COCO's ten overlaps."""
    return float(np.mean([average_precision(results, iou) for iou in COCO_IOUS]))


def recall(results: Sequence[PhotoResult], iou: float = 0.5) -> float:
    """Share of the labelled pills that are found, one detection for each."""
    return sum(int(r.right(iou).sum()) for r in results) / max(1, sum(len(r.truth) for r in results))


def precision(results: Sequence[PhotoResult], iou: float = 0.5) -> float:
    """Share of the detections that are pills."""
    return sum(int(r.right(iou).sum()) for r in results) / max(1, sum(len(r.boxes) for r in results))


def merge_rate(results: Sequence[PhotoResult]) -> float:
    """Share of the labelled pills that lie in a detection together with another one and have none of their own."""
    merged = total = 0
    for result in results:
        total += len(result.truth)
        if not len(result.boxes) or len(result.truth) < 2:
            continue
        own = (result.overlaps >= INSTANCE_IOU).any(axis=0)
        areas = np.prod(result.truth[:, 2:] - result.truth[:, :2], axis=1)
        inside = _shared_area(result.boxes, result.truth) > COVERED * areas[None]
        shared = (inside & (inside.sum(axis=1) > 1)[:, None]).any(axis=0)
        # of a merged group the best-fitting pill may still count as found; the others are lost
        best = np.zeros(len(result.truth), bool)
        best[result.overlaps.argmax(axis=1)] = True
        merged += int((shared & ~(own & best)).sum())
    return merged / max(1, total)


def exact_counts(results: Sequence[PhotoResult]) -> float:
    """Share of the photos whose count is said to be exact and is right."""
    return float(np.mean([not r.lower_bound and len(r.boxes) == len(r.truth) for r in results]))


def silent_miscounts(results: Sequence[PhotoResult]) -> float:
    """Share of the photos whose count is said to be exact and is wrong: the worst outcome."""
    return float(np.mean([not r.lower_bound and len(r.boxes) != len(r.truth) for r in results]))


def any_detection(results: Sequence[PhotoResult]) -> float:
    """Share of the photos with at least one detection."""
    return float(np.mean([len(r.boxes) > 0 for r in results]))


def false_pills(results: Sequence[PhotoResult]) -> float:
    """Mean number of detections in photos without a pill."""
    return float(np.mean([len(r.boxes) for r in results]))


def estimate(results: Sequence[PhotoResult], figure: Callable[[Sequence[PhotoResult]], float]) -> Estimate:
    """A figure with its bootstrap interval over photos."""
    rng = np.random.default_rng(0)
    samples = [figure([results[i] for i in rng.integers(0, len(results), len(results))]) for _ in range(RESAMPLES)]
    low, high = np.percentile(samples, [2.5, 97.5])
    return Estimate(figure(results), float(low), float(high))


def fit_threshold(results: Sequence[PhotoResult]) -> float:
    """The lowest confidence at which as many held-out training pictures are counted right as at any, give or take chance.

    Give or take one standard error of the best share: the shares are nearly level over a wide range, and what is left out
    at a higher confidence are pills.
    """
    truths = np.array([len(r.truth) for r in results])
    counts = np.array([[(r.confidences >= threshold).sum() for threshold in THRESHOLDS] for r in results])
    right = (counts == truths[:, None]).mean(axis=0)
    best = float(right.max())
    allowed = best - np.sqrt(best * (1 - best) / len(results))
    return float(THRESHOLDS[int(np.flatnonzero(right >= allowed)[0])])


def fit_doubt(results: Sequence[PhotoResult], threshold: float) -> float:
    """The confidence from which a candidate under ``threshold`` makes a count "at least", on held-out training pictures.

    The highest one at which :data:`UNSAID` of the wrong counts at most are still told as exact: lower ones say "at least"
    of ever more counts that are right.
    """
    wrong = np.array([int((r.confidences >= threshold).sum()) != len(r.truth) for r in results])
    for doubt in np.geomspace(threshold, LEAST_DOUBT, 24):
        told = np.array([not ((r.confidences >= doubt) & (r.confidences < threshold)).any() for r in results])
        if (told & wrong).sum() <= UNSAID * wrong.sum():
            return float(doubt)
    return LEAST_DOUBT
