"""Boxes for photos of which only the number of pills is known: those of the detector that ships, where they are just so many."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pillapp.paths import models_dir
from pillapp.training.datasets import read_rgb
from pillapp.vision.detect import find_boxes
from pillapp.vision.engines import choose_engine
from pillapp.vision.model_card import read_card

LEAST: Final = 0.15  # confidence of the last box that is taken for a pill
NEXT: Final = 0.6  # share of it that the next one, which is none, may have at most
ALIKE: Final = 1.7  # largest box over the smallest: all pills of these photos are of one kind


def label_by_count(photos: Sequence[tuple[Path, int]]) -> dict[Path, np.ndarray]:
    """Boxes (n, 4) x1 y1 x2 y2 in 0..1 of the photos whose count settles which boxes are pills; the others are left out."""
    card = read_card(models_dir() / "detector")
    session = choose_engine("cpu").engine.load(models_dir() / "detector")
    labelled = {}
    for path, pills in photos:
        pixels = read_rgb(path)
        height, width = pixels.shape[:2]
        boxes, scores = find_boxes(
            session, pixels, int(card.values["input"]), NEXT * LEAST, float(card.values["nms_iou"])
        )
        if len(boxes) < pills or scores[pills - 1] < LEAST:
            continue
        if len(boxes) > pills and scores[pills] > NEXT * scores[pills - 1]:
            continue
        kept = boxes[:pills]
        areas = (kept[:, 2:] - kept[:, :2]).prod(axis=1)
        if areas.max() <= ALIKE * areas.min():
            labelled[path] = (kept / (width, height, width, height)).astype(np.float32)
    return labelled
