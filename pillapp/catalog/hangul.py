"""초성: leading consonants of Hangul syllables, typed to find a name fast (``ㅌㅇㄹㄴ`` → 타이레놀)."""

from typing import Final

_FIRST_SYLLABLE: Final = 0xAC00  # Unicode, Hangul Syllables: 19 leads × 21 vowels × 28 tails
_SYLLABLES: Final = 11_172
_PER_LEAD: Final = 21 * 28
_LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


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
