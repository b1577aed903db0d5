"""Photos: a queue with progress, cancel and an error per photo; each photo becomes a check."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pillapp.capture.photos import decode_photo, expand_folders, load_photo
from pillapp.check.contract import NO_PILL, PhotoResult
from pillapp.ui.check_page import CheckPage
from pillapp.ui.language import say
from pillapp.ui.picture_view import to_image
from pillapp.ui.services import Services


@dataclass(eq=False)
class Entry:
    """One photo of the queue. ``data`` holds a pasted picture's bytes; ``result`` is None until it is done."""

    name: str
    path: Path | None = None
    data: bytes | None = None
    result: PhotoResult | None = None
    image: QImage | None = None


class PhotosPage(QWidget):
    """Takes photos and examines them one after the other. ``finished`` follows the last one."""

    finished = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._entries: list[Entry] = []
        self._cancelled = False
        self._ready = False
        self._examining = False  # other work of the lane does not call _next when it ends
        self._shown: Entry | None = None
        self.check_page = CheckPage(services)
        self.queue = QListWidget()
        self.queue.setFlow(QListWidget.Flow.LeftToRight)
        self.queue.setFixedHeight(58)
        self.queue.setAccessibleName(say("사진 목록", "List of photos"))
        self.queue.currentRowChanged.connect(self._show_row)
        self.progress = QProgressBar()
        self.progress.setFixedWidth(160)
        self.cancel = QPushButton(say("취소 (Esc)", "Cancel (Esc)"))
        self.cancel.setEnabled(False)
        self.cancel.clicked.connect(self.stop)
        self.status = QLabel()
        self.status.setObjectName("muted")
        row = QHBoxLayout()
        row.addWidget(self.queue, 1)
        row.addWidget(self.status)
        row.addWidget(self.progress)
        row.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.check_page, 1)
        self.progress.setVisible(False)
        self.check_page.changed.connect(self._keep)
        services.vision_ready.connect(self._models_ready)

    @property
    def entries(self) -> Sequence[Entry]:
        """All photos, in the order they came."""
        return self._entries

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Queue photo files; a folder stands for the photos in it."""
        for path in paths:
            found = expand_folders([path])
            if found:
                self._queue([Entry(p.name, path=p) for p in found])
            else:
                nothing = PhotoResult(
                    str(path), None, say("폴더에 사진이 없습니다.", "There is no photo in the folder.")
                )
                self._queue([Entry(path.name, result=nothing)])

    def add_image_data(self, data: bytes) -> None:
        """Queue a pasted picture (PNG bytes)."""
        self._queue([Entry(say("붙여 넣은 사진", "pasted picture"), data=data)])

    def new_check(self) -> None:
        """Start over: no photos, nobody's facts. What is being examined is dropped."""
        self.stop()
        self._shown = None
        self._entries.clear()
        self.queue.clear()
        self.progress.setVisible(False)
        self.status.clear()
        self.check_page.new_check()

    def stop(self) -> None:
        """Leave the waiting photos undone; what is done stays."""
        self._cancelled = True
        self.cancel.setEnabled(False)

    def _queue(self, entries: list[Entry]) -> None:
        first_new = len(self._entries)
        for entry in entries:
            self._entries.append(entry)
            item = QListWidgetItem(f"… {entry.name}")
            item.setToolTip(entry.name)
            self.queue.addItem(item)
            if entry.result:
                self._mark(entry)
        self._cancelled = False
        if self.queue.currentRow() < first_new:
            self.queue.setCurrentRow(first_new)
        self._next()

    def _models_ready(self) -> None:
        self._ready = True
        self._next()

    def _waiting(self) -> list[Entry]:
        return [e for e in self._entries if e.result is None]

    def _next(self) -> None:
        waiting = self._waiting()
        done = len(self._entries) - len(waiting)
        self.progress.setRange(0, len(self._entries))
        self.progress.setValue(done)
        if self._cancelled:
            for entry in waiting:
                entry.result = PhotoResult(entry.name, None, say("취소했습니다.", "Cancelled."))
                self._mark(entry)
            waiting = []
        self.progress.setVisible(bool(waiting))
        self.cancel.setEnabled(bool(waiting))
        if not self._entries:
            return
        if not waiting:
            self.status.setText(say(f"사진 {len(self._entries)}장 완료", f"{len(self._entries)} photos done"))
            self.finished.emit()
            return
        if not self._ready:
            self.status.setText(say("판독 모델을 준비하는 중…", "Loading the models…"))
            return
        if self._examining:
            return  # it calls again when it ends
        self._examining = True
        entry = waiting[0]
        self.status.setText(say(f"{entry.name} 판독 중…", f"Examining {entry.name}…"))
        self._services.vision.run(
            lambda: self._examine(entry),
            lambda result: self._done(entry, result),
            lambda sentence: self._done(entry, (PhotoResult(entry.name, None, sentence), None)),
        )

    def _examine(self, entry: Entry) -> tuple[PhotoResult, QImage]:
        """In the vision lane: read, examine, and make the picture for the screen."""
        from pillapp.check.examiner import Options

        if entry.data is not None:
            frame = decode_photo(entry.data, source=entry.name)
        else:
            assert entry.path is not None
            frame = load_photo(entry.path)
        options = Options(self.check_page.patient.facts, likely=self.check_page.short_list.item_seqs)
        check = self._services.examiner.examine(frame, options, cancelled=lambda: self._cancelled)
        return PhotoResult.of(frame.source, check), to_image(frame.pixels)

    def _done(self, entry: Entry, outcome: tuple[PhotoResult, QImage | None]) -> None:
        self._examining = False
        entry.result, entry.image = outcome
        entry.data = None
        if entry not in self._entries:  # a new check was begun in the meantime
            self._next()
            return
        self._mark(entry)
        if self.queue.currentRow() == self._entries.index(entry):
            self._show(entry)
        self._next()

    def _mark(self, entry: Entry) -> None:
        item = self.queue.item(self._entries.index(entry))
        assert entry.result is not None
        if entry.result.error:
            item.setText(f"× {entry.name}")
            item.setToolTip(entry.result.error)
        else:
            assert entry.result.check is not None
            item.setText(f"✓ {entry.name} ({len(entry.result.check.pills)})")
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)

    def _show_row(self, row: int) -> None:
        if 0 <= row < len(self._entries):
            self._show(self._entries[row])

    def _show(self, entry: Entry) -> None:
        self._shown = entry
        if entry.result is None:
            self.check_page.show_error(say("판독을 기다리는 중…", "Waiting to be examined…"))
        elif entry.result.check is None:
            self.check_page.show_error(entry.result.error or "")
        else:
            self.check_page.show_check(entry.result.check, entry.image)
            if entry.result.error == NO_PILL:
                self.check_page.picture.show_hint(NO_PILL)

    def _keep(self, check: object) -> None:
        """Keep what a person changed, so that going back to a photo finds it again."""
        from pillapp.check.values import Check

        shown = self._shown
        if not (shown and shown.result and shown.result.check and isinstance(check, Check)):
            return
        if shown.result.check.frame is check.frame:
            shown.result = PhotoResult(shown.result.photo, check, shown.result.error)
