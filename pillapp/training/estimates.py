"""A measured figure with its interval."""

from dataclasses import dataclass
from typing import Final

RESAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval: the middle of so many resamples (of photos or products)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"
