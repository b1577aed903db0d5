"""Pictures of products as evidence: official ones and those the pharmacy took itself, as vectors (``vision/embed.py``).

A picture speaks for its product and hardly against it: it may show the side that is not seen, or an older make. Products
without a picture are neither helped nor held back.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from pillapp.paths import models_dir

# Chance that a product's pictures do not show the side that is seen. By reasoning: a confirmed pill is seen from one side.
OTHER_SIDE: Final = 0.5
NOISE: Final = 0.02  # of a cosine; without it the same file twice would be infinitely sure


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a cosine says: how much likelier it is between two pictures of one side than between pills that merely look alike.

    The log of that ratio is ``slope`` × the log of how many times farther from 1 the cosine ``even`` is, at most ``most``
    either way. Fitted by ``main.py train embedding``.
    """

    slope: float
    even: float
    most: float

    def log_ratio(self, cosines: np.ndarray) -> np.ndarray:
        """Log ratios of cosines, any shape; grows with the cosine."""
        said = self.slope * (closeness(cosines) - closeness(np.array(self.even)))
        return np.asarray(np.clip(said, -self.most, self.most))


def closeness(cosines: np.ndarray) -> np.ndarray:
    """Minus the log of how far cosines are from 1: it is in the last hundredths that pictures of one side differ from others."""
    return np.asarray(-np.log(1 + NOISE - np.minimum(cosines, 1.0)))


@lru_cache(maxsize=1)
def fitted_likeness() -> Likeness:
    """The fitted one that ships with the program."""
    return Likeness(**json.loads((models_dir() / "embedding.json").read_text(encoding="utf-8"))["likeness"])


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """``vectors`` float32 (m, d) of length 1, and which product each shows."""

    vectors: np.ndarray
    item_seqs: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.item_seqs):
            raise ValueError("a picture needs one vector and one product")

    def __len__(self) -> int:
        return len(self.item_seqs)

    def best_cosines(self, seen: Sequence[np.ndarray], products: Sequence[str]) -> np.ndarray:
        """For each product (k,), the highest cosine of any of its pictures with any side that was ``seen`` ((d,) each).

        NaN for products without a picture.
        """
        best = np.full(len(products), -np.inf)
        if len(self) and seen:
            places = _places(self.item_seqs, tuple(products))
            cosines = (self.vectors @ np.stack(seen).T).max(axis=1)
            held = places >= 0
            np.maximum.at(best, places[held], cosines[held])
        return np.where(np.isinf(best), np.nan, best)


@lru_cache(maxsize=2)
def _places(item_seqs: tuple[str, ...], products: tuple[str, ...]) -> np.ndarray:
    """Where in ``products`` each of ``item_seqs`` is, −1 where it is not: the same for every pill of a check."""
    place_of = {item_seq: place for place, item_seq in enumerate(products)}
    return np.array([place_of.get(item_seq, -1) for item_seq in item_seqs])


EMPTY: Final = Gallery(np.zeros((0, 0), np.float32), ())


def log_likelihoods(cosines: np.ndarray, likeness: Likeness) -> np.ndarray:
    """What the best cosines of products (k,) say for them: log likelihoods, 0 where there is no picture (NaN)."""
    ratio = np.exp(likeness.log_ratio(np.nan_to_num(cosines)))
    said = np.log(OTHER_SIDE + (1 - OTHER_SIDE) * ratio)
    return np.where(np.isnan(cosines), 0.0, said)
