"""The photos the detector is measured on: labelled boxes, counts, and photos that show no pill."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from pillapp.paths import program_root
from pillapp.training.datasets import (
    IMAGE_SUFFIXES,
    LabelledPhoto,
    labelled_photos,
    measuring_set,
    read_yolo_boxes,
    training_set,
)

LABELLED: Final = ("web_scenes", "aihub_korean", "touching_piles", "counter_webcam", "mixes_on_surfaces")
HELD_OUT: Final = "held_out"  # of the training sets and composites
COUNTED: Final = ("counted_trays", "dense_trays_unlabelled")
EMPTY: Final = ("empty_backgrounds", "hands_mostly_empty")
# Names of `counted_trays` that don't tell what is seen, by eye: five photos "of 20" are so far out of focus that no pill
# can be made out, and five "of 116" show the same sixteen pills.
NOTHING_SEEN: Final = "P1_P1_020"
SIXTEEN_SEEN: Final = {"S3_S3_116": 16}
LEARNED: Final = "P3_"  # one of the two rounds of photos of `counted_trays` is trained on, the other (S3) only measured
SETS: Final = (*LABELLED, HELD_OUT, *COUNTED, *EMPTY)
# `hands_mostly_empty` has no labels. Seen by eye: photos named by a number show one pill on a palm each; these show a bare
# hand or desk. The rest show several pills or one at the edge and are not counted.
HANDS_WITHOUT_PILL: Final = tuple(
    f"snapshot_{taken}.jpg"
    for taken in (
        "20250506_164324",
        "20250506_164338",
        "20250506_174025",
        "20250506_180130",
        "20250506_180204",
        "20250506_185333",
        "20250506_211039",
        "20250506_213057",
        "20250506_213159",
    )
)


@dataclass(frozen=True, slots=True)
class CountedPhoto:
    """A photo whose pills were counted."""

    path: Path
    pills: int


def labelled(name: str) -> list[LabelledPhoto]:
    """Photos of a measuring set with their boxes."""
    return labelled_photos(measuring_set(name))


def with_labels(pictures: Sequence[Path]) -> list[LabelledPhoto]:
    """Training pictures, whose label files stand beside them."""
    return [LabelledPhoto(p, p.stem, read_yolo_boxes(p.with_suffix(".txt"))) for p in pictures]


def counted(name: str) -> list[CountedPhoto]:
    """Photos with a known number of pills: in their name, or counted by eye."""
    if name == "counted_trays":
        return [photo for photo in _counted_trays() if not photo.path.name.startswith(LEARNED)]
    folder = measuring_set(name)
    by_name = {path.name: path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES}
    with (program_root() / "tests" / "training" / "dense_tray_counts.csv").open(encoding="utf-8", newline="") as file:
        return [CountedPhoto(by_name[row["photo"]], int(row["pills"])) for row in csv.DictReader(file)]


def trays_to_learn() -> list[CountedPhoto]:
    """The photos of `counted_trays` that are trained on: another round of photos than those that are measured."""
    return [photo for photo in _counted_trays() if photo.path.name.startswith(LEARNED)]


def _counted_trays() -> list[CountedPhoto]:
    paths = sorted(p for p in training_set("counted_trays").glob("*.jpg") if not p.name.startswith(NOTHING_SEEN))
    return [CountedPhoto(path, SIXTEEN_SEEN.get(path.stem[:9], int(path.stem.split("_")[2]))) for path in paths]


def empty(name: str) -> list[LabelledPhoto]:
    """Photos that show no pill."""
    only = HANDS_WITHOUT_PILL if name == "hands_mostly_empty" else None
    return [photo for photo in _unlabelled(name) if only is None or photo.path.name in only]


def palms_with_one_pill() -> list[LabelledPhoto]:
    """Photos of `hands_mostly_empty` that show one pill on a palm."""
    return [photo for photo in _unlabelled("hands_mostly_empty") if photo.path.stem[0].isdigit()]


def _unlabelled(name: str) -> list[LabelledPhoto]:
    paths = sorted(p for p in measuring_set(name).rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    return [LabelledPhoto(p, p.name, np.zeros((0, 4), np.float32)) for p in paths]
