"""Setting a short list in the window: told, counted, dropped; a prescription is forgotten, the stock is kept."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from pillapp.catalog.catalog import open_catalog
from pillapp.ui.lane import Lane
from pillapp.ui.services import Services
from pillapp.ui.short_list_bar import ShortListBar

SIMVASTATIN, ITRACONAZOLE = "200200173", "200003111"


@pytest.fixture
def bar(qtbot: QtBot, starter_home: Path, own_home: Path) -> Iterator[ShortListBar]:
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(own_home))
    QSettings().remove("")
    lane: Any = Lane("data")
    catalog = open_catalog(f"sqlite:///{starter_home / 'catalogue.sqlite'}")
    bar = ShortListBar(cast(Services, SimpleNamespace(data=lane, catalog=catalog)))
    qtbot.addWidget(bar)
    yield bar
    lane.close()
    catalog.close()
    QSettings().remove("")


def load(bar: ShortListBar, qtbot: QtBot, path: Path, *codes: str) -> None:
    path.write_text("\n".join(codes), encoding="utf-8")
    with qtbot.waitSignal(bar.changed, timeout=20_000):
        bar.open_list(path)


def test_a_list_counts_until_it_is_dropped(bar: ShortListBar, qtbot: QtBot, tmp_path: Path) -> None:
    load(bar, qtbot, tmp_path / "rx.txt", SIMVASTATIN, ITRACONAZOLE)
    assert bar.item_seqs == (SIMVASTATIN, ITRACONAZOLE)
    assert "2" in bar.count.text()
    with qtbot.waitSignal(bar.changed) as told:
        bar.drop.click()
    assert told.args == [()]
    assert bar.item_seqs == ()
    assert bar.count.text() == ""


def test_a_prescription_is_forgotten_and_the_stock_kept(bar: ShortListBar, qtbot: QtBot, tmp_path: Path) -> None:
    load(bar, qtbot, tmp_path / "rx.txt", SIMVASTATIN)
    bar.begin_check()
    assert bar.item_seqs == ()
    load(bar, qtbot, tmp_path / "stock.txt", ITRACONAZOLE)
    bar.stock.click()
    load(bar, qtbot, tmp_path / "rx.txt", SIMVASTATIN)
    assert not bar.stock.isChecked()
    bar.begin_check()
    assert bar.item_seqs == (ITRACONAZOLE,)
    assert bar.stock.isChecked()


def test_what_was_left_out_is_told(bar: ShortListBar, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "rx.txt"
    path.write_text(f"{SIMVASTATIN}\n999999999\n")
    with qtbot.waitSignal(bar.problem, timeout=20_000) as told:
        bar.open_list(path)
    assert "999999999" in told.args[0]
    assert bar.item_seqs == (SIMVASTATIN,)
    path.write_text("not a list\n")
    with qtbot.waitSignal(bar.problem, timeout=20_000) as told:
        bar.open_list(path)
    assert "rx.txt" in told.args[0]
    assert bar.item_seqs == (SIMVASTATIN,)
