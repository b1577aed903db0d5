"""The line under a picture: where its millimetres come from."""

from pillapp.check.scale import ScaleSource, scale_words
from pillapp.check.values import Check
from pillapp.ui.language import say


def scale_line(check: Check | None) -> str:
    """Where the millimetres come from, or that there are none."""
    if check is None:
        return ""
    if check.scale is None and len(check.pills) > 1:
        return say(
            "크기 기준: 알약끼리 비교 (눈금판을 깔면 mm를 잽니다)",
            "Scale: pills compared with each other (a mat under them tells mm)",
        )
    if check.scale is None:
        return say("크기 기준: 없음 (눈금판을 깔면 mm를 잽니다)", "Scale: none (a mat under the pill tells mm)")
    english = {
        ScaleSource.GIVEN: "as told",
        ScaleSource.MAT: "mat",
        ScaleSource.CAMERA: "camera measured with the mat",
    }[check.scale.source]
    per_px = f"{check.scale.middle_mm_per_px(check.frame):.3f}"
    return say(
        f"크기 기준: {scale_words(check.scale.source)} ({per_px} mm/픽셀)", f"Scale: {english} ({per_px} mm a pixel)"
    )
