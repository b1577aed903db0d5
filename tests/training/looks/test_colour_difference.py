import numpy as np
import pytest

from pillapp.training.looks.colour_difference import ciede2000

# From the table of Sharma, Wu and Dalal (2005): the pairs that catch wrong implementations.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1, 2), (50, 0, 0), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def test_differences_are_those_published_either_way_round():
    first, second, wanted = (np.array(column) for column in zip(*PUBLISHED, strict=True))
    assert ciede2000(first, second) == pytest.approx(wanted, abs=1e-4)
    assert ciede2000(second, first) == pytest.approx(wanted, abs=1e-4)


def test_a_colour_does_not_differ_from_itself():
    assert ciede2000(np.array([[0, 0, 0], [90, 3, -40]]), np.array([[0, 0, 0], [90, 3, -40]])) == pytest.approx([0, 0])
