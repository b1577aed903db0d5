"""The report as it will be printed: preview, save, print."""

import shutil
import tempfile
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pillapp.ui.language import say


class ReportDialog(QDialog):
    """Shows a finished PDF, which it owns and removes when closed."""

    def __init__(self, pdf: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pdf = pdf
        self.setWindowTitle(say("리포트 미리보기", "Report preview"))
        self.resize(820, 920)
        self.document = QPdfDocument(self)
        self.document.load(str(pdf))
        self.view = QPdfView(self)
        self.view.setDocument(self.document)
        self.view.setPageMode(QPdfView.PageMode.MultiPage)
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.view.setAccessibleName(say("리포트 쪽", "Report pages"))
        self.message = QLabel()
        self.save_button = QPushButton(say("저장 (Ctrl+S)", "Save (Ctrl+S)"))
        self.save_button.setObjectName("primary")
        self.save_button.setShortcut("Ctrl+S")
        self.print_button = QPushButton(say("인쇄 (Ctrl+P)", "Print (Ctrl+P)"))
        self.print_button.setShortcut("Ctrl+P")
        close = QPushButton(say("닫기", "Close"))
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        for button in (self.print_button, self.save_button, close):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)
        self.save_button.clicked.connect(self._ask_save)
        self.print_button.clicked.connect(self._ask_print)
        close.clicked.connect(self.reject)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.finished.connect(self._forget)

    def save(self, target: Path) -> None:
        """Copy the PDF; an existing file is replaced only once the copy is whole."""
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(self._pdf, part)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            self.message.setText(
                say(
                    f"저장하지 못했습니다({error.strerror}). 다른 폴더를 고르세요.",
                    f"Not saved ({error.strerror}). Choose another folder.",
                )
            )
            return
        self.message.setText(say(f"저장했습니다: {target}", f"Saved: {target}"))

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, say("리포트 저장", "Save report"), "report.pdf", "PDF (*.pdf)")
        if name:
            self.save(Path(name))

    def _ask_print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.print_to(printer)

    def print_to(self, printer: QPrinter) -> None:
        """Print all pages, each fitted to the paper."""
        painter = QPainter(printer)
        area = printer.pageRect(QPrinter.Unit.DevicePixel)
        for page in range(self.document.pageCount()):
            if page:
                printer.newPage()
            points = self.document.pagePointSize(page)
            scale = min(area.width() / points.width(), area.height() / points.height())
            size = QSize(int(points.width() * scale), int(points.height() * scale))
            image: QImage = self.document.render(page, size)
            painter.drawImage(QPointF(0, 0), image)
        painter.end()

    def _forget(self) -> None:
        self.document.close()
        self._pdf.unlink(missing_ok=True)


def temporary_pdf() -> Path:
    """A fresh file for a preview."""
    with tempfile.NamedTemporaryFile(prefix="pillapp-report-", suffix=".pdf", delete=False) as file:
        return Path(file.name)
