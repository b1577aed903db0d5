"""The assignment problem: pair rows with columns so that the pairs are worth most together."""

import lap  # not scipy.optimize: importing that costs most of a second of every start
import numpy as np


def best_pairs(worth: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (row, column) of the assignment of highest total in ``worth`` (n, m); min(n, m) of them, by row."""
    if not worth.size:
        return []
    columns, _ = lap.lapjv(-np.asarray(worth, dtype=np.float64), extend_cost=True, return_cost=False)
    return [(row, int(column)) for row, column in enumerate(columns) if column >= 0]
