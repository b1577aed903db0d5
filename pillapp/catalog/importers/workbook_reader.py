"""Excel files by what they are, not by what they are called: OOXML (``PK``) named .xls, real BIFF, bombs refused."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import defusedxml.ElementTree as SafeTree
from python_calamine import CalamineError, load_workbook

from pillapp.catalog.importers.table import HEAD_LINES, Line, Table
from pillapp.catalog.parse import iso_date
from pillapp.errors import ImportFileError

ZIP_MAGIC: Final = b"PK\x03\x04"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_UNPACKED: Final = 3 << 30  # the largest official XLSX (DUR 품목) unpacks to about 2 GiB
_MOST_RATIO: Final = 150  # official files unpack 4 to 12 times, a bomb a thousand times
_STREAM_ABOVE: Final = 64 << 20  # sheets larger than this are parsed as a stream: calamine would hold all of it
_PIECE: Final = 1 << 20
_ROW_NUMBER: Final = re.compile(rb'\br="(\d+)"')
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def open_workbook(path: Path) -> Table:
    """Open the first sheet with rows of an Excel file.

    Raises:
        ImportFileError: damaged, a ZIP bomb, encrypted, or without a row.
    """
    with path.open("rb") as stream:
        ooxml = stream.read(4) == ZIP_MAGIC
    made = _guard(path) if ooxml else ""
    largest = _largest_sheet(path) if ooxml else None
    if largest and largest.file_size > _STREAM_ABOVE:
        stream_reader = _SheetStream(path, largest)
        lines = stream_reader.lines()
        head = _head(lines)
        return Table(path, "XLSX", "", head, lines, stream_reader.fraction, made)
    rows = _all_rows(path)
    done = 0

    def lines_of() -> Iterator[Line]:
        nonlocal done
        for done, row in enumerate(rows, 1):
            cells = [_text(value) for value in row]
            if any(cells):
                yield Line(done, cells)

    lines = lines_of()
    head = _head(lines)
    if not head:
        raise ImportFileError(f"{path.name}: 빈 표입니다. 다시 내려받으세요. (empty sheet)")
    return Table(path, "XLSX" if ooxml else "XLS", "", head, lines, lambda: done / max(len(rows), 1), made)


def _head(lines: Iterator[Line]) -> list[Line]:
    return [line for _, line in zip(range(HEAD_LINES), lines, strict=False)]


def _guard(path: Path) -> str:
    """Refuse archives that unpack to absurd sizes; the date the file says it was made on."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > _MOST_UNPACKED or unpacked > _MOST_RATIO * path.stat().st_size + (64 << 20):
                raise ImportFileError(
                    f"{path.name}: 풀면 {unpacked / 2**20:,.0f} MiB가 되는 압축입니다. 공식 파일이 아닙니다. "
                    "아무것도 불러오지 않았습니다. (zip bomb refused)"
                )
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise ImportFileError(
                    f"{path.name}: 엑셀 파일이 아닌 ZIP입니다. 압축을 풀어 안의 파일을 지정하세요. (not a workbook)"
                )
            if "docProps/core.xml" not in names:
                return ""
            core = SafeTree.fromstring(archive.read("docProps/core.xml"))
            created = core.find("{http://purl.org/dc/terms/}created")
            return iso_date(created.text) if created is not None else ""
    except (zipfile.BadZipFile, SafeTree.ParseError) as error:
        raise ImportFileError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    return f"{path.name}: 엑셀 파일이 손상되었습니다. 다시 내려받으세요. (damaged workbook: {error})"


def _largest_sheet(path: Path) -> zipfile.ZipInfo | None:
    with zipfile.ZipFile(path) as archive:
        sheets = [member for member in archive.infolist() if member.filename.startswith("xl/worksheets/sheet")]
    return max(sheets, key=lambda member: member.file_size, default=None)


def _all_rows(path: Path) -> list[list[Any]]:
    try:
        # From bytes, so that the content decides and not the extension.
        book = load_workbook(io.BytesIO(path.read_bytes()))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if rows:
                return list(rows)
    except (CalamineError, ValueError, OSError) as error:
        raise ImportFileError(_damaged(path, error)) from error
    return []


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return str(value)


class _SheetStream:
    """One sheet parsed as a stream, row by row, in bounded memory."""

    def __init__(self, path: Path, member: zipfile.ZipInfo):
        self._path, self._member = path, member
        self._file: Any = None

    def fraction(self) -> float:
        return self._file.tell() / max(self._member.file_size, 1) if self._file and not self._file.closed else 1.0

    def lines(self) -> Iterator[Line]:
        with zipfile.ZipFile(self._path) as archive:
            shared = _shared_strings(archive)
            with archive.open(self._member) as self._file:
                for number, raw in self._rows():
                    try:
                        # One row is parsed alone: events for each cell of 800,000 rows would take minutes, and a row
                        # has no place for declarations, so nothing can expand.
                        cells = _row_cells(ElementTree.fromstring(raw), shared)
                    except (ElementTree.ParseError, IndexError, ValueError) as error:
                        raise ImportFileError(_damaged(self._path, error)) from error
                    if any(cells):
                        yield Line(number, cells)

    def _rows(self) -> Iterator[tuple[int, bytes]]:
        """Number and XML of each row, its own attributes (and their namespaces) left out."""
        rest, found = b"", 0
        while piece := self._file.read(_PIECE):
            *rows, rest = (rest + piece).split(b"</row>")
            for row in rows:
                start = row.rfind(b"<row")
                number = _ROW_NUMBER.search(row, start)
                found = int(number[1]) if number else found + 1
                yield found, b"<row>" + row[row.index(b">", start) + 1 :] + b"</row>"
        if not found:
            raise ImportFileError(_damaged(self._path, ValueError("no rows")))


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    shared: list[str] = []
    with archive.open("xl/sharedStrings.xml") as stream:
        for _, element in SafeTree.iterparse(stream):
            if element.tag == f"{_MAIN}si":
                shared.append("".join(node.text or "" for node in element.iter(f"{_MAIN}t")))
                element.clear()
    return shared


def _row_cells(row: Any, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row:
        column = _column(cell.get("r", ""), len(cells))
        cells += [""] * (column - len(cells))
        kind = cell.get("t")
        value = cell.find("v")
        if kind == "inlineStr":
            cells.append("".join(node.text or "" for node in cell.iter("t")))
        elif value is None or value.text is None:
            cells.append("")
        elif kind == "s":
            cells.append(shared[int(value.text)])
        else:
            cells.append(value.text)
    return cells


def _column(reference: str, default: int) -> int:
    index = 0
    for character in reference:
        if not character.isalpha():
            break
        index = index * 26 + ord(character) - 64
    return index - 1 if index else default
