"""A file as a table of text: what every reader makes and every importer takes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

HEAD_LINES: Final = 12  # some lists have a title above their header

_SPACES: Final = re.compile(r"\s+")


class Line(NamedTuple):
    """One row: its place in the file (1 = first line), its cells as text, and why it can't be used, if so."""

    number: int
    cells: list[str]
    reason: str | None = None


def clean_header(cell: str) -> str:
    """A column name without byte-order mark, line breaks (``주성분코드\\n_동일제형``) and spaces."""
    return _SPACES.sub("", cell.replace("\ufeff", "")).strip('"')


@dataclass
class Table:
    """An open file. Call ``use_header`` once; then ``rows`` gives every row below the header, bad ones too."""

    path: Path
    format: str  # CSV, XLSX, XLS, JSON, XML
    encoding: str
    head: list[Line]
    lines: Iterator[Line]
    # How far reading got, 0…1; the rows are not known before the end is reached.
    fraction: Callable[[], float]
    content_date: str = ""  # ISO date the file itself says it was made on, empty where it doesn't
    header: list[str] = field(default_factory=list)

    def use_header(self, index: int) -> None:
        """Take line ``index`` of the head as the header; lines above it are titles."""
        names = [clean_header(cell) for cell in self.head[index].cells]
        while names and not names[-1]:
            names.pop()
        self.header = names
        self._below = self.head[index + 1 :]

    @property
    def rows(self) -> Iterator[Line]:
        """Rows below the header with exactly as many cells as it, or with the reason why not."""
        width = len(self.header)
        for line in chain(self._below, self.lines):
            cells = line.cells
            if line.reason is None and len(cells) != width:
                if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
                    line = Line(line.number, cells[:width])
                else:
                    line = Line(line.number, cells, f"칸이 {width}개여야 하는데 {len(cells)}개입니다")
            yield line
