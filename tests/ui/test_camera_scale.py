"""Measuring a camera with the mat: kept for its source and size, said plainly where it fails, used by the checks."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pillapp.capture.frame import Frame
from pillapp.settings import CameraScale, camera_scale, keep_camera_scale
from pillapp.ui.camera_page import CameraPage
from pillapp.ui.camera_scale import CameraScaleBar
from pillapp.ui.lane import Lane
from pillapp.ui.services import Services
from pillapp.vision.mat import MATS
from pillapp.vision.scale import PlaneScale
from tests.vision.mat_photos import photograph

ROWS = PlaneScale.uniform(0.25).rows
NO_MAT = np.full((480, 640, 3), 180, np.uint8)


@pytest.fixture
def lane(qtbot: QtBot) -> Iterator[Lane]:
    lane = Lane("vision")
    yield lane
    lane.close()


@pytest.fixture
def bar(qtbot: QtBot, lane: Lane) -> CameraScaleBar:
    bar = CameraScaleBar(lane)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def press(bar: CameraScaleBar, lane: Lane, qtbot: QtBot) -> None:
    qtbot.mouseClick(bar.measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not lane.busy, timeout=30_000)


def test_the_mat_is_measured_kept_shown_and_removed(bar: CameraScaleBar, lane: Lane, qtbot: QtBot) -> None:
    assert not bar.measure.isEnabled()
    bar.show_source("0")
    seen = photograph(MATS["A4"], size=(640, 480), distance=430, tilt=10)
    bar.show_frame(Frame(seen.pixels, "0"))
    press(bar, lane, qtbot)
    kept = camera_scale("0")
    assert kept == bar.scale
    assert kept is not None
    assert kept.fits(640, 480)
    corner = np.array([MATS["A4"].area[:2]])
    assert PlaneScale(kept.rows).to_mm(seen.place(corner)) == pytest.approx(corner, abs=0.5)
    assert "✓" in bar.sign.text()
    assert bar.remove.isVisible()
    qtbot.mouseClick(bar.remove, Qt.MouseButton.LeftButton)
    assert camera_scale("0") is None
    assert bar.scale is None
    assert not bar.remove.isVisible()
    assert "✓" not in bar.sign.text()


@pytest.mark.parametrize("few", [False, True])
def test_a_mat_that_is_not_found_is_said_and_the_earlier_one_is_kept(
    bar: CameraScaleBar, lane: Lane, qtbot: QtBot, few: bool
) -> None:
    earlier = keep_camera_scale(CameraScale("0", 640, 480, ROWS))
    bar.show_source("0")
    hidden = photograph(MATS["A4"], size=(640, 480), hidden=range(3, 16)).pixels
    bar.show_frame(Frame(hidden if few else NO_MAT, "0"))
    press(bar, lane, qtbot)
    assert "찾지 못했습니다" in bar.sign.text()
    assert "그대로" in bar.sign.text()
    assert camera_scale("0") == earlier == bar.scale


def test_a_measurement_at_another_size_is_marked_as_of_no_use(bar: CameraScaleBar) -> None:
    keep_camera_scale(CameraScale("0", 1280, 720, ROWS))
    bar.show_source("0")
    bar.show_frame(Frame(NO_MAT, "0"))
    assert "⚠" in bar.sign.text()
    assert "1280×720" in bar.sign.text()
    bar.show_source("1")
    assert bar.sign.text() == ""


def test_damaged_settings_are_said_and_replaced_by_the_next_measurement(
    bar: CameraScaleBar, lane: Lane, qtbot: QtBot, own_home: Path
) -> None:
    (own_home / "cameras.json").write_text("{")
    bar.show_source("0")
    bar.show_frame(Frame(photograph(MATS["A5"], size=(640, 480), distance=290).pixels, "0"))
    assert "cameras.json" in bar.sign.text()
    press(bar, lane, qtbot)
    assert camera_scale("0") is not None


def test_a_frozen_frame_is_examined_with_the_cameras_scale(qtbot: QtBot, tmp_path: Path) -> None:
    video = tmp_path / "tray.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 20, (640, 480))
    for _ in range(5):
        writer.write(NO_MAT)
    writer.release()
    kept = keep_camera_scale(CameraScale(str(video), 640, 480, ROWS))
    asked: list[Any] = []
    services = Services(catalog_url=None, device="cpu")
    stands_in: Any = SimpleNamespace(examine=lambda frame, options, other_side: asked.append(options))
    services._examiner = stands_in
    page = CameraPage(services)
    qtbot.addWidget(page)
    page._models_ready()
    page._analyse_latest = lambda frame: None  # type: ignore[method-assign]
    page.open_source(str(video))
    try:
        qtbot.waitUntil(page.freeze.isEnabled, timeout=30_000)
        assert "✓" in page.scale_bar.sign.text()
        page.toggle_freeze()
        qtbot.waitUntil(lambda: bool(asked), timeout=30_000)
        assert asked[0].camera == kept
    finally:
        page.close_source()
        services.close()
    assert not page.scale_bar.measure.isEnabled()
