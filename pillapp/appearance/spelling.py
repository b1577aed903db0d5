"""What is really on a side, from how the official file spells it.

The file mixes the characters on the pill with words about it: ``분할선`` and ``십자분할선`` say where score lines run, ``마크``
stands for a logo, several spaces stand for a gap (the halves of a capsule, two lines), ``─────`` for a drawn line, full-width
letters for plain ones. What is left is what was cut or printed, letter for letter.
"""

import re
from dataclasses import dataclass
from typing import Final

from pillapp.catalog.hangul import half_width
from pillapp.catalog.imprint_text import MARK_WORD, mark_spellings
from pillapp.catalog.values import Side

EMBLEM: Final = ""  # stands for 마크 among the words of a part
_CROSS: Final = "십자분할선"
_LINE: Final = "분할선"
UNREADABLE: Final = "�"  # the file's own "？", where its makers had no such character either
_SAME: Final = str.maketrans(
    {"∧": "Λ", "ㆍ": "·", "•": "·", "˙": "·", "−": "-", "–": "-", "½": "1/2", "¼": "1/4", "？": UNREADABLE, "　": "  "}
)
_RULE: Final = re.compile("[-─━―—]{2,}|[─━―—]")  # a line drawn beside the text, not text
_SPACED_MARK: Final = re.compile(rf" ?{MARK_WORD} ?")
_GAP: Final = re.compile(r"\s{2,}")


@dataclass(frozen=True, slots=True)
class SideText:
    """One side as it is laid out.

    ``parts`` lie between the score lines (one part where there is none); a part is a tuple of groups set apart by a gap,
    a group a tuple of words, a word a string or :data:`EMBLEM`. ``lines`` counts the parallel score lines, ``cross``
    tells that one more runs across them.
    """

    parts: tuple[tuple[tuple[str, ...], ...], ...]
    lines: int
    cross: bool

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the side in order."""
        return tuple(word for part in self.parts for group in part for word in group)

    @property
    def letters(self) -> int:
        """How many characters there are."""
        return sum(len(word) for word in self.words)


def side_text(imprint: str, line: str) -> SideText:
    """The layout of one side: ``imprint`` and ``line`` as in the official file (표시앞, 분할선앞)."""
    raw = _RULE.sub(" ", half_width(imprint.translate(_SAME)))
    cross = _CROSS in raw or line == "+"
    pieces = raw.replace(_CROSS, " ").split(_LINE)
    lines = max(len(pieces) - 1, int(line == "-" or cross))
    parts = tuple(_groups(piece) for piece in pieces)
    return SideText(parts, lines, cross)


def logo_written(side: Side) -> str:
    """The text of a side; a logo that is told to look like letters is written as the first of its readings."""
    for reading in side.mark.split(","):
        if mark_spellings(reading):
            return _SPACED_MARK.sub(f" {reading.strip()} ", side.text).strip()
    return side.text


def _groups(piece: str) -> tuple[tuple[str, ...], ...]:
    groups = []
    for chunk in _GAP.split(piece.strip()):
        words: list[str] = []
        for word in chunk.split():
            before = word.split(MARK_WORD)
            for number, text in enumerate(before):
                if number:
                    words.append(EMBLEM)
                if text and text != "-":  # the CSV files' word for nothing
                    words.append(text)
        if words:
            groups.append(tuple(words))
    return tuple(groups)
