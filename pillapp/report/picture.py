"""Pictures of a report: the photo with numbered outlines, and crops of single pills."""

import io
from typing import Final

import cv2
import numpy as np
from PIL import Image
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from pillapp.identify.values import State
from pillapp.report.fonts import BOLD

# Enough for 150 dots per inch over the width of an A4 page.
MAX_PHOTO_PX: Final = 1100
MAX_CROP_PX: Final = 240
# Never colour alone: the legend beside the photo names each state, and the table repeats it.
STATE_COLOURS: Final[dict[State, Color]] = {
    State.IDENTIFIED: HexColor("#1b7f4b"),
    State.AMBIGUOUS: HexColor("#b36b00"),
    State.UNKNOWN: HexColor("#5f6368"),
}


def jpeg(pixels: np.ndarray, most: int) -> ImageReader:
    """RGB uint8 → JPEG no larger than ``most`` px on its long side, for embedding."""
    scale = most / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    data = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(data, "JPEG", quality=82)
    data.seek(0)
    return ImageReader(data)


class Crop(Flowable):
    """One pill in a square of ``side`` points."""

    def __init__(self, pixels: np.ndarray, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._image = jpeg(pixels, MAX_CROP_PX)

    def draw(self) -> None:
        """Called by ReportLab."""
        width, height = self._image.getSize()
        scale = self.width / max(width, height)
        w, h = width * scale, height * scale
        self.canv.drawImage(self._image, (self.width - w) / 2, (self.height - h) / 2, w, h)


class OutlinedPhoto(Flowable):
    """The photo with an outline and a number per pill, in the colour of its state."""

    def __init__(
        self,
        pixels: np.ndarray,
        outlines: tuple[tuple[int, State, bool, tuple[tuple[float, float], ...]], ...],
        *,
        max_width: float,
        max_height: float,
    ) -> None:
        super().__init__()
        height, width = pixels.shape[:2]
        self._scale = min(max_width / width, max_height / height)
        self.width, self.height = width * self._scale, height * self._scale
        self._image = jpeg(pixels, MAX_PHOTO_PX)
        self._outlines = outlines

    def draw(self) -> None:
        """Called by ReportLab."""
        canvas = self.canv
        canvas.drawImage(self._image, 0, 0, self.width, self.height)
        for number, state, confirmed, polygon in self._outlines:
            points = [(x * self._scale, self.height - y * self._scale) for x, y in polygon]
            path = canvas.beginPath()
            path.moveTo(*points[0])
            for point in points[1:]:
                path.lineTo(*point)
            path.close()
            colour = STATE_COLOURS[State.IDENTIFIED if confirmed else state]
            canvas.setStrokeColor(white)
            canvas.setLineWidth(2.6)
            canvas.drawPath(path)
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(1.4)
            canvas.drawPath(path)
            top = max(points, key=lambda p: p[1])
            x, y = min(max(top[0], 8), self.width - 8), min(top[1] + 2, self.height - 8)
            canvas.setFillColor(colour)
            canvas.circle(x, y, 7, stroke=0, fill=1)
            canvas.setFillColor(white)
            canvas.setFont(BOLD, 8)
            canvas.drawCentredString(x, y - 2.8, str(number))
