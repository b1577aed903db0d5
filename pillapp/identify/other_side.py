"""Which pill of the second photo is which pill of the first, turned over."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.identify.assignment import best_pairs
from pillapp.identify.evidence import Weights, default_weights, score
from pillapp.identify.index import AppearanceIndex
from pillapp.vision.observe import Observation

# Two sides of one pill explain the catalogue together better than this (log likelihood per pair, relative to the best
# any pairing of that pill could do); worse pairs are left single rather than joined wrongly.
WORST_FIT: Final = -12.0


def match_sides(
    first: Sequence[Observation],
    second: Sequence[Observation],
    index: AppearanceIndex,
    weights: Weights | None = None,
) -> dict[int, int]:
    """Pair observations of two photos of the same pills: index in ``first`` → index in ``second``.

    The pairing that lets the catalogue explain all pills best wins (assignment problem); pills without a partner stay
    single.
    """
    if not first or not second or not len(index.product):
        return {}
    weights = weights or default_weights()
    fit = np.zeros((len(first), len(second)))
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            likeness = -_look_apart(one, other)
            fit[i, j] = score((one, other), index).total(weights).max() + likeness
    best = fit.max(axis=1)
    return {i: j for i, j in best_pairs(fit) if fit[i, j] - best[i] > WORST_FIT}


def _look_apart(one: Observation, other: Observation) -> float:
    """How unlike two sides are in outline and colour, as a penalty: a pill keeps both when it is turned over."""
    aspect = abs(one.shape.aspect - other.shape.aspect) / 0.06
    a, b = np.array(one.colours.parts).mean(axis=0), np.array(other.colours.parts).mean(axis=0)
    return float(0.5 * aspect**2 + 4 * np.abs(a - b).sum())
