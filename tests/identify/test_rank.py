"""Ranking with made-up observations: evidence moves probabilities the right way, and doubt stays doubt."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.catalog.values import Appearance
from pillapp.identify.evidence import default_weights, score
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.other_side import match_sides
from pillapp.identify.rank import MARKET, identify, likely_set, product_probabilities
from pillapp.identify.values import State
from pillapp.vision.attributes import AttributeReading
from pillapp.vision.colour import COLOURS, ColourReading
from pillapp.vision.detect import Detection
from pillapp.vision.embed import WIDTH
from pillapp.vision.observe import Observation
from pillapp.vision.quality import Quality
from pillapp.vision.shape import SHAPES, ShapeReading


def row(item_seq: str, shape: str = "원형", colour: str = "하양", front: str = "", size: float = 8.0) -> Appearance:
    short = size if shape == "원형" else size * 0.5
    return Appearance(
        int(item_seq), item_seq, f"약{item_seq}", shape, (colour,), (), front, "", "", "", size, short, 3.0, "정제"
    )


def seen(
    shape: str = "원형", colour: str = "하양", aspect: float = 1.0, size: Any = None, line: int = 0, form: int = 0
) -> Observation:
    beliefs = dict.fromkeys(SHAPES, 0.01) | {shape: 0.9}
    part = tuple(0.9 if c == colour else 0.1 / 15 for c in COLOURS)
    sure = np.eye(3) * 0.88 + 0.04
    attributes = AttributeReading(
        np.array([beliefs[name] for name in SHAPES]), np.array([part, part]), sure[form], sure[line]
    )
    return Observation(
        detection=Detection((0, 0, 10, 10), 0.9),
        polygon=((0, 0), (10, 0), (10, 10)),
        crop=np.zeros((8, 8, 3), np.uint8),
        mask=np.ones((8, 8), bool),
        shape=ShapeReading(shape, beliefs, aspect, 0.0, 100, 100 * aspect),
        colours=ColourReading((colour,), (part,)),
        attributes=attributes,
        reading=None,
        size_mm=size,
        outline_trusted=True,
        quality=Quality(50, 0, 80, 100),
        embedding=np.eye(1, WIDTH, dtype=np.float32)[0],
    )


CATALOGUE = AppearanceIndex.of(
    [
        row("1", "원형", "하양"),
        row("2", "원형", "분홍"),
        row("3", "장방형", "하양"),
        row("4", "원형", "하양", size=12.0),
    ]
)


def best(observation: Observation) -> str:
    return identify([observation], CATALOGUE).candidates[0].item_seq


def test_colour_shape_and_size_each_decide() -> None:
    assert best(seen(colour="분홍")) == "2"
    assert best(seen(shape="장방형", aspect=0.5)) == "3"
    assert best(seen(size=(12.0, 12.0))) == "4"


def test_without_a_readable_imprint_nothing_is_identified() -> None:
    result = identify([seen(colour="분홍")], CATALOGUE)
    assert result.state is not State.IDENTIFIED
    assert result.doubt is not None
    assert result.look is not None
    assert all(result.reasons)


def test_an_empty_catalogue_knows_nothing() -> None:
    result = identify([seen()], AppearanceIndex.of([]))
    assert result.state is State.UNKNOWN
    assert result.candidates == ()


def test_candidates_come_best_first_and_at_most_ten() -> None:
    index = AppearanceIndex.of([row(str(i)) for i in range(1, 40)])
    candidates = identify([seen()], index).candidates
    assert len(candidates) == 10
    probabilities = [c.probability for c in candidates]
    assert probabilities == sorted(probabilities, reverse=True)


def test_two_appearances_of_one_product_are_one_candidate() -> None:
    index = AppearanceIndex.of(
        [row("1"), replace(row("1"), appearance_id=9, imprint_front="B"), row("2", colour="분홍")]
    )
    assert [c.item_seq for c in identify([seen()], index).candidates] == ["1", "2"]


@settings(max_examples=100)
@given(st.lists(st.floats(-30, 30), min_size=4, max_size=4))
def test_probabilities_leave_room_for_none_of_these(total: list[float]) -> None:
    probabilities = product_probabilities(np.array(total), CATALOGUE)
    assert (probabilities >= 0).all()
    assert probabilities.sum() < 1


def test_a_small_catalogue_is_less_sure_than_the_whole_market() -> None:
    scores = np.array([5.0, 0.0, 0.0, 0.0])
    small = product_probabilities(scores, CATALOGUE).max()
    whole = np.exp(5) / (np.exp(5) + 3)
    assert small < whole
    assert len(CATALOGUE.item_seqs) < MARKET


def test_missing_sizes_are_neither_for_nor_against() -> None:
    index = AppearanceIndex.of([row("1"), replace(row("2"), long_mm=None, short_mm=None)])
    scores = score([seen(size=(8.0, 8.0))], index)
    assert np.isfinite(scores.size).all()
    assert scores.size[0] > scores.size[1] > np.log(0.1)


def test_turned_pills_are_matched_by_how_they_look() -> None:
    first = [seen(colour="분홍"), seen(shape="장방형", aspect=0.5), seen()]
    second = [seen(), seen(colour="분홍"), seen(shape="장방형", aspect=0.5)]
    assert match_sides(first, second, CATALOGUE) == {0: 1, 1: 2, 2: 0}


@pytest.mark.parametrize(("first", "second"), [([], [seen()]), ([seen()], [])])
def test_nothing_to_match_matches_nothing(first: list[Observation], second: list[Observation]) -> None:
    assert match_sides(first, second, CATALOGUE) == {}


def test_a_score_line_and_the_make_decide_between_pills_that_are_otherwise_alike() -> None:
    index = AppearanceIndex.of([row("1"), replace(row("2"), line_back="-"), replace(row("3"), form="연질캡슐제")])
    assert identify([seen()], index).candidates[0].item_seq == "1"
    lines_count = replace(default_weights(), line=1.0)
    assert identify([seen(line=1)], index, lines_count).candidates[0].item_seq == "2"
    assert identify([seen(form=2)], index).candidates[0].item_seq == "3"


@given(
    st.lists(st.floats(0.0, 1.0).map(lambda p: round(p, 9)), min_size=1, max_size=30).filter(any), st.floats(0.5, 0.99)
)
def test_the_likely_set_holds_what_it_should_and_no_product_too_many(chances: list[float], mass: float) -> None:
    probabilities = np.array(chances)
    best_first = np.sort(probabilities)[::-1]
    size = likely_set(probabilities, mass)
    assert best_first[:size].sum() >= mass * best_first.sum() - 1e-9
    assert best_first[: size - 1].sum() < mass * best_first.sum()
