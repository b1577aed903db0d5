"""Rank every appearance of the catalogue for one pill, of which one or two sides were seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from pillapp.identify.index import AppearanceIndex
from pillapp.identify.values import Candidate, CandidateEvidence, Identification, State
from pillapp.paths import models_dir
from pillapp.vision.observe import Observation
from pillapp.vision.shape import SHAPES

MOST_CANDIDATES: Final = 10
# Products on the Korean market with a pill to look at (rows of the official 낱알식별 file, rounded). What a smaller
# catalogue leaves out may look just like what it holds.
MARKET: Final = 26_000
# Share of pills at a counter that no official file describes: foreign, withdrawn, new, supplements.
OFF_FILE: Final = 0.03
# Spread of the aspect ratio and of millimetres between outline and official figure. By reasoning, not measured: a camera a
# little off the vertical; how much they count beside the rest is fitted (Weights).
ASPECT_SIGMA: Final = 0.045
SIZE_SIGMA_MM: Final = 0.35
# Chance that the official figure, or the outline, is simply wrong.
MISMEASURED: Final = 0.03


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts, and when a name is certain; fitted by ``main.py train ranking``."""

    imprint: float
    shape: float
    colour: float
    aspect: float
    size: float
    identified_probability: float
    identified_imprint: float
    known_mass: float


@lru_cache(maxsize=1)
def default_weights() -> Weights:
    """The fitted weights that ship with the program."""
    return Weights(**json.loads((models_dir() / "ranking.json").read_text(encoding="utf-8"))["weights"])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Log likelihoods of every appearance (n,), by kind of evidence; zeros where nothing was seen."""

    imprint: np.ndarray
    shape: np.ndarray
    colour: np.ndarray
    aspect: np.ndarray
    size: np.ndarray
    text_seen: bool

    def total(self, weights: Weights) -> np.ndarray:
        """Weighted sum (n,)."""
        return (
            weights.imprint * self.imprint
            + weights.shape * self.shape
            + weights.colour * self.colour
            + weights.aspect * self.aspect
            + weights.size * self.size
        )


def score(observations: Sequence[Observation], index: AppearanceIndex) -> Scores:
    """Score one pill's observations (one side, or both) against the whole catalogue."""
    n = len(index.product)
    shape, colour, aspect, size = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for seen in observations:
        shape += _shape_scores(seen, index) / len(observations)
        colour += _colour_scores(seen, index) / len(observations)
        aspect += _aspect_scores(seen, index) / len(observations)
        if seen.size_mm:
            size += _size_scores(seen.size_mm, index) / sum(other.size_mm is not None for other in observations)
    sides = [index.imprints.score(seen.reading) for seen in observations if seen.reading is not None]
    if len(sides) == 2:
        one, two = sides
        imprint = np.logaddexp(one[index.front] + two[index.back], one[index.back] + two[index.front]) - np.log(2)
    elif sides:
        imprint = np.logaddexp(sides[0][index.front], sides[0][index.back]) - np.log(2)
    else:
        imprint = np.zeros(n)
    text_seen = any(seen.reading is not None and seen.reading.text for seen in observations)
    return Scores(imprint, shape, colour, aspect, size, text_seen)


def identify(
    observations: Sequence[Observation], index: AppearanceIndex, weights: Weights | None = None
) -> Identification:
    """Name one pill from one or two observed sides."""
    if not len(index.product):
        return Identification(State.UNKNOWN, (), "데이터베이스에 품목이 없습니다.")
    return decide(score(observations, index), observations, index, weights or default_weights())


def decide(
    scores: Scores, observations: Sequence[Observation], index: AppearanceIndex, weights: Weights
) -> Identification:
    """Name one pill from the scores of what was observed, against a catalogue that is not empty."""
    total = scores.total(weights)
    probabilities = product_probabilities(total, index)
    order = np.argsort(-probabilities, kind="stable")[:MOST_CANDIDATES]
    candidates = tuple(_candidate(p, probabilities[p], total, scores, index) for p in order)
    state, reason = _state(candidates, probabilities, scores, observations, weights)
    return Identification(state, candidates, reason)


def product_probabilities(total: np.ndarray, index: AppearanceIndex) -> np.ndarray:
    """Probability of each product (m,) given its appearances' scores (n,); what is missing to 1 is "none of these".

    A product's appearances share its probability. Products the catalogue does not hold are taken to resemble those it
    does hold, the best one aside: so a small catalogue is never certain where a full one would not be.
    """
    weights = np.exp(total - total.max())
    by_product = np.bincount(index.product, weights, len(index.item_seqs))
    held = len(index.item_seqs)
    missing = max(0, MARKET - held) / held
    best = by_product.max()
    others = by_product.sum() - best
    unseen = others * missing + (best + others) * OFF_FILE
    return np.asarray(by_product / (by_product.sum() + unseen))


def _state(
    candidates: Sequence[Candidate],
    probabilities: np.ndarray,
    scores: Scores,
    observations: Sequence[Observation],
    weights: Weights,
) -> tuple[State, str]:
    best = candidates[0]
    listed = sum(candidate.probability for candidate in candidates)
    if listed < weights.known_mass:
        return State.UNKNOWN, "후보를 좁힐 만한 근거가 부족합니다. 반대쪽 면을 보여 주거나 직접 검색하세요."
    if not scores.text_seen:
        return State.AMBIGUOUS, "각인을 읽지 못했습니다. 반대쪽 면을 보여 주세요."
    if any(not seen.outline_trusted for seen in observations):
        return State.AMBIGUOUS, "알약의 윤곽이 분명하지 않습니다. 알약을 서로 떼어 놓으세요."
    if best.probability < weights.identified_probability:
        return State.AMBIGUOUS, "비슷한 품목이 있습니다. 반대쪽 면이나 크기로 구별하세요."
    if (best.evidence.imprint or 0.0) < weights.identified_imprint:
        return State.AMBIGUOUS, "각인이 충분히 분명하지 않습니다."
    return State.IDENTIFIED, ""


def _candidate(
    product: int, probability: float, total: np.ndarray, scores: Scores, index: AppearanceIndex
) -> Candidate:
    rows = np.flatnonzero(index.product == product)
    row = rows[np.argmax(total[rows])]
    evidence = CandidateEvidence(
        imprint=float(1 / (1 + np.exp(-scores.imprint[row]))) if scores.text_seen else None,
        shape=float(np.exp(min(0.0, scores.shape[row]))),
        colour=float(np.exp(min(0.0, scores.colour[row]))),
        size=float(np.exp(scores.size[row])) if scores.size.any() else None,
    )
    return Candidate(index.item_seqs[product], index.names[product], float(probability), evidence)


def _shape_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    """Log of how much likelier each row's shape is than the best one; the file's own naming is loose, so never −∞."""
    beliefs = np.array([seen.shape.probabilities[shape] for shape in SHAPES])
    return np.asarray(np.log(beliefs / beliefs.max() + MISMEASURED)[index.shape])


def _colour_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    """Log of how well the colours named for a row explain the one or two parts seen, either way round."""
    parts = np.array(seen.colours.parts)  # (1 or 2, 16)
    fit = parts / parts.max(axis=1, keepdims=True)
    # best named colour of each of the row's two parts, for each part seen: (n, row part, seen part)
    named = np.where(index.colours[..., None], fit.T[None, None], 0.0).max(axis=2)
    if len(parts) == 1:
        whole = np.sqrt(named[:, 0, 0] * named[:, 1, 0])
        fitted = np.where(index.two_parts, np.maximum(whole, 0.4 * named[:, :, 0].max(axis=1)), named[:, 0, 0])
    else:
        straight = np.sqrt(named[:, 0, 0] * named[:, 1, 1])
        crossed = np.sqrt(named[:, 0, 1] * named[:, 1, 0])
        fitted = np.maximum(straight, crossed) * np.where(index.two_parts, 1.0, 0.5)
    unnamed = ~index.colours.any(axis=(1, 2))
    return np.asarray(np.log(np.where(unnamed, 0.3, fitted) + MISMEASURED))


def _aspect_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    off = (index.short_mm / index.long_mm - seen.shape.aspect) / ASPECT_SIGMA
    likelihood = (1 - MISMEASURED) * np.exp(-0.5 * off**2) + MISMEASURED
    return np.log(np.where(np.isnan(likelihood), 0.3, likelihood))


def _size_scores(size_mm: tuple[float, float], index: AppearanceIndex) -> np.ndarray:
    off_long = (index.long_mm - size_mm[0]) / SIZE_SIGMA_MM
    off_short = (index.short_mm - size_mm[1]) / SIZE_SIGMA_MM
    likelihood = (1 - MISMEASURED) * np.exp(-0.25 * (off_long**2 + off_short**2)) + MISMEASURED
    return np.log(np.where(np.isnan(likelihood), 0.3, likelihood))
