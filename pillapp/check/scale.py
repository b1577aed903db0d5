"""Where a check's millimetres come from."""

from dataclasses import dataclass
from enum import StrEnum

from pillapp.capture.frame import Frame
from pillapp.vision.scale import PlaneScale


class ScaleSource(StrEnum):
    """The values are those of the JSON contract."""

    GIVEN = "given"  # told on the command line
    MAT = "mat"  # the printed mat is in the picture
    CAMERA = "camera"  # a camera that does not move, measured once with the mat


@dataclass(frozen=True, slots=True)
class FrameScale:
    """The scale of one frame and who says so."""

    source: ScaleSource
    plane: PlaneScale

    def middle_mm_per_px(self, frame: Frame) -> float:
        """Millimetres a pixel in the middle of the frame."""
        return self.plane.mm_per_px((frame.width / 2, frame.height / 2))


def scale_words(source: ScaleSource) -> str:
    """The Korean words for a source, for people."""
    return {
        ScaleSource.GIVEN: "입력한 값",
        ScaleSource.MAT: "눈금판",
        ScaleSource.CAMERA: "눈금판으로 맞춘 카메라",
    }[source]
