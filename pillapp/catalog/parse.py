"""Parsers of single fields of the official files: tolerant where the files are sloppy, ``None`` instead of a guess."""

import html
import re
from datetime import date
from typing import Final, NamedTuple

EARLIEST_YEAR: Final = 1945  # no Korean permit is older; 00120925 and the like are broken, not ancient
_LATEST_YEAR: Final = 2100
_SANE_MM: Final = (0.5, 60.0)  # 0.01 and 802.0 mm occur; the largest real pill of the 2023 file is under 40 mm

_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_SPLIT_DATE: Final = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})")
_ENGLISH_DATE: Final = re.compile(r"(\d{4})\s*([A-Za-z]{3,9})\s*(\d{1,2})\s*(?:st|nd|rd|th)?", re.IGNORECASE)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_SIZE: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:±\s*\d+(?:\.\d+)?)?\s*(?:mm|㎜)?\.?$", re.IGNORECASE)
_RANGE: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:mm|㎜)?\s*[-~∼]\s*(\d+(?:\.\d+)?)\s*(?:mm|㎜)?$", re.IGNORECASE)
_UNCLEAN: Final = re.compile(r'[\r\n\t\xa0\u3000<&"]|  |_x000D_')
_LINE_TAGS: Final = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)
_ANY_SPACE: Final = re.compile(r"\s+")
_TAG: Final = re.compile(r"<[^<>]{1,200}>")
_SPACE: Final = re.compile(r"[ \t\xa0\u3000]+")
_BREAKS: Final = re.compile(r"\s*\n\s*")
_CODED: Final = re.compile(r"\[([A-Z]\d{6,7})\]")
_LIST_GAP: Final = re.compile(r"[,;|\s]+")
_COLOUR_GAP: Final = re.compile(r"[,|/]")
_COLOUR_MODIFIERS: Final = frozenset({"옅은", "진한"})


class CodedName(NamedTuple):
    """``[M050607]염산파록세틴``: a code (may be empty) and its name."""

    code: str
    name: str


def parse_date(text: str | None) -> date | None:
    """A date as the files write it, or None where it is missing or broken (``00120925``, ``20211399``)."""
    raw = (text or "").strip()
    for pattern in (_COMPACT_DATE, _SPLIT_DATE):
        match = pattern.match(raw)
        if match:
            return _real_date(int(match[1]), int(match[2]), int(match[3]))
    match = _ENGLISH_DATE.match(raw)
    if match and match[2][:3].lower() in _MONTHS:
        return _real_date(int(match[1]), _MONTHS.index(match[2][:3].lower()) + 1, int(match[3]))
    return None


def _real_date(year: int, month: int, day: int) -> date | None:
    if not EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def iso_date(text: str | None) -> str:
    """The date as ISO text, empty where :func:`parse_date` finds none."""
    found = parse_date(text)
    return found.isoformat() if found else ""


def parse_size(text: str | None) -> float | None:
    """Millimetres from ``8.1``, ``21.1±0.1mm``, ``15.50-15.60`` (its middle), ``14.2.``, ``9..5``; else None.

    ``2.66.5`` and capsule numbers (``1호``) say no millimetres. Values no pill can have (0.01, 802.0) are None too; the
    raw text is kept beside the number.
    """
    raw = re.sub(r"\.{2,}", ".", (text or "").strip()).replace(" ", "")
    match = _SIZE.match(raw)
    if match:
        value = float(match[1])
    else:
        match = _RANGE.match(raw)
        if not match:
            return None
        value = (float(match[1]) + float(match[2])) / 2
    return value if _SANE_MM[0] <= value <= _SANE_MM[1] else None


def parse_codes(text: str | None) -> tuple[str, ...]:
    """Codes of a list field (``8806459011008,8806459011015``), each once, in order; ``-`` and empty give none."""
    found = dict.fromkeys(part for part in _LIST_GAP.split((text or "").strip()) if part and part != "-")
    return tuple(found)


def parse_coded_names(text: str | None) -> tuple[CodedName, ...]:
    """``[M050607]염산파록세틴/[M102324]…`` as code and name; names may hold ``/``, ``|``, ``:`` and ``%`` themselves.

    Text before the first bracket is one name without a code. Repeats are dropped.
    """
    raw = (text or "").strip()
    if raw in {"", "-"}:
        return ()
    marks = list(_CODED.finditer(raw))
    found: dict[CodedName, None] = {}
    lead = raw[: marks[0].start()] if marks else raw
    if lead.strip("/|, ;"):
        found[CodedName("", lead.strip("/|, ;"))] = None
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        name = raw[mark.end() : following.start() if following else len(raw)].strip().rstrip("/|,; ")
        found[CodedName(mark[1], name)] = None
    return tuple(found)


def parse_colours(text: str | None) -> tuple[str, ...]:
    """Official colour names of a side, modifiers (옅은, 진한) dropped: ``파랑, 옅은`` → ``("파랑",)``."""
    parts = (part.strip() for part in _COLOUR_GAP.split(text or ""))
    return tuple(dict.fromkeys(part for part in parts if part and part != "-" and part not in _COLOUR_MODIFIERS))


def clean_text(text: str | None) -> str:
    """Readable text: outer stray quotes, HTML tags and entities, odd spaces removed; line breaks kept as ``\\n``."""
    if not text or not _UNCLEAN.search(text):  # nearly all cells
        plain = (text or "").strip()
        return "" if plain == "-" else plain
    raw = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    raw = html.unescape(_LINE_TAGS.sub("\n", raw))
    raw = _BREAKS.sub("\n", _SPACE.sub(" ", _TAG.sub("", raw))).strip()
    while len(raw) >= 2 and raw[0] == raw[-1] == '"':
        raw = raw[1:-1].strip()
    if raw.count('"') == 1:
        raw = raw.strip('"').strip()
    return "" if raw == "-" else raw


def comparison_key(text: str | None) -> str:
    """The same sentence in the CSV variant (no spaces, ``|`` for ``,``) and in the XLSX variant has the same key."""
    return _ANY_SPACE.sub("", clean_text(text)).replace("|", ",").lower() if text else ""
