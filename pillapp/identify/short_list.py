"""A short list as a prior: the products of a prescription, or of the pharmacy's stock, are likelier; none is excluded.

A pill on the counter is taken to be of the list in 90 of 100 cases (by reasoning: what is dispensed comes from the stock, what
else turns up was bought elsewhere), each listed product alike, each other one alike. By Bayes' rule a listed product's
probability is multiplied by 9 × (M − k) / k against the others', for k listed among the M products of the market. The square
root of that is used: on training rows the full factor names 7 more of 100 listed pills right, but takes the name of every fifth
nameable pill that is *not* listed away, the root of every fiftieth (lists of ten).

A list never makes a name certain: IDENTIFIED asks for the same probability without it. A pill that is not the one prescribed
but looks like it is just what must not be missed.
"""

from collections.abc import Collection
from typing import Final

import numpy as np

from pillapp.identify.index import AppearanceIndex

ON_LIST: Final = 0.9
STRENGTH: Final = 0.5  # exponent of the factor


def listed_products(item_seqs: Collection[str], index: AppearanceIndex) -> np.ndarray | None:
    """Which products (m,) of the index are on the list, bool; None where none is: then there is no list to speak of."""
    wanted = frozenset(item_seqs)
    if not wanted:
        return None
    listed = np.fromiter((item_seq in wanted for item_seq in index.item_seqs), bool, len(index.item_seqs))
    return listed if listed.any() else None


def factors(listed: np.ndarray, market: int) -> np.ndarray:
    """What the probability of each product (m,) is multiplied by; ``market`` counts all products there are, m or more."""
    k = int(listed.sum())
    if k == market:
        return np.ones(len(listed))
    on, off = ON_LIST * market / k, (1 - ON_LIST) * market / (market - k)
    return np.asarray(np.where(listed, max(on, 1.0), min(off, 1.0)) ** STRENGTH)
