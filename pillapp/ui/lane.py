"""One background thread with an inbox: jobs run in order, results come back in the thread of the window."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from pillapp.errors import PillappError
from pillapp.ui.language import say

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Lane(QObject):
    """Owns one thread; whatever must stay on one thread (a network, a camera) is only touched by its jobs."""

    _delivered = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._closed = False
        self._pending = 0
        self._delivered.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """Whether a job is waiting or running."""
        return self._pending > 0

    def run(
        self,
        job: Callable[[], T],
        then: Callable[[T], Any] | None = None,
        failed: Callable[[str], Any] | None = None,
    ) -> None:
        """Do ``job`` in the lane, then call ``then`` with its result, or ``failed`` with a sentence for the user."""
        if self._closed:
            return
        self._pending += 1
        self._executor.submit(self._work, job, then, failed)

    def post(self, message: Callable[[], Any]) -> None:
        """From inside a job: have ``message`` called in the window's thread (progress)."""
        self._delivered.emit((False, message))

    def close(self) -> None:
        """Wait for the running job, drop the waiting ones, deliver nothing more."""
        self._closed = True
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _work(self, job: Callable[[], T], then: Callable[[T], Any] | None, failed: Callable[[str], Any] | None) -> None:
        message: Callable[[], Any] = _nothing
        try:
            result = job()
            if then:
                deliver = then

                def message() -> Any:
                    return deliver(result)

        except PillappError as error:
            message = _telling(failed, str(error))
        except Exception as error:  # the lane's edge: a bug must reach the log and the user, not kill the thread
            logger.exception("job failed")
            message = _telling(
                failed,
                say(
                    f"예상하지 못한 오류가 났습니다({type(error).__name__}). 지금까지의 결과는 남아 있습니다. 다시 시도하세요.",
                    f"Unexpected error ({type(error).__name__}). What was done so far is kept. Please try again.",
                ),
            )
        self._delivered.emit((True, message))

    def _deliver(self, delivery: tuple[bool, Callable[[], Any]]) -> None:
        ended, message = delivery
        if ended:
            self._pending -= 1
        if not self._closed:
            message()


def _nothing() -> None:
    pass


def _telling(failed: Callable[[str], Any] | None, sentence: str) -> Callable[[], Any]:
    return (lambda: failed(sentence)) if failed else _nothing
