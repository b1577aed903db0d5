"""The pictures the detector learns from, and those kept out of training: composites, rendered scenes, real photos."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import cv2

from pillapp.training.datasets import (
    LabelledPhoto,
    format_yolo_boxes,
    held_out,
    labelled_photos,
    read_bgr,
    training_set,
    work_dir,
)
from pillapp.training.detection.compose import compose, composite_path
from pillapp.training.detection.counted_labels import label_by_count
from pillapp.training.detection.rendered_scenes import prepare_scenes
from pillapp.training.detection.sets import trays_to_learn

REAL_SETS: Final = ("hands_and_desks", "dispenser_rig", "white_tray_masks")
HELD_COMPOSITES: Final = 320
HARD_SHARE: Final = 0.4  # hard pictures, mostly without a pill, per composite
REAL_REPEATS: Final = 2  # times each real photo is shown per pass over the composites
SCENE_REPEATS: Final = 2  # and each photographed rendered scene
REAL_LONG_SIDE: Final = 576  # px, real photos are stored at this size for training
TRAY_LONG_SIDE: Final = 1024  # px: pills of a tray are small
TRAY_REPEATS: Final = 4


def run_dir() -> Path:
    """Checkpoints, logs and lists of the detector's training."""
    return work_dir() / "detector"


def prepare_real() -> dict[bool, list[Path]]:
    """Store the real training photos small, with YOLO labels beside them; keyed by whether they are held out."""
    paths: dict[bool, list[Path]] = {False: [], True: []}
    folder = work_dir() / "real"
    for name in REAL_SETS:
        for photo in labelled_photos(training_set(name)):
            target = folder / name / f"{photo.path.stem}.jpg"
            paths[held_out(photo.scene)].append(target)
            if not target.with_suffix(".txt").exists():
                _store(photo, target, REAL_LONG_SIDE)
    return paths


def prepare_trays() -> list[Path]:
    """Store photos of counted trays with the boxes their count settles; labelled once, by the detector that ships then."""
    folder = work_dir() / "real" / "counted_trays"
    if not folder.exists():
        photos = trays_to_learn()
        labels = label_by_count([(photo.path, photo.pills) for photo in photos])
        for path, boxes in labels.items():
            _store(LabelledPhoto(path, path.stem, boxes), folder / path.name, TRAY_LONG_SIDE)
    return sorted(folder.glob("*.jpg"))


def _store(photo: LabelledPhoto, target: Path, long_side: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    image = read_bgr(photo.path)
    scale = min(1.0, long_side / max(image.shape[:2]))
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(target), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    target.with_suffix(".txt").write_text(format_yolo_boxes(photo.boxes))


def held_out_pictures() -> list[Path]:
    """Pictures no training run sees: thresholds are fitted on them. Labels stand beside them (.txt)."""
    return compose(HELD_COMPOSITES, "held") + prepare_real()[True] + prepare_scenes()[True]


def train_pictures(count: int) -> list[Path]:
    """So many training pictures of all kinds, for measuring what a network does with them."""
    everything = compose(count, "train") + prepare_real()[False] + prepare_scenes()[False]
    return everything[:: max(1, len(everything) // count)][:count]


def write_lists(composites: int) -> Path:
    """Write the picture lists and the data set file ultralytics reads; returns the latter."""
    folder = run_dir()
    folder.mkdir(parents=True, exist_ok=True)
    train = [composite_path(i, "train") for i in range(composites)]
    train += compose(int(HARD_SHARE * composites), "hard")
    real = prepare_real()
    scenes = prepare_scenes()[False] * SCENE_REPEATS
    trays = prepare_trays() * TRAY_REPEATS
    _write_list(folder / "train.txt", train + real[False] * REAL_REPEATS + scenes + trays)
    _write_list(folder / "val.txt", held_out_pictures())
    data = folder / "data.yaml"
    data.write_text(f"path: {folder}\ntrain: train.txt\nval: val.txt\nnames:\n  0: pill\n")
    return data


def _write_list(path: Path, pictures: Iterable[Path]) -> None:
    path.write_text("".join(f"{p}\n" for p in pictures))


def compose_all(composites: int) -> None:
    """Make the composites a training of that many needs; those that exist are kept."""
    compose(HELD_COMPOSITES, "held")
    compose(composites, "train")
