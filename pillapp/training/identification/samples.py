"""Pills whose product is known, observed as the program does: official pictures, Korean photos."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from pillapp.capture.photos import load_photo
from pillapp.identify.frame_light import under_one_light
from pillapp.identify.index import AppearanceIndex
from pillapp.paths import measuring_data_dir, models_dir
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.studio_pictures import outlines
from pillapp.vision.detect import Detection
from pillapp.vision.engines import choose_engine
from pillapp.vision.observe import Observation, Observer
from pillapp.vision.studio import pill_boxes


@dataclass(frozen=True, eq=False)
class Sample:
    """One side (or both) of a pill whose product is known; ``photo`` names the picture it shares with others."""

    item_seq: str
    observations: tuple[Observation, ...]
    photo: str = ""


def official_index() -> AppearanceIndex:
    """The whole official 낱알식별 file as an index."""
    return AppearanceIndex.of(catalogue_appearances())


def reference_pictures(use: str, observer: Observer, count: int) -> Iterator[Sample]:
    """Official product pictures with all pills found on each, one or two; each turned, shrunk, blurred, tinted and made noisy
    as a counter photo is.
    """
    folder = measuring_data_dir() / "pills" / "mfds_reference"
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["use"] == use]
    rng = np.random.default_rng(3)
    for place in rng.permutation(len(rows))[:count]:
        picture = cv2.imread(str(folder / "images" / rows[place]["file"]))
        if picture is None:
            continue
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        sides = []
        for box in pill_boxes(rgb):
            degraded, moved = degrade(rgb, box, rng)
            sides.append(observer.observe(degraded, Detection(moved, 0.9)))
        yield Sample(rows[place]["item_seq"], tuple(sides), rows[place]["file"])


def reference_samples(use: str, observer: Observer, count: int) -> Iterator[Sample]:
    """The sides of :func:`reference_pictures`, each a pill of its own."""
    for picture in reference_pictures(use, observer, count):
        yield from one_by_one(picture)


def one_by_one(sample: Sample) -> list[Sample]:
    """Its sides as if only one of them had been seen."""
    return [Sample(sample.item_seq, (side,), sample.photo) for side in sample.observations]


def degrade(
    rgb: np.ndarray, box: tuple[float, float, float, float], rng: np.random.Generator
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Turn the pill in ``box`` by any angle and give the picture a camera's faults; the picture and the pill's box in it."""
    x1, y1, x2, y2 = box
    side = int(1.5 * np.hypot(x2 - x1, y2 - y1))
    long_px = rng.uniform(110, 260)
    scale = long_px / max(x2 - x1, y2 - y1)
    angle = float(rng.uniform(0, 360))
    size = max(32, int(side * scale))
    matrix = cv2.getRotationMatrix2D(((x1 + x2) / 2, (y1 + y2) / 2), angle, scale)
    matrix[:, 2] += np.array([size / 2 - (x1 + x2) / 2, size / 2 - (y1 + y2) / 2])
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    turned = cv2.warpAffine(rgb, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(turned.astype(np.float32), (0, 0), float(rng.uniform(0.3, 1.3)))
    tint = rng.normal(1, 0.05, 3) * rng.uniform(0.75, 1.08)
    noisy = blurred * tint + rng.normal(0, rng.uniform(1, 6), blurred.shape)
    picture = np.clip(noisy, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
    picture = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    points = np.array(outlines().cut_out(rgb, box).polygon) @ matrix[:, :2].T + matrix[:, 2]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return picture, (float(left), float(top), float(right), float(bottom))


def korean_photos(observer: Observer) -> Iterator[Sample]:
    """Pills of ``aihub_korean`` with their given boxes, photo by photo; no item_seq where the official file has none."""
    folder = measuring_data_dir() / "pills" / "aihub_korean"
    with (folder / "class_to_item_seq.csv").open(encoding="utf-8-sig") as file:
        item_seqs = {row["class"]: row["item_seq"] for row in csv.DictReader(file)}
    for path in sorted((folder / "images").glob("*.jpg")):
        pixels = load_photo(path).pixels
        height, width = pixels.shape[:2]
        kinds, found = [], []
        for line in (folder / "labels" / f"{path.stem}.txt").read_text().splitlines():
            kind, x, y, w, h = line.split()[:5]
            cx, cy, bw, bh = float(x) * width, float(y) * height, float(w) * width, float(h) * height
            kinds.append(kind)
            found.append(Detection((cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2), 0.9))
        seen = under_one_light(observer.observe_all(pixels, found))
        yield from (Sample(item_seqs.get(kind, ""), (one,), path.stem) for kind, one in zip(kinds, seen, strict=True))


def cpu_observer() -> Observer:
    """The program's own observer, on the processor."""
    return Observer(choose_engine("cpu").engine, models_dir())
