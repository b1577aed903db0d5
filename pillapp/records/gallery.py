"""The pharmacy's own pictures of products: JPEG crops in a folder of the user, what they are in a SQLite file beside them.

Nothing is forgotten: a picture that is taken back loses its file and its vector and keeps its row, with date and name.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import peewee

from pillapp.errors import GalleryError
from pillapp.identify.gallery import Gallery
from pillapp.paths import user_data_dir

LONGEST: Final = 320  # px of a kept crop: more than any network looks at
JPEG_QUALITY: Final = 92

# Crops (RGB uint8) with their masks (bool) → unit vectors float32 (n, d).
Embed = Callable[[Sequence[tuple[np.ndarray, np.ndarray]]], np.ndarray]


class Source(StrEnum):
    """Where a picture comes from: a pill that a person confirmed, or an official picture that was imported."""

    CONFIRMED = "confirmed"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Side:
    """One side to keep: ``crop`` RGB uint8 (h, w, 3), ``mask`` bool (h, w), its ``vector`` float32 (d,)."""

    crop: np.ndarray
    mask: np.ndarray
    vector: np.ndarray


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """One row: which product, where the crop lies, when and by whom it was added, and taken back (None: still in use)."""

    picture_id: int
    item_seq: str
    path: Path
    source: Source
    added_at: datetime
    added_by: str
    removed_at: datetime | None
    removed_by: str | None


class GalleryStore:
    """Keeps pictures in ``folder`` (default: the user's own). Open one per thread and job, and close it.

    Raises:
        GalleryError: the file or the folder cannot be read or written; what was kept before stays.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_data_dir() / "gallery"
        with _reported():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._database = peewee.SqliteDatabase(
                str(self._folder / "gallery.sqlite"), pragmas={"journal_mode": "wal"}
            )
            self._database.execute_sql(
                "CREATE TABLE IF NOT EXISTS picture (id INTEGER PRIMARY KEY, item_seq TEXT NOT NULL, file TEXT NOT NULL,"
                " digest TEXT NOT NULL, mask BLOB, vector BLOB, model TEXT NOT NULL, source TEXT NOT NULL,"
                " added_at TEXT NOT NULL, added_by TEXT NOT NULL, removed_at TEXT, removed_by TEXT)"
            )
            self._database.execute_sql(
                "CREATE UNIQUE INDEX IF NOT EXISTS in_use ON picture (item_seq, digest) WHERE removed_at IS NULL"
            )

    def add(
        self,
        item_seq: str,
        side: Side,
        *,
        model: str,
        who: str,
        source: Source = Source.CONFIRMED,
        added_at: datetime | None = None,
    ) -> tuple[int, bool]:
        """Keep one side; its number, and whether it is new: the same picture of the same product is kept once.

        ``model`` names the network that made the vector.
        """
        crop, mask = _shrunk(side.crop, side.mask)
        jpeg = cv2.imencode(".jpg", crop[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
        outline = cv2.imencode(".png", mask.astype(np.uint8) * 255)[1].tobytes()
        digest = hashlib.sha256(jpeg + outline).hexdigest()
        added_at = added_at or datetime.now().astimezone()
        with _reported():
            known = self._database.execute_sql(
                "SELECT id FROM picture WHERE item_seq = ? AND digest = ? AND removed_at IS NULL", (item_seq, digest)
            ).fetchone()
            if known:
                return int(known[0]), False
            name = f"{item_seq}-{added_at:%Y%m%d%H%M%S%f}-{digest[:8]}.jpg"
            (self._folder / name).write_bytes(jpeg)  # before the row: a row without its picture is worth nothing
            cursor = self._database.execute_sql(
                "INSERT INTO picture (item_seq, file, digest, mask, vector, model, source, added_at, added_by)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                (item_seq, name, digest, outline, _bytes(side.vector), model, source.value, added_at.isoformat(), who),
            )
        return int(cursor.lastrowid), True

    def remove(self, picture_id: int, *, who: str, removed_at: datetime | None = None) -> KeptPicture:
        """Take a picture back: file and vector go, the row stays with date and name.

        Raises:
            GalleryError: there is no such picture in use.
        """
        removed_at = removed_at or datetime.now().astimezone()
        with _reported():
            changed = self._database.execute_sql(
                "UPDATE picture SET removed_at = ?, removed_by = ?, vector = NULL, mask = NULL"
                " WHERE id = ? AND removed_at IS NULL",
                (removed_at.isoformat(), who, picture_id),
            ).rowcount
        if not changed:
            raise GalleryError(
                f"사진첩에 {picture_id}번 사진이 없거나 이미 지워졌습니다. 바뀐 것은 없습니다. gallery list로 번호를 확인하세요. "
                "(no such picture in the gallery)"
            )
        picture = next(one for one in self.history() if one.picture_id == picture_id)
        with _reported():
            picture.path.unlink(missing_ok=True)
        return picture

    def pictures(self, source: Source | None = None) -> list[KeptPicture]:
        """Pictures in use, newest first."""
        return [one for one in self.history() if one.removed_at is None and source in (None, one.source)]

    def history(self) -> list[KeptPicture]:
        """Every picture there ever was, newest first."""
        with _reported():
            rows = self._database.execute_sql(
                "SELECT id, item_seq, file, source, added_at, added_by, removed_at, removed_by FROM picture ORDER BY id DESC"
            ).fetchall()
        return [self._picture(row) for row in rows]

    def load(self, model: str, embed: Embed) -> Gallery:
        """All pictures in use as vectors of the network ``model``.

        Vectors of another version are made anew from the crops by ``embed`` and kept; a picture whose crop cannot be read
        any more is left out then.
        """
        self._renew(model, embed)
        with _reported():
            rows = self._database.execute_sql(
                "SELECT item_seq, vector FROM picture WHERE removed_at IS NULL AND model = ? ORDER BY id", (model,)
            ).fetchall()
        if not rows:
            return Gallery(np.zeros((0, 0), np.float32), ())
        vectors = np.stack([np.frombuffer(vector, np.float32) for _, vector in rows])
        return Gallery(vectors, tuple(item_seq for item_seq, _ in rows))

    def nearest(self, item_seq: str, seen: np.ndarray, model: str) -> tuple[KeptPicture, float] | None:
        """The picture of a product most like ``seen`` (d,) and its cosine; None if there is none of this network."""
        with _reported():
            rows = self._database.execute_sql(
                "SELECT id, item_seq, file, source, added_at, added_by, removed_at, removed_by, vector FROM picture"
                " WHERE removed_at IS NULL AND item_seq = ? AND model = ?",
                (item_seq, model),
            ).fetchall()
        if not rows:
            return None
        cosines = [float(np.frombuffer(row[-1], np.float32) @ seen) for row in rows]
        best = int(np.argmax(cosines))
        return self._picture(rows[best][:-1]), cosines[best]

    def close(self) -> None:
        """Close the file (of the calling thread)."""
        self._database.close()

    def __enter__(self) -> "GalleryStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _renew(self, model: str, embed: Embed) -> None:
        with _reported():
            rows = self._database.execute_sql(
                "SELECT id, file, mask FROM picture WHERE removed_at IS NULL AND model <> ?", (model,)
            ).fetchall()
            readable = [(number, pill) for number, *kept in rows if (pill := self._read(*kept)) is not None]
            for start in range(0, len(readable), 64):
                some = readable[start : start + 64]
                with self._database.atomic():
                    for (number, _), vector in zip(some, embed([pill for _, pill in some]), strict=True):
                        self._database.execute_sql(
                            "UPDATE picture SET vector = ?, model = ? WHERE id = ?", (_bytes(vector), model, number)
                        )

    def _read(self, file: str, mask: bytes) -> tuple[np.ndarray, np.ndarray] | None:
        """Crop and mask of a kept picture; None where the file is gone or damaged."""
        crop = read_crop(self._folder / file)
        outline = cv2.imdecode(np.frombuffer(mask, np.uint8), cv2.IMREAD_GRAYSCALE)
        if crop is None or outline is None or outline.shape != crop.shape[:2]:
            return None
        return crop, outline > 127

    def _picture(self, row: Sequence[Any]) -> KeptPicture:
        number, item_seq, file, source, added_at, added_by, removed_at, removed_by = row
        removed = datetime.fromisoformat(removed_at) if removed_at else None
        added = datetime.fromisoformat(added_at)
        return KeptPicture(number, item_seq, self._folder / file, Source(source), added, added_by, removed, removed_by)


def read_crop(path: Path) -> np.ndarray | None:
    """A kept crop, RGB uint8 (h, w, 3); None where the file is gone or damaged."""
    if not path.is_file():
        return None
    image = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), cv2.IMREAD_COLOR)
    return None if image is None else np.ascontiguousarray(image[:, :, ::-1])


def _shrunk(crop: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = LONGEST / max(crop.shape[:2])
    if scale >= 1:
        return crop, mask
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    solid = cv2.resize(mask.astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 127
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA), solid


def _bytes(vector: np.ndarray) -> bytes:
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()


@contextmanager
def _reported() -> Iterator[None]:
    """Turns database and disk errors into one sentence."""
    try:
        yield
    except (peewee.DatabaseError, OSError) as error:
        raise GalleryError(
            f"사진첩을 저장하거나 읽을 수 없습니다({error}). 이미 저장된 사진은 그대로입니다. 디스크 공간과 권한을 확인하세요. (gallery)"
        ) from error
