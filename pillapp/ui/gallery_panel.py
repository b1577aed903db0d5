"""The pharmacy's own pictures in a list: see them, take them back."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pillapp.records.gallery import GalleryStore, KeptPicture, Source, read_crop
from pillapp.ui.gallery_actions import remove_pictures
from pillapp.ui.language import say
from pillapp.ui.pharmacist import pharmacist
from pillapp.ui.picture_view import to_image
from pillapp.ui.services import Services

SHOWN = 500  # the newest ones
ICON = 48


@dataclass(frozen=True)
class Row:
    """One own picture: the picture (None: its file is damaged) and the product's name."""

    kept: KeptPicture
    image: QImage | None
    name: str


class GalleryPanel(QWidget):
    """Own pictures with product, time and name, and how many official ones there are."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._rows: Sequence[Row] = ()
        self.title = QLabel(say("우리 약국 사진첩", "Our gallery"))
        self.title.setObjectName("title")
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(
            [say("사진", "Picture"), say("품목", "Product"), say("일시", "When"), say("넣은 사람", "By")]
        )
        self.table.setIconSize(QSize(ICON, ICON))
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultSectionSize(ICON + 6)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(say("우리 약국 사진 목록", "List of our own pictures"))
        self.message = QLabel()
        self.message.setObjectName("muted")
        self.message.setWordWrap(True)
        self.remove = QPushButton(say("고른 사진 지우기 (Delete)", "Remove selected pictures (Delete)"))
        self.remove.setShortcut("Delete")
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        row.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        services.gallery_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Read the pictures again."""
        self._services.data.run(self._read, self._show, self.message.setText)

    def _read(self) -> tuple[list[Row], int]:
        """In the data lane: the newest own pictures, and how many official ones there are."""
        with GalleryStore() as store:
            own = store.pictures(Source.CONFIRMED)[:SHOWN]
            official = len(store.pictures(Source.OFFICIAL))
        names: dict[str, str] = {}
        rows = []
        for kept in own:
            if kept.item_seq not in names:
                product = self._services.catalog.product(kept.item_seq)
                names[kept.item_seq] = product.name if product else kept.item_seq
            crop = read_crop(kept.path)
            rows.append(Row(kept, None if crop is None else to_image(crop), names[kept.item_seq]))
        return rows, official

    def _show(self, found: tuple[list[Row], int]) -> None:
        self._rows, official = found
        self.table.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            picture = QTableWidgetItem("" if row.image else say("사진 파일 손상", "file damaged"))
            if row.image:
                picture.setIcon(QIcon(QPixmap.fromImage(row.image)))
            cells = (
                picture,
                QTableWidgetItem(row.name),
                QTableWidgetItem(f"{row.kept.added_at:%Y-%m-%d %H:%M}"),
                QTableWidgetItem(row.kept.added_by),
            )
            for column, cell in enumerate(cells):
                self.table.setItem(number, column, cell)
        self.message.setText(
            say(
                f"우리 약국 사진 {len(self._rows)}장 · 공식 사진 {official}장. 지운 사진은 누가 언제 지웠는지만 남습니다.",
                f"{len(self._rows)} own and {official} official pictures. Of removed ones, who and when is kept.",
            )
        )

    def _remove(self) -> None:
        chosen = sorted({index.row() for index in self.table.selectedIndexes()})
        numbers = [self._rows[row].kept.picture_id for row in chosen]
        who = pharmacist(self) if numbers else ""
        if who:
            self._services.data.run(
                lambda: remove_pictures(numbers, who), lambda _: self._services.refresh_gallery(), self.message.setText
            )
