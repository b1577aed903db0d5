"""What a person typed (or a scanner read), taken apart: words, codes, shape, colour, score line, size."""

import re
from dataclasses import dataclass, field
from typing import Final

SHAPES: Final = ("원형", "타원형", "장방형", "반원형", "삼각형", "사각형", "마름모형", "오각형", "육각형", "팔각형")
COLOURS: Final = (
    "하양",
    "분홍",
    "노랑",
    "주황",
    "갈색",
    "파랑",
    "연두",
    "초록",
    "빨강",
    "회색",
    "보라",
    "검정",
    "청록",
    "자주",
    "남색",
    "투명",
)
_SHAPE_WORDS: Final = {
    **{shape: shape for shape in SHAPES},
    "동그라미": "원형",
    "둥근": "원형",
    "타원": "타원형",
    "네모": "사각형",
    "세모": "삼각형",
    "마름모": "마름모형",
}
_COLOUR_WORDS: Final = {
    **{colour: colour for colour in COLOURS},
    "흰색": "하양",
    "흰": "하양",
    "하얀색": "하양",
    "백색": "하양",
    "분홍색": "분홍",
    "핑크": "분홍",
    "노란색": "노랑",
    "노랑색": "노랑",
    "황색": "노랑",
    "주황색": "주황",
    "오렌지색": "주황",
    "파란색": "파랑",
    "파랑색": "파랑",
    "하늘색": "파랑",
    "연두색": "연두",
    "초록색": "초록",
    "녹색": "초록",
    "빨간색": "빨강",
    "빨강색": "빨강",
    "적색": "빨강",
    "보라색": "보라",
    "검정색": "검정",
    "검은색": "검정",
    "청록색": "청록",
    "자주색": "자주",
}
_SIZE: Final = re.compile(r"^(\d{1,2}(?:\.\d+)?)(?:[-~∼](\d{1,2}(?:\.\d+)?))?(?:mm|㎜|미리)$", re.IGNORECASE)
_SIZE_SLACK: Final = 0.3  # mm: what a careful person reads off a ruler
_GS: Final = "\x1d"
_AI_FIXED: Final = {"01": 14, "17": 6, "11": 6, "15": 6}
_AI_OPEN: Final = frozenset({"10", "21", "30"})
_BRACKETED_AI: Final = re.compile(r"\((\d{2})\)([^()]*)")
_CODE_SHAPES: Final = (
    ("STANDARD", re.compile(r"^880\d{10}$")),
    ("ATC", re.compile(r"^[A-Z]\d{2}[A-Z]{2}\d{0,2}$")),
    ("HIRA", re.compile(r"^\d{6}[A-Z]{3}$")),
    ("INGREDIENT", re.compile(r"^[MDIA]\d{6}$")),
)


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart. Empty fields ask for nothing."""

    words: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()  # (kind, code): all of a code, not its beginning
    shapes: frozenset[str] = frozenset()
    colours: frozenset[str] = frozenset()
    score_line: bool | None = None
    cross_line: bool = False
    size: tuple[float, float] | None = None
    barcode: dict[str, str] = field(default_factory=dict)  # GS1 application identifier → value

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not (self.words or self.codes or self.looks)

    @property
    def looks(self) -> bool:
        """Whether anything about the look was asked."""
        return bool(self.shapes or self.colours or self.score_line is not None or self.size)


def parse_gs1(text: str) -> dict[str, str]:
    """Fields of a GS1 DataMatrix text by application identifier (01 code, 17 expiry, 10 lot, 21 serial); else empty.

    With brackets, ``(01)08806429021003(17)270101(10)A1``, or as scanners send it, with FNC1 as ``\\x1d``. GS1 General
    Specifications, section 3.
    """
    raw = text.strip()
    for symbology in ("]d2", "]C1", "]Q3"):
        raw = raw.removeprefix(symbology)
    if raw.startswith("(01)"):
        return {key: value.strip() for key, value in _BRACKETED_AI.findall(raw)}
    raw = raw.lstrip(_GS)
    found: dict[str, str] = {}
    while len(raw) >= 2:
        key, raw = raw[:2], raw[2:]
        if key in _AI_FIXED:
            value, raw = raw[: _AI_FIXED[key]], raw[_AI_FIXED[key] :]
            if len(value) < _AI_FIXED[key] or not value.isdigit():
                return {}
        elif key in _AI_OPEN:
            value, _, raw = raw.partition(_GS)
        else:
            return {}
        found[key] = value
        raw = raw.lstrip(_GS)
    return found if "01" in found else {}


def parse_query(text: str) -> Query:
    """Take a query apart. Words that mean a look are looks; everything else is searched in names, imprints, makers."""
    barcode = parse_gs1(text)
    if barcode:
        return Query(codes=(("STANDARD", barcode["01"][-13:]),), barcode=barcode)
    words: list[str] = []
    codes: list[tuple[str, str]] = []
    shapes: set[str] = set()
    colours: set[str] = set()
    line: bool | None = None
    cross = False
    size: tuple[float, float] | None = None
    for word in text.replace(",", " ").split():
        measured = _SIZE.match(word)
        code = next(((kind, word.upper()) for kind, shape in _CODE_SHAPES if shape.match(word.upper())), None)
        if word in _SHAPE_WORDS:
            shapes.add(_SHAPE_WORDS[word])
        elif word in _COLOUR_WORDS:
            colours.add(_COLOUR_WORDS[word])
        elif word in {"분할선", "십자분할선"}:
            line, cross = True, word.startswith("십자")
        elif measured:
            low = float(measured[1])
            size = (low, float(measured[2])) if measured[2] else (low - _SIZE_SLACK, low + _SIZE_SLACK)
        elif code:
            codes.append(code)
        else:
            words.append(word)
    return Query(tuple(words), tuple(codes), frozenset(shapes), frozenset(colours), line, cross, size)
