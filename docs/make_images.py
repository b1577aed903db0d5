"""The pictures of the README, made by the program itself: ``uv run docs/make_images.py``.

Opens the real window without a screen on the sample photos, confirms the four pills as a pharmacist would, and saves
``docs/images/window.png`` and ``docs/images/report.png``.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PILLAPP_HOME"] = tempfile.mkdtemp()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEventLoop, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication, QMessageBox

from pillapp.paths import resources_dir
from pillapp.report.content import gather
from pillapp.report.pdf import write_pdf
from pillapp.training.sample_photo import PLACES, PRODUCTS
from pillapp.ui import theme
from pillapp.ui.main_window import MainWindow
from pillapp.ui.services import Services

IMAGES = Path(__file__).parent / "images"


def wait(milliseconds: int) -> None:
    """Let the program work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    """Make both pictures."""
    application = QApplication([])
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.environ["PILLAPP_HOME"])
    theme.apply(application)
    services = Services(catalog_url=None, device="cpu")
    window = MainWindow(services)
    window.resize(1400, 900)
    window.show()
    services.start()
    window.open_photos([resources_dir() / "samples" / "tray-front.jpg"])
    page = window.photos.check_page
    while page.check is None:
        wait(100)
    for item_seq, (x, y, _) in list(zip(PRODUCTS, PLACES, strict=True))[:3]:
        nearest = min(
            page.check.pills,
            key=lambda p: abs(p.front.detection.box[0] - x + 90) + abs(p.front.detection.box[1] - y + 80),
        )
        page.confirm(nearest.number, item_seq)
        wait(600)
    for box in window.findChildren(QMessageBox):
        box.close()
    page.pills.select(1)
    wait(1000)
    window.grab().save(str(IMAGES / "window.png"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        write_pdf(path, [gather(page.check, services.catalog, services.model_name)])
        document = QPdfDocument()
        document.load(str(path))
        points = document.pagePointSize(0)
        page_image = document.render(0, QSize(int(points.width() * 1.6), int(points.height() * 1.6)))
        paper = QImage(page_image.size(), QImage.Format.Format_RGB32)
        paper.fill(Qt.GlobalColor.white)
        painter = QPainter(paper)
        painter.drawImage(0, 0, page_image)
        painter.end()
        paper.save(str(IMAGES / "report.png"))
        document.close()
    window.close()


if __name__ == "__main__":
    main()
