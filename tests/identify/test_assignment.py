"""The assignment is the best of all, by trying all."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.identify.assignment import best_pairs


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_no_other_pairing_is_worth_more(rows: int, columns: int, seed: int) -> None:
    worth = np.random.default_rng(seed).normal(0, 5, (rows, columns))
    pairs = best_pairs(worth)
    small = worth if rows <= columns else worth.T
    best = max(sum(small[i, j] for i, j in enumerate(p)) for p in permutations(range(small.shape[1]), small.shape[0]))
    assert len(pairs) == min(rows, columns)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert sum(worth[i, j] for i, j in pairs) == pytest.approx(best)


def test_nothing_to_pair_gives_no_pairs() -> None:
    assert best_pairs(np.zeros((0, 3))) == []
