"""What the imprint reader is worth: how high the text on a real pill ranks among all texts of the official file.

Boxes are given; outlines come from :mod:`pillapp.vision.segment`, as in the program. A side counts as read when a right text
comes first. Averages are given over sides and over products, since some products are shown often; intervals resample whole photos.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from pillapp.catalog.imprint_text import fold_lookalikes
from pillapp.catalog.values import Side
from pillapp.identify.characters import encode, spellings
from pillapp.identify.imprint_score import ImprintIndex
from pillapp.paths import models_dir
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import mfds_measuring_rows, work_dir
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.training.reader.ocr_baseline import OcrBaseline
from pillapp.training.reader.sights import Sight, hospital_pictures, korean_photos, official_pictures
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import LONG_ASPECT, ImprintReader, ImprintReading, lie_of

SHARED_PRIOR: Final = 0.5  # times the log of how many sides carry a text: common texts are likelier before looking


@dataclass(frozen=True, slots=True)
class CropResult:
    """One side: ``photo`` and ``product`` it belongs to, the ``rank`` of its text (1 is first), what was read.

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


TextKey = frozenset[tuple[int, ...]]  # the characters of each spelling


def _key(side: Side) -> TextKey:
    return frozenset(spelling.classes for spelling in spellings(side))


class Texts:
    """Every distinct text of the official file, logos that look alike included, and some ``more``, ready to be ranked."""

    def __init__(self, more: Iterable[Side] = ()) -> None:
        counts: dict[TextKey, int] = {}
        first: dict[TextKey, Side] = {}
        for row in catalogue_appearances():
            for side in row.sides:
                counts[_key(side)] = counts.get(_key(side), 0) + 1
                first.setdefault(_key(side), side)
        for side in more:
            counts.setdefault(_key(side), 1)
            first.setdefault(_key(side), side)
        self.numbers = {key: i for i, key in enumerate(first)}
        self.sides = list(first.values())
        self.index = ImprintIndex(self.sides)
        self.prior = SHARED_PRIOR * np.log([counts[key] for key in first])
        self._folded = [fold_lookalikes(side.text) for side in self.sides]

    def right(self, sight: Sight) -> list[int]:
        """Numbers of the texts that would be right for a side; none where it carries no text, or one that is not known."""
        keys = {_key(side) for side in sight.texts if encode(side.text).classes}
        return sorted(self.numbers[key] for key in keys if key in self.numbers)

    def number(self, side: Side) -> int | None:
        """The number of a side's text; None where it is not among them."""
        return self.numbers.get(_key(side))

    def alike(self, read: str) -> np.ndarray:
        """How alike (n,) every text is to what was read, 0..100, by edit distance as a search box would."""
        return np.asarray(process.cdist([fold_lookalikes(read)], self._folded, scorer=fuzz.ratio)[0], dtype=np.float64)


def baseline_ranks(sights: Sequence[Sight], texts: Texts) -> list[CropResult]:
    """The same for the ready-made text reader: ranks by edit distance to what it read."""
    ocr = OcrBaseline()
    results = []
    for sight in sights:
        right = texts.right(sight)
        if right:
            read = ocr.text(sight.cutout)
            rank, margin = _rank(texts.alike(read), right)
            results.append(CropResult(sight.photo, sight.product, rank, rank, _told(sight), read, False, margin))
    return results


def rank_texts(sights: Iterable[Sight], reader: ImprintReader, texts: Texts) -> list[CropResult]:
    """Read every side and rank its right texts; sides without a text are left out."""
    results = []
    for sight in sights:
        right = texts.right(sight)
        if not right:
            continue
        reading = reader.read(sight.cutout.crop, sight.cutout.mask)
        rank, margin = _rank(texts.index.score(reading) + texts.prior, right)
        plain_rank, _ = _rank(texts.alike(reading.text), right)
        _, (width, height), _ = lie_of(sight.cutout.mask.astype(np.uint8))
        long = width >= LONG_ASPECT * height
        results.append(
            CropResult(sight.photo, sight.product, rank, plain_rank, _told(sight), _shown(reading), long, margin)
        )
    return results


def _rank(scores: np.ndarray, right: list[int]) -> tuple[float, float]:
    """Rank of the best right entry (ties shared), and how far the first is ahead of the second."""
    best = scores[right].max()
    others = np.delete(scores, right)
    top = np.sort(scores)[-2:]
    return 1 + float((others > best).sum()) + 0.5 * float((others == best).sum()), float(top[1] - top[0])


def _told(sight: Sight) -> str:
    return " / ".join(sorted(side.text for side in sight.texts if side.text))


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


def reader_report(device: str, weights: Path | None = None, baseline: int = 0) -> str:
    """The figures of all sets as Markdown; what was read on each side goes to ``work/sheets/imprints-*.csv``.

    ``baseline``: so many crops of the Korean photos are also shown to a ready-made text reader.
    """
    reader = ImprintReader(choose_engine(device).engine, weights or models_dir() / "imprint_reader")
    hospital = list(hospital_pictures(device))
    texts = Texts(text for sight in hospital for text in sight.texts)
    lines = [f"Text ranked among the {len(texts.sides)} distinct ones of the official file and of imprint_photos."]
    sets = (
        ("aihub_korean", korean_photos()),
        ("mfds_reference measure rows", official_pictures(mfds_measuring_rows())),
        ("imprint_photos", hospital),
    )
    for name, sights in sets:
        results = rank_texts(sights, reader, texts)
        _keep(results, work_dir() / "sheets" / f"imprints-{name.split()[0]}.csv")
        lines += ["", *_table(name, results)]
    if baseline:
        crops = list(korean_photos())
        some = [crops[i] for i in np.random.default_rng(0).permutation(len(crops))[:baseline]]
        lines += ["", *_table("RapidOCR on some of aihub_korean", baseline_ranks(some, texts))]
    return "\n".join(lines)


def _keep(results: list[CropResult], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["photo", "product", "rank", "truth", "read", "long", "margin"])
        for r in results:
            writer.writerow([r.photo, r.product, r.rank, r.truth, r.read, r.long, f"{r.margin:.2f}"])


def _table(name: str, results: list[CropResult]) -> list[str]:
    products, photos = len({r.product for r in results}), len({r.photo for r in results})
    lines = [
        f"| {name}: {len(results)} sides of {products} products in {photos} photos | sides | products |",
        "|---|---|---|",
    ]
    for within in (1, 5):
        sides = _estimate(results, partial(_share, within=within, per_product=False))
        by_product = _estimate(results, partial(_share, within=within, per_product=True))
        lines.append(f"| top-{within} | {sides} | {by_product} |")
    plain = [replace(r, rank=r.plain_rank) for r in results]
    for within in (1, 5):
        shares = f"{_share(plain, within, False):.3f} | {_share(plain, within, True):.3f}"
        lines.append(f"| top-{within} by edit distance to the plain text | {shares} |")
    for kind, long in (("long", True), ("round", False)):
        some = [r for r in results if r.long == long]
        if some:
            shares = f"{_share(some, 1, False):.3f} | {_share(some, 1, True):.3f}"
            lines.append(f"| top-1, {kind} pills ({len(some)}) | {shares} |")
    sure = [r for r in results if r.margin >= 1]
    if sure:
        lines += ["", f"Runner-up at least 1 behind: {len(sure)} sides, {_share(sure, 1, False):.3f} of them right."]
    return lines
