"""The findings of a check, what could not be checked, and the reasons given for going on."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pillapp.safety.acknowledge import Acknowledgement, Reason
from pillapp.safety.values import Assessment, Finding
from pillapp.safety.words import WORDS
from pillapp.ui.language import current_language, say
from pillapp.ui.theme import SEVERITIES


class FindingsPanel(QFrame):
    """``acknowledged`` carries a finding's key, a :class:`Reason` and the words typed for OTHER."""

    acknowledged = Signal(str, object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.title = QLabel(say("경고", "Findings"))
        self.title.setObjectName("title")
        self._rows = QVBoxLayout()
        self._rows.setAlignment(Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        inner.setObjectName("paper")
        inner.setLayout(self._rows)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(say("경고 목록", "List of findings"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.title)
        layout.addWidget(scroll, 1)

    def show_assessment(
        self, assessment: Assessment | None, acknowledgements: Sequence[Acknowledgement], hint: str = ""
    ) -> None:
        """Show an assessment; ``hint`` names the pill to settle first."""
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget:
                widget.deleteLater()
        if assessment is None:
            self.title.setText(say("경고", "Findings"))
            return
        self.title.setText(headline(assessment))
        given = {a.finding: a for a in acknowledgements}
        for finding in assessment.findings:
            self._rows.addWidget(self._finding_row(finding, given.get(finding.key)))
        if hint:
            self._rows.addWidget(_wrapped(hint))
        if not assessment.findings:
            self._rows.addWidget(_wrapped(nothing_found(assessment)))
        for reason in assessment.coverage.reasons:
            self._rows.addWidget(_wrapped("· " + reason, muted=True))

    def _finding_row(self, finding: Finding, given: Acknowledgement | None) -> QWidget:
        look = SEVERITIES[finding.legal]
        words = WORDS[finding.category]
        english = current_language() == "en"
        sign = QLabel(f"{look.text}\n{words.name_en if english else finding.category.value}")
        sign.setStyleSheet(f"color: {look.colour}; font-weight: bold;")
        sign.setFixedWidth(120)
        sign.setWordWrap(True)
        text = f"{finding.text}\n{words.pharmacist_en if english else words.pharmacist_ko}"
        if finding.conditional:
            text = f"[{finding.condition}] " + text
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.addWidget(sign)
        layout.addWidget(_wrapped(text), 1)
        if given:
            reason = given.reason.english if english else given.reason.korean
            layout.addWidget(QLabel(f"✓ {reason} {given.text}\n{given.who} {given.when:%H:%M}"))
        else:
            layout.addWidget(self._reason_box(finding))
        return row

    def _reason_box(self, finding: Finding) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(say("확인 사유", "Reason for going on"))
        box.addItem(say("확인 사유…", "Reason…"))
        for reason in Reason:
            box.addItem(reason.english if current_language() == "en" else reason.korean, reason)
        box.activated.connect(lambda place: self._chosen(box, finding, place))
        return box

    def _chosen(self, box: QComboBox, finding: Finding, place: int) -> None:
        reason = box.itemData(place)
        if not isinstance(reason, Reason):
            return
        text = ""
        if reason is Reason.OTHER:
            text, accepted = QInputDialog.getText(
                self, say("확인 사유", "Reason"), say("사유를 적으세요", "Reason in words"), QLineEdit.EchoMode.Normal
            )
            if not accepted or not text.strip():
                box.setCurrentIndex(0)
                return
        self.acknowledged.emit(finding.key, reason, text)


def headline(assessment: Assessment) -> str:
    """``경고 — 병용금기 1 · 노인주의 1 · 확인 불가 1쌍``."""
    counts: dict[str, int] = {}
    for finding in assessment.findings:
        word = WORDS[finding.category].name_en if current_language() == "en" else finding.category.value
        counts[word] = counts.get(word, 0) + 1
    c = assessment.coverage
    parts = [f"{word} {count}" for word, count in counts.items()]
    parts.append(say(f"해당 없음 {c.clear}쌍", f"clear {c.clear} pairs"))
    if c.not_checkable:
        parts.append(say(f"확인 불가 {c.not_checkable}쌍", f"not checkable {c.not_checkable} pairs"))
    if c.stale:
        parts.append(say(f"오래된 자료 {c.stale}쌍", f"stale {c.stale} pairs"))
    return say("경고", "Findings") + " — " + " · ".join(parts)


def nothing_found(assessment: Assessment) -> str:
    """What an empty list means: only as much as was checked."""
    c = assessment.coverage
    open_pairs = c.not_checkable + c.stale
    if open_pairs:
        return say(
            f"경고가 없다는 것이 안전하다는 뜻은 아닙니다: {c.pairs}쌍 중 {open_pairs}쌍을 확인하지 못했습니다.",
            f"No finding does not mean safe: {open_pairs} of {c.pairs} pairs could not be checked.",
        )
    return say("확인한 규칙 가운데 해당하는 경고가 없습니다.", "None of the rules that were checked applies.")


def _wrapped(text: str, *, muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if muted:
        label.setObjectName("muted")
    return label
