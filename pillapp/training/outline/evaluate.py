"""How near found outlines are to true ones: ``main.py evaluate outline``, beside GrabCut on the same boxes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import cv2
import numpy as np

from pillapp.paths import models_dir
from pillapp.training.datasets import IMAGE_SUFFIXES, measuring_set, read_rgb
from pillapp.training.estimates import Estimate, of_mean
from pillapp.training.outline.samples import scene_pills
from pillapp.vision.engines import choose_engine
from pillapp.vision.segment import Cutout, OutlineFinder, window_of
from pillapp.vision.shape import measure_outline

DRAWN: Final = ("aihub_korean", "web_scenes")  # measuring sets with outlines drawn by people
_LEAST_PX: Final = 24  # both ways

Box = tuple[float, float, float, float]
Case = tuple[np.ndarray, np.ndarray, Box]  # RGB picture, true mask of one pill (both whole frames), its box


def evaluate(device: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Overlap with the true outline, errors of both axes, and how well the finder knows when it is wrong."""
    finder = OutlineFinder(choose_engine(device).engine, models_dir() / "outline")
    ways: dict[str, Callable[[np.ndarray, Box], tuple[np.ndarray, bool]]] = {
        "network": lambda pixels, box: _of(finder.cut_out(pixels, box)),
        "GrabCut": grab_cut,
    }
    sets: dict[str, Callable[[], Iterator[Case]]] = {"rendered scenes held out": _rendered}
    sets |= {name: partial(_drawn, name) for name in DRAWN}
    say(
        "| set | way | pills | IoU mean | median | tenth lowest | long axis off | short axis off | trusted | IoU ≥ 0.9 of these |"
    )
    say("|---|---|--:|---|--:|--:|--:|--:|--:|--:|")
    figures: dict[str, Any] = {}
    for name, cases in sets.items():
        results: dict[str, list[tuple[float, float, float, bool]]] = {way: [] for way in ways}
        for pixels, truth, box in cases():
            for way, find in ways.items():
                results[way].append(_compare(*find(pixels, box), truth, pixels, box))
        for way, rows in results.items():
            table = np.array(rows, dtype=float)
            overlap = of_mean(table[:, 0])
            figures.setdefault(name, {})[way] = _say_row(name, way, table, overlap, say)
    return figures


def _say_row(name: str, way: str, table: np.ndarray, overlap: Estimate, say: Callable[[str], None]) -> dict[str, float]:
    trusted = table[:, 3] > 0
    figures = {
        "pills": len(table),
        "iou": overlap.value,
        "median": float(np.median(table[:, 0])),
        "tenth": float(np.percentile(table[:, 0], 10)),
        "long": float(np.median(np.abs(table[:, 1]))),
        "short": float(np.median(np.abs(table[:, 2]))),
        "trusted": float(trusted.mean()),
        "good_of_trusted": float((table[trusted, 0] >= 0.9).mean()),
    }
    say(
        f"| {name} | {way} | {len(table)} | {overlap} | {figures['median']:.3f} | {figures['tenth']:.3f} | "
        f"{figures['long']:.1%} | {figures['short']:.1%} | {figures['trusted']:.2f} | {figures['good_of_trusted']:.2f} |"
    )
    return {key: round(float(value), 4) for key, value in figures.items()}


def _compare(
    mask: np.ndarray, trusted: bool, truth: np.ndarray, pixels: np.ndarray, box: Box
) -> tuple[float, float, float, bool]:
    """Overlap, and how far long and short axis are off (share of the true ones), within the box's window."""
    window = window_of(pixels, box)
    left, top = window.origin
    height, width = mask.shape
    wanted = truth[top : top + height, left : left + width]
    overlap = float((mask & wanted).sum() / max((mask | wanted).sum(), 1))
    _, long_px, short_px, _ = measure_outline(mask)
    _, true_long, true_short, _ = measure_outline(wanted)
    return overlap, long_px / true_long - 1, short_px / true_short - 1, trusted


def _of(cutout: Cutout) -> tuple[np.ndarray, bool]:
    return cutout.mask, cutout.trusted


def _rendered() -> Iterator[Case]:
    for pill in scene_pills(held=True):
        if min(pill.box[2] - pill.box[0], pill.box[3] - pill.box[1]) >= _LEAST_PX:
            yield pill.pixels, pill.mask, pill.box


def _drawn(name: str) -> Iterator[Case]:
    folder = measuring_set(name)
    for path in sorted(p for p in (folder / "images").iterdir() if p.suffix.lower() in IMAGE_SUFFIXES):
        labels = folder / "labels_seg" / f"{path.stem}.txt"
        if not labels.exists():
            continue
        pixels = read_rgb(path)
        height, width = pixels.shape[:2]
        for line in labels.read_text().splitlines():
            points = np.array([float(v) for v in line.split()[1:]]).reshape(-1, 2) * (width, height)
            truth = np.zeros((height, width), np.uint8)
            cv2.fillPoly(truth, [np.round(points).astype(np.int32)], 1)
            x, y, w, h = cv2.boundingRect(truth)
            if min(w, h) >= _LEAST_PX:
                yield pixels, truth > 0, (float(x), float(y), float(x + w), float(y + h))


def grab_cut(pixels: np.ndarray, box: Box) -> tuple[np.ndarray, bool]:
    """The outline without learning: GrabCut in the box's window, its core taken for pill, what is outside for table."""
    window = window_of(pixels, box)
    picture = np.ascontiguousarray((window.picture[:3].transpose(1, 2, 0) * 255).astype(np.uint8))
    labels = np.full(picture.shape[:2], cv2.GC_BGD, np.uint8)
    x1, y1, x2, y2 = (round(v * window.scale) for v in window.inner)
    labels[max(0, y1) : y2, max(0, x1) : x2] = cv2.GC_PR_BGD
    middle, axes = (round((x1 + x2) / 2), round((y1 + y2) / 2)), ((x2 - x1) / 2, (y2 - y1) / 2)
    cv2.ellipse(labels, middle, (round(axes[0] * 0.95), round(axes[1] * 0.95)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.circle(labels, middle, max(2, round(min(axes) * 0.35)), cv2.GC_FGD, -1)
    cv2.setRNGSeed(0)
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    cv2.grabCut(lab, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    blob = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    contours, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(blob.shape, np.float32)
    if contours:
        cv2.drawContours(filled, [cv2.convexHull(max(contours, key=cv2.contourArea))], -1, 1.0, -1)
    return window.whole(filled) > 0.5, True
