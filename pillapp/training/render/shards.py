"""The files pictures are kept in: shards of JPEG pictures, PNG masks and one list of labels, and how to read them.

A shard is a plain zip file: ``0000.jpg``, ``0000.png`` (0, or the number of the pill that is seen), … and ``labels.json``.
The same pictures give the same bytes. A shard is written whole or not at all.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from pillapp.training.render.crops import Character, Crop
from pillapp.training.render.scenes import Scene, SeenPill

_LABELS: Final = "labels.json"
_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 95)


def write_shard(path: Path, pictures: Sequence[Crop | Scene], about: dict[str, Any]) -> None:
    """Write crops or scenes and what there is to know ``about`` them all (plain JSON values)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        for number, picture in enumerate(pictures):
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.jpg"), _encoded(".jpg", picture.picture[:, :, ::-1], _JPEG))
            archive.writestr(zipfile.ZipInfo(f"{number:04d}.png"), _encoded(".png", picture.mask.astype(np.uint8)))
        labels = {"about": about, "pictures": [_label(picture) for picture in pictures]}
        archive.writestr(zipfile.ZipInfo(_LABELS), json.dumps(labels, ensure_ascii=False))
    part.replace(path)


def about_shard(path: Path) -> tuple[int, dict[str, Any]] | None:
    """How many pictures a shard holds and what was said about them; None if it is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            labels = json.loads(archive.read(_LABELS))
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        return None
    return len(labels["pictures"]), labels["about"]


def shard_path(folder: Path, kind: str, number: int) -> Path:
    """Where a shard of ``crops`` or ``scenes`` lies."""
    return folder / kind / f"{number:05d}.zip"


def read_crops(folder: Path) -> Iterator[Crop]:
    """All crops of a folder, in order."""
    for picture, mask, label in _read(folder, "crops"):
        characters = tuple(
            Character(c["text"], tuple(c["centre"]), tuple(tuple(corner) for corner in c["corners"]))
            for c in label["characters"]
        )
        yield Crop(
            label["item_seq"],
            picture,
            mask > 0,
            label["back"],
            label["text"],
            characters,
            label["mm_per_px"],
        )


def read_scenes(folder: Path) -> Iterator[Scene]:
    """All scenes of a folder, in order."""
    for picture, mask, label in _read(folder, "scenes"):
        pills = tuple(SeenPill(**{**pill, "box": tuple(pill["box"])}) for pill in label["pills"])
        yield Scene(picture, mask, pills, label["layout"])


def read_hands(folder: Path) -> Iterator[Scene]:
    """All hands of a folder, in order."""
    for picture, mask, label in _read(folder, "hands"):
        yield Scene(picture, mask, (), label["layout"])


def _read(folder: Path, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray, dict[str, Any]]]:
    for path in sorted((folder / kind).glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for number, label in enumerate(json.loads(archive.read(_LABELS))["pictures"]):
                jpeg, png = (archive.read(f"{number:04d}.{kind}") for kind in ("jpg", "png"))
                picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
                mask = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
                yield np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]), np.asarray(mask), label


def _label(picture: Crop | Scene) -> dict[str, Any]:
    if isinstance(picture, Scene):
        return {"layout": picture.layout, "pills": [asdict(pill) for pill in picture.pills]}
    return {
        "item_seq": picture.item_seq,
        "back": picture.back,
        "text": picture.text,
        "characters": [asdict(character) for character in picture.characters],
        "mm_per_px": picture.mm_per_px,
    }


def _encoded(suffix: str, pixels: np.ndarray, parameters: Sequence[int] = ()) -> bytes:
    return bytes(cv2.imencode(suffix, np.ascontiguousarray(pixels), list(parameters))[1])
