"""Pills of one frame lie under one light: what one says of it, the others are seen by."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.identify.frame_light import under_one_light
from pillapp.vision.colour import COLOURS, ColourReading
from pillapp.vision.observe import Observation
from tests.identify.test_rank import seen

WHITE, ORANGE, PINK = (228, 230, 229), (215, 155, 70), (222, 170, 158)  # sRGB of such pills under white light
GREENISH = (0.87, 1.0, 0.9)


def pill(colour: tuple[int, ...], light: tuple[float, ...], **believed: float) -> Observation:
    """A round pill of one colour under some light, and what was believed of its colour when it was seen alone."""
    crop = np.zeros((60, 60, 3), np.uint8)
    crop[:] = np.clip(np.array(colour) * light, 0, 255)
    yy, xx = np.mgrid[:60, :60]
    rest = (1 - sum(believed.values())) / (len(COLOURS) - len(believed))
    part = tuple(believed.get(name, rest) for name in COLOURS)
    names = (max(believed, key=believed.__getitem__),)
    return replace(seen(), crop=crop, mask=np.hypot(xx - 30, yy - 30) < 25, colours=ColourReading(names, (part,)))


def chance(observation: Observation, name: str) -> float:
    return observation.colours.parts[0][COLOURS.index(name)]


def test_a_white_pill_under_a_green_cast_is_told_by_the_orange_ones_beside_it() -> None:
    white = pill(WHITE, GREENISH, 하양=0.36, 노랑=0.38)
    orange = pill(ORANGE, GREENISH, 주황=0.85)
    pink = pill(PINK, GREENISH, 분홍=0.8)
    told, *others = under_one_light([white, orange, pink])
    assert told.colours.names == ("하양",)
    assert chance(told, "하양") > chance(white, "하양")
    assert [other.colours.names for other in others] == [("주황",), ("분홍",)]


def test_a_pill_alone_stays_as_it_was_seen() -> None:
    white = pill(WHITE, GREENISH, 하양=0.36, 노랑=0.38)
    assert under_one_light([white]) == [white]
    assert under_one_light([]) == []


def test_a_pill_that_may_be_anything_says_nothing() -> None:
    white = pill(WHITE, GREENISH, 하양=0.36, 노랑=0.38)
    unknown = pill((120, 130, 140), GREENISH, 하양=1 / 16)
    told = under_one_light([white, unknown])[0]
    sure = under_one_light([white, pill(ORANGE, GREENISH, 주황=0.85)])[0]
    assert abs(chance(told, "하양") - chance(white, "하양")) < abs(chance(sure, "하양") - chance(white, "하양"))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from(COLOURS), st.floats(0.1, 0.95)),
        min_size=2,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_chances_stay_chances_and_the_order_of_the_pills_does_not_matter(pills, random) -> None:
    frame = [pill(colour, (1.0, 1.0, 1.0), **{name: belief}) for colour, name, belief in pills]
    order = list(range(len(frame)))
    random.shuffle(order)
    told = under_one_light(frame)
    shuffled = under_one_light([frame[i] for i in order])
    for place, i in enumerate(order):
        np.testing.assert_allclose(shuffled[place].colours.parts, told[i].colours.parts, rtol=1e-6)
    for one in told:
        np.testing.assert_allclose(np.sum(one.colours.parts, axis=1), 1, rtol=1e-6)
        assert np.isfinite(one.colours.parts).all()


def test_both_ends_of_a_capsule_keep_their_order() -> None:
    capsule = pill(WHITE, (1.0, 1.0, 1.0), 하양=0.7)
    crop, mask = np.zeros((40, 90, 3), np.uint8), np.zeros((40, 90), bool)
    mask[5:35, 5:85] = True
    crop[:, :45], crop[:, 45:] = WHITE, (190, 40, 40)
    part = {name: tuple(0.85 if c == name else 0.01 for c in COLOURS) for name in ("하양", "빨강")}
    capsule = replace(
        capsule, crop=crop, mask=mask, colours=ColourReading(("하양", "빨강"), (part["하양"], part["빨강"]))
    )
    told = under_one_light([capsule, pill(ORANGE, (1.0, 1.0, 1.0), 주황=0.85)])[0]
    assert told.colours.names == ("하양", "빨강")
