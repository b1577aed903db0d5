"""Which look is asked for, on catalogues small enough to reckon by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pillapp.identify.next_look import best_look
from pillapp.identify.values import Look

ALIKE = np.zeros(4)
PRODUCTS = np.arange(4)


def test_the_other_side_is_asked_for_where_it_alone_differs():
    told = best_look(ALIKE, PRODUCTS, np.array([1, 2, 3, 4]), np.full((4, 2), 8.0))
    assert told.look is Look.OTHER_SIDE
    assert told.now == 0.25
    assert told.after == 1.0


def test_the_size_is_asked_for_where_both_sides_are_known():
    told = best_look(ALIKE, PRODUCTS, None, np.array([[7.0, 7.0], [8.0, 8.0], [9.0, 9.0], [9.1, 9.1]]))
    assert told.look is Look.SIZE
    assert told.after == 0.75  # the last two are a tenth of a millimetre apart


def test_nothing_is_asked_for_that_would_tell_nothing():
    assert best_look(ALIKE, PRODUCTS, np.ones(4), np.full((4, 2), np.nan)).look is Look.NONE
    assert best_look(ALIKE, PRODUCTS, None, None).look is Look.NONE
    sure = np.array([0.0, -50.0, -50.0, -50.0])
    assert best_look(sure, PRODUCTS, np.arange(4), None).look is Look.NONE


def test_appearances_of_one_product_need_not_be_told_apart():
    told = best_look(ALIKE, np.zeros(4, int), np.arange(4), None)
    assert (told.look, told.now) == (Look.NONE, 1.0)


@given(
    arrays(float, 30, elements=st.floats(-20, 0)),
    arrays(int, 30, elements=st.integers(0, 9)),
    arrays(int, 30, elements=st.integers(0, 5)),
)
def test_a_look_never_makes_one_less_sure(total, product, other_side):
    told = best_look(total, product, other_side, None)
    assert 0 < told.now <= told.after + 1e-9 <= 1 + 2e-9
