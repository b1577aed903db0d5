from dataclasses import replace

import numpy as np
import pytest

from pillapp.catalog.values import Appearance
from pillapp.training.catalogue_sides import SideSampler
from pillapp.training.reader.photograph import photograph
from pillapp.training.reader.render import render
from pillapp.training.reader.renderings import IGNORED
from pillapp.training.typefaces import TrainingFaces
from pillapp.vision.imprint import ALPHABET
from pillapp.vision.unroll import STRIP_SHAPE

ROUND = Appearance(
    1, "200000001", "가나정", "원형", ("하양",), (), "ABCDE7", "분할선", "", "-", 9.0, 9.0, 4.0, "나정"
)  # fmt: skip
LONG = replace(ROUND, shape="장방형", long_mm=18.0, short_mm=8.0, imprint_front="AB분할선75", imprint_back="")


class Front:
    """Always the front of one row."""

    def __init__(self, row):
        self.row = row

    def draw(self, rng):
        return self.row, False


def pictures(row, seeds):
    return [list(render(np.random.default_rng(seed), Front(row), TrainingFaces())) for seed in seeds]


def letters(picture):
    return "".join(ALPHABET[int(kind)] for kind in picture.characters[:, 3] if kind != IGNORED)


def test_every_letter_of_a_long_pill_is_known_and_lies_on_the_pill_in_the_order_of_reading():
    for (picture,) in pictures(LONG, range(12)):
        if len(picture.characters) == 4:  # a broken pill has lost some
            assert letters(picture) == "AB75"
            assert (np.diff(picture.characters[:, 0]) > 0).all()
        height, width = picture.pixels.shape
        for x, y, tall, _ in picture.characters:
            assert 0 < x < width
            assert 0 < y < height
            assert 5 < tall < height


def test_text_along_a_rim_is_shown_unrolled_with_every_letter_known():
    bent = [found[1] for found in pictures(ROUND, range(40)) if len(found) == 2]
    assert len(bent) >= 3
    for picture in bent:
        assert picture.pixels.shape == STRIP_SHAPE
    assert any(set(letters(picture)) >= set("ABCDE") for picture in bent)


def test_letters_along_a_rim_that_do_not_stand_upright_are_neither_right_nor_wrong():
    straight = [found[0] for found in pictures(ROUND, range(40)) if len(found) == 2]
    kinds = np.concatenate([picture.characters[:, 3] for picture in straight])
    assert (kinds == IGNORED).any()
    assert (kinds != IGNORED).any()


def test_a_row_that_leaves_something_out_is_never_drawn():
    class Either(Front):
        def draw(self, rng):
            return (replace(ROUND, thick_mm=None, imprint_front="QQQ") if rng.random() < 0.5 else ROUND), False

    drawn = [next(render(np.random.default_rng(seed), Either(ROUND), TrainingFaces())) for seed in range(10)]
    assert all("Q" not in letters(picture) for picture in drawn)


def test_sides_are_drawn_by_their_text_not_by_how_many_products_carry_it():
    rows = [replace(ROUND, imprint_front="COMMON", imprint_back="") for _ in range(200)]
    rows += [replace(ROUND, imprint_front="RARE", imprint_back="")]
    sampler, rng = SideSampler(rows), np.random.default_rng(0)
    drawn = [row.imprint_back if back else row.imprint_front for row, back in (sampler.draw(rng) for _ in range(300))]
    assert 60 < drawn.count("RARE") < 160
    assert 5 < drawn.count("") < 50


@pytest.mark.parametrize("seed", range(6))
def test_a_photograph_keeps_its_size_and_its_pill(seed):
    mask = np.zeros((90, 120), np.uint8)
    mask[20:70, 20:100] = 1
    grey = np.full((90, 120), 0.8, np.float32)
    picture, seen = photograph(np.random.default_rng(seed), grey, mask)
    assert picture.shape == seen.shape == mask.shape
    assert 0 <= picture.min() <= picture.max() <= 1
    assert 0.75 < seen.sum() / mask.sum() < 1.25
