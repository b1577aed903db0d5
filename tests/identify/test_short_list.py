"""A short list makes its products likelier, excludes none, and never makes a name certain by itself."""

from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import MARKET, identify, product_probabilities
from pillapp.identify.short_list import factors, listed_products
from pillapp.identify.values import State
from tests.identify.test_rank import CATALOGUE, row, seen

LIST = st.sets(st.sampled_from(CATALOGUE.item_seqs), min_size=1)
TOTALS = st.lists(st.floats(-20, 20), min_size=4, max_size=4).map(np.array)


@given(TOTALS, LIST)
def test_listed_products_gain_on_the_others_and_none_vanishes(total: np.ndarray, chosen: set[str]) -> None:
    listed = listed_products(chosen, CATALOGUE)
    assert listed is not None
    without, with_list = product_probabilities(total, CATALOGUE), product_probabilities(total, CATALOGUE, listed)
    assert (with_list > 0).all()
    assert with_list.sum() < 1
    gain = with_list / without
    assert gain[listed].min() >= gain.max() * (1 - 1e-9)


@given(TOTALS, LIST)
def test_within_the_list_and_without_it_the_order_stays(total: np.ndarray, chosen: set[str]) -> None:
    listed = listed_products(chosen, CATALOGUE)
    assert listed is not None
    without, with_list = product_probabilities(total, CATALOGUE), product_probabilities(total, CATALOGUE, listed)
    for group in (listed, ~listed):
        order = np.argsort(without[group], kind="stable")
        assert (np.diff(with_list[group][order]) >= -1e-12).all()


@given(st.integers(1, 5000), st.integers(0, 5000))
def test_shorter_lists_say_more(few: int, more: int) -> None:
    def strongest(count: int) -> float:
        listed = np.arange(25_000) < count
        return float(factors(listed, MARKET).max())

    assert strongest(few) >= strongest(few + more) >= 1


def of(item_seqs: Iterable[str]) -> np.ndarray | None:
    return listed_products(tuple(item_seqs), CATALOGUE)


def test_a_list_of_unknown_or_no_products_is_no_list() -> None:
    assert of(()) is None
    assert of(("777",)) is None


def test_of_two_that_look_alike_the_listed_one_comes_first_but_is_not_certain() -> None:
    index = AppearanceIndex.of([row("1"), row("2")])
    result = identify([seen()], index, listed=listed_products(("2",), index))
    assert [c.item_seq for c in result.candidates] == ["2", "1"]
    assert [c.evidence.listed for c in result.candidates] == [True, False]
    assert result.state is not State.IDENTIFIED


def test_without_a_list_nobody_is_said_to_be_on_it() -> None:
    assert identify([seen()], CATALOGUE).candidates[0].evidence.listed is None
