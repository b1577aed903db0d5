"""What a ready-made text reader makes of a pill: the baseline beside the imprint reader. Its models come in its package."""

from typing import Final

import cv2
import numpy as np

from pillapp.vision.segment import Cutout

TURNS: Final = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
SIDE: Final = 320  # px of the longer side it is shown at: a line of text on a pill is then as high as on a page


class OcrBaseline:
    """RapidOCR, shown a crop in four turns; the surest reading counts."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._read = RapidOCR(params={"Global.log_level": "error"})

    def text(self, cutout: Cutout) -> str:
        """The characters it is surest of, in its own order; empty where it finds none."""
        height, width = cutout.crop.shape[:2]
        scale = SIDE / max(height, width)
        shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = cv2.resize(
            np.ascontiguousarray(cutout.crop[:, :, ::-1]), None, fx=scale, fy=scale, interpolation=shrink
        )
        best, surest = "", 0.0
        for turn in TURNS:
            found = self._read(picture if turn is None else cv2.rotate(picture, turn))
            sureness = sum(score * len(text) for text, score in zip(found.txts or (), found.scores or (), strict=True))
            if sureness > surest:
                best, surest = " ".join(found.txts or ()), sureness
        return best
