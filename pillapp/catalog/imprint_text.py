"""The text on a pill, brought to one spelling so that what a reader sees and what the official file says can meet.

The official 낱알식별 file mixes the characters on the pill with words about it (``분할선``, ``마크``) and
draws some letters with look-alikes (``Λ`` for A). Letters and digits that merely look alike (I/1/l, O/0) are left as
they are here: whether they were meant is for :func:`fold_lookalikes` to forget and for a ranking to weigh.
"""

import re
from typing import Final

from pillapp.catalog.hangul import half_width

SCORE_WORDS: Final = ("십자분할선", "분할선")
MARK_WORD: Final = "마크"  # stands for a logo

# Drawn with another character in the file than what is on the pill (counts in the 2023 file: Λ 777, · 59, ─ 45).
_DRAWN_AS: Final = str.maketrans(
    {
        "Λ": "A",
        "∧": "A",
        "Α": "A",
        "Β": "B",
        "Ε": "E",
        "Ζ": "Z",
        "Η": "H",
        "Ι": "I",
        "Κ": "K",
        "Μ": "M",
        "Ν": "N",
        "Ο": "O",
        "Ρ": "P",
        "Τ": "T",
        "Υ": "Y",
        "Χ": "X",
        "∩": "N",
        "─": "-",
        "━": "-",
        "―": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "·": ".",
        "ㆍ": ".",
        "•": ".",
        "・": ".",
        "½": "1/2",
        "¼": "1/4",
    }
)
_LETTERS: Final = re.compile(r"[0-9A-Z./+\- ]*[0-9A-Z][0-9A-Z./+\- ]*")
_LOOKALIKES: Final = str.maketrans({"O": "0", "Q": "0", "I": "1", "L": "1", "|": "1", "!": "1"})
_NOT_TEXT: Final = re.compile(r"[^0-9A-Z가-힣ㄱ-ㅎㅏ-ㅣぁ-ヿ一-鿿./+\-]+")
_EDGE: Final = "./+- "


def _spell(text: str) -> str:
    # Before NFKC, which would turn ½ into 1⁄2 with a fraction slash; NFKC then makes full-width half-width.
    drawn = half_width(half_width(text.translate(_DRAWN_AS)).translate(_DRAWN_AS).upper()).translate(_DRAWN_AS)
    kept = _NOT_TEXT.sub(" ", drawn)
    return " ".join(word for word in (part.strip(_EDGE) for part in kept.split()) if word)


def split_imprint(text: str | None) -> tuple[str, ...]:
    """Normalised parts of one side, in the order of the file, cut where a score line runs; no empty parts.

    ``"S분할선100"`` → ``("S", "100")``; ``"마크"`` and ``"-"`` → ``()``.
    """
    raw = (text or "").replace(MARK_WORD, " ")
    for word in SCORE_WORDS:
        raw = raw.replace(word, "\n")
    return tuple(part for part in (_spell(piece) for piece in raw.split("\n")) if part)


def normalise_imprint(text: str | None) -> str:
    """One side's text in one spelling: upper case, half width, words about the pill removed, single spaces.

    Hangul stays. Empty where the side carries no text. Applying it twice changes nothing.
    """
    return " ".join(split_imprint(text))


def fold_lookalikes(text: str) -> str:
    """Key for a forgiving comparison: no spaces or punctuation, O=Q=0, I=L=1."""
    compact = "".join(character for character in normalise_imprint(text) if character.isalnum())
    return compact.translate(_LOOKALIKES)


def has_score_line(text: str | None) -> bool:
    """Whether the file's text says that a score line runs over this side."""
    return "분할선" in (text or "")


def has_mark(text: str | None) -> bool:
    """Whether the file's text says that a logo is on this side."""
    return MARK_WORD in (text or "")


def mark_spellings(shown: str | None) -> tuple[str, ...]:
    """The letters a logo may be read as, given what the file says it looks like: ``"SP,5P,dS"`` → ``("SP", "5P", "DS")``.

    Names of pictures (``"꽃잎"``, ``"△"``) are no letters on the pill: a logo that is one has none.
    """
    spelt = (_spell(reading) for reading in (shown or "").split(","))
    return tuple(dict.fromkeys(reading for reading in spelt if _LETTERS.fullmatch(reading)))


def side_spellings(text: str | None, shown: str | None) -> tuple[str, ...]:
    """A side's raw text, then the same with its logo written out in each way it may be read (:func:`mark_spellings`)."""
    raw = text or ""
    if not has_mark(raw):
        return (raw,)
    return raw, *(raw.replace(MARK_WORD, f" {letters} ") for letters in mark_spellings(shown))
