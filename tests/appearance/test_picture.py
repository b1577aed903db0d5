"""Pictures for people: to scale, marked, on light and dark."""

from dataclasses import replace

import numpy as np
import pytest

from pillapp.appearance.picture import both_sides, notes, product_card, side_cutout, thumbnail, typical_model
from pillapp.catalog.values import Appearance

ROW = Appearance(1, "1", "약", "원형", ("하양",), (), "AB", "", "", "", 8.0, 8.0, 3.0, "나정")


def test_both_sides_are_to_scale_beside_each_other() -> None:
    model = typical_model(ROW, 20.0)
    picture = both_sides(model, dark=True)
    bright = picture[: round(8.0 * 20 + 60)].min(axis=2) > 60
    columns = np.flatnonzero(bright.any(axis=0))
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    assert [len(run) for run in runs] == [pytest.approx(160, abs=4)] * 2


def test_the_millimetre_bar_is_as_long_as_it_says() -> None:
    picture = both_sides(typical_model(replace(ROW, long_mm=20.0, short_mm=20.0, thick_mm=6.0), 10.0))
    below = picture[-45:].min(axis=2) < 120
    longest = max(max(map(len, "".join(".#"[cell] for cell in row.astype(int)).split("."))) for row in below)
    assert longest == pytest.approx(100, abs=3)


def test_light_and_dark_paper_differ_and_the_pill_does_not() -> None:
    light, dark = (product_card(ROW, px_per_mm=10.0, dark=dark) for dark in (False, True))
    assert light[0, 0].min() > 240
    assert dark[0, 0].max() < 60
    middle = (20 + 8 * 5, round(light.shape[1] * 0.0) + 20 + 8 * 5)
    assert np.abs(light[middle].astype(int) - dark[middle]).max() <= 2


def test_assumptions_and_invented_emblems_are_written_down() -> None:
    assert notes(typical_model(ROW, 6.0)) == ()
    assert len(notes(typical_model(replace(ROW, thick_mm=None, imprint_front="마크"), 6.0))) == 2


def test_a_cutout_has_about_the_size_asked_for() -> None:
    cutout = side_cutout(replace(ROW, shape="장방형", long_mm=15.0, short_mm=6.0), long_px=300)
    columns = np.flatnonzero((cutout.alpha > 0.5).any(axis=0))
    assert len(columns) == pytest.approx(300, abs=6)
    assert thumbnail(ROW, 56).shape == (56, 56, 3)
