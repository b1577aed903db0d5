"""Rendered scenes as training pictures: a camera's faults laid over each, and the boxes of what can be seen."""

import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import format_yolo_boxes, work_dir
from pillapp.training.detection.scene import MIN_VISIBLE, take_photo
from pillapp.training.render.shards import read_scenes

LEAST_PX: Final = 6  # a pill of which less is seen in either direction is nobody's to find
HELD_OUT: Final = 12  # every twelfth scene is kept out of training
FAULTS: Final = 2  # each scene is photographed twice


def prepare_scenes() -> dict[bool, list[Path]]:
    """All scenes rendered so far as JPEG with YOLO labels beside them; keyed by whether they are held out."""
    paths: dict[bool, list[Path]] = {False: [], True: []}
    folder = work_dir() / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    for number, scene in enumerate(read_scenes(work_dir() / "renders")):
        held = number % HELD_OUT == 0
        seen = [pill.box for pill in scene.pills if pill.visible >= MIN_VISIBLE and _large(pill.box)]
        size = scene.picture.shape[1], scene.picture.shape[0]
        label = format_yolo_boxes(np.array(seen, np.float64).reshape(-1, 4) / (*size, *size))
        for fault in range(1 if held else FAULTS):
            path = folder / f"{number:06d}-{fault}.jpg"
            paths[held].append(path)
            if path.with_suffix(".txt").exists():
                continue
            photo = take_photo(np.random.default_rng([zlib.crc32(b"scene"), number, fault]), scene.picture)
            cv2.imwrite(str(path), photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
            path.with_suffix(".txt").write_text(label)
    return paths


def _large(box: tuple[int, int, int, int]) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) >= LEAST_PX
