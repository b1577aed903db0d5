import numpy as np
import pytest

from pillapp.training.reader.renderings import IGNORED, Rendering, load_renderings, save_renderings
from pillapp.training.reader.samples import CELLS, sample, targets
from pillapp.vision.imprint import STRIDE


def test_a_character_peaks_in_its_cell_and_carries_its_class_there():
    existence, weight, number, certainty = targets(np.array([[42.0, 82.0, 30.0, 7.0]], np.float32))
    row, column = 82 // STRIDE, 42 // STRIDE
    assert existence[row, column] == 1
    assert (existence == 1).sum() == 1
    assert number[row, column] == 7
    assert certainty[row, column] > 0.5
    assert weight.min() == 1


def test_an_unknown_character_is_neither_right_nor_wrong():
    existence, weight, _, certainty = targets(np.array([[80.0, 80.0, 40.0, IGNORED]], np.float32))
    assert existence.max() == 0
    assert certainty.max() == 0
    assert weight[80 // STRIDE, 80 // STRIDE] == 0
    assert weight[0, 0] == 1


def test_characters_outside_the_window_leave_no_trace():
    existence, weight, _, _ = targets(np.array([[-60.0, 80.0, 30.0, 3.0], [80.0, 400.0, 30.0, 3.0]], np.float32))
    assert existence.max() < 0.01
    assert weight.min() == 1


@pytest.mark.parametrize("shape", [(176, 176), (160, 336), (336, 160)])
@pytest.mark.parametrize("seed", range(5))
def test_a_window_moves_its_characters_with_the_picture(shape, seed):
    height, width = shape
    pixels = np.zeros(shape, np.int8)
    x, y = width // 2 + 12, height // 2 - 9
    pixels[y - 4 : y + 5, x - 4 : x + 5] = 120
    window, characters = sample(np.random.default_rng(seed), Rendering(pixels, np.array([[x, y, 20, 5]], np.float32)))
    rows, columns = np.nonzero(np.abs(window) > 0.8 * np.abs(window).max())
    np.testing.assert_allclose([columns.mean(), rows.mean()], characters[0, :2], atol=3)
    assert len(window) == CELLS * STRIDE


def test_renderings_come_back_as_they_were_stored(tmp_path):
    rng = np.random.default_rng(0)
    pictures = [
        Rendering(rng.integers(-127, 127, shape, dtype=np.int8), rng.random((count, 4), dtype=np.float32))
        for shape, count in (((5, 7), 2), ((3, 3), 0), ((8, 2), 4))
    ]
    save_renderings(tmp_path / "a.npz", pictures)
    for before, after in zip(pictures, load_renderings(tmp_path / "a.npz"), strict=True):
        np.testing.assert_array_equal(before.pixels, after.pixels)
        np.testing.assert_array_equal(before.characters, after.characters)
