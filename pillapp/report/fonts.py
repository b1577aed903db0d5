"""Pretendard (OFL) for every page: embedded, with all Hangul syllables and the signs that reports need."""

from functools import lru_cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from pillapp.errors import PillappError
from pillapp.paths import resources_dir

REGULAR: Final = "Pretendard"
BOLD: Final = "Pretendard-Bold"


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make both weights known to ReportLab, once.

    Raises:
        PillappError: a font file is missing or damaged.
    """
    folder = resources_dir() / "fonts"
    try:
        pdfmetrics.registerFont(TTFont(REGULAR, str(folder / "Pretendard-Regular.ttf")))
        pdfmetrics.registerFont(TTFont(BOLD, str(folder / "Pretendard-Bold.ttf")))
    except (TTFError, OSError) as error:
        raise PillappError(
            f"리포트 글꼴을 불러올 수 없습니다({folder}). 프로그램을 다시 설치하세요. (report font missing or damaged)"
        ) from error
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
