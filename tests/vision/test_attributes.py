"""What the shipped network says of drawn pills, where the truth is known, and what it is shown."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.appearance.build import build
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.catalog.values import Appearance
from pillapp.paths import models_dir
from pillapp.vision.attributes import (
    FORMS,
    LONG_PX,
    PARTS,
    VIEW,
    AttributeReader,
    AttributeReading,
    attribute_view,
)
from pillapp.vision.colour import COLOURS
from pillapp.vision.engines import choose_engine
from pillapp.vision.shape import SHAPES

READER = AttributeReader(choose_engine("cpu").engine, models_dir() / "attributes")
TABLE = (120, 128, 136)


def look_at(row: Appearance, turn: float = 0.0, scale: float = 1.0) -> AttributeReading:
    """The front of a row's drawing on a grey table."""
    rgb, cover = side_view(build(row, typical_finish(row), 14 * scale), back=False)
    side = int(1.5 * max(cover.shape))
    move = cv2.getRotationMatrix2D((cover.shape[1] / 2, cover.shape[0] / 2), turn, 1.0)
    move[:, 2] += (side - cover.shape[1]) / 2, (side - cover.shape[0]) / 2
    rgb, cover = (cv2.warpAffine(field, move, (side, side)) for field in (rgb, cover))
    picture = rgb * cover[..., None] + np.array(TABLE) * (1 - cover[..., None])
    return READER.read_all([(picture.astype(np.uint8), cover > 0.5)])[0]


def row(shape: str = "원형", colours: tuple[str, ...] = ("하양",), **other: object) -> Appearance:
    size = (9.0, 9.0) if shape == "원형" else (16.0, 7.0)
    plain = Appearance(1, "1", "약", shape, colours, (), "AB", "", "", "", *size, 4.0, "필름코팅정")
    return plain if not other else Appearance(**{**{f: getattr(plain, f) for f in plain.__slots__}, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("colour", ["하양", "노랑", "분홍", "파랑", "초록", "빨강"])
def test_plain_colours_are_named(colour: str) -> None:
    seen = look_at(row(colours=(colour,)))
    assert COLOURS[int(seen.halves.mean(axis=0).argmax())] == colour


@pytest.mark.parametrize("shape", ["원형", "타원형", "장방형"])
def test_common_shapes_are_named(shape: str) -> None:
    seen = look_at(row(shape))
    assert shape in [SHAPES[i] for i in np.argsort(-seen.shape)[:2]]


def test_the_two_ends_of_a_capsule_have_their_own_colours() -> None:
    capsule = row("장방형", ("빨강",), colours_back=("하양",), form="경질캡슐제, 산제")
    seen = look_at(capsule, turn=30)
    assert "빨강" in {COLOURS[int(half.argmax())] for half in seen.halves}
    white = [half[COLOURS.index("하양")] for half in seen.halves]
    assert max(white) > 5 * min(white)  # white beside red may pass for pink, but not for another red
    assert FORMS[int(seen.form.argmax())] == "hard capsule"


@settings(max_examples=25, deadline=None)
@given(st.integers(12, 300), st.integers(8, 200), st.floats(0, 180))
def test_every_pill_fills_the_view_alike(long_px: int, short_px: int, angle: float) -> None:
    long_px, short_px = max(long_px, short_px), min(long_px, short_px)
    side = 2 * long_px
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (long_px, long_px), (long_px // 2, max(2, short_px // 2)), angle, 0, 360, 1, -1)
    view = attribute_view(np.full((side, side, 3), 200, np.uint8), mask > 0)
    assert view.shape == (4, VIEW, VIEW)
    seen = view[3] > 0.5
    extent = max(np.ptp(np.flatnonzero(seen.any(axis=axis))) + 1 for axis in (0, 1))
    assert extent == pytest.approx(LONG_PX, abs=8)
    assert view[:3, 0, 0].max() == 0  # far from the pill nothing is shown


def test_nothing_to_look_at_gives_no_answers() -> None:
    assert READER.read_all([]) == []
    assert sum(PARTS) == len(SHAPES) + 2 * len(COLOURS) + len(FORMS) + 3
