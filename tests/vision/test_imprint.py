from dataclasses import replace

import cv2
import numpy as np
import pytest

from pillapp.vision.imprint import (
    ALPHABET,
    CLASSES,
    HANGUL,
    LONG_SHAPE,
    MARK,
    MULTIPLE,
    ROTATIONS,
    ROUND_SIDE,
    STRIDE,
    View,
    bent_view,
    canvases,
    even_out,
    find_characters,
    plain_text,
    reading_order,
)
from pillapp.vision.unroll import PX_PER_RADIAN, PX_PER_RADIUS, STRIP_SHAPE


def pill(angle=0.0, axes=(90, 30), size=260):
    mask = np.zeros((size, size), np.uint8)
    cv2.ellipse(mask, (size // 2, size // 2), axes, angle, 0, 360, 1, -1)
    crop = np.full((size, size, 3), 200, np.uint8)
    # a dark bar along the long axis, nearer to one end
    tip = np.deg2rad(angle)
    start = np.array([size / 2, size / 2]) + 20 * np.array([np.cos(tip), np.sin(tip)])
    end = np.array([size / 2, size / 2]) + 60 * np.array([np.cos(tip), np.sin(tip)])
    cv2.line(crop, tuple(start.astype(int).tolist()), tuple(end.astype(int).tolist()), (40, 40, 40), 5)
    return crop, mask


def view(letters):
    """A view that is sure of its letters: [(x, y, class)]."""
    log_p = np.full((len(letters), CLASSES), -8.0, np.float32)
    for i, (_, _, kind) in enumerate(letters):
        log_p[i, kind] = -0.01
    return View(
        0.0, np.array([(x, y) for x, y, _ in letters], np.float32).reshape(-1, 2), np.full(len(letters), 0.9), log_p
    )


def word(text, x=20.0, y=80.0):
    return [(x + 20 * i, y, ALPHABET.index(c)) for i, c in enumerate(text)]


@pytest.mark.parametrize("angle", [0, 25, 90, 140, 200, 300])
def test_a_long_pill_is_laid_along_the_canvas_both_ways_up(angle):
    batches = canvases(*pill(angle))
    assert [b.shape[0] for b, _ in batches] == [2, 2, 2]
    batch, _ = batches[0]
    assert batch.shape[2:] == LONG_SHAPE
    sides = []
    for picture in batch[:, 0]:
        rows, columns = np.nonzero(picture < -1)
        assert np.ptp(columns) > 3 * np.ptp(rows)
        sides.append(columns.mean() > LONG_SHAPE[1] / 2)
    assert sides[0] != sides[1]


def test_a_round_pill_is_shown_in_every_rotation():
    ((batch, angles),) = canvases(*pill(axes=(80, 78)))
    assert batch.shape == (ROTATIONS, 1, ROUND_SIDE, ROUND_SIDE)
    assert len(set(angles)) == ROTATIONS
    assert np.isfinite(batch).all()


def test_sides_of_every_canvas_suit_the_network():
    for axes in ((90, 30), (80, 78)):
        for batch, _ in canvases(*pill(axes=axes)):
            assert batch.shape[2] % MULTIPLE == 0
            assert batch.shape[3] % MULTIPLE == 0
            assert batch.dtype == np.float32


def test_nothing_to_look_at_gives_no_canvas():
    crop, mask = pill()
    assert canvases(crop, np.zeros_like(mask)) == []


def test_light_and_dark_pills_look_alike_once_evened_out():
    mask = np.ones((80, 80), np.uint8)
    grey = np.full((80, 80), 0.8, np.float32)
    grey[30:50, 30:34] = 0.6
    np.testing.assert_allclose(even_out(grey, mask), even_out(grey * 0.5 + 0.1, mask), atol=0.5)
    assert even_out(grey, np.zeros_like(mask)).max() == 0


def test_peaks_of_the_heat_map_become_characters_surest_first():
    heat = np.full((1 + CLASSES, 40, 40), -6.0, np.float32)
    heat[0, 10, 5], heat[0, 20, 30], heat[0, 20, 31] = 1.0, 3.0, 2.0
    heat[1 + 4, 20, 30] = 5.0
    seen = find_characters(heat, 30.0)
    assert seen.xy.tolist() == [[30.5 * STRIDE, 20.5 * STRIDE], [5.5 * STRIDE, 10.5 * STRIDE]]
    assert seen.log_p[0].argmax() == 4
    np.testing.assert_allclose(np.exp(seen.log_p).sum(axis=1), 1, atol=1e-5)


def test_two_cells_of_the_same_height_side_by_side_are_one_character():
    heat = np.full((1 + CLASSES, 40, 40), -6.0, np.float32)
    heat[0, 10, 5] = heat[0, 10, 6] = heat[0, 11, 6] = 2.0
    assert len(find_characters(heat, 0.0).xy) == 1


def test_a_blank_map_has_no_characters():
    seen = find_characters(np.full((1 + CLASSES, 40, 40), -9.0, np.float32), 0.0)
    assert len(seen.xy) == 0
    assert seen.log_p.shape == (0, CLASSES)
    assert plain_text(seen) == ("", 0.0)


def test_lines_are_read_from_the_top_and_from_the_left():
    xy = np.array([[60, 82], [20, 80], [40, 20], [20, 24]], np.float32)
    assert reading_order(xy, 24).tolist() == [3, 2, 1, 0]


def test_the_shown_text_keeps_words_and_tells_letters_from_digits_by_their_neighbours():
    letters = word("D0") + word("300", x=140)
    text, confidence = plain_text(view(letters))
    assert text == "DO 300"
    assert 0.8 < confidence < 1


def test_logos_are_not_shown_as_text_and_hangul_stands_for_itself():
    assert plain_text(view([(40.0, 40.0, MARK)])) == ("", 0.0)
    assert plain_text(view([(40.0, 40.0, HANGUL)]))[0] == "?"


def on_the_rim(text, first, step=25.0, over=False):
    """Letters along the rim as a strip shows them: from ``first`` degrees on, clockwise (``over``: the other way round)."""
    height, width = STRIP_SHAPE
    letters = []
    for i, character in enumerate(text):
        x = np.deg2rad(first + (-1 if over else 1) * step * i) * PX_PER_RADIAN
        letters.append((width - x if over else x, height / 2, ALPHABET.index(character)))
    return view(letters)


def straight(*letters):
    """The pill in all its rotations; letters are seen in the first only."""
    views = [view([])] * ROTATIONS
    views = [replace(v, angle=360.0 * k / ROTATIONS) for k, v in enumerate(views)]
    return [replace(view(list(letters)), angle=0.0), *views[1:]]


def test_text_along_the_upper_rim_is_read_before_what_stands_straight_below_it():
    below = [(70.0, 125.0, ALPHABET.index("2")), (90.0, 125.0, ALPHABET.index("0"))]
    bent = bent_view(on_the_rim("ZD4522", 300), straight(*below), over=False)
    # the letters beyond a full turn lie before the first ones: the strip begins in the middle of the word
    assert bent is not None
    assert plain_text(bent)[0].replace(" ", "") == "ZD452220"


def test_text_along_the_lower_rim_is_read_after_what_stands_straight_above_it():
    above = [(70.0, 40.0, ALPHABET.index("A")), (90.0, 40.0, ALPHABET.index("B"))]
    bent = bent_view(on_the_rim("752", 205, over=True), straight(*above), over=True)
    assert bent is not None
    assert plain_text(bent)[0].replace(" ", "") == "AB752"


def test_one_letter_seen_both_ways_is_one_letter():
    # the letter at the top of the rim stands upright in the straight view too
    top = (80.0, 80.0 - 74 * (1 - 32 / PX_PER_RADIUS), ALPHABET.index("B"))
    bent = bent_view(on_the_rim("ABC", 335), straight(top), over=False)
    assert bent is not None
    assert plain_text(bent)[0].replace(" ", "") == "ABC"


def test_a_rim_without_text_adds_no_view():
    assert bent_view(view([]), straight((80.0, 80.0, 5)), over=False) is None
