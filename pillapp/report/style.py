"""Colours, measures and paragraph styles of the report."""

from typing import Final

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from pillapp.report.fonts import BOLD, REGULAR

INK: Final = HexColor("#1f2933")
GREY: Final = HexColor("#5f6b7a")
LINE: Final = HexColor("#c9d1da")
BAND: Final = HexColor("#eef2f6")
STOP: Final = HexColor("#b3261e")
WATCH: Final = HexColor("#9a5b00")
MARGIN: Final = 16 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
BODY: Final = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=13, textColor=INK, wordWrap="CJK")
SMALL: Final = ParagraphStyle("small", BODY, fontSize=7.5, leading=10.5, textColor=GREY)
TINY: Final = ParagraphStyle("tiny", SMALL, fontSize=5, leading=6, alignment=TA_CENTER)
TITLE: Final = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=18, leading=23)
HEAD: Final = ParagraphStyle(
    "head", BODY, fontName=BOLD, fontSize=11.5, leading=16, spaceBefore=9, spaceAfter=3, keepWithNext=1
)
CELL_HEAD: Final = ParagraphStyle("cell head", BODY, fontName=BOLD, fontSize=8, leading=10.5, alignment=TA_CENTER)
CENTRE: Final = ParagraphStyle("centre", BODY, alignment=TA_CENTER)
