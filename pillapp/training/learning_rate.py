"""A learning rate that follows the clock: a busy machine trains less, never half a schedule."""

import math
from typing import Final

WARM_UP: Final = 0.03  # share of the time
FINAL_RATE: Final = 0.01  # share of the peak


def rate_at(share: float) -> float:
    """Learning rate relative to its peak when ``share`` (0..1) of the time is used up."""
    if share < WARM_UP:
        return share / WARM_UP
    share = min(1.0, (share - WARM_UP) / (1 - WARM_UP))
    return FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * share))
