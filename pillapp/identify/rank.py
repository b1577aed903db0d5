"""Rank every appearance of the catalogue for one pill, of which one or two sides were seen."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.identify.evidence import Scores, Weights, default_weights, score
from pillapp.identify.gallery import EMPTY, Gallery, fitted_likeness
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.next_look import best_look
from pillapp.identify.short_list import factors
from pillapp.identify.top import top
from pillapp.identify.values import Candidate, CandidateEvidence, Doubt, Identification, Look, State
from pillapp.vision.observe import Observation

MOST_CANDIDATES: Final = 10
FEW: Final = 500  # of the likeliest products mostly hold what a set is to hold
# Products on the Korean market with a pill to look at (rows of the official 낱알식별 file, rounded). What a smaller
# catalogue leaves out may look just like what it holds.
MARKET: Final = 26_000
# Share of pills at a counter that no official file describes: foreign, withdrawn, new, supplements.
OFF_FILE: Final = 0.03


def identify(
    observations: Sequence[Observation],
    index: AppearanceIndex,
    weights: Weights | None = None,
    *,
    listed: np.ndarray | None = None,
    gallery: Gallery = EMPTY,
) -> Identification:
    """Name one pill from one or two observed sides.

    ``listed`` (m,) are the products of a short list, None without one; ``gallery`` holds pictures of products.
    """
    if not len(index.product):
        return Identification(State.UNKNOWN, (), Doubt.NO_PRODUCTS, texts=tuple(seen.imprint for seen in observations))
    return decide(score(observations, index, gallery), observations, index, weights or default_weights(), listed)


def decide(
    scores: Scores,
    observations: Sequence[Observation],
    index: AppearanceIndex,
    weights: Weights,
    listed: np.ndarray | None = None,
) -> Identification:
    """Name one pill from the scores of what was observed, against a catalogue that is not empty."""
    total = scores.total(weights)
    alone = product_probabilities(total, index)
    probabilities = alone if listed is None else product_probabilities(total, index, listed)
    order = top(probabilities, MOST_CANDIDATES)
    candidates = tuple(_candidate(p, probabilities[p], total, scores, index, listed) for p in order)
    state, doubt = _state(candidates, scores, observations, weights)
    if state is State.IDENTIFIED and listed is not None and alone[order[0]] < weights.identified_probability:
        state, doubt = State.AMBIGUOUS, Doubt.LIST_ONLY
    look = None
    if doubt:
        weighed = total if listed is None else total + np.log(factors(listed, _market(index)))[index.product]
        look = _what_to_do(weighed, scores, observations, index)
    texts = _texts(_best_row(order[0], total, index), scores, observations, index)
    return Identification(state, candidates, doubt, look, likely_set(probabilities, weights.set_mass), texts)


def product_probabilities(total: np.ndarray, index: AppearanceIndex, listed: np.ndarray | None = None) -> np.ndarray:
    """Probability of each product (m,) given its appearances' scores (n,); what is missing to 1 is "none of these".

    ``listed`` (m,) are the products of a short list, None without one (:mod:`pillapp.identify.short_list`).

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
    if listed is not None:
        by_product = by_product * factors(listed, _market(index))
    return np.asarray(by_product / (by_product.sum() + unseen))


def _market(index: AppearanceIndex) -> int:
    return max(MARKET, len(index.item_seqs))


def likely_set(probabilities: np.ndarray, mass: float) -> int:
    """How many of the likeliest products (m,) together hold ``mass`` of all the catalogue's probability."""
    wanted = mass * probabilities.sum()
    held = np.cumsum(probabilities[top(probabilities, FEW)])
    if held[-1] < wanted:
        held = np.cumsum(np.sort(probabilities)[::-1])
    return min(int(np.searchsorted(held, wanted)) + 1, len(probabilities))


def _state(
    candidates: Sequence[Candidate],
    scores: Scores,
    observations: Sequence[Observation],
    weights: Weights,
) -> tuple[State, Doubt | None]:
    """The state, and what kept it from IDENTIFIED."""
    best = candidates[0]
    if sum(candidate.probability for candidate in candidates) < weights.known_mass:
        return State.UNKNOWN, Doubt.TOO_LITTLE
    if not scores.text_seen:
        return State.AMBIGUOUS, Doubt.NO_IMPRINT
    if any(not seen.outline_trusted for seen in observations):
        return State.AMBIGUOUS, Doubt.OUTLINE
    if best.probability < weights.identified_probability:
        return State.AMBIGUOUS, Doubt.ALIKE
    if (best.evidence.imprint or 0.0) < weights.identified_imprint:
        return State.AMBIGUOUS, Doubt.IMPRINT_UNSURE
    return State.IDENTIFIED, None


def _best_row(product: int, total: np.ndarray, index: AppearanceIndex) -> int:
    rows = np.flatnonzero(index.product == product)
    return int(rows[np.argmax(total[rows])])


def _texts(row: int, scores: Scores, observations: Sequence[Observation], index: AppearanceIndex) -> tuple[str, ...]:
    """What was read on each side, the way up that fits a row best."""
    sides = [int(index.front[row]), int(index.back[row])]
    if scores.front_first[row] < 0.5:
        sides.reverse()
    return tuple(
        index.imprints.text_seen(side, seen.reading) if seen.reading else ""
        for side, seen in zip(sides, observations, strict=False)
    )


def _what_to_do(total: np.ndarray, scores: Scores, observations: Sequence[Observation], index: AppearanceIndex) -> Look:
    """The look to take next: what spoils this one first, then what would tell the candidates apart."""
    first = observations[0]
    if first.detection.touching:
        return Look.APART
    if first.quality.flaws:
        return Look.CLOSER
    other = np.where(scores.front_first > 0.5, index.back, index.front) if len(observations) == 1 else None
    sizes = None if scores.size.any() else np.column_stack([index.long_mm, index.short_mm])
    return best_look(total, index.product, other, sizes).look


def _candidate(
    product: int,
    probability: float,
    total: np.ndarray,
    scores: Scores,
    index: AppearanceIndex,
    listed: np.ndarray | None,
) -> Candidate:
    row = _best_row(product, total, index)
    cosine = scores.cosines[row]
    evidence = CandidateEvidence(
        imprint=float(1 / (1 + np.exp(-scores.imprint[row]))) if scores.text_seen else None,
        shape=float(np.exp(min(0.0, scores.shape[row]))),
        colour=float(np.exp(min(0.0, scores.colour[row]))),
        size=float(np.exp(scores.size[row])) if scores.size.any() else None,
        form=float(np.exp(min(0.0, scores.form[row]))),
        line=float(np.exp(min(0.0, scores.line[row]))),
        embedding=None if np.isnan(cosine) else float(1 / (1 + np.exp(-fitted_likeness().log_ratio(cosine)))),
        listed=None if listed is None else bool(listed[product]),
    )
    return Candidate(index.item_seqs[product], index.names[product], float(probability), evidence)
