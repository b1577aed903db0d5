"""The real program, from a dropped photo to a saved PDF."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from pillapp.appearance.values import DRAWN
from pillapp.check.values import Pill
from pillapp.cli import main
from pillapp.identify.values import State
from pillapp.safety.acknowledge import Reason
from pillapp.ui.check_page import CheckPage
from pillapp.ui.main_window import MainWindow
from pillapp.ui.report_dialog import ReportDialog

SIMVASTATIN, ITRACONAZOLE = "200200173", "200003111"
LONG = 60_000  # ms; machines are shared


@pytest.fixture
def drive(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, starter_home: Path, own_home: Path
) -> Callable[[Callable[[MainWindow], None]], None]:
    """Run the real ``main()``; where it would wait for the user, the given function acts as one."""
    shutil.copy(starter_home / "catalogue.sqlite", own_home)
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(own_home))
    monkeypatch.setattr(sys, "argv", ["pillapp"])

    def run(user: Callable[[MainWindow], None]) -> None:
        def exec_(*_: Any) -> int:
            window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
            try:
                user(window)
            finally:
                window.close()
                window.deleteLater()
            return 0

        monkeypatch.setattr(QApplication, "exec", exec_)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, None)

    return run


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), actions, data, buttons, keys))


def close_boxes(window: MainWindow, qtbot: QtBot) -> None:
    for box in window.findChildren(QMessageBox):
        box.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)


def wait_for_photos(window: MainWindow, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(
        lambda: len(window.photos.entries) == count and all(e.result for e in window.photos.entries), timeout=LONG
    )


def number_at(window: MainWindow, x: float, y: float) -> int:
    check = window.photos.check_page.check
    assert check is not None
    return min(
        check.pills,
        key=lambda p: np.hypot(*(np.array(p.front.polygon).mean(axis=0) - [x, y])),
    ).number


def test_from_drop_to_saved_pdf(
    drive: Any, qtbot: QtBot, sample_photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))

    def user(window: MainWindow) -> None:
        drop(window, sample_photo)
        wait_for_photos(window, qtbot, 1)
        page = window.photos.check_page
        assert page.check is not None
        assert len(page.picture.outlines) == len(page.check.pills) == page.pills.cards.count() == 4
        page.confirm(number_at(window, 340, 270), SIMVASTATIN)
        page.confirm(number_at(window, 830, 290), ITRACONAZOLE)
        qtbot.waitUntil(
            lambda: any(
                f.category.value == "병용금기" and set(f.item_seqs) == {SIMVASTATIN, ITRACONAZOLE}
                for f in page.check.assessment.findings
            ),
            timeout=LONG,
        )
        assert "병용금기 1" in page.findings.title.text()
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=LONG)  # it interrupts
        close_boxes(window, qtbot)
        page.pills.select(number_at(window, 340, 270))
        qtbot.waitUntil(lambda: "심바" in page.product.text.toPlainText(), timeout=LONG)
        qtbot.mouseClick(page.report, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(window.findChildren(ReportDialog)), timeout=LONG)
        dialog = window.findChildren(ReportDialog)[0]
        assert dialog.document.pageCount() >= 1
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
        assert target.exists()
        dialog.close()
        window.tabs.setCurrentWidget(window.records)
        qtbot.waitUntil(lambda: window.records.table.rowCount() == 1, timeout=LONG)

    drive(user)
    text = "\n".join(page.extract_text() for page in PdfReader(target).pages)
    assert "병용금기" in text
    assert "심바" in text
    assert "확인하지 못한 약" in text


def test_a_bad_photo_is_told_and_the_others_are_still_done(
    drive: Any, qtbot: QtBot, sample_photo: Path, tmp_path: Path
) -> None:
    bad, blank = tmp_path / "bad.jpg", tmp_path / "blank.png"
    bad.write_bytes(b"no picture")
    Image.new("RGB", (400, 300), (120, 120, 120)).save(blank)

    def user(window: MainWindow) -> None:
        drop(window, bad, blank, sample_photo)
        wait_for_photos(window, qtbot, 3)
        errors = [bool(e.result and e.result.error) for e in window.photos.entries]
        assert errors == [True, True, False]
        assert window.photos.queue.item(0).text().startswith("×")
        window.photos.queue.setCurrentRow(0)
        assert "not an image" in window.photos.check_page.picture.accessibleDescription()

    drive(user)


def test_a_pasted_picture_becomes_a_check(drive: Any, qtbot: QtBot, sample_photo: Path) -> None:
    def user(window: MainWindow) -> None:
        QGuiApplication.clipboard().setImage(QImage(str(sample_photo)))
        window.paste()
        wait_for_photos(window, qtbot, 1)
        check = window.photos.check_page.check
        assert check is not None
        assert len(check.pills) == 4

    drive(user)


def test_a_video_is_shown_live_frozen_and_named(drive: Any, qtbot: QtBot, sample_photo: Path, tmp_path: Path) -> None:
    video = tmp_path / "tray.avi"
    picture = cv2.resize(cv2.imread(str(sample_photo)), (800, 600))
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 20, (800, 600))
    for _ in range(5):  # it ends before the networks are loaded: its last picture counts
        writer.write(picture)
    writer.release()

    def user(window: MainWindow) -> None:
        window.tabs.setCurrentWidget(window.camera)
        window.camera.by_itself.setChecked(False)
        window.camera.open_source(str(video))
        qtbot.waitUntil(lambda: len(window.camera.check_page.picture.outlines) == 4, timeout=LONG)
        qtbot.waitUntil(window.camera.freeze.isEnabled, timeout=LONG)
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: window.camera.check_page.check is not None, timeout=LONG)
        assert len(window.camera.check_page.check.pills) == 4
        qtbot.wait(50)
        close_boxes(window, qtbot)  # a contraindication may have interrupted
        qtbot.keyClick(window, Qt.Key.Key_Space)
        assert window.camera.check_page.check is None

    drive(user)


def test_a_picture_that_holds_still_freezes_by_itself(
    drive: Any, qtbot: QtBot, sample_photo: Path, tmp_path: Path
) -> None:
    video = tmp_path / "tray.avi"
    picture = cv2.resize(cv2.imread(str(sample_photo)), (640, 480))
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 20, (640, 480))
    for _ in range(400):
        writer.write(picture)
    writer.release()

    def user(window: MainWindow) -> None:
        window.tabs.setCurrentWidget(window.camera)
        window.camera.open_source(str(video))
        qtbot.waitUntil(lambda: window.camera.check_page.check is not None, timeout=LONG)
        assert len(window.camera.check_page.check.pills) == 4
        qtbot.wait(50)
        close_boxes(window, qtbot)
        qtbot.keyClick(window, Qt.Key.Key_Space)  # live again: the same pills do not freeze it a second time
        qtbot.wait(2500)
        assert window.camera.check_page.check is None

    drive(user)


def test_a_product_is_found_by_hand_and_added(drive: Any, qtbot: QtBot, sample_photo: Path) -> None:
    def user(window: MainWindow) -> None:
        drop(window, sample_photo)
        wait_for_photos(window, qtbot, 1)
        page = window.photos.check_page
        assert page.check is not None
        before = page.check
        unsettled = next(p.number for p in before.pills if p.identification.state is not State.IDENTIFIED)
        page.pills.select(unsettled)
        window.go_search()
        qtbot.keyClicks(window.search.box, ITRACONAZOLE)
        qtbot.waitUntil(lambda: window.search.results.count() == 1, timeout=LONG)
        qtbot.waitUntil(window.search.add.isEnabled, timeout=LONG)
        qtbot.waitUntil(lambda: not window.search.results.item(0).icon().isNull(), timeout=LONG)
        assert DRAWN in window.search.panel.drawing_note.text()
        qtbot.mouseClick(window.search.add, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: any(p.confirmed == ITRACONAZOLE for p in page.check.pills), timeout=LONG)
        assert window.tabs.currentWidget() is window.photos

    drive(user)


def test_the_window_says_what_is_missing_when_the_catalogue_is_damaged(
    drive: Any, qtbot: QtBot, own_home: Path
) -> None:
    (own_home / "catalogue.sqlite").write_bytes(b"this is no database at all" * 100)

    def user(window: MainWindow) -> None:
        qtbot.waitUntil(window.banner.isVisible, timeout=LONG)
        assert window.banner.text()
        assert "Traceback" not in window.banner.text()

    drive(user)


def test_official_files_are_imported_by_dropping_them_on_the_data_page(
    drive: Any, qtbot: QtBot, tmp_path: Path
) -> None:
    made_up = Path(__file__).parent.parent / "safety" / "made_up" / "A.csv"
    stranger = tmp_path / "shopping.csv"
    stranger.write_text("milk,2\nbread,1\n", encoding="utf-8")

    def user(window: MainWindow) -> None:
        qtbot.waitUntil(lambda: "품목" in window.data.text.toPlainText(), timeout=LONG)
        window.tabs.setCurrentWidget(window.data)
        drop(window, made_up, stranger)
        qtbot.waitUntil(lambda: "shopping.csv" in window.data.reports.toPlainText(), timeout=LONG)
        text = window.data.reports.toPlainText()
        assert "5행 = 반영 5 + 제외 0" in text
        assert "× shopping.csv" in text
        assert window.data.choose.isEnabled()

    drive(user)


def test_an_update_without_a_key_says_what_to_do(drive: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

    def user(window: MainWindow) -> None:
        qtbot.waitUntil(lambda: "품목" in window.data.text.toPlainText(), timeout=LONG)
        window.data.update_from_services("")
        qtbot.waitUntil(lambda: "data.go.kr" in window.data.state.text(), timeout=LONG)
        assert window.data.update_button.isEnabled()

    drive(user)


def test_quick_confirmations_and_reasons_are_all_kept_and_the_next_patient_starts_empty(
    drive: Any, qtbot: QtBot, sample_photo: Path, sample_back: Path
) -> None:
    def user(window: MainWindow) -> None:
        drop(window, sample_photo)
        wait_for_photos(window, qtbot, 1)
        page = window.photos.check_page
        QSettings().setValue("pharmacist", "김약사")
        page.patient.age.setText("72")
        page.patient.age.editingFinished.emit()
        first, second = number_at(window, 340, 270), number_at(window, 830, 290)
        page.confirm(first, SIMVASTATIN)  # no waiting in between: answers come in while the next change is made
        page.confirm(second, ITRACONAZOLE)
        page.findings.acknowledged.emit("병용금기|200003111+200200173", Reason.PRESCRIBER, "")
        page.ask_report()  # waits for the renewed assessment
        qtbot.waitUntil(lambda: bool(window.findChildren(ReportDialog)), timeout=LONG)
        assert page.check is not None
        assert {p.number: p.confirmed for p in page.check.pills if p.confirmed} == {
            first: SIMVASTATIN,
            second: ITRACONAZOLE,
        }
        assert page.check.patient.age_years == 72
        assert [a.who for a in page.check.acknowledgements] == ["김약사"]
        assert any(f.interrupts and not f.conditional for f in page.check.assessment.findings)
        window.findChildren(ReportDialog)[0].close()
        close_boxes(window, qtbot)
        window.tabs.setCurrentWidget(window.records)
        qtbot.waitUntil(lambda: window.records.table.rowCount() == 1, timeout=LONG)
        assert "김약사" in window.records.table.item(0, 5).text()
        window.tabs.setCurrentWidget(window.photos)
        qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        assert page.check is None
        assert page.patient.age.text() == ""
        drop(window, sample_back)
        wait_for_photos(window, qtbot, 1)
        assert page.check is not None
        assert page.check.patient.age_years is None

    drive(user)


def test_a_confirmed_pill_is_learned_on_the_spot_and_forgotten_again(
    drive: Any, qtbot: QtBot, sample_photo: Path
) -> None:
    def user(window: MainWindow) -> None:
        QSettings().setValue("pharmacist", "김약사")
        drop(window, sample_photo)
        wait_for_photos(window, qtbot, 1)
        page = window.photos.check_page
        number = number_at(window, 850, 630)
        page.pills.select(number)
        assert not page.pills.gallery.isEnabled()
        first, second = (c.item_seq for c in pill_of(page, number).identification.candidates[:2])
        lead = lead_of(first, second, pill_of(page, number))
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=LONG)  # which has the keys until closed
        close_boxes(window, qtbot)
        page.pills.cards.setFocus()
        qtbot.keyClick(page.pills.cards, Qt.Key.Key_2)
        qtbot.waitUntil(lambda: pill_of(page, number).confirmed == second, timeout=LONG)
        qtbot.keyClick(page.pills.cards, Qt.Key.Key_Backspace)
        qtbot.waitUntil(lambda: pill_of(page, number).confirmed is None, timeout=LONG)
        qtbot.keyClick(window, Qt.Key.Key_2)
        qtbot.waitUntil(page.pills.gallery.isEnabled, timeout=LONG)
        qtbot.keyClick(page.pills.cards, Qt.Key.Key_G)
        qtbot.waitUntil(lambda: bool(pill_of(page, number).pictures), timeout=LONG)
        qtbot.waitUntil(lambda: window.data.gallery.table.rowCount() == 1, timeout=LONG)
        assert window.data.gallery.table.item(0, 3).text() == "김약사"
        assert page.pills.gallery.isChecked()
        qtbot.waitUntil(lambda: "김약사" in page.product.pair.caption.text(), timeout=LONG)

        QGuiApplication.clipboard().setImage(QImage(str(sample_photo)))
        window.paste()
        wait_for_photos(window, qtbot, 2)
        window.photos.queue.setCurrentRow(1)
        seen_again = pill_of(page, number_at(window, 850, 630))
        assert lead_of(first, second, seen_again) < lead / 3  # one picture counts, and does not overrule what is read
        learned = next(c for c in seen_again.identification.candidates if c.item_seq == second)
        assert (learned.evidence.embedding or 0) > 0.9

        window.photos.queue.setCurrentRow(0)
        page.confirm(number, "")  # what it would teach is not so: it is taken out by itself
        qtbot.waitUntil(lambda: window.data.gallery.table.rowCount() == 0, timeout=LONG)
        assert not pill_of(page, number).pictures

    drive(user)


def lead_of(one: str, other: str, pill: Pill) -> float:
    """How much likelier the one product is than the other."""
    chances = {c.item_seq: c.probability for c in pill.identification.candidates}
    return chances[one] / chances[other]


def pill_of(page: CheckPage, number: int) -> Pill:
    assert page.check is not None
    return next(pill for pill in page.check.pills if pill.number == number)
