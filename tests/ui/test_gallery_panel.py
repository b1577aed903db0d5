"""The list of own pictures: what is there is shown with product, time and name, and can be taken back."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from pillapp.records.gallery import GalleryStore, Side, Source
from pillapp.ui.gallery_actions import nearest_pair
from pillapp.ui.gallery_panel import GalleryPanel
from pillapp.ui.picture_pair import PicturePair
from pillapp.ui.services import Services

PRODUCT, MODEL = "200000001", "net 1"
VECTOR = np.eye(1, 8, dtype=np.float32)[0]


def keep(source: Source = Source.CONFIRMED, shade: int = 200) -> None:
    crop = np.full((40, 40, 3), shade, np.uint8)
    with GalleryStore() as store:
        store.add(PRODUCT, Side(crop, np.ones((40, 40), bool), VECTOR), model=MODEL, who="김약사", source=source)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[GalleryPanel]:
    services = Services(catalog_url=None, device="cpu")
    services._catalog = SimpleNamespace(  # type: ignore[assignment]
        product=lambda _: SimpleNamespace(name="조코정"), close=lambda: None
    )
    panel = GalleryPanel(services)
    qtbot.addWidget(panel)
    yield panel
    services.close()


def cells(panel: GalleryPanel, row: int) -> list[str]:
    items: list[Any] = [panel.table.item(row, column) for column in range(panel.table.columnCount())]
    return [item.text() for item in items]


def test_own_pictures_are_listed_and_official_ones_counted(panel: GalleryPanel, qtbot: QtBot) -> None:
    keep()
    keep(Source.OFFICIAL, shade=90)
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1)
    assert cells(panel, 0)[1] == "조코정"
    assert cells(panel, 0)[3] == "김약사"
    assert not panel.table.item(0, 0).icon().isNull()
    assert "공식 사진 1장" in panel.message.text()


def test_a_picture_is_taken_back_in_the_name_of_the_pharmacist(panel: GalleryPanel, qtbot: QtBot) -> None:
    QSettings().setValue("pharmacist", "이약사")
    keep()
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1)
    panel.table.selectRow(0)
    panel.remove.click()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 0)
    with GalleryStore() as store:
        assert [one.removed_by for one in store.history()] == ["이약사"]


def test_a_damaged_file_is_said_in_the_list(panel: GalleryPanel, qtbot: QtBot) -> None:
    keep()
    with GalleryStore() as store:
        store.pictures()[0].path.unlink()
    panel.refresh()
    qtbot.waitUntil(lambda: panel.table.rowCount() == 1)
    assert cells(panel, 0)[0] == "사진 파일 손상"


def test_the_pill_stands_beside_the_picture_most_like_it(qtbot: QtBot) -> None:
    keep()
    seen: Any = SimpleNamespace(embedding=VECTOR, crop=np.full((30, 30, 3), 99, np.uint8))
    widget = PicturePair()
    qtbot.addWidget(widget)
    widget.show_pair(nearest_pair(PRODUCT, [seen], MODEL))
    assert not widget.isHidden()
    assert "김약사" in widget.caption.text()
    widget.show_pair(nearest_pair("200000009", [seen], MODEL))
    assert widget.isHidden()
