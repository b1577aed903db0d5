"""Printed matter for hard pictures: patterns, sheets of drawings, motifs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pillapp.training import prints
from pillapp.training.datasets import DataSetError


@pytest.fixture
def one_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A red disc in the place of all drawings; a file without transparency beside it is passed over."""
    disc = np.zeros((80, 80, 4), np.uint8)
    cv2.circle(disc, (40, 40), 35, (0, 0, 255, 255), -1)
    path = tmp_path / "disc.png"
    cv2.imwrite(str(path), disc)
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((20, 20, 3), 90, np.uint8))
    monkeypatch.setattr(prints, "drawings", lambda: (path, tmp_path / "flat.png"))
    return path


def test_every_print_fills_the_picture(one_drawing: Path) -> None:
    rng = np.random.default_rng(2)
    for _ in range(40):
        picture = prints.draw_print(rng, 120, 160)
        assert picture.shape == (120, 160, 3)
        assert picture.dtype == np.float32
        assert np.isfinite(picture).all()
        assert 0 <= picture.min() <= picture.max() <= 255


def test_drawings_are_seen_in_some_prints_in_their_own_colour(
    one_drawing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "DRAWN", 1.0)
    monkeypatch.setattr(prints, "ONE_INK", 0.0)
    rng = np.random.default_rng(4)
    red = 0
    for _ in range(20):
        picture = prints.draw_print(rng, 120, 160)
        red += bool(((picture[:, :, 0] > 120) & (picture[:, :, 1] < 40) & (picture[:, :, 2] < 40)).mean() > 0.02)
    assert red >= 15


def test_the_same_seed_draws_the_same_print(one_drawing: Path) -> None:
    first, second = (prints.draw_print(np.random.default_rng(9), 60, 60) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "_DRAWINGS", tmp_path)
    prints.drawings.cache_clear()
    with pytest.raises(DataSetError, match="debian-training"):
        prints.drawings()
