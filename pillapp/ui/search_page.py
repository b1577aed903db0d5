"""Find a product by hand: name, 초성, imprint, shape, colour, code or barcode."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from pillapp.appearance.values import DRAWN
from pillapp.catalog.values import Product, SearchHit
from pillapp.ui.language import say
from pillapp.ui.product_panel import ProductPanel
from pillapp.ui.services import Services

if TYPE_CHECKING:
    from pillapp.ui.drawings import Drawing

TYPING_PAUSE_MS = 120  # search when the typing pauses, not at every key
THUMBNAIL_PX = 56
THUMBNAILS_AT_ONCE = 4  # between two batches a new search gets its turn


class SearchPage(QWidget):
    """``chosen`` carries the product to add to the check."""

    chosen = Signal(object)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._product: Product | None = None
        self.box = QLineEdit()
        self.box.setPlaceholderText(
            say(
                "이름, 초성(ㅌㅇㄹㄴ), 각인, 모양, 색, 코드, 바코드",
                "Name, initials, imprint, shape, colour, code or barcode",
            )
        )
        self.box.setClearButtonEnabled(True)
        self.box.setAccessibleName(say("검색어", "Search"))
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.results = QListWidget()
        self.results.setAccessibleName(say("검색 결과", "Results"))
        self.results.setWordWrap(True)
        self.results.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.panel = ProductPanel(with_dose=False)
        self.add = QPushButton(say("검사에 추가 (Enter)", "Add to check (Enter)"))
        self.add.setObjectName("primary")
        self.add.setEnabled(False)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel, 1)
        column.addWidget(self.add)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.results)
        split.addWidget(right)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.box)
        layout.addWidget(self.count)
        layout.addWidget(split, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.search)
        self.box.textChanged.connect(lambda _: self._pause.start())
        self.box.returnPressed.connect(self.search)
        self.results.currentItemChanged.connect(lambda item, _: self._show(item))
        self.results.itemActivated.connect(lambda _: self._choose())
        self.add.clicked.connect(self._choose)

    def search(self) -> None:
        """Search for what is in the box now."""
        self._pause.stop()
        query = self.box.text().strip()
        if not query:
            self.results.clear()
            self.count.clear()
            return
        self._services.data.run(
            lambda: self._services.catalog.search(query),
            lambda hits: self._found(query, hits),
            self.count.setText,
        )

    def _found(self, query: str, hits: list[SearchHit]) -> None:
        if query != self.box.text().strip():
            return  # typed on in the meantime
        self.results.clear()
        for hit in hits:
            item = QListWidgetItem(f"{hit.name}\n    {hit.maker} · {', '.join(hit.reasons)}")
            item.setData(Qt.ItemDataRole.UserRole, hit.item_seq)
            self.results.addItem(item)
        self.count.setText(
            say(f"{len(hits)}개 품목", f"{len(hits)} products")
            if hits
            else say(
                "찾은 품목이 없습니다. 글자를 줄이거나 다른 단서로 찾아보세요.",
                "Nothing found. Try fewer letters or another clue.",
            )
        )
        if hits:
            self.results.setCurrentRow(0)
            self._draw_next([hit.item_seq for hit in hits], query)

    def _draw_next(self, waiting: list[str], query: str) -> None:
        """Draw the pills of the results a few at a time, as long as these are the results."""
        if not waiting or query != self.box.text().strip():
            return
        now, later = waiting[:THUMBNAILS_AT_ONCE], waiting[THUMBNAILS_AT_ONCE:]

        def drawn(pictures: dict[str, QImage]) -> None:
            if query == self.box.text().strip():
                self._show_thumbnails(pictures)
                self._draw_next(later, query)

        size = round(THUMBNAIL_PX * self.devicePixelRatioF())
        self._services.data.run(lambda: self._services.thumbnails(now, size), drawn, self.count.setText)

    def _show_thumbnails(self, pictures: dict[str, QImage]) -> None:
        for row in range(self.results.count()):
            item = self.results.item(row)
            picture = pictures.get(str(item.data(Qt.ItemDataRole.UserRole)))
            if picture is not None:
                item.setIcon(QIcon(QPixmap.fromImage(picture)))
                item.setToolTip(say(DRAWN, "Drawn from the official description"))

    def _show(self, item: QListWidgetItem | None) -> None:
        self._product = None
        self.add.setEnabled(False)
        if item is None:
            self.panel.show_message("")
            return
        item_seq = str(item.data(Qt.ItemDataRole.UserRole))
        self._services.data.run(lambda: self._services.product(item_seq), self._product_ready, self.count.setText)

    def _product_ready(self, found: "tuple[Product, Drawing | None] | None") -> None:
        current = self.results.currentItem()
        if found is None or current is None or current.data(Qt.ItemDataRole.UserRole) != found[0].item_seq:
            return
        self._product, drawing = found
        self.panel.show_product(self._product, drawing)
        self.add.setEnabled(True)

    def _choose(self) -> None:
        if self._product is not None:
            self.chosen.emit(self._product)
