"""Texts of the catalogue as the characters the imprint reader tells apart."""

from typing import Final, NamedTuple

from pillapp.catalog.imprint_text import has_mark, side_spellings, split_imprint
from pillapp.catalog.values import Side
from pillapp.vision.imprint import ALPHABET, HANGUL, MARK

_CLASS_OF: Final = {character: number for number, character in enumerate(ALPHABET)} | {"O": 0, "I": 1}


class Spelling(NamedTuple):
    """One way to read a side: the class of each character and the number of the word it stands in, a logo last."""

    classes: tuple[int, ...]
    words: tuple[int, ...]


def encode(text: str | None) -> Spelling:
    """The spelling of a raw catalogue text, without punctuation."""
    classes: list[int] = []
    parts: list[int] = []
    part = 0
    for piece in split_imprint(text):
        for word in piece.split():
            for character in word:
                number = _CLASS_OF.get(character, HANGUL if character.isalpha() else None)
                if number is not None:
                    classes.append(number)
                    parts.append(part)
            part += 1
    if has_mark(text):
        classes.append(MARK)
        parts.append(part)
    return Spelling(tuple(classes), tuple(parts))


def spellings(side: Side) -> tuple[Spelling, ...]:
    """The text of a side as the file has it, then with its logo read as the letters it is told to look like."""
    return tuple(encode(text) for text in side_spellings(side.text, side.mark))
