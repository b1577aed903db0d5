"""Cameras, video files and network streams: always the latest frame, from a thread of its own."""

import os
import threading
import time
from enum import Enum
from pathlib import Path
from typing import Final

os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")  # else opening a camera on Windows takes seconds

import cv2
import numpy as np

from pillapp.capture.frame import Frame

# An unplugged camera keeps handing out its last picture: so many seconds of identical frames mean it is gone.
FROZEN_AFTER_S: Final = 3.0
# A camera that gives nothing for so long is opened anew.
SILENT_AFTER_S: Final = 4.0
RETRY_EVERY_S: Final = 2.0
OPEN_TIMEOUT_MS: Final = 5000


class Status(Enum):
    """What a live source is doing."""

    OPENING = "opening"
    LIVE = "live"
    ENDED = "ended"  # a video file came to its end; the last picture stays
    LOST = "lost"  # no pictures; being opened again every few seconds


class LiveSource:
    """Reads a source in the background and keeps only its newest frame.

    ``source`` is a camera number ("0"), a video file or a URL (``http://…``, ``rtsp://…``). A camera or stream that is
    lost is opened again until :meth:`close`; a file is played once at its own speed.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._status = Status.OPENING
        self._stop = threading.Event()
        self._is_file = Path(source).is_file()
        self._thread = threading.Thread(target=self._run, name=f"capture {source}", daemon=True)
        self._thread.start()

    @property
    def status(self) -> Status:
        """What the source is doing now."""
        with self._lock:
            return self._status

    def latest(self) -> Frame | None:
        """The newest frame, None before the first; the same object until a newer one is there."""
        with self._lock:
            return self._frame

    def close(self) -> None:
        """Stop and release the device. A driver that hangs in a read is left behind after two seconds."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            capture = self._open()
            if capture is None:
                self._set(Status.LOST)
                self._stop.wait(RETRY_EVERY_S)
                continue
            try:
                ended = self._read(capture)
            finally:
                capture.release()
            if ended:
                self._set(Status.ENDED)
                return
            if not self._stop.is_set():
                self._set(Status.LOST)
                self._stop.wait(RETRY_EVERY_S)

    def _open(self) -> cv2.VideoCapture | None:
        if self.source.isdigit():
            for backend in _camera_backends():
                capture = cv2.VideoCapture(int(self.source), backend)
                if capture.isOpened():
                    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
                    return capture
            return None
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
        capture = cv2.VideoCapture(self.source, cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            capture = cv2.VideoCapture(self.source)
        return capture if capture.isOpened() else None

    def _read(self, capture: cv2.VideoCapture) -> bool:
        """Read until the source ends or is lost; True at the end of a file."""
        rate = capture.get(cv2.CAP_PROP_FPS)
        interval = 1.0 / rate if self._is_file and 1 <= rate <= 240 else 0.0
        previous: np.ndarray | None = None
        changed_at = good_at = time.monotonic()
        due = time.monotonic()
        while not self._stop.is_set():
            got, picture = capture.read()
            now = time.monotonic()
            if not got or picture is None:
                if self._is_file:
                    return True
                if now - good_at > SILENT_AFTER_S:
                    return False
                self._stop.wait(0.05)
                continue
            good_at = now
            sample = picture[::16, ::16]
            if previous is None or not np.array_equal(sample, previous):
                changed_at = now
            elif not self._is_file and now - changed_at > FROZEN_AFTER_S:
                return False
            previous = sample.copy()
            pixels = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            pixels.flags.writeable = False
            with self._lock:
                self._frame = Frame(pixels, self.source, now)
                self._status = Status.LIVE
            if interval:
                due = max(due + interval, now - 1.0)
                self._stop.wait(max(0.0, due - time.monotonic()))
        return False

    def _set(self, status: Status) -> None:
        with self._lock:
            self._status = status


def list_cameras(most: int = 4) -> list[str]:
    """Numbers of the cameras that exist. On Linux read from the device list; elsewhere each is tried, which takes a while."""
    if Path("/dev").is_dir() and os.name == "posix":
        found = sorted(p.name[5:] for p in Path("/dev").glob("video*") if p.name[5:].isdigit())
        return found[:most]
    cameras = []
    for number in range(most):
        for backend in _camera_backends():
            capture = cv2.VideoCapture(number, backend)
            opened = capture.isOpened()
            capture.release()
            if opened:
                cameras.append(str(number))
                break
    return cameras


def _camera_backends() -> tuple[int, ...]:
    return (cv2.CAP_MSMF, cv2.CAP_DSHOW) if os.name == "nt" else (cv2.CAP_ANY,)
