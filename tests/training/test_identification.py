"""The measuring of names: places with ties, shares over products, lists, and what a wrong name is blamed on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.identify.evidence import score
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.values import State
from pillapp.training.identification.lists import short_lists
from pillapp.training.identification.naming import NOWHERE, Named, calibration_error, place, share
from pillapp.training.identification.samples import Sample
from tests.identify.test_rank import row, seen

INDEX = AppearanceIndex.of(
    [row("1"), row("2"), row("3", colour="분홍"), *(row(str(n), "장방형") for n in range(4, 420))]
)


def sample(item_seq: str) -> Sample:
    return Sample(item_seq, (seen(),))


def test_equally_likely_products_come_in_the_catalogues_order() -> None:
    scores = score(sample("1").observations, INDEX)
    assert [place(sample(p), scores, INDEX).place for p in ("1", "2")] == [0, 1]
    assert place(sample("3"), scores, INDEX).place > 1
    assert place(sample("777"), scores, INDEX).place == NOWHERE
    assert place(sample("3"), scores, INDEX).first == "1"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), min_size=1, max_size=30))
def test_more_places_hold_no_fewer(places: list[tuple[str, int]]) -> None:
    named = [Named(product, n, 0.5, State.AMBIGUOUS, 1, product) for product, n in places]
    values = [share(named, n)[0].value for n in (1, 5, 10)]
    assert values == sorted(values)
    one, _ = share(named, 5)
    assert one.low <= one.value <= one.high


def test_names_as_sure_as_they_are_right_are_calibrated() -> None:
    named = [Named("a", int(n >= 8), 0.8, State.AMBIGUOUS, 1, "a") for n in range(10)]
    assert calibration_error(named) == pytest.approx(0.0, abs=1e-9)


def test_a_list_that_holds_the_product_helps_and_the_worst_one_does_not() -> None:
    said: list[str] = []
    pills = [sample("2")] * 3
    figures = short_lists("made up", pills, [score(p.observations, INDEX) for p in pills], INDEX, said.append)
    assert figures["no list"]["top1"] == 0.0
    assert figures["10, right one on it"]["top1"] == 1.0
    assert figures["10, without it, the first wrong name on it"]["top1"] == 0.0
    assert len(said) == len(figures) == 7
    assert np.isfinite([f["top5"] for f in figures.values()]).all()
