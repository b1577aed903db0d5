"""The printed mat: the page that is written is the one the finder knows, to size."""

from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtPdf import QPdfDocument
from pytestqt.qtbot import QtBot

from pillapp.errors import PillappError
from pillapp.report.mat import write_mat
from pillapp.vision.mat import MARKER_MM, MATS, RULER_MM, Mat
from pillapp.vision.scale import find_mat

DPI = 150
PAPERS = list(MATS.values())


def printed(path: Path) -> np.ndarray:
    """The page as pixels (h, w, 3) on white paper."""
    document = QPdfDocument()
    document.load(str(path))
    points = document.pagePointSize(0)
    size = QSize(round(points.width() * DPI / 72), round(points.height() * DPI / 72))
    image = document.render(0, size).convertToFormat(QImage.Format.Format_RGBA8888)
    document.close()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    pixels = pixels[:, : image.width()].astype(np.float32)
    opaque = pixels[..., 3:] / 255
    return (pixels[..., :3] * opaque + 255 * (1 - opaque)).astype(np.uint8)


@pytest.mark.parametrize("mat", PAPERS, ids=lambda mat: mat.paper)
def test_the_printed_page_is_found_and_measures_what_it_should(qtbot: QtBot, tmp_path: Path, mat: Mat) -> None:
    write_mat(tmp_path / "mat.pdf", mat)
    page = printed(tmp_path / "mat.pdf")
    seen = find_mat(page)
    assert seen is not None
    assert seen.mat is mat
    assert seen.markers == len(mat.markers)
    assert seen.residual_mm < 0.1
    assert seen.scale.mm_per_px((page.shape[1] / 2, page.shape[0] / 2)) == pytest.approx(25.4 / DPI, rel=0.001)


@pytest.mark.parametrize("mat", PAPERS, ids=lambda mat: mat.paper)
def test_the_ruler_is_as_long_as_it_says(qtbot: QtBot, tmp_path: Path, mat: Mat) -> None:
    write_mat(tmp_path / "mat.pdf", mat)
    page = printed(tmp_path / "mat.pdf")
    x, y = (round(v * DPI / 25.4) for v in mat.ruler)
    dark = np.flatnonzero(page[y - 1 : y + 2].mean(axis=2).min(axis=0) < 140)
    line = dark[(dark > x - 8) & (dark < x + 8 + RULER_MM * DPI / 25.4)]  # not the figures beside it
    assert (line.max() - line.min()) * 25.4 / DPI == pytest.approx(RULER_MM, abs=0.4)


def test_a_marker_tells_paper_and_place() -> None:
    numbers = [marker.number for mat in PAPERS for marker in mat.markers]
    assert len(set(numbers)) == len(numbers)
    for mat in PAPERS:
        left, top, right, bottom = mat.area
        for marker in mat.markers:
            x, y = marker.x, marker.y
            assert 5 <= x <= mat.width - 5 - MARKER_MM
            assert 5 <= y <= mat.height - 5 - MARKER_MM
            assert x + MARKER_MM < left or x > right or y + MARKER_MM < top or y > bottom


def test_it_says_how_to_print_it(tmp_path: Path) -> None:
    write_mat(tmp_path / "mat.pdf", MATS["A5"])
    text = PdfReader(tmp_path / "mat.pdf").pages[0].extract_text()
    assert "100 %" in text
    assert "100 mm여야 합니다" in text
    assert "must measure 100 mm" in text


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PillappError, match="cannot write PDF"):
        write_mat(tmp_path / "none" / "mat.pdf", MATS["A4"])
    assert not list(tmp_path.iterdir())
