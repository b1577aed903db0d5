"""Sides of pills in real pictures whose text is known: what the imprint reader is measured on, and its scoring fitted."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pillapp.catalog.values import Side
from pillapp.paths import models_dir
from pillapp.training.catalogue_sides import catalogue_appearances, sides_by_text
from pillapp.training.datasets import measuring_set, read_rgb, training_set
from pillapp.training.identification.samples import degrade
from pillapp.training.studio_pictures import outlines
from pillapp.vision.detect import Detector
from pillapp.vision.engines import choose_engine
from pillapp.vision.segment import Cutout
from pillapp.vision.studio import pill_boxes


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One side of one pill: the ``photo`` and ``product`` it belongs to, and the texts that would be right."""

    photo: str
    product: str
    cutout: Cutout
    texts: tuple[Side, ...]


def korean_photos() -> Iterator[Sight]:
    """Crops of ``aihub_korean`` by their given boxes, of products the official file knows; either side may be seen."""
    folder = measuring_set("aihub_korean")
    with (folder / "class_to_item_seq.csv").open(encoding="utf-8-sig", newline="") as stream:
        products = {int(row["class"]): row["item_seq"] for row in csv.DictReader(stream)}
    texts: dict[str, set[Side]] = {}
    for row in catalogue_appearances():
        texts.setdefault(row.item_seq, set()).update(row.sides)
    for label in sorted((folder / "labels").glob("*.txt")):
        pixels = read_rgb(next((folder / "images").glob(label.stem + ".*")))
        height, width = pixels.shape[:2]
        for line in label.read_text().splitlines():
            number, x, y, w, h = (float(v) for v in line.split())
            product = products.get(int(number), "")
            if product in texts:
                box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
                yield Sight(label.stem, product, outlines().cut_out(pixels, box), tuple(sorted(texts[product])))


def official_pictures(rows: Sequence[dict[str, str]]) -> Iterator[Sight]:
    """Both sides of some rows of ``mfds_reference``, each made as poor as a counter photo."""
    folder = training_set("mfds_reference") / "images"
    rng = np.random.default_rng(5)
    official = sides_by_text()
    for row in rows:
        pixels = read_rgb(folder / row["file"])
        boxes = sorted(pill_boxes(pixels))
        if len(boxes) != 2:
            continue
        for text, box in zip((row["print_front"], row["print_back"]), boxes, strict=True):
            side = official.get((row["item_seq"], text), Side(text))
            yield Sight(row["file"], row["item_seq"], outlines().cut_out(*degrade(pixels, box, rng)), (side,))


def hospital_pictures(device: str) -> Iterator[Sight]:
    """Pills of ``imprint_photos`` where the program's own detector finds two: the sides of one product, in any order.

    They are products of another country: their texts are not in the official file. Only where both sides carry text is
    it certain that a text can be seen on each.
    """
    folder = measuring_set("imprint_photos")
    detector = Detector(choose_engine(device).engine, models_dir() / "detector")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        texts = tuple(part.removeprefix("F:").removeprefix("B:") for part in row["imprint_F|B"].split("|"))
        sides = tuple(Side(text) for text in texts if text != "NONE")
        pixels = read_rgb(folder / "images" / row["file"])
        found = detector.find(pixels).detections
        if len(found) == 2 and len(sides) == 2:
            for detection in found:
                yield Sight(row["file"], row["code"], outlines().cut_out(pixels, detection.box), sides)
