"""The bar of the camera tab that measures a camera with the mat, once, and shows whether that still holds."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from pillapp.capture.frame import Frame
from pillapp.errors import SettingsError
from pillapp.settings import CameraScale, camera_scale, forget_camera_scale, keep_camera_scale
from pillapp.ui.lane import Lane
from pillapp.ui.language import say


class CameraScaleBar(QWidget):
    """Button, sign and removal. ``lane`` is where the mat is looked for."""

    def __init__(self, lane: Lane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane = lane
        self._scale: CameraScale | None = None
        self._frame: Frame | None = None
        self._problem = ""  # why nothing is known of this source
        self.measure = QPushButton(say("눈금판으로 크기 맞추기", "Measure with the mat"))
        self.measure.setToolTip(
            say(
                "카메라를 고정하고 눈금판 전체가 보이게 한 뒤 누르세요. 카메라를 옮기면 다시 맞춰야 합니다.",
                "Fix the camera, let it see the whole mat, then press. Measure again when the camera was moved.",
            )
        )
        self.remove = QPushButton(say("크기 맞춤 지우기", "Forget the measurement"))
        self.sign = QLabel()
        self.sign.setObjectName("muted")
        self.sign.setAccessibleName(say("카메라 크기 맞춤", "Scale of the camera"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.measure, self.remove):
            row.addWidget(widget)
        row.addWidget(self.sign, 1)
        self.measure.clicked.connect(self._measure)
        self.remove.clicked.connect(self._remove)
        self.show_source(None)

    @property
    def scale(self) -> CameraScale | None:
        """What was measured of this source, whatever the size of its pictures now."""
        return self._scale

    def show_source(self, source: str | None) -> None:
        """Another source was opened, or none."""
        self._frame = None
        self._scale = None
        self._problem = ""
        if source is not None:
            try:
                self._scale = camera_scale(source)
            except SettingsError as error:
                self._problem = str(error)
        self._show()

    def show_frame(self, frame: Frame) -> None:
        """The newest frame: the one that is measured, and whose size tells whether an older measurement holds."""
        before, self._frame = self._frame, frame
        if before is None or before.pixels.shape != frame.pixels.shape:
            self._show()

    def _show(self, sentence: str = "") -> None:
        """Say how things stand, or ``sentence``."""
        self.measure.setEnabled(self._frame is not None)
        self.remove.setVisible(self._scale is not None)
        self.sign.setText(sentence or self._standing())

    def _standing(self) -> str:
        scale, frame = self._scale, self._frame
        if scale is None:
            return self._problem
        if frame is not None and not scale.fits(frame.width, frame.height):
            return say(
                f"⚠ 크기 맞춤을 쓸 수 없음: {scale.width}×{scale.height}에서 맞췄는데 지금은 "
                f"{frame.width}×{frame.height}입니다. 다시 맞추세요.",
                f"⚠ Not measured at this size: then {scale.width}×{scale.height}, now {frame.width}×{frame.height}. "
                "Measure again.",
            )
        return say("✓ 크기 맞춤 켜짐: 알약을 mm로 잽니다.", "✓ Measured: pills are sized in mm.")

    def _measure(self) -> None:
        frame = self._frame
        if frame is None:
            return
        self.measure.setEnabled(False)
        self.sign.setText(say("눈금판을 찾는 중…", "Looking for the mat…"))
        self._lane.run(lambda: _measured(frame), lambda scale: self._done(frame, scale), self._show)

    def _done(self, frame: Frame, scale: CameraScale | None) -> None:
        if self._frame is None or self._frame.source != frame.source:
            return  # another source was opened in the meantime
        if scale is None:
            kept = say(" 전에 맞춘 값은 그대로입니다.", " The earlier measurement is kept.") if self._scale else ""
            self._show(
                say(
                    f"눈금판을 찾지 못했습니다. 눈금판 전체가 밝고 또렷하게 보이게 하고 다시 누르세요.{kept}",
                    f"The mat was not found. Let the camera see all of it, bright and sharp, and press again.{kept}",
                )
            )
            return
        self._scale = scale
        self._problem = ""
        self._show()

    def _remove(self) -> None:
        if self._scale is None:
            return
        try:
            forget_camera_scale(self._scale.source)
        except SettingsError as error:
            self._show(str(error))
            return
        self._scale = None
        self._show(say("크기 맞춤을 지웠습니다.", "The measurement was removed."))


def _measured(frame: Frame) -> CameraScale | None:
    """Find the mat and keep what it tells; None where too little of it is seen to be kept."""
    from pillapp.vision.scale import ENOUGH_TO_KEEP, find_mat  # not before the window shows

    mat = find_mat(frame.pixels)
    if mat is None or mat.markers < ENOUGH_TO_KEEP:
        return None
    return keep_camera_scale(CameraScale(frame.source, frame.width, frame.height, mat.scale.rows))
