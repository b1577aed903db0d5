"""A pill's photo beside the picture of a product it is most like."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from pillapp.records.gallery import KeptPicture, Source
from pillapp.ui.language import say

SIDE = 84  # px of each picture


@dataclass(frozen=True)
class Pair:
    """The pill as it was ``seen``, and the gallery's ``picture`` of the product with what is known of it."""

    seen: QImage
    picture: QImage
    kept: KeptPicture


class PicturePair(QWidget):
    """Two pictures side by side, each said what it is. Hidden until there is a pair."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seen, self.picture = QLabel(), QLabel()
        self.seen.setAccessibleName(say("이 알약의 사진", "Photo of this pill"))
        self.picture.setAccessibleName(say("사진첩의 사진", "Picture of the gallery"))
        self.caption = QLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        mine = QLabel(say("이 알약", "This pill"))
        mine.setObjectName("muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for column, (label, caption) in enumerate(((self.seen, mine), (self.picture, self.caption))):
            grid.addWidget(label, 0, column)
            grid.addWidget(caption, 1, column, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 1)
        self.setVisible(False)

    def show_pair(self, pair: Pair | None) -> None:
        """Show a pair, or nothing."""
        self.setVisible(pair is not None)
        if pair is None:
            return
        for label, image in ((self.seen, pair.seen), (self.picture, pair.picture)):
            label.setPixmap(
                QPixmap.fromImage(image).scaled(
                    SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            )
        self.caption.setText(f"{source_words(pair.kept.source)} · {pair.kept.added_at:%Y-%m-%d} · {pair.kept.added_by}")


def source_words(source: Source) -> str:
    """Where a picture comes from, for people."""
    return {
        Source.CONFIRMED: say("우리 약국 사진", "our own picture"),
        Source.OFFICIAL: say("공식 사진", "official picture"),
    }[source]
