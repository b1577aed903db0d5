"""One open database, SQLite or PostgreSQL, behind the same few calls: sessions, reads, bulk writes, migration."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import peewee
from playhouse.migrations import Runner
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from pillapp.catalog.schema import SCHEMA_VERSION_TABLE, Table
from pillapp.errors import CatalogError
from pillapp.paths import program_root

_CHUNK: Final = 20_000  # rows handed to the driver at once: bounds memory, and is where a cancel is noticed
_SQLITE_PRAGMAS: Final = {
    "journal_mode": "wal",
    "synchronous": "normal",  # with WAL a killed process loses nothing that was committed
    "foreign_keys": 1,
    "cache_size": -64_000,
    "temp_store": "memory",
}
_BUSY_SECONDS: Final = 30
_RELOAD: Final = "다른 이름으로 옮겨 둔 뒤 프로그램을 다시 시작하면 새로 만들어집니다."

logger = logging.getLogger(__name__)


class Database:
    """An open catalogue database. Safe to use from several threads: each gets a connection of its own from a pool."""

    def __init__(self, url: str):
        self.url = url
        self.postgres = url.startswith(("postgresql://", "postgres://"))
        self.path: Path | None = None
        if self.postgres:
            self._db = _postgres(url)
            self._mark = "%s"
        else:
            self.path = sqlite_path(url)
            self._db = _sqlite(self.path)
            self._mark = "?"

    def __str__(self) -> str:
        return str(self.path) if self.path else without_password(self.url)

    @contextmanager
    def session(self) -> Iterator[None]:
        """A connection for this thread; database errors inside become :class:`CatalogError` with what to do."""
        with _told_clearly(self):
            opened = self._db.connect(reuse_if_open=True)
            try:
                yield
            finally:
                if opened:
                    self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside or nothing. On SQLite the write lock is taken at once, so two writers queue up."""
        with self.session():
            block = self._db.atomic() if self.postgres else self._db.atomic("IMMEDIATE")
            with block:
                yield

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Write ``?`` for parameters whatever the engine."""
        with self.session():
            return list(self._run(sql, parameters).fetchall())

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """First column of the first row, or None."""
        with self.session():
            row = self._run(sql, parameters).fetchone()
            return row[0] if row else None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes rows; the number of rows it touched."""
        with self.session():
            return int(self._run(sql, parameters).rowcount)

    def rows_in(self, sql: str, keys: Iterable[Any]) -> list[tuple[Any, ...]]:
        """Rows of a query that ends in ``IN (??)``, whatever the number of keys."""
        wanted, found = list(keys), []
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            found += self.rows(sql.replace("??", ",".join("?" * len(part))), part)
        return found

    def _run(self, sql: str, parameters: Sequence[Any]) -> Any:
        return self._db.execute_sql(sql.replace("?", self._mark) if self.postgres else sql, tuple(parameters))

    def insert(self, table: type[Table], row: dict[str, Any]) -> int:
        """Insert one row of a table with an automatic id; the id."""
        with self.session():
            return int(table.insert(row).execute(self._db))

    def write(
        self,
        table: type[Table],
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        update: Sequence[str] | None = (),
        key: Sequence[str] = (),
        fill: bool = False,
    ) -> int:
        """Insert many rows; one whose ``key`` is there already is left (``update=()``) or has columns overwritten.

        An empty new text never overwrites an old one; with ``fill`` only empty old texts are overwritten.
        ``update=None`` inserts into an emptied table without looking for duplicates. Returns the rows handed over.
        """
        name = table._meta.table_name
        quoted = _quoted(columns)
        tail = ""
        if update is not None:
            target = f"({_quoted(key)})" if key else ""
            winner, other = (f'"{name}"', "excluded") if fill else ("excluded", f'"{name}"')
            action = ", ".join(
                f'"{column}" = excluded."{column}"'
                if column.endswith("_id")
                else f'"{column}" = CASE WHEN {winner}."{column}" = \'\' THEN {other}."{column}"'
                f' ELSE {winner}."{column}" END'
                for column in update
            )
            tail = f" ON CONFLICT {target} DO UPDATE SET {action}" if update else " ON CONFLICT DO NOTHING"
        # The driver's cursor is used directly, so its errors must be brought into peewee's family by hand.
        with self.session(), peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            if self.postgres:
                return self._copy(name, columns, quoted, rows, tail)
            marks = ", ".join("?" * len(columns))
            sql = f'INSERT INTO "{name}" ({quoted}) VALUES ({marks}){tail}'
            cursor, count = self._db.cursor(), 0
            for chunk in _chunks(rows):
                cursor.executemany(sql, chunk)
                count += len(chunk)
            return count

    def _copy(self, name: str, columns: Sequence[str], quoted: str, rows: Iterable[Sequence[Any]], tail: str) -> int:
        # COPY into a temporary table, then one INSERT: single inserts over the network are many times slower.
        cursor, count = self._db.cursor(), 0
        cursor.execute(f'CREATE TEMP TABLE IF NOT EXISTS "incoming_{name}" (LIKE "{name}" INCLUDING DEFAULTS)')
        for chunk in _chunks(rows):
            cursor.execute(f'TRUNCATE "incoming_{name}"')
            with cursor.copy(f'COPY "incoming_{name}" ({quoted}) FROM STDIN') as copy:
                for row in chunk:
                    copy.write_row([value.replace("\0", "") if isinstance(value, str) else value for value in row])
            cursor.execute(f'INSERT INTO "{name}" ({quoted}) SELECT {quoted} FROM "incoming_{name}"{tail}')
            count += len(chunk)
        cursor.execute(f'DROP TABLE "incoming_{name}"')
        return count

    def migrate(self) -> None:
        """Bring the tables to the program's version; refuse a database that is newer than the program."""
        with self.session():
            runner = Runner(self._db, str(migrations_dir()), table_name=SCHEMA_VERSION_TABLE)
            known = {migration.name for migration in runner.migrations()}
            applied = set(runner.applied())
            if applied - known:
                raise CatalogError(
                    f"{self}: 더 새로운 버전의 Pillapp에서 만든 데이터베이스입니다. 아무것도 바꾸지 않았습니다. "
                    "프로그램을 업데이트하거나 --catalog로 다른 것을 지정하세요. (database newer than program)"
                )
            if not applied and self._db.get_tables():
                raise CatalogError(
                    f"{self}: Pillapp의 데이터베이스가 아닙니다(다른 표가 들어 있음). 아무것도 바꾸지 않았습니다. "
                    "--catalog로 다른 데이터베이스를 지정하세요. (not a Pillapp database)"
                )
            if known - applied:
                runner.up()

    def tables(self) -> list[str]:
        """Names of the tables there are."""
        with self.session():
            return list(self._db.get_tables())

    @property
    def raw(self) -> Any:
        """The peewee database, for schema checks in tests."""
        return self._db

    def close(self) -> None:
        """Close every connection of every thread."""
        if not self._db.is_closed():
            self._db.close()
        self._db.close_all()


def migrations_dir() -> Path:
    """Folder of the numbered migrations."""
    return program_root() / "database" / "migrations"


def sqlite_path(url: str) -> Path:
    """File of a ``sqlite:///path`` URL: three slashes and a relative path, or four and an absolute one."""
    if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        raise CatalogError(
            f"--catalog {without_password(url)}: sqlite:///경로 또는 postgresql://사용자@서버/이름 형식이어야 합니다. "
            "(unknown database URL)"
        )
    return Path(url[len("sqlite:///") :]).expanduser()


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sqlite(path: Path) -> Any:
    if path.is_dir():
        raise CatalogError(f"{path}: 데이터베이스 파일이 아니라 폴더입니다. 파일 이름까지 지정하세요. (is a folder)")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogError(f"{path.parent}: 폴더를 만들 수 없습니다({error.strerror}). (cannot make folder)") from error
    return PooledSqliteDatabase(
        str(path),
        max_connections=64,
        stale_timeout=600,
        timeout=_BUSY_SECONDS,
        pragmas={**_SQLITE_PRAGMAS, "busy_timeout": _BUSY_SECONDS * 1000},
        check_same_thread=False,  # the pool hands a connection from one thread to the next, never to two at once
    )


def _postgres(url: str) -> Any:
    parts = urlsplit(url)
    if not parts.path.strip("/"):
        raise CatalogError(f"--catalog {without_password(url)}: 데이터베이스 이름이 없습니다. (no database name)")
    return PooledPostgresqlDatabase(
        unquote(parts.path.strip("/")),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        connect_timeout=10,
        max_connections=32,
        stale_timeout=600,
        timeout=_BUSY_SECONDS,
        prefer_psycopg3=True,
    )


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _told_already(error: BaseException) -> CatalogError | None:
    """The first trouble behind an error. SQLite undoes a transaction itself when the disk is full; that undoing it again
    then fails is not what anybody needs to hear."""
    cause = error.__context__
    while cause is not None and not isinstance(cause, CatalogError):
        cause = cause.__context__
    return cause


@contextmanager
def _told_clearly(database: Database) -> Iterator[None]:
    try:
        yield
    except peewee.DatabaseError as error:
        told = _told_already(error)
        if told is not None:
            raise told from None
        reason = str(error)
        if database.postgres:
            logger.exception("database error")
            raise CatalogError(
                f"{database}: 데이터베이스 서버가 거부하거나 응답하지 않습니다. "
                f"서버 주소와 권한을 확인하세요. ({reason.splitlines()[0]})"
            ) from error
        if "malformed" in reason or "not a database" in reason:
            raise CatalogError(f"{database}: 데이터베이스 파일이 손상되었습니다. {_RELOAD} ({reason})") from error
        if "locked" in reason:
            raise CatalogError(
                f"{database}: 다른 프로그램이 데이터베이스를 쓰는 중입니다. 끝난 뒤 다시 하세요. ({reason})"
            ) from error
        if "readonly" in reason or "unable to open" in reason:
            raise CatalogError(
                f"{database}: 데이터베이스를 열거나 쓸 수 없습니다. 폴더 권한을 확인하세요. ({reason})"
            ) from error
        if "full" in reason:
            raise CatalogError(
                f"{database}: 디스크에 자리가 없습니다. 아무것도 바꾸지 않았습니다. ({reason})"
            ) from error
        raise


def replace_file(source: Path, target: Path) -> None:
    """Put a finished database in place at once; its WAL must have been folded in by closing it."""
    source.replace(target)
