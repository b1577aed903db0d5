"""What every test stands on: no screen, a home of its own, and no thread left behind (the network is closed in pyproject)."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt

import pytest
from hypothesis import settings

from pillapp.app import require_screen
from pillapp.errors import PillappError
from pillapp.paths import measuring_data_dir, resources_dir

try:
    require_screen()  # names the missing system libraries in one line
except PillappError as error:
    pytest.exit(str(error), returncode=1)

DATA = measuring_data_dir()

# On shared machines no example is too slow; where a change is judged the same examples are drawn every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, catalogue and records of each test live in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PILLAPP_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    return home


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A test that leaves a thread running fails and says which."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not _is_runtime(t)]
        if not left:
            return
        time.sleep(0.02)
    pytest.fail(f"threads left running: {[t.name for t in left]}")


def _is_runtime(thread: threading.Thread) -> bool:
    """Helper threads of libraries that live as long as the process."""
    return thread.name.startswith(("asyncio_", "Tokio", "tqdm")) or isinstance(thread, threading._DummyThread)


@pytest.fixture(scope="session")
def starter_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose starter catalogue is built already: built once, copied by those who change it."""
    from pillapp.catalog.catalog import open_catalog

    home = tmp_path_factory.mktemp("starter")
    previous = os.environ.get("PILLAPP_HOME")
    os.environ["PILLAPP_HOME"] = str(home)
    try:
        open_catalog().close()
    finally:
        if previous is None:
            del os.environ["PILLAPP_HOME"]
        else:
            os.environ["PILLAPP_HOME"] = previous
    return home


@pytest.fixture
def sample_photo() -> Path:
    """Four drawn pills on a tray, seen from the front."""
    return resources_dir() / "samples" / "tray-front.jpg"


@pytest.fixture
def sample_back() -> Path:
    """The same pills turned over."""
    return resources_dir() / "samples" / "tray-back.jpg"


def needs_data(*parts: str) -> pytest.MarkDecorator:
    """Skip where the measuring data is not beside the project."""
    path = DATA.joinpath(*parts)
    return pytest.mark.skipif(
        not path.exists(), reason=f"measuring data not here: {'/'.join(parts)} (set PILLAPP_DATA)"
    )
