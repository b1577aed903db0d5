"""A picture with numbered outlines; click a pill to select it."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from pillapp.ui.language import say


@dataclass(frozen=True, slots=True)
class Outline:
    """One drawn pill: polygon in picture pixels. ``hatched`` where the outline could not be trusted (touching pills).

    Number 0 is a place where another pill may lie.
    """

    number: int
    polygon: tuple[tuple[float, float], ...]
    colour: QColor
    hatched: bool = False


def to_image(pixels: np.ndarray) -> QImage:
    """RGB uint8 (h, w, 3) → an image that owns its memory (the array may go away)."""
    contiguous = np.ascontiguousarray(pixels)
    height, width = contiguous.shape[:2]
    return QImage(contiguous.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class PictureView(QWidget):
    """Shows one picture, scaled to fit. ``selected`` carries the number of the clicked pill."""

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._scaled: QImage | None = None
        self._outlines: tuple[Outline, ...] = ()
        self._current = 0
        self._hint = ""
        self.setMinimumSize(320, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(say("알약 사진", "Picture of the pills"))

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """What is drawn over the picture."""
        return self._outlines

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown."""
        return self._image is not None

    def show_picture(self, image: QImage | None, outlines: tuple[Outline, ...] = ()) -> None:
        """Replace picture and outlines; None clears both."""
        self._image, self._outlines, self._scaled = image, outlines, None
        self.update()

    def show_outlines(self, outlines: tuple[Outline, ...], current: int = 0) -> None:
        """Replace the outlines only; ``current`` is drawn bold."""
        self._outlines, self._current = outlines, current
        self.update()

    def show_hint(self, text: str) -> None:
        """What is written while there is no picture, or over it after an error."""
        self._hint = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a picture."""
        return QSize(640, 480)

    def _placement(self) -> QRectF:
        assert self._image is not None
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, outlines, numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor("#20262d"))
        if self._image is not None:
            place = self._placement()
            ratio = self.devicePixelRatioF()
            size = QSize(round(place.width() * ratio), round(place.height() * ratio))
            if self._scaled is None or self._scaled.size() != size:
                self._scaled = self._image.scaled(
                    size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            painter.drawImage(place, self._scaled)
            for outline in self._outlines:
                self._paint_outline(painter, outline, place)
        if self._hint:
            self._paint_hint(painter)
        painter.end()

    def _paint_outline(self, painter: QPainter, outline: Outline, place: QRectF) -> None:
        assert self._image is not None
        scale = place.width() / self._image.width()
        points = QPolygonF([QPointF(place.x() + x * scale, place.y() + y * scale) for x, y in outline.polygon])
        current = outline.number == self._current
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if outline.hatched:
            painter.setBrush(QColor(outline.colour.red(), outline.colour.green(), outline.colour.blue(), 160))
            brush = painter.brush()
            brush.setStyle(Qt.BrushStyle.BDiagPattern)
            painter.setBrush(brush)
        painter.setPen(QPen(QColor("white"), 6 if current else 4))
        painter.drawPolygon(points)
        painter.setPen(QPen(outline.colour, 4 if current else 2))
        painter.drawPolygon(points)
        box = points.boundingRect()
        # small beside small pills, so that a tray of a hundred stays visible
        radius = min(max(0.4 * min(box.width(), box.height()), 7.0), 13.0 if current else 11.0)
        centre = QPointF(
            min(max(box.center().x(), radius), self.width() - radius),
            min(max(box.top() - radius + 2, radius), self.height() - radius),
        )
        painter.setPen(QPen(QColor("white"), 2))
        painter.setBrush(outline.colour)
        painter.drawEllipse(centre, radius, radius)
        font = painter.font()
        font.setBold(True)
        font.setPixelSize(round(1.25 * radius))
        painter.setFont(font)
        place_of_text = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(place_of_text, Qt.AlignmentFlag.AlignCenter, str(outline.number or "?"))

    def _paint_hint(self, painter: QPainter) -> None:
        area = QRectF(self.rect()).adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        bounds = painter.boundingRect(area, int(flags), self._hint).adjusted(-14, -10, 14, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 24, 29, 200))
        painter.drawRoundedRect(bounds, 8, 8)
        painter.setPen(QColor("#e8edf2"))
        painter.drawText(area, int(flags), self._hint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the smallest outline under the pointer."""
        if self._image is None:
            return
        place = self._placement()
        scale = place.width() / self._image.width()
        point = QPointF((event.position().x() - place.x()) / scale, (event.position().y() - place.y()) / scale)
        hit = [
            (QPolygonF([QPointF(x, y) for x, y in o.polygon]), o.number)
            for o in self._outlines
            if QPolygonF([QPointF(x, y) for x, y in o.polygon]).containsPoint(point, Qt.FillRule.OddEvenFill)
        ]
        if hit:
            self.selected.emit(min(hit, key=lambda h: h[0].boundingRect().width() * h[0].boundingRect().height())[1])
