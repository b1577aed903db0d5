"""What the detector is worth: AP50, recall and precision with bootstrap intervals over photos, and false pills.

Everything runs through :mod:`pillapp.vision.detect`, so the figures are those of the program as shipped. Intersection
over union is 0.5 throughout; intervals are the middle 95 % of 1,000 resamples of the photos.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.paths import models_dir
from pillapp.training.datasets import (
    IMAGE_SUFFIXES,
    LabelledPhoto,
    labelled_photos,
    measuring_set,
    read_bgr,
    read_yolo_boxes,
    training_set,
    work_dir,
)
from pillapp.training.detector import held_out_pictures
from pillapp.vision.detect import find_boxes
from pillapp.vision.engines import Session, choose_engine

LABELLED_SETS: Final = ("web_scenes", "aihub_korean", "touching_piles", "counter_webcam", "mixes_on_surfaces")
# `hands_mostly_empty` has no labels. Seen by eye: photos named by a number show one pill on a palm each; these show a bare
# hand or desk. The rest show several pills or one at the edge and are not counted.
HANDS_WITHOUT_PILL: Final = tuple(
    f"snapshot_{taken}.jpg"
    for taken in (
        "20250506_164324",
        "20250506_164338",
        "20250506_174025",
        "20250506_180130",
        "20250506_180204",
        "20250506_185333",
        "20250506_211039",
        "20250506_213057",
        "20250506_213159",
    )
)
LOWEST: Final = 0.01  # confidence below which detections don't count for AP
RESAMPLES: Final = 1000
MATCH_IOU: Final = 0.5

Finder = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # RGB picture → boxes (n, 4) in pixels, confidences (n,)


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """Detections of one photo: ``confidences`` and whether each is ``right`` (n,), and how many pills it shows."""

    confidences: np.ndarray
    right: np.ndarray
    truths: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval over photos."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def network_finder(session: Session, size: int, nms_iou: float) -> Finder:
    """The shipped network as a finder that keeps everything down to :data:`LOWEST`."""

    def find(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return find_boxes(session, pixels, size, LOWEST, nms_iou)

    return find


def contour_finder(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The baseline without training: Otsu's threshold on the distance from the border's colour, one box per contour."""
    scale = 640 / max(pixels.shape[:2])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    distance = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
    grey = np.clip(distance, 0, 255).astype(np.uint8)
    mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes, scores = [], []
    for contour in contours:
        area, hull = cv2.contourArea(contour), cv2.contourArea(cv2.convexHull(contour))
        if area >= 60 and hull > 0:
            x, y, w, h = cv2.boundingRect(contour)
            boxes.append([x, y, x + w, y + h])
            scores.append(area / hull)  # convex things first: pills are
    return np.array(boxes, np.float32).reshape(-1, 4) / scale, np.array(scores, np.float32)


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes a (n, 4) and b (m, 4): (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a, area_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9))


def judge(boxes: np.ndarray, confidences: np.ndarray, truth: np.ndarray) -> PhotoResult:
    """Match detections to labelled boxes, most confident first; each label counts once."""
    order = np.argsort(-confidences, kind="stable")
    right = np.zeros(len(order), bool)
    if len(truth) and len(order):
        overlaps = iou_matrix(boxes[order], truth)
        for row in range(len(order)):
            best = int(overlaps[row].argmax())
            if overlaps[row, best] >= MATCH_IOU:
                right[row] = True
                overlaps[:, best] = -1
    return PhotoResult(confidences[order], right, len(truth))


def run(photos: Sequence[LabelledPhoto], find: Finder) -> list[PhotoResult]:
    """Find and judge the pills of every photo."""
    results = []
    for photo in photos:
        pixels = read_rgb(photo.path)
        height, width = pixels.shape[:2]
        results.append(judge(*find(pixels), photo.boxes * (width, height, width, height)))
    return results


def read_rgb(path: Path) -> np.ndarray:
    """A photo as RGB uint8 (h, w, 3), turned as its EXIF says."""
    return np.ascontiguousarray(read_bgr(path)[:, :, ::-1])


def average_precision(results: Sequence[PhotoResult]) -> float:
    """Area under the precision-recall curve with precision made monotone (COCO's 101 recall points)."""
    confidences = np.concatenate([r.confidences for r in results])
    right = np.concatenate([r.right for r in results])[np.argsort(-confidences, kind="stable")]
    truths = sum(r.truths for r in results)
    if not truths or not len(right):
        return 0.0
    hits = np.cumsum(right)
    recall, precision = hits / truths, hits / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean(np.append(precision, 0.0)[at]))


def recall(results: Sequence[PhotoResult], threshold: float) -> float:
    """Share of the labelled pills that are found."""
    found = sum(int(r.right[r.confidences >= threshold].sum()) for r in results)
    return found / max(1, sum(r.truths for r in results))


def precision(results: Sequence[PhotoResult], threshold: float) -> float:
    """Share of the detections that are pills."""
    kept = [r.right[r.confidences >= threshold] for r in results]
    return sum(int(k.sum()) for k in kept) / max(1, sum(len(k) for k in kept))


def exact_counts(results: Sequence[PhotoResult], threshold: float) -> float:
    """Share of the photos with as many detections as labels."""
    return float(np.mean([(r.confidences >= threshold).sum() == r.truths for r in results]))


def any_detection(results: Sequence[PhotoResult], threshold: float) -> float:
    """Share of the photos with at least one detection."""
    return float(np.mean([bool((r.confidences >= threshold).any()) for r in results]))


def estimate(results: Sequence[PhotoResult], figure: Callable[[Sequence[PhotoResult]], float]) -> Estimate:
    """A figure with its bootstrap interval over photos."""
    rng = np.random.default_rng(0)
    samples = [figure([results[i] for i in rng.integers(0, len(results), len(results))]) for _ in range(RESAMPLES)]
    low, high = np.percentile(samples, [2.5, 97.5])
    return Estimate(figure(results), float(low), float(high))


def fit_threshold(results: Sequence[PhotoResult]) -> float:
    """The confidence at which F1 is best on held-out training pictures."""
    confidences = np.concatenate([r.confidences for r in results])
    order = np.argsort(-confidences)
    hits = np.cumsum(np.concatenate([r.right for r in results])[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + sum(r.truths for r in results))
    return float(confidences[order][int(f1.argmax())])


def with_labels(pictures: Sequence[Path]) -> list[LabelledPhoto]:
    """Training pictures, whose label files stand beside them."""
    return [LabelledPhoto(p, p.stem, read_yolo_boxes(p.with_suffix(".txt"))) for p in pictures]


def without_pills(name: str, only: Sequence[str] | None = None) -> list[LabelledPhoto]:
    """Photos of an unlabelled set that show no pill."""
    paths = sorted(p for p in measuring_set(name).rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    return [LabelledPhoto(p, p.name, np.zeros((0, 4), np.float32)) for p in paths if only is None or p.name in only]


def table(find: Finder, threshold: float) -> str:
    """The figures on every measuring set as a Markdown table."""
    lines = [
        "| set | photos | pills | AP50 | recall | precision | exact count |",
        "|---|--:|--:|---|---|---|---|",
    ]
    for name in LABELLED_SETS:
        results = run(labelled_photos(measuring_set(name)), find)
        figures = [
            estimate(results, average_precision),
            estimate(results, lambda r: recall(r, threshold)),
            estimate(results, lambda r: precision(r, threshold)),
            estimate(results, lambda r: exact_counts(r, threshold)),
        ]
        pills = sum(r.truths for r in results)
        lines.append(f"| {name} | {len(results)} | {pills} | " + " | ".join(map(str, figures)) + " |")
    empty = run(without_pills("empty_backgrounds"), find)
    share = estimate(empty, lambda r: any_detection(r, threshold))
    lines.append("")
    lines.append(f"Photos without a pill that get a detection (`empty_backgrounds`, {len(empty)} photos): {share}.")
    bare = run(without_pills("hands_mostly_empty", HANDS_WITHOUT_PILL), find)
    lines.append(
        f"Bare hands and desks with a detection (`hands_mostly_empty`, {len(bare)} photos): "
        f"{any_detection(bare, threshold):.2f}."
    )
    palms = [p for p in without_pills("hands_mostly_empty") if p.path.stem[0].isdigit()]
    one = [int((r.confidences >= threshold).sum()) == 1 for r in run(palms, find)]
    lines.append(f"Palms with one pill that get exactly one detection ({len(palms)} photos): {np.mean(one):.2f}.")
    return "\n".join(lines)


def tray_report(find: Finder, threshold: float) -> str:
    """Counts on `counted_trays`, whose names say how many pills they show; a training set, though not trained on."""
    errors: dict[int, list[int]] = {}
    for path in sorted(training_set("counted_trays").glob("*.jpg")):
        pills = int(path.stem.split("_")[2])
        _, scores = find(read_rgb(path))
        errors.setdefault(pills, []).append(int((scores >= threshold).sum()) - pills)
    cells = [
        f"{pills} pills: {np.mean(np.array(e) == 0):.2f} exact, median error {np.median(e):+.0f} ({len(e)} photos)"
        for pills, e in sorted(errors.items())
    ]
    return "Counts on `counted_trays`: " + "; ".join(cells) + "."


def contact_sheet(
    photos: Sequence[LabelledPhoto], find: Finder, threshold: float, path: Path, columns: int = 6
) -> None:
    """Draw labels (green) and detections (red, with confidence) of some photos into one picture, for the eye."""
    side = 360
    tiles = []
    for photo in photos:
        pixels = read_rgb(photo.path)
        height, width = pixels.shape[:2]
        scale = side / max(height, width)
        tile = np.zeros((side, side, 3), np.uint8)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:side, :side]
        tile[: small.shape[0], : small.shape[1]] = small
        boxes, scores = find(pixels)
        for box in photo.boxes * (width, height, width, height) * scale:
            _rectangle(tile, box, (0, 200, 0), 1)
        for box, score in zip(boxes * scale, scores, strict=True):
            if score >= threshold:
                _rectangle(tile, box, (255, 30, 30), 1)
                at = (int(box[0]), max(9, int(box[1]) - 1))
                cv2.putText(tile, f"{score:.2f}"[1:], at, cv2.FONT_HERSHEY_PLAIN, 0.7, (255, 30, 30), 1)
        tiles.append(tile)
    while len(tiles) % columns:
        tiles.append(np.zeros((side, side, 3), np.uint8))
    sheet = np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet[:, :, ::-1])


def _rectangle(tile: np.ndarray, box: np.ndarray, colour: tuple[int, int, int], width: int) -> None:
    x1, y1, x2, y2 = (round(float(v)) for v in box)
    cv2.rectangle(tile, (x1, y1), (x2, y2), colour, width)


def read_thresholds(card: Path) -> tuple[float, float, int]:
    """Confidence threshold, NMS overlap and input size of a model card."""
    values = json.loads(card.read_text(encoding="utf-8"))
    return float(values["confidence_threshold"]), float(values["nms_iou"]), int(values["input"])


def detector_report(device: str) -> str:
    """Measure ``models/detector`` and the baseline; contact sheets go to ``work/sheets``."""
    weights = models_dir() / "detector"
    threshold, nms_iou, size = read_thresholds(weights.with_suffix(".json"))
    choice = choose_engine(device)
    find = network_finder(choice.engine.load(weights), size, nms_iou)
    rng = np.random.default_rng(3)
    for name in LABELLED_SETS:
        photos = labelled_photos(measuring_set(name))
        some = [photos[i] for i in sorted(rng.choice(len(photos), min(30, len(photos)), replace=False))]
        contact_sheet(some, find, threshold, work_dir() / "sheets" / f"{name}.png")
    for name in ("empty_backgrounds", "hands_mostly_empty"):
        contact_sheet(without_pills(name), find, threshold, work_dir() / "sheets" / f"{name}.png", columns=8)
    held = run(with_labels(held_out_pictures()), find)
    return "\n".join(
        [
            f"Detector on {choice.engine.label}, confidence threshold {threshold:.3f}",
            "",
            table(find, threshold),
            "",
            f"Held-out training pictures: AP50 {estimate(held, average_precision)}",
            "",
            tray_report(find, threshold),
            "",
            "Baseline (Otsu and contours, no training):",
            "",
            table(contour_finder, 0.0),
        ]
    )
