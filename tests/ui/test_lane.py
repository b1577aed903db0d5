"""A lane does its jobs in order, tells errors as sentences and stops cleanly."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from pillapp.errors import PillappError
from pillapp.ui.lane import Lane


@pytest.fixture
def lane(qtbot: QtBot) -> Iterator[Lane]:
    lane = Lane("test")
    yield lane
    lane.close()


def test_results_arrive_in_order_in_the_window_thread(lane: Lane, qtbot: QtBot) -> None:
    arrived: list[tuple[int, bool]] = []
    here = threading.get_ident()
    for number in range(20):
        lane.run(lambda n=number: n, lambda n: arrived.append((n, threading.get_ident() == here)))
    qtbot.waitUntil(lambda: len(arrived) == 20, timeout=10_000)
    assert arrived == [(n, True) for n in range(20)]
    assert not lane.busy


def test_a_known_error_is_told_in_its_own_words_and_the_lane_goes_on(lane: Lane, qtbot: QtBot) -> None:
    told: list[object] = []

    def fail() -> None:
        raise PillappError("카메라가 없습니다.")

    lane.run(fail, failed=told.append)
    lane.run(lambda: "next", told.append)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=10_000)
    assert told == ["카메라가 없습니다.", "next"]


def test_a_bug_is_logged_and_told_without_its_traceback(
    lane: Lane, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    lane.run(lambda: 1 / 0, failed=told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert "ZeroDivisionError" in told[0]
    assert "Traceback" not in told[0]
    assert "job failed" in caplog.text


def test_nothing_is_delivered_after_closing(qtbot: QtBot) -> None:
    lane = Lane("test")
    gate = threading.Event()
    told: list[object] = []
    lane.run(lambda: gate.wait(5), told.append)
    lane.run(lambda: "never", told.append)
    threading.Timer(0.1, gate.set).start()
    lane.close()
    qtbot.wait(50)
    assert told == []
    lane.run(lambda: "late", told.append)
    qtbot.wait(20)
    assert told == []


def test_progress_reaches_the_window_while_the_job_runs(lane: Lane, qtbot: QtBot) -> None:
    steps: list[int] = []
    gate = threading.Event()

    def job() -> None:
        lane.post(lambda: steps.append(1))
        gate.wait(5)

    lane.run(job)
    qtbot.waitUntil(lambda: steps == [1], timeout=10_000)
    assert lane.busy
    gate.set()
    qtbot.waitUntil(lambda: not lane.busy, timeout=10_000)
