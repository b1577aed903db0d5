"""초성: leading consonants of Hangul syllables, typed to find a name fast (``ㅌㅇㄹㄴ`` → 타이레놀)."""

import unicodedata
from typing import Final

_FIRST_SYLLABLE: Final = 0xAC00  # Unicode, Hangul Syllables: 19 leads × 21 vowels × 28 tails
_SYLLABLES: Final = 11_172
_PER_LEAD: Final = 21 * 28
_LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def half_width(text: str) -> str:
    """Full-width and other compatibility characters as plain ones (NFKC), lone Hangul letters left as they are.

    NFKC alone would turn a typed ``ㅌ`` into a combining jamo that no longer looks or compares like it.
    """
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(
        character if "\u3130" <= character <= "\u318f" else unicodedata.normalize("NFKC", character)
        for character in unicodedata.normalize("NFC", text)
    )


def initials(text: str) -> str:
    """The text with every syllable replaced by its lead; everything else unchanged, so positions stay the same."""
    return "".join(
        _LEADS[(ord(character) - _FIRST_SYLLABLE) // _PER_LEAD]
        if 0 <= ord(character) - _FIRST_SYLLABLE < _SYLLABLES
        else character
        for character in text
    )


def has_initials(text: str) -> bool:
    """Whether a query is meant as 초성: it holds at least one lone lead consonant."""
    return any(character in _LEADS for character in text)
