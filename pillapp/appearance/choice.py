"""Choosing what the official row leaves open, from ``models/appearance.json``: the usual value, or one drawn anew."""

import json
import zlib
from functools import lru_cache
from typing import Any, Final

import numpy as np

from pillapp.appearance.typefaces import ENGRAVED, Typeface, hangul_face, printed_face
from pillapp.catalog.values import Appearance
from pillapp.paths import models_dir

# The quantiles every scalar of models/appearance.json is kept as.
QUANTILES: Final = (0.02, 0.10, 0.25, 0.50, 0.75, 0.90, 0.98)


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """Everything that was measured; ``models/appearance.md`` tells how."""
    card: dict[str, Any] = json.loads((models_dir() / "appearance.json").read_text(encoding="utf-8"))
    return card


class Usual:
    """Picks medians and the likelier of two."""

    def value(self, quantiles: list[float]) -> float:
        """A value of a distribution given by its :data:`QUANTILES`."""
        return quantiles[QUANTILES.index(0.50)]

    def chance(self, share: float) -> bool:
        """Whether what so large a share of pills has is the case."""
        return share > 0.5

    def between(self, low: float, high: float) -> float:
        """A value of a range."""
        return (low + high) / 2

    def colour(self, mean: list[float], covariance: list[list[float]]) -> np.ndarray:
        """A CIE Lab colour."""
        return np.array(mean)

    def face(self, printed: bool) -> Typeface:
        """A typeface for print or for pressed text."""
        return printed_face() if printed else ENGRAVED

    def hangul(self) -> Typeface:
        """A typeface for what the other one lacks."""
        return hangul_face()

    def seed(self, row: Appearance) -> int:
        """A number that decides further drawing, the same for the same product on screen."""
        return zlib.crc32(row.item_seq.encode())

    def share(self, weights: list[float]) -> int:
        """Which of several, by their weights."""
        return int(np.argmax(weights))


class Drawn(Usual):
    """Draws everything from its distribution."""

    def __init__(
        self,
        rng: np.random.Generator,
        engraved: tuple[Typeface, ...],
        printed: tuple[Typeface, ...],
        serif: tuple[Typeface, ...],
        hangul: tuple[Typeface, ...],
    ):
        self._rng, self._engraved, self._printed, self._serif, self._hangul = rng, engraved, printed, serif, hangul

    def value(self, quantiles: list[float]) -> float:
        """A draw from the distribution."""
        return float(np.interp(self._rng.uniform(), QUANTILES, quantiles))

    def chance(self, share: float) -> bool:
        """True as often as the share says."""
        return bool(self._rng.random() < share)

    def between(self, low: float, high: float) -> float:
        """Anything in the range."""
        return float(self._rng.uniform(low, high))

    def colour(self, mean: list[float], covariance: list[list[float]]) -> np.ndarray:
        """A draw around the mean."""
        return self._rng.multivariate_normal(mean, covariance, method="cholesky")

    def face(self, printed: bool) -> Typeface:
        """Any of those given: print with serifs as often as on real pills, half of the pressed text engraved."""
        if not printed and self._rng.random() < 0.5:
            return ENGRAVED
        serif = printed and bool(self._serif) and self.chance(measured()["letters"]["printed"]["serif"])
        among = self._serif if serif else self._printed if printed else self._engraved
        return among[int(self._rng.integers(len(among)))]

    def hangul(self) -> Typeface:
        """Any of those given."""
        return self._hangul[int(self._rng.integers(len(self._hangul)))]

    def seed(self, row: Appearance) -> int:
        """A new number every time."""
        return int(self._rng.integers(2**31))

    def share(self, weights: list[float]) -> int:
        """Each as often as its weight says."""
        return int(self._rng.choice(len(weights), p=np.array(weights) / np.sum(weights)))
