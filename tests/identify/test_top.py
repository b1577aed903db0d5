import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pillapp.identify.top import top


@given(st.lists(st.integers(-5, 5), max_size=60), st.integers(1, 70))
def test_the_same_as_sorting_everything(values: list[int], count: int) -> None:
    array = np.array(values, float)
    assert top(array, count).tolist() == np.argsort(-array, kind="stable")[:count].tolist()
