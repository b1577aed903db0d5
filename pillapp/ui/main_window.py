"""The main window: tabs, badges, keys, and where a dropped photo goes."""

from datetime import date
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSettings, Qt
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QImageWriter,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

import pillapp
from pillapp.capture.photos import PHOTO_SUFFIXES
from pillapp.catalog.values import CatalogSummary, Product
from pillapp.check.values import Check
from pillapp.ui.camera_page import CameraPage
from pillapp.ui.data_page import DataPage
from pillapp.ui.language import LANGUAGES, choose_language, current_language, say
from pillapp.ui.pharmacist import PHARMACIST_KEY, known_pharmacist
from pillapp.ui.photos_page import PhotosPage
from pillapp.ui.records_page import RecordsPage
from pillapp.ui.report_dialog import ReportDialog, temporary_pdf
from pillapp.ui.search_page import SearchPage
from pillapp.ui.services import Services

WARN_AFTER_DAYS = 180  # the date badge turns to a warning; STALE itself begins later (safety.assess)


class MainWindow(QMainWindow):
    """Everything visible. Loads nothing heavy before it is shown."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._summary: CatalogSummary | None = None
        self.setWindowTitle("Pillapp")
        self.resize(1280, 820)
        self.setAcceptDrops(True)
        self.camera = CameraPage(services)
        self.photos = PhotosPage(services)
        self.search = SearchPage(services)
        self.records = RecordsPage(services)
        self.data = DataPage(services)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for page, name in (
            (self.camera, say("검사", "Scan")),
            (self.photos, say("사진", "Photos")),
            (self.search, say("검색", "Search")),
            (self.records, say("기록", "Records")),
            (self.data, say("데이터", "Data")),
        ):
            self.tabs.addTab(page, name)
        self.tabs.setCurrentWidget(self.photos)
        self.banner = QLabel()
        self.banner.setObjectName("banner")
        self.banner.setWordWrap(True)
        self.banner.setVisible(False)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.addWidget(self.banner)
        layout.addWidget(self.tabs, 1)
        self.setCentralWidget(centre)
        self.device_badge = _badge(say("모델 준비 중…", "loading models…"))
        self.data_badge = _badge(say("데이터 준비 중…", "opening database…"))
        badges = QWidget()
        row = QHBoxLayout(badges)
        row.setContentsMargins(4, 2, 8, 2)
        row.addWidget(self.device_badge)
        row.addWidget(self.data_badge)
        self.tabs.setCornerWidget(badges, Qt.Corner.TopRightCorner)
        self._make_menus()
        services.vision_ready.connect(self._vision_ready)
        services.catalog_ready.connect(self._catalog_ready)
        services.failed.connect(self.show_problem)
        for page in (self.camera, self.photos):
            page.check_page.report_wanted.connect(self.make_report)
            page.check_page.search_wanted.connect(self.go_search)
            page.check_page.problem.connect(self.show_problem)
        self.search.chosen.connect(self._product_chosen)
        self.records.reopen.connect(lambda photo: self.open_photos([photo]))
        self.tabs.currentChanged.connect(self._tab_changed)
        self._check_tab: CameraPage | PhotosPage = self.photos

    def open_photos(self, paths: list[Path]) -> None:
        """Show the photos page and queue photos or folders."""
        self.tabs.setCurrentWidget(self.photos)
        self.photos.add_paths(paths)

    def show_problem(self, sentence: str) -> None:
        """One sentence above the tabs; it stays until the next one."""
        self.banner.setText(sentence)
        self.banner.setVisible(bool(sentence))

    def make_report(self, check: Check) -> None:
        """Write the report in the background, keep the check in the records, show the preview."""
        pdf = temporary_pdf()
        catalog, model = self._services.catalog, self._services.model_name
        summary = self._summary

        def work() -> Path:
            from pillapp.records.store import RecordStore
            from pillapp.report.content import gather
            from pillapp.report.pdf import write_pdf

            write_pdf(pdf, [gather(check, catalog, model)])
            store = RecordStore()
            try:
                dated = summary.dur_date.isoformat() if summary and summary.dur_date else None
                store.keep(check, model=model, dur_date=dated)
            finally:
                store.close()
            return pdf

        self._services.data.run(work, self._show_report, self.show_problem)

    def go_search(self) -> None:
        """The search page, ready to type."""
        self.tabs.setCurrentWidget(self.search)
        self.search.box.setFocus()
        self.search.box.selectAll()

    def _show_report(self, pdf: Path) -> None:
        dialog = ReportDialog(pdf, self)
        dialog.open()

    def _make_menus(self) -> None:
        files = self.menuBar().addMenu(say("파일", "File"))
        self._action(
            files, say("새 검사 (다음 환자)", "New check (next patient)"), self._new_check, QKeySequence.StandardKey.New
        )
        self._action(files, say("사진 열기…", "Open photos…"), self._ask_photos, QKeySequence.StandardKey.Open)
        self._action(files, say("폴더 열기…", "Open folder…"), self._ask_folder, QKeySequence("Ctrl+Shift+O"))
        self._action(files, say("붙여넣기", "Paste"), self.paste, QKeySequence.StandardKey.Paste)
        self._action(files, say("리포트…", "Report…"), self._report, QKeySequence.StandardKey.Print)
        files.addSeparator()
        self._action(files, say("약사 이름…", "Pharmacist's name…"), self._ask_pharmacist, QKeySequence())
        self._action(files, say("끝내기", "Quit"), self.close, QKeySequence.StandardKey.Quit)
        check = self.menuBar().addMenu(say("검사", "Check"))
        self._action(check, say("정지 / 실시간", "Freeze / live"), self._freeze, QKeySequence("Space"))
        self._action(check, say("반대쪽 면", "Other side"), self._other_side, QKeySequence("F"))
        self._action(check, say("직접 찾기", "Search by hand"), self.go_search, QKeySequence("/"))
        self._action(check, say("사진 판독 취소", "Cancel photos"), self.photos.stop, QKeySequence("Esc"))
        view = self.menuBar().addMenu(say("보기", "View"))
        for place in range(self.tabs.count()):
            name = self.tabs.tabText(place)
            self._action(
                view, name, lambda _=False, p=place: self.tabs.setCurrentIndex(p), QKeySequence(f"Ctrl+{place + 1}")
            )
        languages = view.addMenu("언어 · Language")
        for code, name in LANGUAGES.items():
            action = languages.addAction(name)
            action.setCheckable(True)
            action.setChecked(code == current_language())
            action.triggered.connect(lambda _=False, c=code: self._choose_language(c))
        about = self.menuBar().addMenu(say("도움말", "Help"))
        self._action(about, say("Pillapp 정보", "About Pillapp"), self._about, QKeySequence("F1"))

    def _action(self, menu: QWidget, text: str, does: object, key: QKeySequence | QKeySequence.StandardKey) -> None:
        action = QAction(text, self)
        action.setShortcut(key)
        action.triggered.connect(does)
        menu.addAction(action)

    def _ask_photos(self) -> None:
        pattern = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
        names, _ = QFileDialog.getOpenFileNames(
            self,
            say("사진 열기", "Open photos"),
            "",
            f"{say('사진', 'Photos')} ({pattern});;{say('모든 파일', 'All files')} (*)",
        )
        if names:
            self.open_photos([Path(name) for name in names])

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, say("폴더 열기", "Open folder"))
        if name:
            self.open_photos([Path(name)])

    def paste(self) -> None:
        """Examine the picture or the files in the clipboard; in a text field, paste text as usual."""
        focused = QGuiApplication.focusObject()
        if isinstance(focused, QLineEdit):
            focused.paste()
            return
        data = QGuiApplication.clipboard().mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open_photos(paths)
        elif data.hasImage():
            image = QImage(data.imageData())
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            QImageWriter(buffer, QByteArray(b"PNG")).write(image)
            self.tabs.setCurrentWidget(self.photos)
            self.photos.add_image_data(bytes(buffer.data().data()))
        else:
            self.show_problem(say("클립보드에 사진이 없습니다.", "There is no picture in the clipboard."))

    def _new_check(self) -> None:
        self._check_tab.new_check()
        self.show_problem("")

    def _report(self) -> None:
        self._check_tab.check_page.ask_report()

    def _freeze(self) -> None:
        if self.tabs.currentWidget() is self.camera:
            self.camera.toggle_freeze()

    def _other_side(self) -> None:
        if self.tabs.currentWidget() is self.camera:
            self.camera.take_other_side()

    def _product_chosen(self, product: Product) -> None:
        self.tabs.setCurrentWidget(self._check_tab)
        self._check_tab.check_page.add_product(product)

    def _tab_changed(self) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, (CameraPage, PhotosPage)):
            self._check_tab = page
        elif page is self.records:
            self.records.refresh()

    def _vision_ready(self, device: str, passed_over: str) -> None:
        self.device_badge.setText(device)
        self.device_badge.setToolTip(passed_over)

    def _catalog_ready(self, summary: CatalogSummary) -> None:
        self._summary = summary
        dated = summary.dur_date
        if dated is None:
            text, warn = say("DUR 자료 없음 ⚠", "no DUR data ⚠"), True
        else:
            days = (date.today() - dated).days
            warn = days > WARN_AFTER_DAYS
            text = f"DUR {dated} · " + say(f"{days}일 전", f"{days} days ago") + (" ⚠" if warn else "")
        if summary.starter:
            text += say(" · 시작용 자료", " · starter data")
        self.data_badge.setText(text)
        self.data_badge.setProperty("warn", "true" if warn else "false")
        self.data_badge.style().polish(self.data_badge)

    def _choose_language(self, language: str) -> None:
        choose_language(language)
        self.show_problem("다음 실행부터 바뀝니다. · Takes effect at the next start.")

    def _ask_pharmacist(self) -> None:
        known = known_pharmacist()
        name, accepted = QInputDialog.getText(
            self,
            say("약사 이름", "Pharmacist"),
            say("확인 사유와 사진에 남을 이름", "Name kept with reasons and pictures"),
            text=known,
        )
        if accepted:
            QSettings().setValue(PHARMACIST_KEY, name.strip())

    def _about(self) -> None:
        box = QMessageBox(self)
        box.setWindowTitle("Pillapp")
        box.setText(
            f"Pillapp {pillapp.__version__} · AGPL-3.0-or-later\n{self._services.model_name}\n{self._services.device_label}"
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and pictures are welcome anywhere on the window."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """On the data page files are imported, everywhere else they are photos."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return
        event.acceptProposedAction()
        if self.tabs.currentWidget() is self.data:
            self.data.import_paths(paths)
        else:
            self.open_photos(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the camera and the threads before the window goes."""
        self.photos.stop()
        self.data.stop()
        self.camera.close_source()
        self._services.close()
        super().closeEvent(event)


def _badge(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("badge")
    return label
