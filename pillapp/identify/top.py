"""The first few of many, without sorting them all."""

import numpy as np


def top(values: np.ndarray, count: int) -> np.ndarray:
    """Places of the ``count`` highest of ``values`` (n,), highest first, of equal ones the earlier; all where n is less."""
    if len(values) <= count:
        return np.argsort(-values, kind="stable")
    least = np.partition(values, -count)[-count]
    among = np.flatnonzero(values >= least)
    return np.asarray(among[np.argsort(-values[among], kind="stable")][:count])
