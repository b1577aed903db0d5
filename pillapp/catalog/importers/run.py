"""Importing files: recognise, read, take or reject every row, and commit the whole file or nothing."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pillapp.catalog.database import Database, sha256_of
from pillapp.catalog.guidance import count_guidance
from pillapp.catalog.importers.base import FileFacts, Importer, RowError
from pillapp.catalog.importers.readers import open_table
from pillapp.catalog.importers.registry import recognise
from pillapp.catalog.importers.table import Table
from pillapp.catalog.links import rebuild_links
from pillapp.catalog.schema import CatalogueState, ImportedFile, RejectedRow
from pillapp.errors import CatalogError, ImportFileError

_TELL_EVERY: Final = 1000  # rows between two looks at the clock and the cancel button
_DATE_IN_NAME: Final = re.compile(r"(20\d{2})[._-]?(0[1-9]|1[0-2])[._-]?([0-2]\d|3[01])")
_EXCERPT: Final = 200


class Outcome(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"  # the very same bytes are in already
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Where an import is. ``fraction`` is of the current file, 0…1; ``seconds_left`` is None while it can't be told."""

    path: Path
    file_number: int  # from 1
    files: int
    stage: str  # 읽는 중, 저장하는 중, 연결하는 중
    fraction: float
    rows: int
    rows_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. ``rows == taken + rejected`` whenever a file was imported."""

    path: Path
    outcome: Outcome
    title: str = ""
    source: str = ""
    rows: int = 0
    taken: int = 0
    rejected: int = 0
    rejects: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
    file_date: str = ""
    seconds: float = 0.0


class _CancelledError(Exception):
    pass


Progress = Callable[[ImportProgress], None]
Cancelled = Callable[[], bool]


def import_files(
    database: Database,
    paths: Iterable[Path],
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[ImportReport]:
    """Import files one after the other; a report for each, in order. One that fails leaves the others alone.

    Each file is one transaction: a failure, a cancel or a killed process leaves the database as it was before it. After
    the last one products and rules are joined anew; until then every product counts as not checkable.
    """
    listed = list(paths)
    reports: list[ImportReport] = []
    for number, path in enumerate(listed, 1):
        if cancelled and cancelled():
            reports.append(ImportReport(path, Outcome.CANCELLED))
            continue
        reports.append(_import_one(database, path, _Teller(path, number, len(listed), progress, cancelled)))
    if any(report.outcome is Outcome.IMPORTED for report in reports):
        _Teller(listed[-1], len(listed), len(listed), progress, None).tell("연결하는 중", 0.0, 0)
        join_products(database)
    return reports


def join_products(database: Database) -> None:
    """Bring the links of products and rules up to date, if an import left them out of date."""
    if not links_stale(database):
        return  # without taking the write lock: opening must not wait for another counter's import
    with database.transaction():
        if links_stale(database):
            rebuild_links(database)
            set_state(database, "links", "current")
            set_state(database, "with_guidance", str(count_guidance(database)))


def links_stale(database: Database) -> bool:
    """Whether an import has changed products or rules since they were last joined."""
    return bool(database.value("SELECT value FROM catalogue_state WHERE name = 'links'") == "stale")


class _Teller:
    """Tells progress not too often, and notices a cancel."""

    def __init__(self, path: Path, number: int, files: int, progress: Progress | None, cancelled: Cancelled | None):
        self._path, self._number, self._files = path, number, files
        self._progress, self._cancelled = progress, cancelled
        self._started = time.monotonic()

    def tell(self, stage: str, fraction: float, rows: int) -> None:
        if self._cancelled and self._cancelled():
            raise _CancelledError
        if self._progress:
            spent = max(time.monotonic() - self._started, 1e-6)
            left = spent * (1 - fraction) / fraction if fraction > 0.01 else None
            self._progress(
                ImportProgress(self._path, self._number, self._files, stage, fraction, rows, rows / spent, left)
            )


def _import_one(database: Database, path: Path, teller: _Teller) -> ImportReport:
    started = time.monotonic()
    try:
        table = open_table(path)
        importer_type = recognise(table)
        digest = sha256_of(path)
        with database.transaction():
            if database.postgres:
                database.execute("LOCK TABLE imported_file IN EXCLUSIVE MODE")  # ids are given by counting
            if database.value("SELECT 1 FROM imported_file WHERE sha256 = ? AND NOT starter", (digest,)):
                return ImportReport(path, Outcome.UNCHANGED, importer_type.title, importer_type.source)
            return take_table(database, table, importer_type, digest, teller.tell, started)
    except _CancelledError:
        return ImportReport(path, Outcome.CANCELLED, seconds=time.monotonic() - started)
    except CatalogError as error:
        return ImportReport(path, Outcome.FAILED, error=str(error), seconds=time.monotonic() - started)


@dataclass
class _Counted:
    rows: int = 0
    rejects: list[Rejected] = field(default_factory=list)


def take_table(
    database: Database,
    table: Table,
    importer_type: type[Importer],
    digest: str,
    tell: Callable[[str, float, int], None],
    started: float,
) -> ImportReport:
    """Take every row of a table. Call inside a transaction; raises what should undo it."""
    named = date_in_name(table.path.name) or table.content_date
    newest = database.value(
        "SELECT max(file_date) FROM imported_file WHERE source = ? AND NOT starter", (importer_type.source,)
    )
    record = {
        "name": table.path.name,
        "sha256": digest,
        "source": importer_type.source,
        "scope": "",
        "file_date": named,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": 0,
        "taken": 0,
        "rejected": 0,
        "starter": False,
    }
    file_id = database.insert(ImportedFile, record)
    facts = FileFacts(file_id, table.path.name, named, table.format, bool(newest and named and newest > named))
    importer = importer_type(database, facts, table.header)
    counted = _take_rows(table, importer, tell)
    taken = counted.rows - len(counted.rejects)
    if not taken:
        first = counted.rejects[0] if counted.rejects else None
        why = f" 첫 줄({first.line}): {first.reason}." if first else ""
        raise ImportFileError(
            f"{table.path.name}: {importer.title} 파일이지만 쓸 수 있는 줄이 없습니다.{why} "
            "아무것도 불러오지 않았습니다. (no usable row)"
        )
    tell("저장하는 중", 1.0, counted.rows)
    importer.finish()
    file_date = named or importer.seen_date
    database.execute(
        "UPDATE imported_file SET rows = ?, taken = ?, rejected = ?, scope = ?, file_date = ? WHERE id = ?",
        (counted.rows, taken, len(counted.rejects), importer.scope, file_date, file_id),
    )
    database.write(
        RejectedRow,
        ("file_id", "line", "reason", "excerpt"),
        [(file_id, reject.line, reject.reason, reject.excerpt) for reject in counted.rejects],
        update=None,
    )
    set_state(database, "links", "stale")
    set_state(database, "revision", str(1 + int(database.value(_REVISION) or 0)))
    return ImportReport(
        table.path,
        Outcome.IMPORTED,
        importer.title,
        importer.source,
        counted.rows,
        taken,
        len(counted.rejects),
        tuple(counted.rejects),
        tuple(importer.notes),
        None,
        file_date,
        time.monotonic() - started,
    )


_REVISION: Final = "SELECT value FROM catalogue_state WHERE name = 'revision'"


def _take_rows(table: Table, importer: Importer, tell: Callable[[str, float, int], None]) -> _Counted:
    counted = _Counted()
    rows = 0
    take = importer.take
    for rows, line in enumerate(table.rows, 1):
        reason = line.reason
        if reason is None:
            try:
                take([*line.cells, ""])
            except RowError as error:
                reason = str(error)
        if reason is not None:
            counted.rejects.append(Rejected(line.number, reason, ",".join(line.cells)[:_EXCERPT]))
        if rows % _TELL_EVERY == 0:
            tell("읽는 중", table.fraction(), rows)
    counted.rows = rows
    return counted


def set_state(database: Database, name: str, value: str) -> None:
    """Remember a small fact about the catalogue itself."""
    database.write(CatalogueState, ("name", "value"), [(name, value)], key=("name",), update=("value",))


def date_in_name(name: str) -> str:
    """The date a file's name carries (``…C20260312.csv``, ``(2025.9.1.)``), ISO; empty where none or in the future."""
    for text in (name, re.sub(r"\.(\d)(?=\.)", r".0\1", name)):
        for match in _DATE_IN_NAME.finditer(text):
            try:
                day = date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue
            if day <= date.today():
                return day.isoformat()
    return ""
