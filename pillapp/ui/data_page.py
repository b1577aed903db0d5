"""What is loaded, how old it is, and how to load more."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from pillapp.catalog.values import CatalogSummary
from pillapp.ui.language import say
from pillapp.ui.services import Services


class DataPage(QWidget):
    """Shows the catalogue's summary and imports official files that are dropped or chosen."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._stopping = False
        self.text = QTextBrowser()
        self.text.setAccessibleName(say("데이터 현황", "What is loaded"))
        self.progress = QProgressBar()
        self.progress.setVisible(False)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.choose = QPushButton(say("공식 파일 불러오기…", "Import official files…"))
        self.cancel = QPushButton(say("취소", "Cancel"))
        self.cancel.setEnabled(False)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.progress)
        row.addWidget(self.cancel)
        row.addWidget(self.choose)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addLayout(row)
        self.choose.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.stop)
        services.catalog_ready.connect(self._show)

    def stop(self) -> None:
        """Cancel the running import; the database stays as it was before that file."""
        self._stopping = True

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import official files, recognised by their content."""

    def _ask(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self,
            say("공식 파일", "Official files"),
            "",
            say(
                "자료 (*.csv *.xls *.xlsx *.json *.xml);;모든 파일 (*)",
                "Data (*.csv *.xls *.xlsx *.json *.xml);;All files (*)",
            ),
        )
        if names:
            self.import_paths([Path(name) for name in names])

    def _show(self, summary: CatalogSummary) -> None:
        rows = [
            (say("품목", "Products"), f"{summary.products:,}"),
            (say("낱알 외형", "Appearances"), f"{summary.appearances:,}"),
            (say("성분을 아는 품목", "Products with ingredients"), f"{summary.products_with_ingredients:,}"),
            (say("안내가 있는 품목", "Products with guidance"), f"{summary.products_with_guidance:,}"),
            (say("병용금기 성분쌍", "Contraindicated pairs"), f"{summary.unique_pairs:,}"),
            *((category.value, f"{count:,}") for category, count in summary.rules.items()),
            (say("DUR 자료 날짜", "DUR data of"), str(summary.dur_date or "–")),
        ]
        cells = "".join(
            f"<tr><td style='padding:3px 24px 3px 0'>{escape(k)}</td><td><b>{v}</b></td></tr>" for k, v in rows
        )
        note = (
            say(
                "지금은 시작용 자료입니다. 식약처·심평원 공식 파일을 이 화면에 끌어다 놓으면 전체 자료로 바뀝니다.",
                "This is starter data. Drop the official MFDS and HIRA files here to load everything.",
            )
            if summary.starter
            else ""
        )
        self.text.setHtml(f"<h3>{say('데이터 현황', 'What is loaded')}</h3><p>{note}</p><table>{cells}</table>")
