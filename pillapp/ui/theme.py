"""Colours, signs and the style sheet. A state or severity is always sign + word, never colour alone."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QColor, QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from pillapp.identify.values import State
from pillapp.paths import resources_dir
from pillapp.safety.values import Legal
from pillapp.ui.language import say


@dataclass(frozen=True)
class Look:
    """How one state or severity is shown."""

    colour: str
    sign: str
    korean: str
    english: str

    @property
    def word(self) -> str:
        """The word in the current language."""
        return say(self.korean, self.english)

    @property
    def text(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"

    @property
    def qcolor(self) -> QColor:
        """For painting."""
        return QColor(self.colour)


CONFIRMED: Final = Look("#0b6bcb", "✓", "약사 확인", "Confirmed")
STATES: Final[dict[State, Look]] = {
    State.IDENTIFIED: Look("#1b7f4b", "●", State.IDENTIFIED.korean, "Identified"),
    State.AMBIGUOUS: Look("#b36b00", "◆", State.AMBIGUOUS.korean, "Needs confirming"),
    State.UNKNOWN: Look("#5f6368", "○", State.UNKNOWN.korean, "Unknown"),
}
SEVERITIES: Final[dict[Legal, Look]] = {
    Legal.CONTRAINDICATED: Look("#b3261e", "‼", "금기", "Contraindicated"),
    Legal.CAUTION: Look("#9a5b00", "⚠", "주의", "Caution"),
}

STYLE: Final = """
QWidget { color: #1f2933; }
QMainWindow, QDialog { background: #f4f6f8; }
QTabWidget::pane { border: 0; }
QTabBar::tab { padding: 8px 20px; margin-right: 2px; border: 0; border-bottom: 3px solid transparent; }
QTabBar::tab:selected { border-bottom: 3px solid #0b6bcb; font-weight: bold; }
QFrame#panel { background: white; border: 1px solid #d7dde4; border-radius: 8px; }
QWidget#paper { background: white; }
QLabel#title { font-weight: bold; }
QLabel#muted { color: #5f6b7a; }
QLabel#badge { background: #e6eef7; border-radius: 9px; padding: 3px 10px; }
QLabel#badge[warn="true"] { background: #fdeccf; color: #7a4a00; }
QLabel#banner { background: #fdecea; color: #8c1d18; border: 1px solid #f2b8b5; border-radius: 6px; padding: 8px; }
QPushButton { background: white; border: 1px solid #c3ccd6; border-radius: 6px; padding: 6px 14px; }
QPushButton:hover { border-color: #0b6bcb; }
QPushButton:focus { border: 2px solid #0b6bcb; padding: 5px 13px; }
QPushButton:disabled { color: #9aa5b1; background: #f0f2f5; }
QPushButton#primary { background: #0b6bcb; color: white; border-color: #0b6bcb; font-weight: bold; }
QPushButton#primary:disabled { background: #a9c7e8; border-color: #a9c7e8; }
QListWidget, QTableWidget, QLineEdit, QTextBrowser {
  background: white; border: 1px solid #d7dde4; border-radius: 6px; }
QLineEdit { padding: 4px 6px; }
QListWidget::item:selected { background: #dcebfb; color: #1f2933; }
"""


def apply(application: QApplication) -> None:
    """Fonts and style sheet for the whole program."""
    family = ""
    for weight in ("Regular", "Bold"):
        handle = QFontDatabase.addApplicationFont(str(resources_dir() / "fonts" / f"Pretendard-{weight}.ttf"))
        families = QFontDatabase.applicationFontFamilies(handle)
        family = family or (families[0] if families else "")
    if family:
        application.setFont(QFont(family, 10))
    application.setStyle("Fusion")
    application.setStyleSheet(STYLE)
