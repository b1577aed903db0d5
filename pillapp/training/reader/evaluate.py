"""What the imprint reader is worth: how high the text on a real pill ranks among all texts of the official file.

Boxes are given; outlines come from :mod:`pillapp.vision.segment`, as in the program. A crop counts as read when the
text of either side of its product comes first (one side is seen, and the labels don't say which). Averages are given
over crops and over products, since a quarter of the crops show the same product; intervals resample whole photos.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from pillapp.catalog.imprint_text import fold_lookalikes
from pillapp.identify.imprint_score import ImprintIndex, encode
from pillapp.paths import models_dir
from pillapp.training.catalogue_sides import catalogue_rows
from pillapp.training.datasets import measuring_set, read_rgb, work_dir
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ImprintReader, ImprintReading
from pillapp.vision.segment import cut_out

SHARED_PRIOR: Final = 0.5  # times the log of how many sides carry a text: common texts are likelier before looking


@dataclass(frozen=True, slots=True)
class CropResult:
    """One crop: ``photo`` and ``product`` it belongs to, the ``rank`` of its text (1 is first), what was read.

    ``plain_rank`` is the rank by edit distance to the plain text shown on the screen: what reading is worth without scoring.
    """

    photo: str
    product: str
    rank: float
    plain_rank: float
    truth: str
    read: str
    long: bool
    margin: float


def read_crops(device: str) -> list[CropResult]:
    """Read every crop of ``aihub_korean`` whose product the official file knows."""
    folder = measuring_set("aihub_korean")
    with (folder / "class_to_item_seq.csv").open(encoding="utf-8-sig", newline="") as stream:
        products = {int(row["class"]): row["item_seq"] for row in csv.DictReader(stream)}
    rows = catalogue_rows()
    sides: dict[str, set[str]] = {}
    counts: dict[tuple[int, ...], int] = {}
    for row in rows:
        for text in (row.front, row.back):
            sides.setdefault(row.item_seq, set()).add(text)
            key = encode(text)[0]
            counts[key] = counts.get(key, 0) + 1
    texts = sorted({text for row in rows for text in (row.front, row.back)})
    keys = [encode(text)[0] for text in texts]
    # one entry per distinct string of characters
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    distinct = [texts[i] for i in sorted(first.values())]
    keys = [encode(text)[0] for text in distinct]
    index = ImprintIndex(distinct)
    folded = [fold_lookalikes(text) for text in distinct]
    prior = SHARED_PRIOR * np.log([counts[key] for key in keys])
    reader = ImprintReader(choose_engine(device).engine, models_dir() / "imprint_reader")
    results = []
    for label in sorted((folder / "labels").glob("*.txt")):
        photo = next((folder / "images").glob(label.stem + ".*"))
        pixels = read_rgb(photo)
        height, width = pixels.shape[:2]
        for line in label.read_text().splitlines():
            number, x, y, w, h = (float(v) for v in line.split())
            product = products.get(int(number), "")
            wanted = {encode(text)[0] for text in sides.get(product, set()) if encode(text)[0]}
            if not wanted:
                continue
            box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
            cut = cut_out(pixels, box)
            reading = reader.read(cut.crop, cut.mask)
            scores = index.score(reading) + prior
            right = [i for i, key in enumerate(keys) if key in wanted]
            rank, margin = _rank(scores, right)
            alike = process.cdist([fold_lookalikes(reading.text)], folded, scorer=fuzz.ratio)[0].astype(np.float64)
            plain_rank, _ = _rank(alike, right)
            truth = " / ".join(sorted(t for t in sides[product] if t))
            long = max(w * width, h * height) > 1.25 * min(w * width, h * height)
            results.append(CropResult(label.stem, product, rank, plain_rank, truth, _shown(reading), long, margin))
    return results


def _rank(scores: np.ndarray, right: list[int]) -> tuple[float, float]:
    """Rank of the best right entry (ties shared), and how far the first is ahead of the second."""
    best = scores[right].max()
    others = np.delete(scores, right)
    top = np.sort(scores)[-2:]
    return 1 + float((others > best).sum()) + 0.5 * float((others == best).sum()), float(top[1] - top[0])


def _shown(reading: ImprintReading) -> str:
    return f"{reading.text} ({reading.confidence:.2f})"


def _share(results: list[CropResult], within: int, per_product: bool) -> float:
    hits = np.array([r.rank <= within for r in results], float)
    if not per_product:
        return float(hits.mean())
    by_product: dict[str, list[float]] = {}
    for result, hit in zip(results, hits, strict=True):
        by_product.setdefault(result.product, []).append(float(hit))
    return float(np.mean([np.mean(v) for v in by_product.values()]))


def _estimate(results: list[CropResult], figure: Callable[[list[CropResult]], float]) -> Estimate:
    photos: dict[str, list[CropResult]] = {}
    for result in results:
        photos.setdefault(result.photo, []).append(result)
    groups = list(photos.values())
    rng = np.random.default_rng(0)
    samples = []
    for _ in range(RESAMPLES):
        samples.append(figure([r for i in rng.integers(0, len(groups), len(groups)) for r in groups[i]]))
    low, high = np.percentile(samples, [2.5, 97.5])
    return Estimate(figure(results), float(low), float(high))


def reader_report(device: str) -> str:
    """The figures as Markdown; every crop's reading goes to ``work/sheets/imprints.csv``."""
    results = read_crops(device)
    path = work_dir() / "sheets" / "imprints.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["photo", "product", "rank", "truth", "read", "long", "margin"])
        for r in results:
            writer.writerow([r.photo, r.product, r.rank, r.truth, r.read, r.long, f"{r.margin:.2f}"])
    products, photos = len({r.product for r in results}), len({r.photo for r in results})
    lines = [
        f"{len(results)} crops of {products} products in {photos} photos",
        "",
        "| text ranked among all of the file | crops | products |",
        "|---|---|---|",
    ]
    for within in (1, 5):
        crops = _estimate(results, partial(_share, within=within, per_product=False))
        by_product = _estimate(results, partial(_share, within=within, per_product=True))
        lines.append(f"| top-{within} | {crops} | {by_product} |")
    plain = [replace(r, rank=r.plain_rank) for r in results]
    for within in (1, 5):
        shares = f"{_share(plain, within, False):.3f} | {_share(plain, within, True):.3f}"
        lines.append(f"| top-{within} by edit distance to the plain text | {shares} |")
    for name, long in (("long", True), ("round", False)):
        some = [r for r in results if r.long == long]
        lines.append(
            f"| top-1, {name} pills ({len(some)}) | {_share(some, 1, False):.3f} | {_share(some, 1, True):.3f} |"
        )
    sure = [r for r in results if r.margin >= 1]
    if sure:
        lines.append("")
        lines.append(f"Runner-up at least 1 behind: {len(sure)} crops, {_share(sure, 1, False):.3f} of them right.")
    return "\n".join(lines)
