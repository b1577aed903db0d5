"""A measured figure with its interval."""

from dataclasses import dataclass
from typing import Final

import numpy as np

RESAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval: the middle of so many resamples (of photos or products)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def of_mean(values: np.ndarray) -> Estimate:
    """The mean of values (n,) with the interval of its resamples."""
    rng = np.random.default_rng(0)
    means = [float(values[rng.integers(0, len(values), len(values))].mean()) for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))
