"""Starts the window: checks that there is a screen, wires services to the main window."""

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import Final

from pillapp.errors import PillappError

# Shared libraries that Qt's X11 platform needs and PySide6 does not bring, with the Debian/Ubuntu package of each.
QT_LIBRARIES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
X11_LIBRARIES: Final = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def run(*, device: str = "auto", catalog_url: str | None = None, photos: list[Path] | None = None) -> int:
    """Show the window until it is closed; returns the exit status.

    Raises:
        PillappError: there is no screen, or a system library is missing.
    """
    require_screen()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from pillapp.ui import theme
    from pillapp.ui.main_window import MainWindow
    from pillapp.ui.services import Services

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setOrganizationName("Pillapp")
    application.setApplicationName("Pillapp")
    theme.apply(application)
    services = Services(catalog_url=catalog_url, device=device)
    window = MainWindow(services)
    window.show()
    QTimer.singleShot(0, services.start)  # after the window is visible
    if photos:
        window.open_photos(photos)
    return int(application.exec())


def require_screen() -> None:
    """Find out before Qt does, since Qt aborts the process.

    Raises:
        PillappError: what is missing, and what to do.
    """
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    headless = platform in ("offscreen", "minimal", "vnc")
    needed = dict(QT_LIBRARIES)
    if not headless:
        if not _screen_answers():
            raise PillappError(
                "화면이 없어 창을 열 수 없습니다. 사진은 'main.py check 사진.jpg'로 판독할 수 있습니다. "
                "(no display: use the 'check' command instead)"
            )
        if not os.environ.get("WAYLAND_DISPLAY") or platform == "xcb":
            needed |= X11_LIBRARIES
    missing = [package for library, package in needed.items() if not _loads(library)]
    if missing:
        raise PillappError(
            "창을 여는 데 필요한 시스템 라이브러리가 없습니다. 다음을 실행하세요: "
            f"sudo apt-get install -y {' '.join(missing)} (missing system libraries)"
        )


def _screen_answers() -> bool:
    """Whether a display server can be reached: a name alone is not enough."""
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    display = os.environ.get("DISPLAY", "")
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return False
    try:
        if host and host != "unix" and not host.startswith("/"):
            with socket.create_connection((host, 6000 + int(number)), timeout=2):
                return True
        for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
            try:
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(2)
                    connection.connect(address)
                    return True
            except OSError:
                continue
    except OSError:
        return False
    return False


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
