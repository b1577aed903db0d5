"""CSV files as Korean offices publish them: UTF-8 or CP949, quoted or not, with quotes that never close.

The nedrug CSVs are not RFC 4180: a stray quote opens a field that never ends, and a standard parser then swallows the
rest of the file without a word. Here a line is the unit: a quoted field may run over several lines only where doing so
gives a row of the right width; otherwise the line stands alone.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pillapp.catalog.importers.table import HEAD_LINES, Line, Table
from pillapp.errors import ImportFileError

_SAMPLE: Final = 1 << 20
_LONGEST_FIELD: Final = 200  # lines: the longest e약은요 text has 60
_ENCODINGS: Final = ("utf-8", "cp949")


def open_text(path: Path) -> Table:
    """Open a CSV file for reading line by line.

    Raises:
        ImportFileError: neither UTF-8 nor CP949, or no line in it.
    """
    size = max(path.stat().st_size, 1)
    with path.open("rb") as stream:
        encoding = _encoding(path, stream.read(_SAMPLE))
    reader = _Reader(path, encoding)
    lines = reader.lines()
    head = [line for _, line in zip(range(HEAD_LINES), lines, strict=False)]
    if not head:
        raise ImportFileError(f"{path.name}: 빈 파일입니다. 다시 내려받으세요. (empty file)")
    return Table(path, "CSV", encoding, head, lines, lambda: min(1.0, reader.position / size))


def _encoding(path: Path, sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportFileError(
            f"{path.name}: UTF-16 파일입니다. UTF-8 또는 CP949(ANSI)로 다시 저장하세요. (wrong encoding)"
        )
    if b"\0" in sample:
        raise ImportFileError(
            f"{path.name}: 글자 파일도 엑셀 파일도 아닙니다. 공식 CSV·XLS·XLSX 파일을 지정하세요. (binary file)"
        )
    lines = sample.split(b"\n")[:200]
    bad = {name: sum(not _decodes(line, name) for line in lines) for name in _ENCODINGS}
    best = min(_ENCODINGS, key=lambda name: bad[name])
    # One broken line is a cut file; many are another encoding.
    if bad[best] > max(1, len(lines) // 10):
        first = next(number for number, line in enumerate(lines, 1) if not _decodes(line, best))
        raise ImportFileError(
            f"{path.name} {first}번째 줄: 글자를 읽을 수 없습니다. UTF-8이나 CP949여야 하는데 둘 다 아닙니다. "
            "원본을 다시 내려받으세요. (wrong encoding)"
        )
    return best


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    def __init__(self, path: Path, encoding: str):
        self._path, self._encoding = path, encoding
        self.position = 0

    def _physical(self) -> Iterator[tuple[int, str | None]]:
        with self._path.open("rb", buffering=1 << 20) as stream:
            for number, raw in enumerate(stream, 1):
                self.position += len(raw)
                try:
                    text = raw.decode(self._encoding)
                except UnicodeDecodeError:
                    yield number, None
                    continue
                yield number, text.removeprefix("\ufeff") if number == 1 else text

    def lines(self) -> Iterator[Line]:
        waiting: list[tuple[int, str | None]] = []
        physical = self._physical()
        width = 0
        plain = False
        while True:
            if waiting:
                number, text = waiting.pop(0)
            else:
                number, text = next(physical, (0, None))
                if number == 0:
                    return
            if text is None:
                yield Line(number, [], f"글자가 깨졌습니다({self._encoding}로 읽을 수 없음)")
                continue
            text = text.rstrip("\r\n")
            if not text.strip():
                continue
            if '"' not in text or plain:
                cells = text.split(",")
            elif text.count('"') % 2 == 0 and (parsed := _parsed(text)) is not None:
                cells = parsed
            else:
                cells, waiting = self._long_row(text, width, physical, waiting)
            if not width:
                width = len(cells)
                # nedrug's own dialect: a comma ends every line and commas inside values are written "|", so a quote
                # is a character like any other.
                plain = '"' not in text and text.endswith(",")
            yield Line(number, cells)

    def _long_row(
        self,
        text: str,
        width: int,
        physical: Iterator[tuple[int, str | None]],
        waiting: list[tuple[int, str | None]],
    ) -> tuple[list[str], list[tuple[int, str | None]]]:
        """A row whose quoted field goes on in the next lines, if that gives the right width; else the line alone."""
        taken: list[tuple[int, str | None]] = []
        joined = text
        for _ in range(_LONGEST_FIELD):
            following = waiting.pop(0) if waiting else next(physical, None)
            if following is None:
                break
            taken.append(following)
            if following[1] is None:
                break
            joined += "\n" + following[1].rstrip("\r\n")
            if following[1].count('"') % 2 and joined.count('"') % 2 == 0:
                cells = _parsed(joined)
                if cells is not None and len(cells) == width:
                    return cells, waiting
        return text.split(","), taken + waiting


def _parsed(text: str) -> list[str] | None:
    try:
        rows = list(csv.reader([text] if "\n" not in text else text.splitlines(keepends=True), strict=False))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
