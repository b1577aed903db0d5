"""Korean first, English complete: both wordings stand side by side where they are used."""

from typing import Final

from PySide6.QtCore import QSettings

LANGUAGES: Final = {"ko": "한국어", "en": "English"}
_KEY: Final = "language"
_current: str | None = None


def current_language() -> str:
    """``ko`` or ``en``, as chosen in the settings; read once per start."""
    global _current
    if _current is None:
        chosen = str(QSettings().value(_KEY, "ko"))
        _current = chosen if chosen in LANGUAGES else "ko"
    return _current


def choose_language(language: str) -> None:
    """Keep a language for this start and the next ones; windows built before keep theirs."""
    global _current
    _current = language
    QSettings().setValue(_KEY, language)


def say(korean: str, english: str) -> str:
    """The wording in the current language."""
    return english if current_language() == "en" else korean
