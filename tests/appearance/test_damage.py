"""Damage changes what it names and nothing else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pillapp.appearance.build import build
from pillapp.appearance.damage import chipped, damaged, dusty, half_tablet, worn
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.values import PillModel
from pillapp.catalog.values import Appearance

ROW = Appearance(1, "1", "약", "원형", ("파랑",), (), "AB분할선10", "", "", "", 9.0, 9.0, 3.5, "필름코팅정")


def model(row: Appearance = ROW, *, printed: bool = False) -> PillModel:
    finish = typical_finish(row)
    return build(row, replace(finish, text=replace(finish.text, beside_words=True, printed=printed)), 12.0)


def test_a_chip_takes_material_away_at_the_rim_and_shows_the_inside() -> None:
    whole = model()
    broken = chipped(whole, np.random.default_rng(3), chips=1)
    lost = [(a.height - b.height) for a, b in ((whole.front, broken.front), (whole.back, broken.back))]
    assert min(part.min() for part in lost) >= 0
    deepest = max(lost, key=lambda part: part.max())
    assert deepest.max() > 0.2
    rows, columns = np.nonzero(deepest > 0.05)
    middle = np.array(deepest.shape) / 2
    assert np.hypot(rows - middle[0], columns - middle[1]).mean() > 0.6 * 4.5 * whole.cells_per_mm


def test_wear_rubs_print_off_and_never_adds_any() -> None:
    whole = model(printed=True)
    rubbed = worn(whole, np.random.default_rng(1))
    assert (rubbed.front.printed <= whole.front.printed + 1e-6).all()
    assert rubbed.front.printed.sum() < 0.95 * whole.front.printed.sum()


def test_dust_whitens() -> None:
    whole = model()
    assert dusty(whole, np.random.default_rng(1)).front.albedo.mean() > whole.front.albedo.mean()


def test_a_half_is_half_the_pill_with_half_the_text() -> None:
    whole = model()
    half = half_tablet(whole, np.random.default_rng(2))
    assert half is not None
    assert half.coverage_front.sum() == pytest.approx(whole.coverage_front.sum() / 2, rel=0.06)
    assert "".join(g.text for g in half.front.glyphs) in ("AB", "10")
    hull = cv2.convexHull(half.outline)
    assert cv2.contourArea(half.outline) > 0.97 * cv2.contourArea(hull)


def test_a_pill_without_a_score_line_has_no_half() -> None:
    assert half_tablet(model(replace(ROW, imprint_front="AB")), np.random.default_rng(2)) is None


def test_any_damage_leaves_a_pill() -> None:
    for seed in range(30):
        hurt = damaged(model(), np.random.default_rng(seed))
        assert hurt.coverage_front.sum() > 1000
        assert np.isfinite(hurt.front.height).all()
        assert hurt.front.height.min() >= 0
