"""Past checks in a SQLite file of the user, with the photo beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import peewee
from PIL import Image

from pillapp.check.contract import PhotoResult, photo_json
from pillapp.check.values import Check
from pillapp.errors import PillappError
from pillapp.paths import user_data_dir

JPEG_QUALITY: Final = 92


@dataclass(frozen=True, slots=True)
class Record:
    """One kept check: when, from which source, what it said (the JSON contract) and where its photo lies."""

    record_id: int
    made_at: datetime
    source: str
    contract: dict[str, Any]
    acknowledgements: tuple[dict[str, str], ...]  # finding, reason (code), text, who, when
    photo: Path

    @property
    def summary(self) -> tuple[int, int, int]:
        """Pills, findings, pairs not checkable."""
        return (
            len(self.contract["pills"]),
            len(self.contract["findings"]),
            int(self.contract["coverage"]["not_checkable"]),
        )


class RecordStore:
    """Keeps checks in ``folder`` (default: the user's own).

    Raises:
        PillappError: the file cannot be opened or written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_data_dir() / "records"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._database = peewee.SqliteDatabase(
            str(self._folder / "records.sqlite"), pragmas={"journal_mode": "wal", "foreign_keys": 1}
        )
        with _reported():
            self._database.execute_sql(
                "CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, made_at TEXT NOT NULL, source TEXT NOT NULL,"
                " contract TEXT NOT NULL, acknowledgements TEXT NOT NULL, model TEXT NOT NULL, dur_date TEXT, photo TEXT NOT NULL)"
            )

    def keep(self, check: Check, *, model: str, dur_date: str | None, made_at: datetime | None = None) -> int:
        """Keep a check with its photo; returns the record's number. The photo is written before the row."""
        made_at = made_at or datetime.now().astimezone()
        name = made_at.strftime("%Y%m%d-%H%M%S-%f") + ".jpg"
        acknowledgements = [
            {"finding": a.finding, "reason": a.reason.code, "text": a.text, "who": a.who, "when": a.when.isoformat()}
            for a in check.acknowledgements
        ]
        with _reported():
            Image.fromarray(check.frame.pixels).save(self._folder / name, "JPEG", quality=JPEG_QUALITY)
            cursor = self._database.execute_sql(
                "INSERT INTO record (made_at, source, contract, acknowledgements, model, dur_date, photo) VALUES (?,?,?,?,?,?,?)",
                (
                    made_at.isoformat(),
                    check.frame.source,
                    json.dumps(photo_json(PhotoResult.of(check.frame.source, check)), ensure_ascii=False),
                    json.dumps(acknowledgements, ensure_ascii=False),
                    model,
                    dur_date,
                    name,
                ),
            )
        return int(cursor.lastrowid)

    def latest(self, limit: int = 200) -> Sequence[Record]:
        """Newest records first."""
        with _reported():
            rows = self._database.execute_sql(
                "SELECT id, made_at, source, contract, acknowledgements, photo FROM record ORDER BY made_at DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            Record(
                number,
                datetime.fromisoformat(made_at),
                source,
                json.loads(contract),
                tuple(json.loads(acknowledgements)),
                self._folder / photo,
            )
            for number, made_at, source, contract, acknowledgements, photo in rows
        ]

    def close(self) -> None:
        """Close the file (of the calling thread)."""
        self._database.close()


class _reported:  # noqa: N801 - reads as a context manager
    """Turns database and disk errors into one sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (peewee.DatabaseError, OSError)):
            raise PillappError(
                f"검사 기록을 저장하거나 읽을 수 없습니다({error}). 화면의 결과는 남아 있습니다. 디스크 공간과 권한을 확인하세요. (records)"
            ) from error
