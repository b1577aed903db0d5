"""Pills of one frame share one scale: what one says helps the others, never itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.identify.evidence import Scores, default_weights
from pillapp.identify.frame_scale import SizedPill, identify_together, with_frame_scale
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import MARKET
from pillapp.vision.observe import Observation
from tests.identify.test_rank import row, seen

WEIGHTS = default_weights()
SIZES = tuple(float(size) for size in range(5, 15))
SMALL = AppearanceIndex.of(
    [row(str(i), "원형", "하양", size=size) for i, size in enumerate(SIZES, start=1)]
    + [row(str(100 + i), "원형", "분홍", size=size) for i, size in enumerate(SIZES, start=1)]
)
# As if the catalogue held the whole market: a small one leaves room for all it does not hold.
NOBODY = tuple(f"none {i}" for i in range(MARKET))
INDEX = replace(SMALL, item_seqs=SMALL.item_seqs + NOBODY, names=SMALL.names + NOBODY)


def pill(likely: list[int], long_px: float, confirmed: str | None = None, trusted: bool = True) -> SizedPill:
    """A round pill of ``long_px`` whose text fits the given rows far better than all others."""
    shape = replace(seen().shape, long_px=long_px, short_px=long_px)
    imprint = np.full(len(INDEX.product), -12.0)
    imprint[likely] = 0.0
    zeros = np.zeros(len(INDEX.product))
    observation = replace(seen(), shape=shape, outline_trusted=trusted)
    return SizedPill(observation, Scores(imprint, *[zeros] * 9, True), confirmed)


def sizes_told(pills: list[SizedPill]) -> list[np.ndarray]:
    return [scores.size for scores in with_frame_scale(pills, INDEX, WEIGHTS)]


def best_size(size: np.ndarray) -> float:
    return float(INDEX.long_mm[int(size.argmax())])


@given(st.floats(0.01, 0.4), st.sampled_from(SIZES), st.sampled_from(SIZES))
def test_a_certain_pill_tells_the_size_of_an_unknown_one(mm_per_px: float, known: float, wanted: float) -> None:
    sure = pill([SIZES.index(known)], known / mm_per_px, confirmed=str(SIZES.index(known) + 1))
    unknown = pill(list(range(20)), wanted / mm_per_px)
    told = sizes_told([sure, unknown])[1]
    assert best_size(told) == wanted
    assert told.max() == 0
    assert told.min() < -1


def test_what_a_person_confirmed_counts_more_than_what_was_read() -> None:
    misread = pill([0], 100.0, confirmed="10")  # read as the 5 mm product, confirmed as the 14 mm one
    unknown = pill(list(range(20)), 50.0)
    assert best_size(sizes_told([misread, unknown])[1]) == 7.0


def test_ratios_alone_tell_sizes_apart() -> None:
    """Two pills, each one of two sizes: only one combination fits one scale."""
    one = pill([SIZES.index(6.0), SIZES.index(9.0)], 60.0)
    other = pill([SIZES.index(8.0), SIZES.index(14.0)], 140.0)
    first, second = sizes_told([one, other])
    assert first[SIZES.index(6.0)] > first[SIZES.index(9.0)] + 0.5
    assert second[SIZES.index(14.0)] > second[SIZES.index(8.0)] + 0.5


def test_a_small_catalogue_says_less_than_the_whole_market() -> None:
    pills = [pill([0], 50.0), pill(list(range(20)), 80.0)]
    whole, small = (with_frame_scale(pills, index, WEIGHTS)[1].size for index in (INDEX, SMALL))
    assert small.min() > whole.min()


def test_the_more_pills_agree_the_surer_the_scale() -> None:
    unknown = pill(list(range(20)), 100.0)
    sure = [pill([i], 10 * size) for i, size in enumerate(SIZES[:4])]
    margins = []
    for count in (1, 2, 4):
        told = sizes_told([*sure[:count], unknown])[-1]
        margins.append(told[SIZES.index(10.0)] - told[SIZES.index(8.0)])
    assert margins[0] < margins[1] < margins[2]


def test_one_pill_that_is_wrong_is_outvoted() -> None:
    sure = [pill([i], 10 * size) for i, size in enumerate(SIZES[:4])]
    wrong = pill([0], 300.0)  # says a pixel is a sixth of what the others say
    unknown = pill(list(range(20)), 100.0)
    assert best_size(sizes_told([wrong, *sure, unknown])[-1]) == 10.0


def test_a_lonely_pill_and_one_without_an_outline_keep_what_they_have() -> None:
    alone = pill([0], 50.0)
    assert with_frame_scale([alone], INDEX, WEIGHTS)[0] is alone.scores
    blurred = pill([1], 60.0, trusted=False)
    told = with_frame_scale([alone, blurred], INDEX, WEIGHTS)
    assert told[0] is alone.scores
    assert told[1] is blurred.scores


def test_a_catalogue_without_sizes_says_nothing() -> None:
    index = AppearanceIndex.of(
        [replace(row("1"), long_mm=None, short_mm=None), replace(row("2"), long_mm=None, short_mm=None)]
    )
    results = identify_together([[seen()], [seen(colour="분홍")]], index)
    assert all(candidate.evidence.size is None for result in results for candidate in result.candidates)


def test_an_empty_catalogue_knows_nothing() -> None:
    assert [len(r.candidates) for r in identify_together([[seen()], [seen()]], AppearanceIndex.of([]))] == [0, 0]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 19), min_size=1, max_size=20), st.floats(0.5, 20_000)),
        min_size=1,
        max_size=6,
    )
)
def test_sizes_told_are_always_finite_and_never_above_the_best(pills: list[Any]) -> None:
    for told in sizes_told([pill(likely, long_px) for likely, long_px in pills]):
        assert np.isfinite(told).all()
        assert told.max() <= 0


def test_the_order_of_the_pills_does_not_matter() -> None:
    pills = [pill([0, 3], 50.0), pill([5], 100.0), pill(list(range(20)), 80.0)]
    straight, turned = sizes_told(pills), sizes_told(pills[::-1])[::-1]
    for one, other in zip(straight, turned, strict=True):
        assert one == pytest.approx(other)


def test_a_named_pill_settles_which_of_two_sizes_its_neighbour_is() -> None:
    """Through ``identify_together``: the neighbour's candidates change order once a person has spoken."""
    white: Observation = replace(seen(), shape=replace(seen().shape, long_px=100.0, short_px=100.0))
    pink = replace(seen(colour="분홍"), shape=replace(seen().shape, long_px=70.0, short_px=70.0))
    told = identify_together([[white], [pink]], INDEX, confirmed=["6", None])  # product 6 is white and 10 mm
    assert told[1].candidates[0].item_seq == "103"  # pink and 7 mm
