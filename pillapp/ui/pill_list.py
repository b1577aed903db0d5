"""One card per pill: crop, best candidate, state badge, what was seen; and the candidates of the selected one."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pillapp.check.values import Check, Pill
from pillapp.identify.values import State
from pillapp.ui.language import say
from pillapp.ui.picture_view import to_image
from pillapp.ui.theme import CONFIRMED, STATES, Look
from pillapp.vision.quality import Flaw

CROP_SIDE = 54
_MAKES = {
    "tablet": ("정제", "tablet"),
    "hard capsule": ("경질캡슐", "hard capsule"),
    "soft capsule": ("연질캡슐", "soft capsule"),
}
_FLAWS_EN = {Flaw.BLURRED: "blurred", Flaw.GLARE: "glare", Flaw.DARK: "too dark", Flaw.SMALL: "too small"}


def look_of(pill: Pill) -> Look:
    """How a pill's state is shown; a person's word goes before the program's."""
    return CONFIRMED if pill.confirmed else STATES[pill.identification.state]


class PillCard(QWidget):
    """The face of one pill in the list."""

    def __init__(self, pill: Pill, name: str) -> None:
        super().__init__()
        look = look_of(pill)
        picture = QLabel()
        pixmap = QPixmap.fromImage(to_image(pill.front.crop))
        picture.setPixmap(
            pixmap.scaled(
                CROP_SIDE, CROP_SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        )
        picture.setFixedWidth(CROP_SIDE + 6)
        title = QLabel(f"{pill.number}  {name}")
        title.setObjectName("title")
        title.setWordWrap(True)
        badge = QLabel(look.text)
        badge.setStyleSheet(f"color: {look.colour}; font-weight: bold;")
        chips = QLabel(evidence_chips(pill))
        chips.setObjectName("muted")
        chips.setWordWrap(True)
        text = QVBoxLayout()
        text.setSpacing(1)
        for widget in (title, badge, chips):
            text.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.addWidget(picture)
        row.addLayout(text, 1)


class PillList(QFrame):
    """All pills of a check.

    ``selected`` carries a pill's number, ``candidate_selected`` an item_seq to look at, ``confirmed`` a number and an
    item_seq (empty: taken back), ``gallery_wanted`` the number of a pill whose pictures shall go into the gallery or out of
    it again, ``by_hand`` the wish to look a product up.
    """

    selected = Signal(int)
    candidate_selected = Signal(str)
    confirmed = Signal(int, str)
    gallery_wanted = Signal(int)
    by_hand = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._check: Check | None = None
        self._names: dict[str, str] = {}
        self._title = QLabel(say("알약", "Pills"))
        self._title.setObjectName("title")
        self.cards = QListWidget()
        self.cards.setAccessibleName(say("알약 목록", "List of pills"))
        self.cards.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.cards.currentRowChanged.connect(self._row_changed)
        self.cards.itemActivated.connect(lambda _: self.confirm_candidate(0))
        self.candidates = QListWidget()
        self.candidates.setAccessibleName(say("후보 품목", "Candidate products"))
        self.candidates.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.candidates.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.candidates.itemActivated.connect(lambda item: self.confirm_candidate(self.candidates.row(item)))
        self.candidates.currentRowChanged.connect(self._candidate_row_changed)
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setAccessibleName(say("확정되지 않은 이유와 할 일", "Why it is not certain, and what to do"))
        hint = QLabel(
            say(
                "↑↓ 알약 · 1–5 후보 · Enter 확인 · Backspace 취소",
                "↑↓ pill · 1–5 candidate · Enter confirm · Backspace undo",
            )
        )
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        self.gallery = QCheckBox(say("이 사진을 우리 약국 사진첩에 추가 (G)", "Add this picture to our gallery (G)"))
        self.gallery.setEnabled(False)
        self.gallery.clicked.connect(self._ask_gallery)
        add = QPushButton(say("+ 직접 찾아 추가 (/)", "+ Add by hand (/)"))
        add.clicked.connect(self.by_hand)
        layout = QVBoxLayout(self)
        layout.addWidget(self._title)
        layout.addWidget(self.cards, 3)
        layout.addWidget(QLabel(say("후보", "Candidates")))
        layout.addWidget(self.candidates, 2)
        layout.addWidget(self.why)
        layout.addWidget(hint)
        layout.addWidget(self.gallery)
        layout.addWidget(add)
        for place, digit in enumerate("12345"):
            self._key(digit, partial(self.confirm_candidate, place))
        self._key("Backspace", self._take_back)
        self._key("G", self.gallery.click)

    @property
    def current_number(self) -> int:
        """Number of the selected pill, 0 if none."""
        row = self.cards.currentRow()
        return self._check.pills[row].number if self._check and 0 <= row < len(self._check.pills) else 0

    def show_check(self, check: Check | None, names: dict[str, str]) -> None:
        """Show the pills of a check; ``names`` maps item_seqs that were added or confirmed to product names."""
        number = self.current_number or 1
        self._check, self._names = check, names
        self.cards.blockSignals(True)
        self.cards.clear()
        pills: Sequence[Pill] = check.pills if check else ()
        for pill in pills:
            card = PillCard(pill, self._name(pill))
            item = QListWidgetItem()
            width = max(200, self.cards.viewport().width())
            item.setSizeHint(QSize(0, max(card.heightForWidth(width), CROP_SIDE + 16)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{pill.label} {self._name(pill)} {look_of(pill).word}")
            self.cards.addItem(item)
            self.cards.setItemWidget(item, card)
        self.cards.blockSignals(False)
        more = check is not None and not check.count_exact
        least = say(" 이상", " or more") if more else ""
        self._title.setText(say(f"알약 ({len(pills)}개{least})", f"Pills ({len(pills)}{least})"))
        self._title.setToolTip(
            say(
                "빗금 친 곳에 알약이 더 있을 수 있습니다. 떼어 놓고 다시 찍으세요.",
                "There may be more pills where it is hatched; move them apart.",
            )
            if more
            else ""
        )
        if pills:
            self.select(number if number <= len(pills) else 1)
        self._row_changed(self.cards.currentRow())

    def select(self, number: int) -> None:
        """Select a pill by its number."""
        self.cards.setCurrentRow(number - 1)

    def confirm_candidate(self, place: int) -> None:
        """Confirm the selected pill as its candidate number ``place`` (from 0)."""
        pill = self._current_pill()
        if pill and place < len(pill.identification.candidates):
            self.confirmed.emit(pill.number, pill.identification.candidates[place].item_seq)

    def _key(self, key: str, does: Callable[[], None]) -> None:
        """A key that works wherever the focus is while the list is on screen: the lists themselves would eat it as a search."""
        action = QAction(self)
        action.setShortcut(key)
        action.triggered.connect(lambda _=False: does())
        self.addAction(action)

    def _take_back(self) -> None:
        if self.current_number:
            self.confirmed.emit(self.current_number, "")

    def _current_pill(self) -> Pill | None:
        row = self.cards.currentRow()
        return self._check.pills[row] if self._check and 0 <= row < len(self._check.pills) else None

    def _name(self, pill: Pill) -> str:
        if pill.confirmed:
            told = {c.item_seq: c.name for c in pill.identification.candidates} | self._names
            return told.get(pill.confirmed, pill.confirmed)
        best = pill.identification.best
        if pill.identification.state is State.IDENTIFIED and best:
            return best.name
        if pill.identification.state is State.AMBIGUOUS:
            likely, listed = pill.identification.likely, len(pill.identification.candidates)
            if likely > listed:
                return say(f"후보 {listed}개 이상", f"{listed} candidates or more")
            if likely == 1 and best:
                return f"{best.name}?"
            return say(f"후보 {likely}개", f"{likely} candidates")
        return say("모르는 약", "Unknown pill")

    def _ask_gallery(self) -> None:
        self.gallery.setEnabled(False)  # until it is done
        self.gallery_wanted.emit(self.current_number)

    def _candidate_row_changed(self, row: int) -> None:
        pill = self._current_pill()
        if pill and 0 <= row < len(pill.identification.candidates):
            self.candidate_selected.emit(pill.identification.candidates[row].item_seq)

    def _row_changed(self, row: int) -> None:
        self.candidates.blockSignals(True)
        self.candidates.clear()
        self.candidates.blockSignals(False)
        pill = self._current_pill()
        self.gallery.setEnabled(pill is not None and pill.confirmed is not None)
        self.gallery.setChecked(pill is not None and bool(pill.pictures))
        self.why.clear()
        if pill is None:
            return
        for place, candidate in enumerate(pill.identification.candidates, start=1):
            self.candidates.addItem(
                f"{place}. {candidate.name}\n    {candidate.probability:.1%} · {candidate.item_seq}"
            )
        self.why.setText("" if pill.confirmed else say(*pill.identification.reasons))
        self.selected.emit(pill.number)


def evidence_chips(pill: Pill) -> str:
    """``각인 DP 300 · 하양 · 원형 · 8.1 mm`` and what limits the picture."""
    seen = pill.front
    text = pill.imprint
    parts = [say(f"각인 {text}", f"imprint {text}") if text else say("각인 없음/못 읽음", "no imprint read")]
    parts += ["·".join(seen.colours.names), seen.shape.name, say(*_MAKES[seen.attributes.form_name])]
    if seen.size_mm:
        parts.append(f"{seen.size_mm[0]:.1f} mm")
    if len(pill.observations) > 1:
        parts.append(say("양면", "both sides"))
    parts += [f"⚠ {say(flaw.value, _FLAWS_EN[flaw])}" for flaw in seen.quality.flaws]
    return " · ".join(parts)
