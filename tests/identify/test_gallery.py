"""Pictures as evidence: they speak for their product, never against a product without one, and never make a name certain."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.identify.evidence import score
from pillapp.identify.gallery import EMPTY, Gallery, Likeness, log_likelihoods
from pillapp.identify.rank import identify
from pillapp.identify.values import Identification, State
from pillapp.vision.embed import WIDTH
from pillapp.vision.observe import Observation
from tests.identify.test_rank import CATALOGUE, seen

PRODUCTS = CATALOGUE.item_seqs
FITTED = Likeness(slope=10.0, even=0.6, most=3.0)


def unit(seed: int) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


def looking(seed: int, **looks: object) -> Observation:
    return replace(seen(**looks), embedding=unit(seed))  # type: ignore[arg-type]


def gallery_of(*pictures: tuple[int, str]) -> Gallery:
    if not pictures:
        return EMPTY
    return Gallery(np.stack([unit(seed) for seed, _ in pictures]), tuple(item_seq for _, item_seq in pictures))


def place(result: Identification, item_seq: str) -> int:
    return [candidate.item_seq for candidate in result.candidates].index(item_seq)


pictures = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(PRODUCTS)), max_size=6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 20), product=st.sampled_from(PRODUCTS), there=pictures)
def test_adding_a_picture_of_a_product_never_lowers_it_for_that_very_crop(
    seed: int, product: str, there: list[tuple[int, str]]
) -> None:
    pill = looking(seed, colour="분홍")
    before = identify([pill], CATALOGUE, gallery=gallery_of(*there))
    after = identify([pill], CATALOGUE, gallery=gallery_of(*there, (seed, product)))
    assert place(after, product) <= place(before, product)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 20), there=pictures)
def test_pictures_alone_never_make_a_name_certain(seed: int, there: list[tuple[int, str]]) -> None:
    assert identify([looking(seed)], CATALOGUE, gallery=gallery_of(*there)).state is not State.IDENTIFIED


def test_without_pictures_everything_is_as_it_was() -> None:
    pill = looking(3, colour="분홍")
    scores = score([pill], CATALOGUE)
    assert not scores.embedding.any()
    elsewhere = gallery_of((3, "not in the catalogue"))
    assert identify([pill], CATALOGUE, gallery=elsewhere) == identify([pill], CATALOGUE)
    assert all(candidate.evidence.embedding is None for candidate in identify([pill], CATALOGUE).candidates)


def test_products_without_a_picture_are_neither_helped_nor_held_back() -> None:
    scores = score([looking(1)], CATALOGUE, gallery_of((2, PRODUCTS[0])))
    assert (scores.embedding[CATALOGUE.product != 0] == 0).all()


def test_the_better_of_two_sides_and_of_several_pictures_counts() -> None:
    pictures = gallery_of((5, PRODUCTS[0]), (6, PRODUCTS[0]))
    cosines = pictures.best_cosines([unit(9), unit(6)], PRODUCTS)
    assert np.isclose(cosines[0], 1, atol=1e-5)
    assert np.isnan(cosines[1:]).all()


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=10))
def test_a_closer_picture_never_says_less_and_a_far_one_hardly_speaks_against(cosines: list[float]) -> None:
    values = log_likelihoods(np.sort(np.array(cosines)), FITTED)
    assert (np.diff(values) >= 0).all()
    assert (values >= np.log(0.5)).all()
    assert (values <= FITTED.most).all()
