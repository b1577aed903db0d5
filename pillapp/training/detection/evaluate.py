"""What the detector is worth, beside two ways of finding pills without learning: ``main.py evaluate detection``.

Everything runs through :mod:`pillapp.vision.detect`, so the figures are those of the program as shipped. Intervals are the
middle 95 % of 1,000 resamples of the photos.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from pillapp.paths import models_dir
from pillapp.training.datasets import DataSetError, LabelledPhoto, read_rgb, work_dir
from pillapp.training.detection import metrics, sets
from pillapp.training.detection.baselines import contour_finder, watershed_finder
from pillapp.training.detection.metrics import PhotoResult, estimate, result_of
from pillapp.training.detection.pictures import held_out_pictures
from pillapp.training.estimates import Estimate
from pillapp.vision.detect import find_boxes, judge_count
from pillapp.vision.engines import Session, choose_engine

LOWEST: Final = 0.01  # confidence below which detections don't count for average precision
SHEET_PHOTOS: Final = 30

Finder = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # RGB picture → boxes (n, 4) in pixels, confidences (n,)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of finding pills, and from which confidence it is believed and doubted."""

    name: str
    find: Finder
    threshold: float
    doubt: float

    def judged(self, pixels: np.ndarray, truth: np.ndarray) -> PhotoResult:
        """All detections of a picture against its labels (n, 4) in pixels."""
        boxes, scores = self.find(pixels)
        counted = judge_count(boxes[scores >= self.doubt], scores[scores >= self.doubt], self.threshold)
        return result_of(boxes, scores, truth, lower_bound=self.doubt < self.threshold and not counted.exact)


def network_finder(session: Session, size: int, nms_iou: float) -> Finder:
    """The network as a finder that keeps everything down to :data:`LOWEST`."""

    def find(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return find_boxes(session, pixels, size, LOWEST, nms_iou)

    return find


def run(photos: Sequence[LabelledPhoto], way: Way) -> list[PhotoResult]:
    """Find and judge the pills of every photo."""
    results = []
    for photo in photos:
        pixels = read_rgb(photo.path)
        height, width = pixels.shape[:2]
        results.append(way.judged(pixels, photo.boxes * (width, height, width, height)))
    return results


def network_way(weights: Path, device: str) -> Way:
    """A detector (path without suffix) as the program would use it; a card without a doubt threshold never doubts."""
    card = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    choice = choose_engine(device)
    find = network_finder(choice.engine.load(weights), int(card["input"]), float(card["nms_iou"]))
    name = f"{card['name']} {card['version']} ({choice.engine.label})"
    return Way(
        name,
        find,
        float(card["confidence_threshold"]),
        float(card.get("doubt_threshold", card["confidence_threshold"])),
    )


def evaluate(names: Sequence[str], device: str, say: Say, weights: Path | None = None) -> dict[str, Any]:
    """Measure ``models/detector`` or other ``weights`` (path without suffix) on the named sets, all if none are named.

    Tables go through ``say``; all figures are returned as one dictionary.

    Raises:
        DataSetError: there is no such set, or no such weights.
    """
    weights = weights or models_dir() / "detector"
    if not weights.with_suffix(".json").is_file():
        raise DataSetError(f"{weights}.json is missing: give the path of weights without their suffix")
    unknown = sorted(set(names) - set(sets.SETS))
    if unknown:
        raise DataSetError(f"no such set: {', '.join(unknown)}; there are {', '.join(sets.SETS)}")
    wanted = names or sets.SETS
    ways = [
        network_way(weights, device),
        Way("Otsu and contours", contour_finder, 0.0, 0.0),
        Way("colour distance and watershed", watershed_finder, 0.0, 0.0),
    ]
    figures: dict[str, Any] = {}
    for way in ways:
        say(f"\n{way.name}, threshold {way.threshold:.3f}, doubt from {way.doubt:.3f}\n")
        figures[way.name] = {
            "threshold": way.threshold,
            "doubt": way.doubt,
            **_boxes([n for n in wanted if n in (*sets.LABELLED, sets.HELD_OUT)], way, say),
            **_empty([n for n in wanted if n in sets.EMPTY], way, say),
            **_counts([n for n in wanted if n in sets.COUNTED], way, say),
        }
    for name in wanted:
        if name in sets.LABELLED or name in sets.EMPTY:
            _sheet(name, ways[0])
    return figures


def _boxes(names: Sequence[str], way: Way, say: Say) -> dict[str, Any]:
    if not names:
        return {}
    say(
        "| set | photos | pills | AP50 | AP50-95 | recall | precision | recall IoU 0.3 | merged | exact count | count wrong unsaid |"
    )
    say("|---|--:|--:|---|---|---|---|---|---|---|---|")
    figures = {}
    for name in names:
        photos = sets.with_labels(held_out_pictures()) if name == sets.HELD_OUT else sets.labelled(name)
        everything = run(photos, way)
        kept = [result.above(way.threshold) for result in everything]
        row = {
            "AP50": estimate(everything, metrics.average_precision),
            "AP50-95": Estimate(metrics.average_precision_50_95(everything), np.nan, np.nan),
            "recall": estimate(kept, metrics.recall),
            "precision": estimate(kept, metrics.precision),
            "recall_iou_0.3": estimate(kept, lambda r: metrics.recall(r, metrics.INSTANCE_IOU)),
            "merge_rate": estimate(kept, metrics.merge_rate),
            "exact_count": estimate(kept, metrics.exact_counts),
            "silent_miscount": estimate(kept, metrics.silent_miscounts),
        }
        pills = sum(len(result.truth) for result in everything)
        cells = [f"{e.value:.3f}" if np.isnan(e.low) else str(e) for e in row.values()]
        say(f"| {name} | {len(photos)} | {pills} | {' | '.join(cells)} |")
        figures[name] = {"photos": len(photos), "pills": pills, **{key: _plain(e) for key, e in row.items()}}
    return figures


def _empty(names: Sequence[str], way: Way, say: Say) -> dict[str, Any]:
    figures = {}
    for name in names:
        kept = [result.above(way.threshold) for result in run(sets.empty(name), way)]
        clean = estimate(kept, lambda r: 1 - metrics.any_detection(r))
        each = estimate(kept, metrics.false_pills)
        say(f"\n{name}: {len(kept)} photos without a pill: none found in {clean}; false pills a photo {each}.")
        figures[name] = {"photos": len(kept), "without_detection": _plain(clean), "false_pills": _plain(each)}
        if name == "hands_mostly_empty":
            palms = [result.above(way.threshold) for result in run(sets.palms_with_one_pill(), way)]
            one = float(np.mean([len(result.boxes) == 1 for result in palms]))
            say(f"{name}: {len(palms)} palms with one pill: exactly one found in {one:.3f}.")
            figures[name]["palms_with_one"] = one
    return figures


def _counts(names: Sequence[str], way: Way, say: Say) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name in names:
        photos = sets.counted(name)
        results, errors = [], []
        for photo in photos:
            result = way.judged(read_rgb(photo.path), np.zeros((photo.pills, 4), np.float32)).above(way.threshold)
            results.append(result)
            errors.append(len(result.boxes) - photo.pills)
        exact, silent = estimate(results, metrics.exact_counts), estimate(results, metrics.silent_miscounts)
        right = float(np.mean(np.array(errors) == 0))
        say(
            f"\n{name}: {len(photos)} photos: exact and said so in {exact}, wrong unsaid in {silent}; "
            f"the number itself is right in {right:.3f}, median error {np.median(errors):+.0f}."
        )
        by_size: dict[int, list[int]] = {}
        for photo, error in zip(photos, errors, strict=True):
            by_size.setdefault(photo.pills, []).append(error)
        say("; ".join(f"{n} pills: {np.mean(np.array(e) == 0):.2f} of {len(e)}" for n, e in sorted(by_size.items())))
        figures[name] = {
            "photos": len(photos),
            "exact_count": _plain(exact),
            "silent_miscount": _plain(silent),
            "number_right": right,
            "median_error": float(np.median(errors)),
        }
    return figures


def _plain(figure: Estimate) -> dict[str, float]:
    values = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {key: round(value, 4) for key, value in values.items() if not np.isnan(value)}


def _sheet(name: str, way: Way, columns: int = 6, side: int = 360) -> None:
    """Draw labels (green) and detections (red, with confidence) of some photos into ``work/sheets``, for the eye."""
    photos = sets.empty(name) if name in sets.EMPTY else sets.labelled(name)
    some = np.random.default_rng(3).permutation(len(photos))[:SHEET_PHOTOS]
    tiles = []
    for photo in (photos[i] for i in sorted(some)):
        pixels = read_rgb(photo.path)
        height, width = pixels.shape[:2]
        scale = side / max(height, width)
        tile = np.zeros((side, side, 3), np.uint8)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:side, :side]
        tile[: small.shape[0], : small.shape[1]] = small
        boxes, scores = way.find(pixels)
        for box in photo.boxes * (width, height, width, height) * scale:
            _rectangle(tile, box, (0, 200, 0))
        for box, score in zip(boxes * scale, scores, strict=True):
            if score >= way.threshold:
                _rectangle(tile, box, (255, 30, 30))
                at = (int(box[0]), max(9, int(box[1]) - 1))
                cv2.putText(tile, f"{score:.2f}"[1:], at, cv2.FONT_HERSHEY_PLAIN, 0.7, (255, 30, 30), 1)
        tiles.append(tile)
    while len(tiles) % columns:
        tiles.append(np.zeros((side, side, 3), np.uint8))
    sheet = np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])
    path = work_dir() / "sheets" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet[:, :, ::-1])


def _rectangle(tile: np.ndarray, box: np.ndarray, colour: tuple[int, int, int]) -> None:
    x1, y1, x2, y2 = (round(float(v)) for v in box)
    cv2.rectangle(tile, (x1, y1), (x2, y2), colour, 1)
