"""What naming pills is worth: ``main.py evaluate identification``, beside what could be known at best and simpler ways.

Every figure is measured against the whole official catalogue, on pictures nothing was fitted on. Intervals are the middle
95 % of 1,000 resamples of whole products: a quarter of the Korean crops show one product.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

import numpy as np

from pillapp.identify.evidence import Scores, default_weights, score
from pillapp.identify.frame_scale import SizedPill, with_frame_scale
from pillapp.identify.imprint_score import encode
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import decide, product_probabilities
from pillapp.identify.values import Identification, State
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.training.identification.samples import (
    Sample,
    cpu_observer,
    korean_photos,
    official_index,
    reference_samples,
)
from pillapp.vision.observe import Observation

NEVER: Final = -40.0  # log likelihood of a text that is not the one on the pill, where the text is taken as known
NOWHERE: Final = 10**6  # place of a product that is not in the catalogue's answer
BINS: Final = 10  # of the calibration error
SIDE_MARGIN: Final = 2.0  # by so much must one side's text fit a crop better, for it to count as showing that side

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Named:
    """One pill: its ``product``, at which ``place`` (from 0) it was named, how sure the first name was, and the state."""

    product: str
    place: int
    probability: float
    state: State
    likely: int


def evaluate(count: int, say: Say) -> dict[str, Any]:
    """Say all figures as tables and give them back; ``count`` official pictures are used."""
    index, observer = official_index(), cpu_observer()
    truth = Texts()
    korean = list(korean_photos(observer))
    known = [sample for sample in korean if sample.item_seq in truth.rows]
    one_side = list(reference_samples("measure", observer, count))
    both_sides = list(reference_samples("measure", observer, count, both=True))
    figures: dict[str, Any] = {}
    say("| photos | pills | top-1 | top-5 | top-10 | per product: top-1 | top-5 | ceiling: top-1 | top-5 |")
    say("|---|--:|---|---|--:|---|--:|--:|--:|")
    table = Table(index, truth, say, figures)
    table.add("aihub_korean, one side", known, [score(sample.observations, index) for sample in known])
    table.add("the same, scale from the frame", known, _framed(korean, known, index))
    pairs = _pairs(known, index, truth)
    table.add("aihub_korean, two sides (pairs of crops)", pairs, [score(p.observations, index) for p in pairs])
    for name, samples in (("one side", one_side), ("both sides", both_sides)):
        held = [sample for sample in samples if sample.item_seq in truth.rows]
        table.add(f"mfds_reference, {name}", held, [score(sample.observations, index) for sample in held])
    alone = [score(sample.observations, index) for sample in known]
    table.add("aihub_korean, imprint alone", known, [_only(scores, ("imprint",)) for scores in alone], ceiling=False)
    looks = ("shape", "colour", "aspect", "form", "line", "written")
    table.add("aihub_korean, looks alone", known, [_only(scores, looks) for scores in alone], ceiling=False)
    table.states()
    return figures


class Texts:
    """What the official rows of a product say is written on its sides."""

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = defaultdict(list)
        sides = []
        for number, row in enumerate(catalogue_appearances()):
            self.rows[row.item_seq].append(number)
            sides.append([hash(tuple(sorted(encode(text)[0]))) for text in (row.imprint_front, row.imprint_back)])
        self._sides = np.array(sides)

    def perfect(self, sample: Sample, index: AppearanceIndex) -> np.ndarray:
        """Scores (n,) of a reader that makes no mistake: every row that bears what is on the sides that were seen."""
        if len(sample.observations) == 1:
            row, back = self.side(sample.item_seq, sample.observations[0], index)
            fits = (self._sides == self._sides[row, back]).any(axis=1)
            return np.where(fits, 0.0, NEVER)
        one, other = (_text_scores(seen, index) for seen in sample.observations)
        rows = self.rows[sample.item_seq]
        row = max(
            rows,
            key=lambda r: max(one[index.front[r]] + other[index.back[r]], one[index.back[r]] + other[index.front[r]]),
        )
        fits = np.sort(self._sides, axis=1) == np.sort(self._sides[row])
        return np.where(fits.all(axis=1), 0.0, NEVER)

    def side(self, product: str, seen: Observation, index: AppearanceIndex) -> tuple[int, int]:
        """Row and side (0 front, 1 back) of a product that what was read fits best: photos don't say which side they show."""
        scores = _text_scores(seen, index)
        options = [
            (float(scores[sides[row]]), row, back)
            for row in self.rows[product]
            for back, sides in ((0, index.front), (1, index.back))
        ]
        _, row, back = max(options)
        return row, back


class Table:
    """Adds a row of figures per set, and keeps what the states need."""

    def __init__(self, index: AppearanceIndex, truth: Texts, say: Say, figures: dict[str, Any]) -> None:
        self._index, self._truth, self._say, self._figures = index, truth, say, figures
        self._named: dict[str, list[Named]] = {}

    def add(self, name: str, samples: Sequence[Sample], scored: Sequence[Scores], ceiling: bool = True) -> None:
        """Name all samples by their scores and say how often that was right."""
        weights = default_weights()
        named = [
            _named(sample, decide(scores, sample.observations, self._index, weights), scores, self._index)
            for sample, scores in zip(samples, scored, strict=True)
        ]
        tops = [_share(named, n) for n in (1, 5, 10)]
        best = [("", ""), ("", "")]
        row = {"pills": len(named), **{f"top{n}": _plain(top) for n, top in zip((1, 5, 10), tops, strict=True)}}
        if ceiling:
            self._named[name] = named
            perfect = [
                _named_by(sample, replace(scores, imprint=self._truth.perfect(sample, self._index)), self._index)
                for sample, scores in zip(samples, scored, strict=True)
            ]
            limits = [_share(perfect, n) for n in (1, 5)]
            best = [(f"{crop.value:.3f}", f"{product:.3f}") for crop, product in limits]
            row["ceiling"] = {f"top{n}": _plain(top) for n, top in zip((1, 5), limits, strict=True)}
        self._figures[name] = row
        (one, one_product), (five, five_product), (ten, _) = tops
        limit = " | ".join(f"{crop} / {product}" if crop else "" for crop, product in best)
        self._say(
            f"| {name} | {len(named)} | {one} | {five} | {ten.value:.3f} | {one_product:.3f} | {five_product:.3f} | {limit} |"
        )

    def states(self) -> None:
        """Say how often each state is given, and how often it keeps its word."""
        self._say(
            "\n| photos | IDENTIFIED | right | AMBIGUOUS | set, mean | set holds it | UNKNOWN | calibration error |"
        )
        self._say("|---|--:|--:|--:|--:|--:|--:|--:|")
        for name, named in self._named.items():
            by_state = {state: [one for one in named if one.state is state] for state in State}
            certain, open_ = by_state[State.IDENTIFIED], by_state[State.AMBIGUOUS]
            right = sum(one.place == 0 for one in certain)
            holds = float(np.mean([one.place < one.likely for one in open_])) if open_ else float("nan")
            size = float(np.mean([one.likely for one in open_])) if open_ else float("nan")
            error = _calibration_error(named)
            shares = {state: len(some) / len(named) for state, some in by_state.items()}
            self._say(
                f"| {name} | {shares[State.IDENTIFIED]:.3f} | {right} of {len(certain)} | {shares[State.AMBIGUOUS]:.3f} | "
                f"{size:.1f} | {holds:.3f} | {shares[State.UNKNOWN]:.3f} | {error:.3f} |"
            )
            self._figures[name]["states"] = {
                "identified": round(shares[State.IDENTIFIED], 4),
                "identified_right": right,
                "identified_n": len(certain),
                "ambiguous": round(shares[State.AMBIGUOUS], 4),
                "set_size": round(size, 2),
                "set_holds": round(holds, 4),
                "unknown": round(shares[State.UNKNOWN], 4),
                "calibration_error": round(error, 4),
            }


def _named(sample: Sample, result: Identification, scores: Scores, index: AppearanceIndex) -> Named:
    first = _named_by(sample, scores, index)
    return replace(first, state=result.state, likely=result.likely)


def _named_by(sample: Sample, scores: Scores, index: AppearanceIndex) -> Named:
    """Place and certainty by the scores alone; products that are equally likely share their places."""
    probabilities = product_probabilities(scores.total(default_weights()), index)
    best = float(probabilities.max())
    if sample.item_seq not in index.item_seqs:
        return Named(sample.item_seq, NOWHERE, best, State.UNKNOWN, 0)
    own = probabilities[index.item_seqs.index(sample.item_seq)]
    order = np.argsort(-probabilities, kind="stable")
    place = int(np.flatnonzero(probabilities[order] == own)[0])
    alike = np.flatnonzero(probabilities == own)
    turn = int(np.flatnonzero(alike == index.item_seqs.index(sample.item_seq))[0])
    return Named(sample.item_seq, place + turn, best, State.UNKNOWN, 0)


def _framed(everything: Sequence[Sample], known: Sequence[Sample], index: AppearanceIndex) -> list[Scores]:
    """Scores of the known pills with what the other pills of their photo, known or not, say of the scale."""
    wanted = {id(sample) for sample in known}
    scored = []
    for _, photo in groupby(everything, key=lambda sample: sample.photo):
        pills = list(photo)
        sized = [SizedPill(pill.observations[0], score(pill.observations, index)) for pill in pills]
        told = with_frame_scale(sized, index, default_weights())
        scored += [scores for pill, scores in zip(pills, told, strict=True) if id(pill) in wanted]
    return scored


def _pairs(samples: Sequence[Sample], index: AppearanceIndex, truth: Texts) -> list[Sample]:
    """Crops of one product that show different sides, each front with one back, as if the pill had been turned over."""
    by_side: dict[str, tuple[list[Sample], list[Sample]]] = defaultdict(lambda: ([], []))
    for sample in samples:
        scores = _text_scores(sample.observations[0], index)
        row, back = truth.side(sample.item_seq, sample.observations[0], index)
        texts = index.front[row], index.back[row]
        if abs(scores[texts[0]] - scores[texts[1]]) >= SIDE_MARGIN:
            by_side[sample.item_seq][back].append(sample)
    return [
        Sample(product, (one.observations[0], other.observations[0]))
        for product, (fronts, backs) in by_side.items()
        for one, other in zip(fronts, backs, strict=False)
    ]


def _text_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    """How well each distinct side of the catalogue fits what was read."""
    if seen.reading is None:
        return np.zeros(len(index.imprints))
    return index.imprints.score(seen.reading)


def _only(scores: Scores, kinds: Sequence[str]) -> Scores:
    """The scores with all evidence left out but some kinds."""
    every = ("imprint", "shape", "colour", "aspect", "size", "form", "line", "written")
    nothing: dict[str, Any] = {kind: np.zeros_like(scores.imprint) for kind in every if kind not in kinds}
    return replace(scores, **nothing)


def _share(named: Sequence[Named], places: int) -> tuple[Estimate, float]:
    """Share named right among the first ``places``, with its interval, and the mean over products."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for one in named:
        groups[one.product].append(one.place < places)
    hits = [np.array(group, float) for group in groups.values()]
    rng = np.random.default_rng(0)
    means = [
        float(np.concatenate([hits[i] for i in rng.integers(0, len(hits), len(hits))]).mean()) for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    value = float(np.concatenate(hits).mean())
    return Estimate(value, float(low), float(high)), float(np.mean([group.mean() for group in hits]))


def _calibration_error(named: Sequence[Named]) -> float:
    """Mean gap between how sure the first name was and how often it was right, over equal bins of sureness."""
    sure = np.array([one.probability for one in named])
    right = np.array([one.place == 0 for one in named], float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in np.unique(bins)]
    return float(sum(gaps) / len(named))


def _plain(top: tuple[Estimate, float]) -> dict[str, float]:
    crop, product = top
    values = {"value": crop.value, "low": crop.low, "high": crop.high, "per_product": product}
    return {key: round(value, 4) for key, value in values.items()}
