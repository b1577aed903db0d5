"""A video file stands in for a camera: there is none on a build machine."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from pillapp.capture.live import LiveSource, Status


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "tray.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (160, 120))
    for number in range(20):
        picture = np.full((120, 160, 3), 90, np.uint8)
        cv2.circle(picture, (20 + 6 * number, 60), 15, (255, 255, 255), -1)
        writer.write(picture)
    writer.release()
    return path


def wait_for(condition: object, seconds: float = 8) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


def test_a_video_file_plays_at_its_own_speed_and_ends_on_its_last_picture(video: Path) -> None:
    source = LiveSource(str(video))
    try:
        started = time.monotonic()
        assert wait_for(lambda: source.status is Status.ENDED)
        assert time.monotonic() - started > 0.4  # 20 pictures at 30 a second
        frame = source.latest()
        assert frame is not None
        assert frame.pixels[60, 134].min() > 200  # where the last picture has its pill
    finally:
        source.close()


def test_a_source_that_is_not_there_is_reported_lost_and_can_be_closed(tmp_path: Path) -> None:
    source = LiveSource(str(tmp_path / "no-such-video.avi"))
    try:
        assert wait_for(lambda: source.status is Status.LOST)
        assert source.latest() is None
    finally:
        source.close()
