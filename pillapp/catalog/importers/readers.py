"""Opens any file we may be given, by its first bytes."""

from pathlib import Path
from typing import Final

from pillapp.catalog.importers.answers import open_answer
from pillapp.catalog.importers.table import Table
from pillapp.catalog.importers.text_reader import open_text
from pillapp.catalog.importers.workbook_reader import OLE_MAGIC, ZIP_MAGIC, open_workbook
from pillapp.errors import ImportFileError

_OTHERS: Final = {b"%PDF": "PDF", b"\x89PNG": "PNG 사진", b"\xff\xd8\xff": "JPEG 사진", b"SQLi": "SQLite 데이터베이스"}


def open_table(path: Path) -> Table:
    """Open a CSV, XLS, XLSX, JSON or XML file as a table; the header is not chosen yet.

    Raises:
        ImportFileError: missing, a folder, empty, or of a kind we don't read.
    """
    if path.is_dir():
        raise ImportFileError(f"{path}: 폴더입니다. 안의 파일을 지정하세요. (is a folder)")
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except FileNotFoundError as error:
        raise ImportFileError(f"{path}: 파일이 없습니다. 경로를 확인하세요. (file not found)") from error
    except OSError as error:
        raise ImportFileError(f"{path}: 파일을 열 수 없습니다({error.strerror}). (cannot open)") from error
    if not start:
        raise ImportFileError(f"{path.name}: 빈 파일입니다(0바이트). 다시 내려받으세요. (empty file)")
    if start.startswith((ZIP_MAGIC, OLE_MAGIC)):
        return open_workbook(path)
    for magic, kind in _OTHERS.items():
        if start.startswith(magic):
            raise ImportFileError(
                f"{path.name}: {kind}은(는) 불러올 수 없습니다. 공식 데이터 파일을 지정하세요. (not a data file)"
            )
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"[", b"<"):
        return open_answer(path)
    return open_text(path)


def read_table(path: Path) -> Table:
    """Open a file whose header is its first line."""
    table = open_table(path)
    table.use_header(0)
    return table
