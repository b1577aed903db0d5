"""The photo sets weights may be trained on, and the ones that only measure.

Every path to a photo set goes through :func:`training_set` or :func:`measuring_set`, so a set meant for measuring
cannot slip into training. ``mfds_reference`` is split row by row instead (its column ``use``).
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.paths import measuring_data_dir, program_root

TRAINING_SETS: Final = frozenset(
    {
        "nlm_reference",
        "epillid",
        "mfds_reference",
        "hands_and_desks",
        "dispenser_rig",
        "white_tray_masks",
        "counted_trays",
    }
)
MEASURING_SETS: Final = frozenset(
    {
        "aihub_korean",
        "web_scenes",
        "imprint_photos",
        "counter_webcam",
        "touching_piles",
        "mixes_on_surfaces",
        "dense_trays_unlabelled",
        "hands_mostly_empty",
        "empty_backgrounds",
    }
)
IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})


class DataSetError(Exception):
    """A data set is missing, or one was asked for a use it is not meant for."""


def work_dir() -> Path:
    """Renders, lists and checkpoints of training runs; ignored by git."""
    return program_root() / "work"


def training_set(name: str) -> Path:
    """Folder of a set that weights may be trained on."""
    if name not in TRAINING_SETS:
        raise DataSetError(f"{name} is not a training set")
    return _existing(name)


def measuring_set(name: str) -> Path:
    """Folder of a set that only measures."""
    if name not in MEASURING_SETS:
        raise DataSetError(f"{name} is not a measuring set")
    return _existing(name)


def _existing(name: str) -> Path:
    folder = measuring_data_dir() / "pills" / name
    if not folder.is_dir():
        raise DataSetError(f"{folder} is missing: set PILLAPP_DATA to the folder that holds pills/")
    return folder


def read_bgr(path: Path) -> np.ndarray:
    """A photo as OpenCV reads it: BGR uint8 (h, w, 3), turned as its EXIF says.

    Raises:
        DataSetError: it is not a picture.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise DataSetError(f"{path} is not a picture")
    return np.asarray(image)


def read_rgb(path: Path) -> np.ndarray:
    """A photo as RGB uint8 (h, w, 3), turned as its EXIF says.

    Raises:
        DataSetError: it is not a picture.
    """
    return np.ascontiguousarray(read_bgr(path)[:, :, ::-1])


def held_out(key: str, one_in: int = 12) -> bool:
    """Whether a scene, product or texture is kept out of training, decided by its name alone."""
    return int(hashlib.sha1(key.encode()).hexdigest(), 16) % one_in == 0


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo and its pills: ``boxes`` is (n, 4) float32, x1 y1 x2 y2 as shares of width and height."""

    path: Path
    scene: str
    boxes: np.ndarray


def read_yolo_boxes(path: Path) -> np.ndarray:
    """Boxes (n, 4) x1 y1 x2 y2 in 0..1 from a YOLO label file with boxes or polygons; classes are dropped."""
    boxes = []
    for line in path.read_text().splitlines():
        values = np.array(line.split()[1:], dtype=np.float64)
        if len(values) == 4:
            x, y, w, h = values
            boxes.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2))
        elif len(values) >= 6:
            points = values.reshape(-1, 2)
            boxes.append((*points.min(0), *points.max(0)))
    return np.clip(np.array(boxes, dtype=np.float32).reshape(-1, 4), 0, 1)


def format_yolo_boxes(boxes: np.ndarray) -> str:
    """The YOLO label text (class 0) of boxes (n, 4) x1 y1 x2 y2 in 0..1."""
    lines = []
    for x1, y1, x2, y2 in np.asarray(boxes, dtype=np.float64):
        lines.append(f"0 {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}")
    return "".join(line + "\n" for line in lines)


def labelled_photos(folder: Path) -> list[LabelledPhoto]:
    """Every photo below ``folder`` that has a label file in the ``labels`` folder beside its ``images``."""
    photos = []
    for image in sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES):
        parts = list(image.parts)
        if "images" not in parts:
            continue
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
        label = Path(*parts).with_suffix(".txt")
        if label.is_file():
            # the same photo was augmented several times: what follows ".rf." only tells the copies apart
            scene = f"{folder.name}/{image.name.split('.rf.')[0]}"
            photos.append(LabelledPhoto(image, scene, read_yolo_boxes(label)))
    return photos


def mfds_rows() -> list[dict[str, str]]:
    """Rows of the official reference pictures that may be trained on."""
    return _mfds_rows("train")


def mfds_measuring_rows() -> list[dict[str, str]]:
    """Rows of the official reference pictures that nothing may be fitted on."""
    return _mfds_rows("measure")


def _mfds_rows(use: str) -> list[dict[str, str]]:
    path = training_set("mfds_reference") / "labels.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["use"] == use]
