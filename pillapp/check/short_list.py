"""What a pharmacy hands in to say which products are likely: a prescription or its stock, as codes in a file or typed."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pillapp.catalog.catalog import Catalog
from pillapp.errors import SettingsError

COLUMN: Final = "item_seq"
# Columns of pharmacy programs and official files that hold one of the codes we know, as they are headed.
COLUMNS: Final = (COLUMN, "품목기준코드", "품목일련번호", "보험코드", "제품코드", "edi", "code")
MOST_BYTES: Final = 5_000_000  # a list of every product there is has a tenth of it; what is larger is another file
MOST_SHOWN: Final = 5
_CODE: Final = re.compile(r"[0-9A-Z]{6,15}")
_ENCODINGS: Final = ("utf-8-sig", "cp949")


@dataclass(frozen=True, slots=True)
class ShortList:
    """``item_seqs`` of the products a list names, each once, in its order; ``unknown`` codes are in no product."""

    item_seqs: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """What was left out and what was kept, for people; empty if nothing was left out."""
        if not self.unknown:
            return ""
        shown = ", ".join(self.unknown[:MOST_SHOWN]) + (" …" if len(self.unknown) > MOST_SHOWN else "")
        return (
            f"목록의 코드 {len(self.unknown)}개는 데이터베이스에 없어 뺐습니다: {shown}. "
            f"나머지 {len(self.item_seqs)}품목은 적용했습니다. (unknown codes left out)"
        )


def read_codes(path: Path) -> tuple[str, ...]:
    """The codes of a file, each once: one a line, or the ``item_seq`` (품목기준코드, 보험코드 …) column of a CSV.

    Raises:
        SettingsError: the file cannot be read, or holds no code.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SettingsError(f"{path.name}: 목록 파일로는 너무 큽니다. 코드만 담아 주세요. (list too large)")
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path}: 목록 파일을 열 수 없습니다({error.strerror}). 경로를 확인하세요. (cannot open the list)"
        ) from error
    codes = parse_codes(_decoded(data, path.name))
    if not codes:
        raise SettingsError(
            f"{path.name}: 코드를 찾지 못했습니다. 한 줄에 품목기준코드 하나, 또는 {COLUMN} 열이 있는 CSV여야 합니다. "
            "(no code in the list)"
        )
    return codes


def parse_codes(text: str) -> tuple[str, ...]:
    """Codes of a list as text, each once, in order. Blank lines, ``# …`` and, without a known heading, other columns are passed over."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return ()
    separator = max(",;\t", key=lines[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    heading = [cell.lower() for cell in rows[0]]
    place = next((heading.index(name) for name in COLUMNS if name in heading), None)
    cells = [row[place] for row in rows[1:] if len(row) > place] if place is not None else [r[0] for r in rows if r]
    return tuple(dict.fromkeys(cell.upper() for cell in cells if _CODE.fullmatch(cell.upper())))


def resolve(catalog: Catalog, codes: Iterable[str]) -> ShortList:
    """The products that codes name: item_seqs, or the insurance codes of products.

    Raises:
        SettingsError: there are codes, but no product has any of them.
    """
    asked = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    named = catalog.products_with_codes(asked)
    found = ShortList(
        tuple(dict.fromkeys(item_seq for code in asked for item_seq in named.get(code, ()))),
        tuple(code for code in asked if code not in named),
    )
    if asked and not found.item_seqs:
        raise SettingsError(
            f"목록의 코드 {len(asked)}개가 모두 데이터베이스에 없습니다({', '.join(asked[:MOST_SHOWN])}). "
            "품목기준코드나 보험코드인지 확인하세요. (no code of the list is known)"
        )
    return found


def _decoded(data: bytes, name: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SettingsError(
        f"{name}: UTF-8이나 CP949(ANSI) 글자 파일이 아닙니다. CSV나 텍스트로 저장해 주세요. (not a text file)"
    )
