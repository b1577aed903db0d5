"""Fit how evidence is weighed and when a name is certain: ``main.py train ranking`` and ``evaluate ranking``.

``fit`` uses the ``train`` rows of ``mfds_reference`` only (a side at a time, degraded to look like counter photos) against the whole
official catalogue and writes ``models/ranking.json``. ``measure`` prints what comes out on photos nothing was fitted on:
``aihub_korean`` with given boxes, and the ``measure`` rows of ``mfds_reference``.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import groupby
from typing import Final

import cv2
import numpy as np

from pillapp.capture.photos import load_photo
from pillapp.identify.evidence import Scores, Weights, default_weights, score
from pillapp.identify.frame_scale import identify_together
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import identify, product_probabilities
from pillapp.identify.values import Identification, State
from pillapp.paths import measuring_data_dir, models_dir
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.studio_pictures import pill_boxes
from pillapp.vision.detect import Detection
from pillapp.vision.engines import choose_engine
from pillapp.vision.observe import Observation, Observer

GRID: Final = (0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7)
FITTED: Final = ("imprint", "shape", "colour", "aspect")
# A wrong certain name is the worst outcome: the fit must show this share right, and the threshold keeps a margin above it.
WANTED_PRECISION: Final = 0.99


@dataclass(frozen=True, eq=False)
class Sample:
    """One side (or both) of a pill whose product is known; ``photo`` names the picture it shares with others."""

    item_seq: str
    observations: tuple[Observation, ...]
    photo: str = ""


def official_index() -> AppearanceIndex:
    """The whole official 낱알식별 file as an index."""
    return AppearanceIndex.of(catalogue_appearances())


def reference_samples(use: str, observer: Observer, count: int, *, both: bool = False) -> Iterator[Sample]:
    """Official product pictures, each turned, shrunk, blurred, tinted and made noisy as a counter photo is."""
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
        if both and len(sides) == 2:
            yield Sample(rows[place]["item_seq"], tuple(sides))
        elif not both:
            for side in sides:
                yield Sample(rows[place]["item_seq"], (side,))


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
    hull = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
    theta = np.linspace(0, 2 * np.pi, 48)
    ellipse = hull.mean(axis=0) + np.stack([np.cos(theta) * (x2 - x1) / 2, np.sin(theta) * (y2 - y1) / 2], -1)
    points = ellipse @ matrix[:, :2].T + matrix[:, 2]
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
        for line in (folder / "labels" / f"{path.stem}.txt").read_text().splitlines():
            kind, x, y, w, h = line.split()[:5]
            cx, cy, bw, bh = float(x) * width, float(y) * height, float(w) * width, float(h) * height
            box = (cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2)
            yield Sample(item_seqs.get(kind, ""), (observer.observe(pixels, Detection(box, 0.9)),), path.stem)


def fit(count: int, say: Callable[[str], None]) -> None:
    """Fit weights and thresholds on ``count`` training pictures (two sides each)."""
    index, observer = official_index(), cpu_observer()
    known = set(index.item_seqs)
    samples = [s for s in reference_samples("train", observer, count) if s.item_seq in known]
    scored = [(score(s.observations, index), index.item_seqs.index(s.item_seq)) for s in samples]
    weights = _fit_weights(scored, index, default_weights(), say)
    weights = _fit_thresholds(scored, samples, index, weights)
    card = {
        "source": f"mfds_reference, train rows: {len(samples)} degraded sides against {len(known)} official products",
        "command": "main.py train ranking",
        "weights": {f.name: round(getattr(weights, f.name), 4) for f in fields(weights)},
    }
    (models_dir() / "ranking.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(json.dumps(asdict(weights), indent=1))


def _fit_weights(
    scored: Sequence[tuple[Scores, int]], index: AppearanceIndex, start: Weights, say: Callable[[str], None]
) -> Weights:
    """Coordinate search for the highest mean log probability of the right product."""

    def fitness(weights: Weights) -> float:
        logs = [np.log(product_probabilities(s.total(weights), index)[p] + 1e-9) for s, p in scored]
        return float(np.mean(logs))

    best, best_value = start, fitness(start)
    for _ in range(2):
        for name in FITTED:
            for value in GRID:
                tried = replace(best, **{name: value})
                reached = fitness(tried)
                if reached > best_value:
                    best, best_value = tried, reached
            say(f"{name} = {getattr(best, name)}: mean log probability {best_value:.3f}")
    return best


def _fit_thresholds(
    scored: Sequence[tuple[Scores, int]], samples: Sequence[Sample], index: AppearanceIndex, weights: Weights
) -> Weights:
    """The lowest probability from which certain names are right as often as wanted, with a margin of half the rest to 1."""
    open_weights = replace(weights, identified_probability=0.0, identified_imprint=0.9, known_mass=0.0)
    tops = []
    for sample in samples:
        result = identify(sample.observations, index, open_weights)
        if result.state is State.IDENTIFIED and result.best:
            tops.append((result.best.probability, result.best.item_seq == sample.item_seq))
    tops.sort(reverse=True)
    threshold, right = 0.999, 0
    for place, (probability, is_right) in enumerate(tops, start=1):
        right += is_right
        if right / place >= WANTED_PRECISION and probability > 0.5:
            threshold = probability
    threshold = threshold + (1 - threshold) * 0.5
    return replace(weights, identified_probability=float(threshold), identified_imprint=0.9, known_mass=0.3)


def measure(count: int, say: Callable[[str], None]) -> None:
    """Say top-1, top-5 and how often IDENTIFIED is said and right, on pictures nothing was fitted on."""
    index, observer = official_index(), cpu_observer()
    korean = list(korean_photos(observer))
    alone = [identify(sample.observations, index) for sample in korean]
    _say_row("aihub_korean, given boxes, one side", _rows(korean, alone, index), say)
    together: list[Identification] = []
    for _, photo in groupby(korean, key=lambda sample: sample.photo):
        together += identify_together([sample.observations for sample in photo], index)
    _say_row("aihub_korean, given boxes, one side, scale from the frame", _rows(korean, together, index), say)
    for sides, both in (("one side", False), ("both sides", True)):
        samples = list(reference_samples("measure", observer, count, both=both))
        named = [identify(sample.observations, index) for sample in samples]
        _say_row(f"mfds_reference measure rows, {sides}", _rows(samples, named, index), say)


def _rows(
    samples: Sequence[Sample], named: Sequence[Identification], index: AppearanceIndex
) -> list[tuple[str, bool, bool, bool]]:
    """Product, right at first place, right among five, and said to be certain, of each sample the official file has."""
    known = set(index.item_seqs)
    rows = []
    for sample, result in zip(samples, named, strict=True):
        if sample.item_seq in known:
            names = [c.item_seq for c in result.candidates]
            place = names.index(sample.item_seq) if sample.item_seq in names else 99
            rows.append((sample.item_seq, place == 0, place < 5, result.state is State.IDENTIFIED))
    return rows


def _say_row(name: str, rows: Sequence[tuple[str, bool, bool, bool]], say: Callable[[str], None]) -> None:
    table = np.array([row[1:] for row in rows], dtype=float)
    products = np.array([row[0] for row in rows])
    told = table[:, 2] == 1
    right = int((table[told, 0] == 1).sum())
    say(
        f"{name}: n {len(rows)}, {len(set(products))} products · top-1 {_share(table[:, 0], products)} · "
        f"top-5 {_share(table[:, 1], products)} · IDENTIFIED {told.mean():.3f} of pills, right {right} of {int(told.sum())}"
    )


def _share(hits: np.ndarray, products: np.ndarray) -> str:
    """Crop average with a 95 % interval from resampling whole products, and the average over products."""
    groups = [hits[products == p] for p in np.unique(products)]
    rng = np.random.default_rng(0)
    means = []
    for _ in range(1000):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        means.append(np.concatenate(drawn).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{hits.mean():.3f} [{low:.3f}, {high:.3f}] (per product {np.mean([g.mean() for g in groups]):.3f})"


def cpu_observer() -> Observer:
    """The program's own observer, on the processor."""
    return Observer(choose_engine("cpu").engine, models_dir())
