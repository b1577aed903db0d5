"""Past checks, newest first; open one again with today's model and data."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pillapp.records.store import Record, RecordStore
from pillapp.safety.acknowledge import Reason
from pillapp.ui.language import current_language, say
from pillapp.ui.services import Services


class RecordsPage(QWidget):
    """``reopen`` carries the photo of a record."""

    reopen = Signal(Path)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._records: Sequence[Record] = ()
        self.table = QTableWidget(0, 6)
        self.table.setHorizontalHeaderLabels(
            [
                say("일시", "When"),
                say("출처", "Source"),
                say("알약", "Pills"),
                say("경고", "Findings"),
                say("확인 불가 쌍", "Not checkable"),
                say("확인 사유", "Reasons given"),
            ]
        )
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(say("지난 검사", "Past checks"))
        self.message = QLabel()
        self.message.setObjectName("muted")
        self.message.setWordWrap(True)
        again = QPushButton(say("다시 열기 (현재 모델·자료로)", "Open again (with today's model and data)"))
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        row.addWidget(again)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        again.clicked.connect(self._reopen)
        self.table.cellDoubleClicked.connect(lambda *_: self._reopen())

    def refresh(self) -> None:
        """Read the records again."""
        self._services.data.run(_latest, self._show, self.message.setText)

    def _show(self, records: Sequence[Record]) -> None:
        self._records = records
        self.table.setRowCount(len(records))
        for row, record in enumerate(records):
            pills, findings, unchecked = record.summary
            cells = (
                f"{record.made_at:%Y-%m-%d %H:%M}",
                record.source,
                str(pills),
                str(findings),
                str(unchecked),
                _reasons(record),
            )
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.message.setText(
            ""
            if records
            else say("리포트를 만든 검사가 여기에 남습니다.", "Checks you made a report of are kept here.")
        )

    def _reopen(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._records):
            self.reopen.emit(self._records[row].photo)


def _reasons(record: Record) -> str:
    """``병용금기 A 처방의와 확인함 (김약사)`` for each reason that was given."""
    words = {reason.code: reason.english if current_language() == "en" else reason.korean for reason in Reason}
    return " · ".join(
        f"{given['finding'].split('|')[0]} {given['reason']} {given['text'] or words[given['reason']]} ({given['who']})"
        for given in record.acknowledgements
    )


def _latest() -> Sequence[Record]:
    store = RecordStore()
    try:
        return store.latest()
    finally:
        store.close()
