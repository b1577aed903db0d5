"""The camera tab: live frames with outlines; freeze, and the frame becomes a check."""

import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pillapp.capture.frame import Frame
from pillapp.capture.live import LiveSource, Status, list_cameras
from pillapp.capture.steady import MOST_FRAMES, merge_steady
from pillapp.check.values import Check
from pillapp.identify.values import State
from pillapp.ui.camera_scale import CameraScaleBar
from pillapp.ui.check_page import CheckPage
from pillapp.ui.language import say
from pillapp.ui.picture_view import Outline, to_image
from pillapp.ui.services import Services
from pillapp.ui.theme import STATES

if TYPE_CHECKING:
    from pillapp.check.examiner import Options
    from pillapp.vision.track import LiveView, PillTracker

POLL_MS = 33  # a screen's pace; the source itself may be slower


class CameraPage(QWidget):
    """Shows a live source, finds pills in its newest frame whenever the detector is free, freezes into a check."""

    status_changed = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._source: LiveSource | None = None
        self._shown: Frame | None = None
        self._view: LiveView | None = None
        self._tracker: PillTracker | None = None  # made and used in the vision lane
        self._still: deque[Frame] = deque(maxlen=MOST_FRAMES)  # frames since the pills lie still
        self._armed = True  # freeze by itself once; again when something has moved
        self._analysing = False
        self._ready = False
        self._frozen: Frame | None = None
        self._first_side: Frame | None = None
        self._rate_from, self._rate_count = time.monotonic(), 0
        self.check_page = CheckPage(services)
        self.check_page.picture.show_hint(say("카메라나 영상을 고르세요.", "Choose a camera or video."))
        self.sources = QComboBox()
        self.sources.setMinimumWidth(220)
        self.sources.setAccessibleName(say("영상 입력", "Video source"))
        self.open_file = QPushButton(say("영상 파일…", "Video file…"))
        self.open_stream = QPushButton(say("네트워크 주소…", "Network stream…"))
        self.freeze = QPushButton(say("정지 (Space)", "Freeze (Space)"))
        self.freeze.setEnabled(False)
        self.other_side = QPushButton(say("반대쪽 면 (F)", "Other side (F)"))
        self.other_side.setEnabled(False)
        self.by_itself = QCheckBox(say("가만히 있으면 자동 정지", "Freeze when still"))
        self.by_itself.setChecked(True)
        self.scale_bar = CameraScaleBar(services.vision)
        self.state = QLabel()
        self.state.setObjectName("muted")
        row = QHBoxLayout()
        for widget in (self.sources, self.open_file, self.open_stream, self.freeze, self.other_side, self.by_itself):
            row.addWidget(widget)
        row.addWidget(self.state, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.scale_bar)
        layout.addWidget(self.check_page, 1)
        self._fill_sources()
        self.sources.activated.connect(self._source_chosen)
        self.open_file.clicked.connect(self._ask_file)
        self.open_stream.clicked.connect(self._ask_stream)
        self.freeze.clicked.connect(self.toggle_freeze)
        self.other_side.clicked.connect(self.take_other_side)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        services.vision_ready.connect(self._models_ready)

    def _models_ready(self) -> None:
        self._ready = True

    def open_source(self, source: str) -> None:
        """Show a camera number, a video file or a URL."""
        self.close_source()
        self._source = LiveSource(source)
        self.scale_bar.show_source(source)
        self._frozen = self._shown = self._first_side = None
        self._view = self._tracker = None
        self._still.clear()
        self._armed = True
        self.check_page.show_check(None)
        self.check_page.picture.show_hint(say(f"{source} 여는 중…", f"Opening {source}…"))
        self.freeze.setText(say("정지 (Space)", "Freeze (Space)"))
        self.other_side.setEnabled(False)
        self._timer.start()

    def close_source(self) -> None:
        """Let go of the camera."""
        self._timer.stop()
        if self._source is not None:
            self._source.close()
            self._source = None
            self.scale_bar.show_source(None)

    def toggle_freeze(self) -> None:
        """Freeze the newest frame into a check, or go live again."""
        if self._source is None:
            return
        if self._frozen is not None:
            self._frozen = self._first_side = None
            self.check_page.show_check(None)
            self.freeze.setText(say("정지 (Space)", "Freeze (Space)"))
            self.other_side.setEnabled(False)
            return
        frame = self._source.latest()
        if frame is None or not self._ready:
            return
        if self._view is not None and self._view.steady:
            frame = merge_steady((*self._still, frame))
        self._still.clear()
        self._armed = False
        from pillapp.check.examiner import Options  # loaded by now, with the networks

        first, self._first_side = self._first_side, None
        self._frozen = frame
        self.freeze.setText(say("다시 실시간 (Space)", "Live again (Space)"))
        self.state.setText(say("판독 중…", "Examining…"))
        likely = self.check_page.short_list.item_seqs
        options = Options(self.check_page.patient.facts, camera=self.scale_bar.scale, likely=likely)
        self._services.vision.run(
            lambda: self._examine(first or frame, frame if first else None, options), self._examined, self.state.setText
        )

    def new_check(self) -> None:
        """Live again, nobody's facts."""
        if self._frozen is not None:
            self.toggle_freeze()
        self._first_side = None
        self.check_page.new_check()

    def take_other_side(self) -> None:
        """Keep the frozen side and go live, so that the pills can be turned over and frozen again."""
        if self._frozen is None:
            return
        first = self._frozen
        self.toggle_freeze()
        self._first_side = first
        self.state.setText(say("알약을 뒤집고 다시 정지하세요.", "Turn the pills over and freeze again."))

    def _examine(self, frame: Frame, other: Frame | None, options: "Options") -> Check:
        check = self._services.examiner.examine(frame, options, other_side=other)
        assert isinstance(check, Check)
        return check

    def _examined(self, check: Check) -> None:
        if self._frozen is None:
            return  # gone live again in the meantime
        self._frozen = check.frame
        self.check_page.show_check(check)
        self.other_side.setEnabled(bool(check.pills))
        least = "" if check.count_exact else " or more"
        self.state.setText(say(f"알약 {check.count_words}", f"{len(check.pills)} pills{least}"))

    def _poll(self) -> None:
        if self._source is None or self._frozen is not None:
            return
        frame, status = self._source.latest(), self._source.status
        self.freeze.setEnabled(frame is not None and self._ready)
        if status is Status.LOST:
            self.check_page.picture.show_hint(
                say(
                    f"{self._source.source}: 영상이 오지 않습니다. 연결을 확인하세요. 다시 연결되면 자동으로 이어집니다.",
                    f"{self._source.source}: no picture. Check the connection; it comes back by itself.",
                )
            )
            return
        if frame is None or frame is self._shown:
            if frame is not None and status is Status.ENDED and len(self._still) < MOST_FRAMES:
                # its last picture stays: found, followed and frozen as if the camera went on showing it
                self._analyse_latest(replace(frame, captured_at=time.monotonic()))
                self.state.setText(
                    say(
                        "영상이 끝났습니다. 마지막 장면을 정지할 수 있습니다.",
                        "The video has ended; its last picture can be frozen.",
                    )
                )
            return
        self._shown = frame
        self.scale_bar.show_frame(frame)
        self.check_page.picture.show_hint("")
        self.check_page.picture.show_picture(to_image(frame.pixels), self._live_outlines())
        self._analyse_latest(frame)

    def _analyse_latest(self, frame: Frame) -> None:
        """Latest frame wins: while the detector is busy, frames are shown but not analysed."""
        if self._analysing or not self._ready or self._services.vision.busy:
            return
        self._analysing = True
        self._services.vision.run(lambda: self._follow(frame), lambda view: self._found(frame, view), self._find_failed)

    def _follow(self, frame: Frame) -> "LiveView":
        """Find and follow pills; in the vision lane."""
        from pillapp.vision.track import PillTracker

        if self._tracker is None:
            self._tracker = PillTracker()
        return self._tracker.update(self._services.examiner.find(frame.pixels), frame.captured_at or time.monotonic())

    def _found(self, frame: Frame, view: "LiveView") -> None:
        self._analysing = False
        self._view = view
        if self._frozen is not None or self._source is None:
            return
        if view.steady:
            self._still.append(frame)
        else:
            self._still.clear()
            self._armed = True
        self._rate_count += 1
        now = time.monotonic()
        if now - self._rate_from >= 1.0:
            rate = self._rate_count / (now - self._rate_from)
            self._rate_from, self._rate_count = now, 0
            count = len(view.pills)
            least = "" if view.exact else say(" 이상", " or more")
            text = say(f"{rate:.1f} fps · 알약 {count}개{least}", f"{rate:.1f} fps · {count} pills{least}")
            self.state.setText(text)
            self.status_changed.emit(text)
        self.check_page.picture.show_outlines(self._live_outlines())
        if self.by_itself.isChecked() and self._armed and len(self._still) == MOST_FRAMES:
            self.toggle_freeze()

    def _find_failed(self, sentence: str) -> None:
        self._analysing = False
        self.state.setText(sentence)

    def _live_outlines(self) -> tuple[Outline, ...]:
        colour = STATES[State.UNKNOWN].qcolor.lighter(160)
        return tuple(
            Outline(pill.number, ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), colour, hatched=pill.detection.touching)
            for pill in (self._view.pills if self._view else ())
            for x1, y1, x2, y2 in (pill.detection.box,)
        )

    def _fill_sources(self) -> None:
        self.sources.clear()
        self.sources.addItem(say("카메라 고르기", "Choose a camera"), "")
        for number in list_cameras():
            self.sources.addItem(say(f"카메라 {number}", f"Camera {number}"), number)

    def _source_chosen(self, place: int) -> None:
        source = self.sources.itemData(place)
        if source:
            self.open_source(str(source))

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            say("영상 파일", "Video file"),
            "",
            say("영상 (*.mp4 *.avi *.mov *.mkv *.webm)", "Video (*.mp4 *.avi *.mov *.mkv *.webm)"),
        )
        if name:
            self.open_source(str(Path(name)))

    def _ask_stream(self) -> None:
        url, accepted = QInputDialog.getText(self, say("네트워크 영상", "Network stream"), "http://, https://, rtsp://")
        if accepted and url.strip():
            self.open_source(url.strip())
