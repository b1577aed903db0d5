"""What is loaded, how old it is, and how to load more."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from pillapp.catalog.values import CatalogSummary
from pillapp.ui.gallery_panel import GalleryPanel
from pillapp.ui.language import say
from pillapp.ui.services import Services

if TYPE_CHECKING:
    from pillapp.catalog.importers.run import ImportProgress, ImportReport


class DataPage(QWidget):
    """Shows the catalogue's summary and the pharmacy's own pictures; imports official files that are dropped or chosen."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._stopping = False
        self.text = QTextBrowser()
        self.text.setAccessibleName(say("데이터 현황", "What is loaded"))
        self.reports = QTextBrowser()
        self.reports.setAccessibleName(say("불러온 파일", "Imported files"))
        self.progress = QProgressBar()
        self.progress.setVisible(False)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.choose = QPushButton(say("공식 파일 불러오기…", "Import official files…"))
        self.update_button = QPushButton(say("공식 서비스로 업데이트…", "Update from the official services…"))
        self.cancel = QPushButton(say("취소", "Cancel"))
        self.cancel.setEnabled(False)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.progress)
        row.addWidget(self.cancel)
        row.addWidget(self.update_button)
        row.addWidget(self.choose)
        layout = QVBoxLayout(self)
        self.gallery = GalleryPanel(services)
        above = QSplitter()
        above.addWidget(self.text)
        above.addWidget(self.gallery)
        layout.addWidget(above, 3)
        layout.addWidget(self.reports, 2)
        layout.addLayout(row)
        self.choose.clicked.connect(self._ask)
        self.update_button.clicked.connect(self._ask_update)
        self.cancel.clicked.connect(self.stop)
        services.catalog_ready.connect(self._show)

    def stop(self) -> None:
        """Cancel the running import; the database stays as it was before that file."""
        self._stopping = True

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import official files, recognised by their content; folders stand for the files in them."""
        files: list[Path] = []
        for path in paths:
            files += sorted(f for f in path.iterdir() if f.is_file()) if path.is_dir() else [path]
        if not files or self.cancel.isEnabled():
            return
        self._begin(lambda: self._import(files))

    def update_from_services(self, key: str) -> None:
        """Fetch everything from the official services; an empty ``key`` means the one in the system keyring."""
        if not self.cancel.isEnabled():
            self._begin(lambda: self._update(key))

    def _begin(self, job: "Callable[[], list[ImportReport]]") -> None:
        self._stopping = False
        self.choose.setEnabled(False)
        self.update_button.setEnabled(False)
        self.cancel.setEnabled(True)
        self.progress.setVisible(True)
        self.reports.clear()
        self._services.data.run(job, self._imported, self._import_failed)

    def _import(self, files: Sequence[Path]) -> "list[ImportReport]":
        """In the data lane."""
        from pillapp.catalog.importers.run import import_files

        return import_files(self._services.catalog.database, files, self._told, lambda: self._stopping)

    def _update(self, key: str) -> "list[ImportReport]":
        """In the data lane."""
        from pillapp.catalog.update.keys import resolve_key
        from pillapp.catalog.update.run import update_from_services

        secret = resolve_key(key or None)
        return update_from_services(
            self._services.catalog.database, secret, progress=self._told, cancelled=lambda: self._stopping
        )

    def _told(self, progress: "ImportProgress") -> None:
        self._services.data.post(lambda: self._show_progress(progress))

    def _show_progress(self, progress: "ImportProgress") -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(progress.fraction * 1000))
        left = (
            ""
            if progress.seconds_left is None
            else say(f" · {progress.seconds_left:.0f}초 남음", f" · {progress.seconds_left:.0f} s left")
        )
        self.state.setText(
            f"{progress.file_number}/{progress.files} {progress.path.name} · {progress.stage} · "
            + say(
                f"{progress.rows:,}행 ({progress.rows_per_second:,.0f}행/초)",
                f"{progress.rows:,} rows ({progress.rows_per_second:,.0f}/s)",
            )
            + left
        )

    def _imported(self, reports: "list[ImportReport]") -> None:
        self._finish()
        self.reports.setHtml("".join(_describe(report) for report in reports))
        self._services.refresh_catalog()

    def _import_failed(self, sentence: str) -> None:
        self._finish()
        self.state.setText(sentence)

    def _finish(self) -> None:
        self.choose.setEnabled(True)
        self.update_button.setEnabled(True)
        self.cancel.setEnabled(False)
        self.progress.setVisible(False)
        self.state.clear()

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

    def _ask_update(self) -> None:
        key, accepted = QInputDialog.getText(
            self,
            say("공식 서비스로 업데이트", "Update from the official services"),
            say(
                "data.go.kr 서비스 키 (비워 두면 저장된 키를 씁니다)",
                "data.go.kr service key (empty: the one kept before)",
            ),
            QLineEdit.EchoMode.Password,
        )
        if accepted:
            self.update_from_services(key.strip())

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


def _describe(report: "ImportReport") -> str:
    """One file's report as HTML: rows in = taken + rejected, and why."""
    if report.error:
        return f"<p>× <b>{escape(report.path.name)}</b><br>{escape(report.error)}</p>"
    counts = say(
        f"{report.rows:,}행 = 반영 {report.taken:,} + 제외 {report.rejected:,}",
        f"{report.rows:,} rows = {report.taken:,} taken + {report.rejected:,} rejected",
    )
    outcome = {
        "unchanged": say("이미 들어 있는 파일입니다.", "Already loaded."),
        "cancelled": say("취소했습니다. 데이터베이스는 그대로입니다.", "Cancelled; the database is as it was."),
    }.get(report.outcome.value, counts)
    rejects = "".join(f"<br>· {r.line}: {escape(r.reason)}" for r in report.rejects[:5])
    more = f"<br>… {report.rejected - 5:,}" if report.rejected > 5 else ""
    return f"<p>✓ <b>{escape(report.path.name)}</b> {escape(report.title)}<br>{outcome}{rejects}{more}</p>"
