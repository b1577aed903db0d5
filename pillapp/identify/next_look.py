"""Which further look at a pill would tell most: its other side, or its size in millimetres.

Judged by the catalogue itself: among the products still possible, how sure could the best one be on average once that look
has been taken? What cannot be told apart by either is told so.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.identify.top import top
from pillapp.identify.values import Look

MOST_ROWS: Final = 400  # the likeliest appearances; the rest carry next to nothing
LEAST_GAIN: Final = 0.05  # certainty a look must promise to be worth a pharmacist's while
SIZE_STEP_MM: Final = 0.5  # what a mat or a calibrated camera tells apart


@dataclass(frozen=True, slots=True)
class NextLook:
    """The look that promises most, and how sure the best product is now and would be after it (0..1, averaged)."""

    look: Look
    now: float
    after: float


def best_look(
    total: np.ndarray,
    product: np.ndarray,
    other_side: np.ndarray | None,
    size_mm: np.ndarray | None,
) -> NextLook:
    """The most telling look.

    Args:
        total: log scores of all appearances (n,).
        product: which product each is of (n,).
        other_side: which text each bears on the side not seen yet (n,), any numbers; None where both were seen.
        size_mm: long and short axis of each (n, 2), NaN where the file is silent; None where the size is known already.
    """
    likeliest = top(total, MOST_ROWS)
    weights = np.exp(total[likeliest] - total[likeliest[0]])
    weights = weights / weights.sum()
    now = _certainty(weights, product[likeliest], np.zeros(len(likeliest), np.int64))
    promises = {Look.NONE: now}
    if other_side is not None:
        promises[Look.OTHER_SIDE] = _certainty(weights, product[likeliest], other_side[likeliest])
    if size_mm is not None:
        steps = np.nan_to_num(np.round(size_mm[likeliest] / SIZE_STEP_MM), nan=-1.0).astype(np.int64)
        promises[Look.SIZE] = _certainty(weights, product[likeliest], steps[:, 0] * 10_000 + steps[:, 1])
    look = max(promises, key=lambda one: promises[one])
    if promises[look] - now < LEAST_GAIN:
        look = Look.NONE
    return NextLook(look, now, promises[look])


def _certainty(weights: np.ndarray, product: np.ndarray, seen: np.ndarray) -> float:
    """The best product's probability, averaged over what may be ``seen``: each outcome leaves its own products standing."""
    _, outcome = np.unique(seen, return_inverse=True)
    _, number = np.unique(product, return_inverse=True)
    shares = np.zeros((int(outcome.max()) + 1, int(number.max()) + 1))
    np.add.at(shares, (outcome, number), weights)
    return float(shares.max(axis=1).sum())
