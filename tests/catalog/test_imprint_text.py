import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.catalog.imprint_text import (
    fold_lookalikes,
    has_mark,
    has_score_line,
    mark_spellings,
    normalise_imprint,
    side_spellings,
    split_imprint,
)

OFFICIAL_PIECES = st.sampled_from(
    [
        "분할선",
        "십자분할선",
        "마크",
        "S",
        "100",
        " ",
        "  ",
        "-",
        "/",
        "+",
        ".",
        "Λ",
        "·",
        "─",
        "½",
        "α",
        "？",
        "\u3000",
        "포리버",
        "柴胡",
    ]
)
OFFICIAL_TEXT = st.lists(OFFICIAL_PIECES | st.text(max_size=6), max_size=8).map("".join)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("S분할선100", "S 100"),
        ("십자분할선", ""),
        ("마크", ""),
        ("마크 FZ50", "FZ50"),
        ("-", ""),
        (None, ""),
        ("Λmax", "AMAX"),
        ("ＤＰ　３００", "DP 300"),
        ("DP  300", "DP 300"),
        ("1½", "11/2"),
        ("포리버", "포리버"),
        ("10/20", "10/20"),
    ],
)
def test_the_files_spellings_become_one(written, expected):
    assert normalise_imprint(written) == expected


def test_parts_around_a_score_line_stay_apart():
    assert split_imprint("S분할선100") == ("S", "100")
    assert split_imprint("A십자분할선B분할선C") == ("A", "B", "C")


@given(OFFICIAL_TEXT)
def test_normalising_twice_changes_nothing(text):
    once = normalise_imprint(text)
    assert normalise_imprint(once) == once


@given(OFFICIAL_TEXT)
def test_words_about_the_pill_never_remain(text):
    assert "분할선" not in normalise_imprint(text)
    assert "마크" not in normalise_imprint(text).replace(" ", "") or "마 크" in normalise_imprint(text)


@given(OFFICIAL_TEXT)
def test_parts_joined_are_the_normalised_text_and_none_is_empty(text):
    parts = split_imprint(text)
    assert " ".join(parts) == normalise_imprint(text)
    assert all(parts)


@given(st.text(alphabet="ABCDEFGHJKMNPRSTUVWXYZ23456789", min_size=1, max_size=12))
def test_plain_latin_text_survives(text):
    assert normalise_imprint(text.lower()) == text


def test_lookalikes_meet_only_when_folded():
    assert normalise_imprint("I0") != normalise_imprint("10")
    assert fold_lookalikes("I0") == fold_lookalikes("1O") == fold_lookalikes("lo")


def test_score_line_and_mark_are_told():
    assert has_score_line("S분할선100")
    assert has_mark("마크 FZ50")
    assert not has_score_line("S100")
    assert not has_mark(None)


@pytest.mark.parametrize(
    ("shown", "letters"),
    [
        ("SP,5P,dS,d5", ("SP", "5P", "DS", "D5")),
        ("pfizer", ("PFIZER",)),
        ("HA,HΛ", ("HA",)),
        ("집,화살,교회", ()),
        ("태극마크,HD", ("HD",)),
        ("≡IK", ("IK",)),
        ("△,", ()),
        (None, ()),
    ],
)
def test_a_logo_is_read_as_the_letters_it_looks_like(shown, letters):
    assert mark_spellings(shown) == letters


def test_a_side_is_spelt_with_its_logo_written_out():
    assert side_spellings("마크분할선C8", "P,d") == ("마크분할선C8", " P 분할선C8", " D 분할선C8")
    assert side_spellings("마크", "꽃잎") == ("마크",)
    assert side_spellings("AB", "SP") == ("AB",)  # the file names a logo that is not in the text
    assert side_spellings(None, None) == ("",)


@given(st.text("마크AB분할선 ,SP꽃"), st.text("SP5,꽃잎△ "))
def test_spellings_keep_the_letters_of_the_side_and_add_no_words_about_it(text, shown):
    plain, *written = side_spellings(text, shown)
    assert plain == text
    for side in written:
        assert not has_mark(side)
        assert set(normalise_imprint(text).replace(" ", "")) <= set(normalise_imprint(side))
