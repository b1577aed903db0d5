"""Official product pictures into the gallery: both sides cut out of each, named by the file or by a ``labels.csv``."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pillapp.capture.photos import PHOTO_SUFFIXES, load_photo
from pillapp.errors import GalleryError, PhotoError
from pillapp.records.gallery import GalleryStore, Side, Source
from pillapp.vision.embed import Embedder
from pillapp.vision.segment import OutlineFinder
from pillapp.vision.studio import of_one_size, pill_boxes

LABELS: Final = "labels.csv"
# 품목기준코드 first, then whatever tells pictures of one product apart
_NAMED: Final = re.compile(r"(\d{9})(?:\D.*)?")
_CODE: Final = re.compile(r"\d{9}")


@dataclass(frozen=True, slots=True)
class ImportedPictures:
    """What came of a folder: ``pictures`` files read, ``added`` and ``known`` sides of them, ``failed`` files with the reason.

    ``pictures`` + ``len(failed)`` is the number of files looked at.
    """

    pictures: int
    added: int
    known: int
    failed: tuple[tuple[str, str], ...]


def import_pictures(
    folder: Path,
    store: GalleryStore,
    outlines: OutlineFinder,
    embedder: Embedder,
    *,
    who: str,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> ImportedPictures:
    """Keep both sides of every picture of ``folder``; a file that cannot be used is said and the others count.

    ``told`` hears how many of how many files are done.

    Raises:
        GalleryError: the folder or its labels cannot be read, or the gallery cannot be written.
    """
    files = list(_labelled(folder))
    if not files:
        raise GalleryError(
            f"{folder}에 사진이 없습니다. 바뀐 것은 없습니다. 사진이 든 폴더를 고르세요. (no pictures there)"
        )
    pictures = added = known = 0
    failed: list[tuple[str, str]] = []
    for number, (path, item_seq) in enumerate(files):
        told(number, len(files))
        try:
            sides = _sides(path, item_seq, outlines, embedder)
        except PhotoError as error:
            failed.append((path.name, str(error)))
            continue
        pictures += 1
        for side in sides:
            _, new = store.add(item_seq, side, model=embedder.version, who=who, source=Source.OFFICIAL)
            added += new
            known += not new
    told(len(files), len(files))
    return ImportedPictures(pictures, added, known, tuple(failed))


def _sides(path: Path, item_seq: str, outlines: OutlineFinder, embedder: Embedder) -> Sequence[Side]:
    if not _CODE.fullmatch(item_seq):
        raise PhotoError(
            f"어느 품목의 사진인지 알 수 없어 건너뛰었습니다. 파일 이름을 9자리 품목기준코드로 하거나 {LABELS}에 적으세요. "
            "(no product code)"
        )
    pixels = load_photo(path).pixels
    boxes = pill_boxes(pixels)
    if len(boxes) == 2 and not of_one_size(boxes):
        raise PhotoError(
            "두 알약의 크기가 달라 한 품목의 앞뒤로 볼 수 없어 건너뛰었습니다. 한 품목의 앞면과 뒷면만 찍은 사진을 쓰세요. "
            "(not two sides of one pill)"
        )
    cuts = [cut for cut in outlines.cut_all(pixels, boxes) if cut.trusted]
    if not cuts:
        raise PhotoError(
            "고른 배경 위의 알약을 찾지 못해 건너뛰었습니다. 배경이 한 가지 색인 사진을 쓰세요. (no pill on a plain background)"
        )
    vectors = embedder.embed_all([(cut.crop, cut.mask) for cut in cuts])
    return [Side(cut.crop, cut.mask, vector) for cut, vector in zip(cuts, vectors, strict=True)]


def _labelled(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every picture of the folder (or of its ``images``), and its item_seq, empty where nobody says."""
    if not folder.is_dir():
        raise GalleryError(f"{folder} 폴더가 없습니다. 바뀐 것은 없습니다. 경로를 확인하세요. (no such folder)")
    labels = _labels(folder / LABELS)
    named = set()
    for where in (folder, folder / "images"):
        paths = where.iterdir() if where.is_dir() else ()
        for path in sorted(p for p in paths if p.suffix.lower() in PHOTO_SUFFIXES):
            match = _NAMED.fullmatch(path.stem)
            named.add(path.name)
            yield path, labels.get(path.name) or (match[1] if match and not labels else "")
    for name in labels:
        if name not in named:
            yield folder / name, labels[name]


def _labels(path: Path) -> dict[str, str]:
    """File name → item_seq of a ``labels.csv`` (columns ``file`` and ``item_seq``); empty if there is none."""
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {row["file"]: row["item_seq"].strip() for row in csv.DictReader(stream)}
    except (OSError, UnicodeDecodeError, KeyError, AttributeError, csv.Error) as error:
        raise GalleryError(
            f"{path}을(를) 읽을 수 없습니다. 바뀐 것은 없습니다. UTF-8이고 file, item_seq 열이 있어야 합니다. (labels.csv)"
        ) from error
