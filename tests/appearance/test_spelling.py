"""The file's spelling of an imprint, and what is on the pill."""

import pytest

from pillapp.appearance.spelling import EMBLEM, logo_written, side_text
from pillapp.catalog.values import Side


@pytest.mark.parametrize(
    ("imprint", "line", "parts", "lines", "cross"),
    [
        ("S분할선100", "-", [[["S"]], [["100"]]], 1, False),
        ("십자분할선", "+", [[]], 1, True),
        ("마크 CJ 10", "", [[[EMBLEM, "CJ", "10"]]], 0, False),
        ("마크분할선75", "", [[[EMBLEM]], [["75"]]], 1, False),
        ("X.5마크", "", [[["X.5", EMBLEM]]], 0, False),
        ("DA    NRCH", "", [[["DA"], ["NRCH"]]], 0, False),
        ("분할선분할선분할선", "", [[], [], [], []], 3, False),
        ("ＡＢ\u3000１", "", [[["AB"], ["1"]]], 0, False),
        ("∧C½", "", [[["ΛC1/2"]]], 0, False),
        ("──마크AB──", "", [[[EMBLEM, "AB"]]], 0, False),
        ("-", "", [[]], 0, False),
        ("D-W", "-", [[["D-W"]]], 1, False),
        ("화콜", "", [[["화콜"]]], 0, False),
        ("", "기타", [[]], 0, False),
    ],
)
def test_side_text(imprint: str, line: str, parts: list[list[list[str]]], lines: int, cross: bool) -> None:
    found = side_text(imprint, line)
    assert [[list(group) for group in part] for part in found.parts] == parts
    assert (found.lines, found.cross) == (lines, cross)


def test_a_logo_that_is_told_to_look_like_letters_is_drawn_as_them() -> None:
    assert logo_written(Side("마크 PGN 150", "pfizer")) == "pfizer PGN 150"
    assert logo_written(Side("TONEX-F 마크", "dw,cW")) == "TONEX-F dw"
    assert logo_written(Side("마크분할선8", "꽃잎,P")) == "P 분할선8"
    assert logo_written(Side("마크 5", "꽃잎")) == "마크 5"
    assert str(Side("마크 5", "꽃잎,P")) == "마크(꽃잎) 5"
