"""One pill named by its scores, and the shares that come of many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pillapp.identify.evidence import Scores, default_weights
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import decide, product_probabilities
from pillapp.identify.values import State
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.training.identification.samples import Sample

NOWHERE: Final = 10**6  # place of a product that is not in the catalogue's answer
BINS: Final = 10  # of the calibration error


@dataclass(frozen=True, slots=True)
class Named:
    """One pill: its ``product``, at which ``place`` (from 0) it was named, how sure the ``first`` name was, and the state.

    ``likely`` is the size of the set shown for it.
    """

    product: str
    place: int
    probability: float
    state: State
    likely: int
    first: str


def name(sample: Sample, scores: Scores, index: AppearanceIndex, listed: np.ndarray | None = None) -> Named:
    """What the program says of a pill; ``listed`` (m,) are the products of a short list."""
    result = decide(scores, sample.observations, index, default_weights(), listed)
    return replace(place(sample, scores, index, listed), state=result.state, likely=result.likely)


def place(sample: Sample, scores: Scores, index: AppearanceIndex, listed: np.ndarray | None = None) -> Named:
    """Place and certainty by the scores alone; products that are equally likely come in the catalogue's order."""
    probabilities = product_probabilities(scores.total(default_weights()), index, listed)
    first = int(probabilities.argmax())
    best, called = float(probabilities[first]), index.item_seqs[first]
    if sample.item_seq not in index.item_seqs:
        return Named(sample.item_seq, NOWHERE, best, State.UNKNOWN, 0, called)
    number = index.item_seqs.index(sample.item_seq)
    before = (probabilities > probabilities[number]).sum() + (probabilities[:number] == probabilities[number]).sum()
    return Named(sample.item_seq, int(before), best, State.UNKNOWN, 0, called)


def share(named: Sequence[Named], places: int) -> tuple[Estimate, float]:
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


def plain(top: tuple[Estimate, float]) -> dict[str, float]:
    """Such a share for JSON."""
    crop, product = top
    values = {"value": crop.value, "low": crop.low, "high": crop.high, "per_product": product}
    return {key: round(value, 4) for key, value in values.items()}


def calibration_error(named: Sequence[Named]) -> float:
    """Mean gap between how sure the first name was and how often it was right, over equal bins of sureness."""
    sure = np.array([one.probability for one in named])
    right = np.array([one.place == 0 for one in named], float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in np.unique(bins)]
    return float(sum(gaps) / len(named))
