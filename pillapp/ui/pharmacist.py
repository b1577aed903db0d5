"""Who is at the counter: asked once, then remembered on this machine."""

from typing import Final

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QInputDialog, QWidget

from pillapp.ui.language import say

PHARMACIST_KEY: Final = "pharmacist"


def known_pharmacist() -> str:
    """The name that is kept; empty if there is none yet."""
    return str(QSettings().value(PHARMACIST_KEY, ""))


def pharmacist(parent: QWidget) -> str:
    """The name that goes with reasons and pictures; asked for if it is not known, empty if it is not told."""
    known = known_pharmacist()
    if known:
        return known
    name, accepted = QInputDialog.getText(
        parent, say("확인자", "Acknowledged by"), say("확인하는 약사의 이름", "Name of the pharmacist")
    )
    if accepted and name.strip():
        QSettings().setValue(PHARMACIST_KEY, name.strip())
        return name.strip()
    return ""
