"""Fit how evidence is weighed and what each state asks for: ``main.py train ranking`` writes ``models/ranking.json``.

Official pictures of training rows, a side at a time, made as poor as counter photos, against the whole official catalogue. The
networks have seen the same rows, which flatters the fit; no measuring set has a say. Pills of rendered scenes were tried beside
them and left out: at 416 px a scene their text is too small to be read, and everything was doubted.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import Final

import numpy as np

from pillapp.identify.evidence import Scores, Weights, default_weights, score
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import MOST_CANDIDATES, identify, likely_set, product_probabilities
from pillapp.identify.values import State
from pillapp.paths import models_dir
from pillapp.training.identification.samples import (
    Sample,
    cpu_observer,
    official_index,
    reference_samples,
)

GRID: Final = (0.0, 0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7)
FITTED: Final = ("imprint", "shape", "colour", "aspect", "form", "line")
# A wrong certain name is the worst outcome: the fit must show this share right, and the threshold keeps a margin above it.
WANTED_PRECISION: Final = 0.99
SET_HOLDS: Final = 0.95  # share of pills whose product must be in the set that is shown
KNOWN_MASS: Final = 0.3  # what the listed candidates must hold together; below it the pill is UNKNOWN
MASSES: Final = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)


def fit(count: int, say: Callable[[str], None]) -> None:
    """Fit weights and thresholds on ``count`` official pictures (two sides each)."""
    index, observer = official_index(), cpu_observer()
    known = {item_seq: number for number, item_seq in enumerate(index.item_seqs)}
    samples = [sample for sample in reference_samples("train", observer, count) if sample.item_seq in known]
    scored = [(score(sample.observations, index), known[sample.item_seq]) for sample in samples]
    weights = _fit_weights(scored, index, default_weights(), say)
    weights = replace(weights, set_mass=_fit_mass(scored, index, weights, say))
    weights = _fit_thresholds(samples, index, weights)
    card = {
        "source": f"mfds_reference train rows: {len(samples)} degraded sides, {len(known)} official products",
        "command": "main.py train ranking",
        "weights": {f.name: round(getattr(weights, f.name), 4) for f in fields(weights)},
    }
    (models_dir() / "ranking.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(json.dumps(asdict(weights), indent=1))


def _fit_mass(
    scored: Sequence[tuple[Scores, int]], index: AppearanceIndex, weights: Weights, say: Callable[[str], None]
) -> float:
    """The least share of all probability whose products hold the right one as often as wanted, over pills not UNKNOWN."""
    open_ = []
    for scores, product in scored:
        probabilities = product_probabilities(scores.total(weights), index)
        if np.sort(probabilities)[-MOST_CANDIDATES:].sum() >= KNOWN_MASS:
            open_.append((probabilities, product))
    for mass in MASSES:
        held, sizes = [], []
        for probabilities, product in open_:
            size = likely_set(probabilities, mass)
            held.append(int((probabilities > probabilities[product]).sum()) < size)
            sizes.append(size)
        say(f"set of {mass}: holds the right one in {np.mean(held):.3f}, median size {np.median(sizes):.0f}")
        if np.mean(held) >= SET_HOLDS:
            return mass
    return MASSES[-1]


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


def _fit_thresholds(samples: Sequence[Sample], index: AppearanceIndex, weights: Weights) -> Weights:
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
    return replace(weights, identified_probability=float(threshold), identified_imprint=0.9, known_mass=KNOWN_MASS)
