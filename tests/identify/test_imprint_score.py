import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.catalog.values import Side
from pillapp.identify.characters import encode
from pillapp.identify.imprint_score import ImprintIndex
from pillapp.identify.text_fit import FITTED, assign, places_of, score_text
from pillapp.vision.imprint import ALPHABET, CLASSES, HANGUL, MARK, ImprintReading, View

SIDES = [
    "",
    "YH",
    "DP 300",
    "DP300",
    "SK분할선75",
    "75",
    "HDP",
    "마크",
    "HY",
    "DP 800",
    "하나 5",
    "PGN 25",
    "CJ PGN 25",
]


def view(letters, existence=0.9, sure=-0.05):
    log_p = np.full((len(letters), CLASSES), -7.0, np.float32)
    for i, (_, _, kind) in enumerate(letters):
        log_p[i, kind] = sure
    xy = np.array([(x, y) for x, y, _ in letters], np.float32).reshape(-1, 2)
    return View(0.0, xy, np.full(len(letters), existence, np.float32), log_p)


def written(*lines):
    """Letters of some lines of text, as a network that reads well would see them."""
    return [
        (20.0 + 20 * i, 40.0 + 40 * row, ALPHABET.index({"O": "0", "I": "1"}.get(c, c)))
        for row, line in enumerate(lines)
        for i, c in enumerate(line)
        if c != " "
    ]


def of_texts(texts):
    return ImprintIndex([Side(text) for text in texts])


def reading(*views):
    return ImprintReading(tuple(views), "", 0.0)


def best(index, seen, sides=SIDES):
    scores = index.score(seen)
    return [sides[i] for i in np.flatnonzero(scores >= scores.max() - 1e-6)]


@pytest.fixture(scope="module")
def index():
    return of_texts(SIDES)


def test_words_about_the_pill_are_not_read_as_letters():
    assert encode("SK분할선75") == ((26, 19, 7, 5), (0, 0, 1, 1))
    assert encode("분할선") == ((), ())
    assert encode("마크")[0] == (MARK,)
    assert encode("하나 5")[0] == (HANGUL, HANGUL, 5)
    assert encode("10")[0] == encode("IO")[0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("YH",), ["YH"]),
        (("SK", "75"), ["SK분할선75"]),
        (("75",), ["75"]),
        (("CJ PGN", "25"), ["CJ PGN 25"]),
        (("DP", "800"), ["DP 800"]),
    ],
)
def test_the_written_text_comes_first(index, lines, expected):
    assert best(index, reading(view(written(*lines)))) == expected


def test_order_tells_texts_of_the_same_letters_apart(index):
    scores = index.score(reading(view(written("HY"))))
    assert scores[SIDES.index("HY")] > scores[SIDES.index("YH")]


def test_a_side_without_text_scores_nothing_and_wins_when_nothing_is_seen(index):
    scores = index.score(reading(view([])))
    assert scores[SIDES.index("")] == 0
    assert best(index, reading(view([]))) == [""]
    assert 0 > scores[SIDES.index("YH")] == scores[SIDES.index("DP 300")]
    assert best(index, reading()) == [""]


def test_what_is_too_faint_to_be_sure_of_speaks_for_no_certain_text(index):
    faint, nothing = index.score(reading(view(written("YH"), existence=0.3))), index.score(reading(view([])))
    assert (faint == nothing).all()
    clear = index.score(reading(view(written("YH"))))
    assert clear[SIDES.index("YH")] > 0 > clear[SIDES.index("75")]


def test_a_single_character_or_logo_is_overlooked_sooner_than_a_word(index):
    scores = of_texts(["", "A", "마크", "AB"]).score(reading(view([])))
    assert scores[0] > scores[1] > scores[2] > scores[3]


def test_a_missing_letter_costs_less_than_a_wrong_one(index):
    scores = index.score(reading(view(written("DP", "30"))))
    assert scores[SIDES.index("DP 300")] > scores[SIDES.index("DP 800")]


def test_a_letter_written_twice_must_be_seen_twice():
    index = of_texts(["55", "5"])
    once, twice = reading(view(written("5"))), reading(view(written("55")))
    assert best(index, once, ["55", "5"]) == ["5"]
    assert best(index, twice, ["55", "5"]) == ["55"]


def test_the_best_view_counts(index):
    assert best(index, reading(view(written("QQ")), view(written("YH")))) == ["YH"]


def test_equal_texts_score_alike_whatever_their_number():
    sides = ["YH", "75", "YH", "", "YH"]
    scores = of_texts(sides).score(reading(view(written("YH"))))
    assert len(scores) == 5
    assert scores[0] == scores[2] == scores[4] > scores[1]


def test_a_logo_is_weak_evidence(index):
    scores = index.score(reading(view([(50.0, 50.0, MARK)])))
    assert scores[SIDES.index("마크")] > 0 > scores[SIDES.index("75")]


def test_letters_that_a_text_does_not_explain_speak_against_it(index):
    alone, among = reading(view(written("PGN", "25"))), reading(view(written("QX PGN", "25")))
    assert index.score(among)[SIDES.index("PGN 25")] < index.score(alone)[SIDES.index("PGN 25")]


def test_a_logo_may_be_made_of_letters():
    sides = ["203", "마크203", "K203", "마크"]
    index = of_texts(sides)
    assert best(index, reading(view(written("KOWA", "203"))), sides) == ["마크203"]
    assert best(index, reading(view(written("203"))), sides) == ["203"]
    assert best(index, reading(view(written("K", "203"))), sides) == ["K203"]


@pytest.mark.parametrize("sides", [SIDES, SIDES * 40, ["마크", "A", "", "AA", "AAA"]])
def test_scoring_all_with_care_changes_nothing_at_the_top(sides):
    seen = reading(view(written("CJ PGN", "25"), sure=-0.4), view(written("Q5", "N")))
    scores = of_texts(sides).score(seen)
    careful = [max(score_text(encode(side), places_of(v)) for v in seen.views) for side in sides]
    assert scores.max() == pytest.approx(max(careful), abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("ABCDEFGHJKLMNP23456789", min_size=1, max_size=7), min_size=2, max_size=12, unique=True))
def test_any_clearly_written_text_beats_all_others(texts):
    index = of_texts(texts)
    scores = index.score(reading(view(written(texts[0]))))
    assert scores[0] == scores.max()


@given(st.floats(18, 60), st.floats(-2, 2))
def test_a_wide_word_may_stand_above_a_line_that_is_close(lower: float, slant: float):
    lines = [
        [(20.0 + 20 * i, 40.0 + slant * i / 2 + row * lower, c) for i, c in enumerate(word)]
        for row, word in enumerate(("PGN", "150"))
    ]
    seen = view([(x, y, ALPHABET.index({"O": "0", "I": "1"}.get(c, c))) for line in lines for x, y, c in line])
    places = places_of(seen)
    whole = score_text(encode("PGN 150"), places)
    assert whole > score_text(encode("PGN 50"), places)
    assert whole > score_text(encode("150 PGN"), places)


def test_a_logo_that_looks_like_letters_is_read_as_them():
    sides = [Side("마크 PGN 150", "pfizer"), Side("마크 PGN 150", "D"), Side("마크 PGN 150"), Side("PGN 150")]
    index = ImprintIndex(sides)
    scores = index.score(reading(view(written("PFIZER", "PGN", "150"))))
    assert scores.argmax() == 0
    assert index.score(reading(view(written("D", "PGN", "150")))).argmax() == 1
    assert index.score(reading(view(written("PGN", "150")))).argmax() == 3


def test_words_beside_each_other_at_different_heights_share_no_letters():
    word = [(20.0 + 12 * i, 90.0, ALPHABET.index(c)) for i, c in enumerate("PF1ZER")]
    beside = [(130.0 + 24 * i, 82.0, ALPHABET.index(c)) for i, c in enumerate("PGN")]
    below = [(140.0 + 20 * i, 106.0, ALPHABET.index(c)) for i, c in enumerate("150")]
    places = places_of(view(word + beside + below))
    whole = score_text(encode("PFIZER PGN 150"), places)
    assert whole > score_text(encode("PFIZER PGN"), places)
    without = places_of(view(word[:2] + word[3:] + beside + below))  # the 1 that is left belongs to 150
    text = encode("PFIZER PGN 150")
    assert score_text(text, without) == pytest.approx(assign(text.classes, without)[1])  # no letter out of order


def test_a_letter_seen_where_it_cannot_be_is_given_up_rather_than_believed():
    doubted = places_of(view([*written("ABCD"), (10.0, 40.0, ALPHABET.index("E"))]))
    doubted.lead[ALPHABET.index("E"), -1] = 0.5  # hardly worth more than a missing letter
    kept = score_text(encode("ABCDE"), doubted)
    assert kept == pytest.approx(score_text(encode("ABCD"), doubted) + FITTED.missing)


def test_what_was_read_is_told_the_way_up_that_fits_the_side():
    upside_down = view(written("0Z1S"))
    seen = ImprintReading((upside_down, view(written("SL20"))), "OZIS", 0.9)
    sides = of_texts(["YH", "SL20", ""])
    assert sides.text_seen(1, seen) == "SL20"
    assert sides.text_seen(0, seen) == "OZIS"  # nothing speaks for it: as it was read
    assert sides.text_seen(2, seen) == "OZIS"
    assert sides.text_seen(1, ImprintReading((), "", 0.0)) == ""
