import numpy as np
import pytest

from pillapp.vision.unroll import FULL_TURN, PX_PER_RADIAN, STRIP_SHAPE, to_strip, unroll

CENTRE, RADIUS = (80.0, 82.0), 70.0


def dot(degrees, reach):
    """A picture with one dot, ``degrees`` clockwise from up, and where it is."""
    turn = np.deg2rad(degrees)
    at = np.array(CENTRE) + reach * RADIUS * np.array([np.sin(turn), -np.cos(turn)])
    rows, columns = np.mgrid[0:160, 0:160] + 0.5
    return np.exp(-((columns - at[0]) ** 2 + (rows - at[1]) ** 2) / 8).astype(np.float32), at


@pytest.mark.parametrize("degrees", [5, 90, 200, 330])
@pytest.mark.parametrize("reach", [0.5, 0.8])
@pytest.mark.parametrize("start", [0.0, 2.0])
def test_what_lies_in_a_direction_lies_there_in_the_strip(degrees, reach, start):
    picture, at = dot(degrees, reach)
    strip = unroll(picture, CENTRE, RADIUS, start)
    assert strip.shape == STRIP_SHAPE
    ((x, y),) = to_strip(at[None], CENTRE, RADIUS, start)
    once = strip[:, : int(min(x + 30, FULL_TURN))]
    row, column = np.unravel_index(once.argmax(), once.shape)
    assert (column + 0.5, row + 0.5) == pytest.approx((x, y), abs=1.5)


def test_further_clockwise_is_further_right_and_the_overlap_shows_the_beginning_again():
    (first,), (second,) = (to_strip(dot(d, 0.8)[1][None], CENTRE, RADIUS) for d in (10, 40))
    assert second[0] - first[0] == pytest.approx(np.deg2rad(30) * PX_PER_RADIAN)
    strip = unroll(dot(10, 0.8)[0], CENTRE, RADIUS)
    assert strip[:, int(FULL_TURN) :].max() > 0.8
