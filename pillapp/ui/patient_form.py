"""Patient facts: all optional, nothing that names the patient."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from pillapp.errors import SettingsError
from pillapp.safety.values import PatientFacts
from pillapp.ui.language import say


class PatientForm(QWidget):
    """``changed`` carries :class:`PatientFacts` whenever what is entered makes sense."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.age = QLineEdit()
        self.age.setPlaceholderText(say("나이", "age"))
        self.age.setFixedWidth(64)
        self.age.setAccessibleName(say("나이(세)", "Age in years"))
        self.sex = _choice(say("성별", "Sex"), ((say("여", "female"), "F"), (say("남", "male"), "M")))
        self.pregnant = _choice(
            say("임신", "Pregnant"), ((say("임신 아님", "not pregnant"), False), (say("임신 중", "pregnant"), True))
        )
        self.lactating = _choice(
            say("수유", "Breast-feeding"),
            ((say("수유 안 함", "not nursing"), False), (say("수유 중", "nursing"), True)),
        )
        self.problem = QLabel()
        self.problem.setStyleSheet("color: #b3261e;")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(QLabel(say("환자", "Patient")))
        for widget in (self.age, self.sex, self.pregnant, self.lactating, self.problem):
            row.addWidget(widget)
        row.addStretch(1)
        self.age.editingFinished.connect(self._emit)
        for box in (self.sex, self.pregnant, self.lactating):
            box.activated.connect(self._emit)
        self._last = PatientFacts()

    @property
    def facts(self) -> PatientFacts:
        """The last facts that made sense."""
        return self._last

    def show_facts(self, facts: PatientFacts) -> None:
        """Show the facts of another check, without telling anybody."""
        self.age.setText("" if facts.age_years is None else f"{facts.age_years:g}")
        for box, value in ((self.sex, facts.sex), (self.pregnant, facts.pregnant), (self.lactating, facts.lactating)):
            box.setCurrentIndex(box.findData(value))
        self.problem.clear()
        self._last = facts

    def _emit(self) -> None:
        text = self.age.text().strip()
        try:
            age = float(text) if text else None
        except ValueError:
            self.problem.setText(say("나이는 숫자로", "age: a number"))
            return
        try:
            facts = PatientFacts(age, self.sex.currentData(), self.pregnant.currentData(), self.lactating.currentData())
        except SettingsError as error:
            self.problem.setText(str(error))
            return
        self.problem.clear()
        if facts != self._last:
            self._last = facts
            self.changed.emit(facts)


def _choice(name: str, options: tuple[tuple[str, object], ...]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItem(f"{name} –", None)
    for text, value in options:
        box.addItem(text, value)
    return box
