"""The mat as PDF: markers along the border, a light place for pills, a ruler that shows whether it was printed to size."""

from pathlib import Path
from typing import Any, Final

from reportlab.lib.colors import HexColor, black
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from pillapp.report.fonts import BOLD, REGULAR, register_fonts
from pillapp.report.style import GREY, INK
from pillapp.report.whole_file import whole_pdf
from pillapp.vision.mat import MARKER_MM, MODULES, RULER_MM, Mat, marker_bits

# Without any colour of its own, since colours are judged against what lies around the pill, and a little darker than paper, so
# that white pills stand out.
GROUND: Final = HexColor("#e9e9e9")
KOREAN: Final = (
    "실제 크기(100 %)로 인쇄하세요. 자로 재어 이 선이 100 mm여야 합니다. 알약은 가운데에 놓고 표식을 가리지 마세요."
)
ENGLISH: Final = (
    "Print at 100 %: this line must measure 100 mm. Put pills in the middle; keep the markers in the picture."
)


def write_mat(path: Path, mat: Mat) -> None:
    """Write the mat as one page; an existing file is replaced only once the new one is whole.

    Raises:
        PillappError: the file cannot be written.
    """
    register_fonts()
    with whole_pdf(path, "눈금판을") as part:
        canvas = Canvas(str(part), pagesize=(mat.width * mm, mat.height * mm))
        canvas.setTitle(f"Pillapp 눈금판 {mat.paper}")
        canvas.setAuthor("Pillapp")
        canvas.setViewerPreference("PrintScaling", "None")  # most print dialogues then offer 100 % first
        canvas.translate(0, mat.height * mm)
        canvas.scale(mm, -mm)  # from here on millimetres from the top left, as the layout counts
        left, top, right, bottom = mat.area
        canvas.setFillColor(GROUND)
        canvas.rect(left, top, right - left, bottom - top, stroke=0, fill=1)
        _draw_markers(canvas, mat)
        _draw_ruler(canvas, mat)
        canvas.save()


def _draw_markers(canvas: Any, mat: Mat) -> None:
    """All squares of a marker are one path: squares painted one by one show hairlines between them."""
    side = MARKER_MM / MODULES
    canvas.setFillColor(black)
    for marker in mat.markers:
        path = canvas.beginPath()
        for row, squares in enumerate(marker_bits(marker.number)):
            for column, white in enumerate(squares):
                if not white:
                    path.rect(marker.x + column * side, marker.y + row * side, side, side)
        canvas.drawPath(path, stroke=0, fill=1)


def _draw_ruler(canvas: Any, mat: Mat) -> None:
    left, y = mat.ruler
    canvas.setStrokeColor(black)
    canvas.setLineWidth(0.2)
    canvas.line(left, y, left + RULER_MM, y)
    for tick in range(int(RULER_MM) + 1):
        canvas.line(left + tick, y, left + tick, y - (2.4 if tick % 10 == 0 else 1.6 if tick % 5 == 0 else 0.9))
    _write(canvas, BOLD, 2.6, INK, left - 2, y, "0", end=True)
    _write(canvas, BOLD, 2.6, INK, left + RULER_MM + 2, y, "100 mm")
    _write(canvas, REGULAR, 2.5, INK, mat.area[0], y + 4.6, KOREAN)
    _write(canvas, REGULAR, 2.2, GREY, mat.area[0], y + 8.0, ENGLISH)
    _write(canvas, REGULAR, 2.2, GREY, mat.area[2], y + 8.0, f"Pillapp · {mat.paper}", end=True)


def _write(
    canvas: Any, font: str, size: float, colour: Any, x: float, y: float, text: str, *, end: bool = False
) -> None:
    """One line of text, ``size`` mm high; ``end`` puts its end at ``x``."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(1, -1)
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    (canvas.drawRightString if end else canvas.drawString)(0, 0, text)
    canvas.restoreState()
