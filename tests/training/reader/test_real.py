import numpy as np

from pillapp.catalog.values import Side
from pillapp.identify.characters import encode
from pillapp.training.reader.real import RealSide, find_words, pseudo_label, pseudo_labels
from pillapp.training.reader.renderings import IGNORED
from pillapp.vision.imprint import ALPHABET, CLASSES, STRIDE, find_characters
from pillapp.vision.unroll import STRIP_SHAPE


def heat(letters, shape=(40, 40)):
    """What a network that is sure of some letters would say: {(row, column): letter}."""
    logits = np.full((1 + CLASSES, *shape), -6.0, np.float32)
    for (row, column), letter in letters.items():
        logits[0, row, column] = 3.0
        logits[1 + ALPHABET.index(letter), row, column] = 4.0
    return logits


SIDE = np.zeros((160, 160), np.int8)
WRITTEN = {(20, 8): "A", (20, 14): "B", (20, 24): "7", (20, 30): "5"}


def test_every_letter_of_a_known_text_gets_the_place_where_it_was_seen():
    found = pseudo_label(RealSide(SIDE, Side("AB 75"), complete=True), lambda _: heat(WRITTEN)[None])
    assert found is not None
    places = {ALPHABET[int(kind)]: (x, y) for x, y, _, kind in found.characters}
    assert places["A"] == ((8 + 0.5) * STRIDE, (20 + 0.5) * STRIDE)
    assert set(places) == {"A", "B", "7", "5"}


def test_a_word_that_is_not_on_this_side_is_left_out_and_what_else_is_seen_is_ignored():
    found = pseudo_label(RealSide(SIDE, Side("AB XYZ"), complete=False), lambda _: heat(WRITTEN)[None])
    assert found is not None
    kinds = [int(kind) for kind in found.characters[:, 3]]
    assert sorted(kinds) == [IGNORED, IGNORED, ALPHABET.index("A"), ALPHABET.index("B")]


def test_a_side_whose_text_was_not_found_teaches_nothing():
    assert pseudo_label(RealSide(SIDE, Side("QQQ"), complete=True), lambda _: heat(WRITTEN)[None]) is None
    assert pseudo_label(RealSide(SIDE, Side("AB"), complete=True), lambda _: heat({})[None]) is None


def test_a_logo_is_labelled_as_the_letters_it_looks_like_where_they_are_seen():
    side = RealSide(SIDE, Side("마크 75", "XY,AB"), complete=True)
    found = pseudo_label(side, lambda _: heat(WRITTEN)[None])
    assert found is not None
    assert {ALPHABET[int(kind)] for kind in found.characters[:, 3]} == set("AB75")


def test_only_a_side_known_to_be_blank_teaches_that_nothing_is_there():
    blank = pseudo_label(RealSide(SIDE, Side(""), complete=True), lambda _: heat(WRITTEN)[None])
    assert blank is not None
    assert len(blank.characters) == 0
    assert pseudo_label(RealSide(SIDE, Side(""), complete=False), lambda _: heat(WRITTEN)[None]) is None


def on_the_rim_only(batch):
    """A network that sees a word in the first strip of a rim and nothing anywhere else."""
    shape = batch.shape[2] // STRIDE, batch.shape[3] // STRIDE
    first = batch.shape[2:] == STRIP_SHAPE and batch[0, 0, 0, 0] > 0
    return heat(RIM if first else {}, shape)[None]


RIM = {(8, 20): "W", (8, 28): "A", (8, 36): "T"}


def test_letters_that_do_not_stand_upright_are_looked_for_along_the_rim():
    upper_left = np.zeros((160, 160), np.int8)
    upper_left[:10, 70:110] = 120  # where the first strip begins and the second one ends
    found = list(pseudo_labels(RealSide(upper_left, Side("WAT 460"), complete=True), on_the_rim_only))
    assert [picture.pixels.shape for picture in found] == [STRIP_SHAPE]
    assert {ALPHABET[int(kind)] for kind in found[0].characters[:, 3]} == set("WAT")


def test_the_rim_teaches_nothing_where_all_letters_stand_upright():
    found = list(pseudo_labels(RealSide(SIDE, Side("AB 75"), complete=True), lambda _: heat(WRITTEN)[None]))
    assert [picture.pixels.shape for picture in found] == [SIDE.shape]


def test_a_letter_seen_as_another_is_not_believed():
    view = find_characters(heat({(20, 8): "A", (20, 14): "8"}), 0.0)
    assert find_words(*encode("AB"), view) == []
