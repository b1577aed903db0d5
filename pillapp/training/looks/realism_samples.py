"""The pictures whose realism is compared: photographs and studio cut-outs, path-traced crops, quick shading, flat drawings."""

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.finish import random_finish, typical_finish
from pillapp.appearance.shade import random_light, shade
from pillapp.appearance.values import PillModel
from pillapp.catalog.values import Appearance
from pillapp.training.datasets import read_bgr, training_set, work_dir
from pillapp.training.detection.cutouts import cut_from_black
from pillapp.training.looks.realism import Sample, comparable
from pillapp.training.looks.reference_pictures import ReferencePicture
from pillapp.training.render.crops import Crop
from pillapp.training.render.run import render
from pillapp.training.render.shards import read_crops

LONG_PX: Final = 130  # of drawn pills; path-traced crops show theirs about as large
CUT_PX: Final = 224  # of cut-outs, before they are made comparable
SEED: Final = 6


def studio(pictures: Sequence[ReferencePicture], count: int) -> list[Sample]:
    """Official product pictures: retouched studio cut-outs, front and back."""
    found = []
    for picture in pictures:
        for side in (picture.front, picture.back):
            sample = comparable(side.rgb, side.mask, picture.row["item_seq"])
            if sample is not None:
                found.append(sample)
    return _some(found, count)


def photographs(count: int) -> list[Sample]:
    """Pills of ``epillid`` (US products): reference pictures and phone photos, one side each."""
    folder = training_set("epillid")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found: list[Sample] = []
    for number in np.random.default_rng(SEED).permutation(len(rows)):
        pill = cut_from_black(read_bgr(folder / rows[number]["file"]), CUT_PX)
        sample = None if pill is None else comparable(pill[..., :3], pill[..., 3] > 127, rows[number]["product"])
        if sample is not None:
            found.append(sample)
        if len(found) == count:
            break
    return found


def traced(rows: Sequence[Appearance], count: int, say: Callable[[str], None]) -> list[Sample]:
    """Path-traced crops as training gets them; rendered into ``work/realism`` once."""
    folder = work_dir() / "realism" / f"crops-{len(rows)}"
    render(folder, count, 0, 0, SEED, say, workers=1, rows=rows)
    samples = (comparable(crop.picture, crop.mask, crop.item_seq, _text_area(crop)) for crop in read_crops(folder))
    return [sample for sample in samples if sample is not None]


def quick(rows: Sequence[Appearance], count: int) -> list[Sample]:
    """Quick shading under random light."""
    found = []
    for row, back, rng in _turns(rows, count):
        model = build(row, random_finish(row, rng), LONG_PX / _long_mm(row))
        face, cover = (model.back, model.coverage_back) if back else (model.front, model.coverage_front)
        rgb = shade(face, model.material, model.cells_per_mm, random_light(rng))
        text = np.maximum.reduce([face.debossed, face.printed, face.scored]) > 0.3
        found.append(comparable(np.round(rgb * 255).astype(np.uint8), cover > 0.5, row.item_seq, text))
    return [sample for sample in found if sample is not None]


def flat(rows: Sequence[Appearance], count: int) -> list[Sample]:
    """The baseline: the usual colour on an ellipse of the official axes, its text written on it."""
    found = []
    for row, back, rng in _turns(rows, count):
        finish = random_finish(row, rng)
        model = build(row, typical_finish(row), LONG_PX / _long_mm(row))
        height, width = model.front.height.shape
        colour = np.array(finish.back if back else finish.front) ** (1 / 2.2) * 255
        rgb = np.full((height, width, 3), np.clip(colour, 0, 255), np.uint8)
        centre, axes = (
            (width // 2, height // 2),
            (int(0.5 * LONG_PX), int(0.5 * LONG_PX * model.short_mm / model.long_mm)),
        )
        mask: np.ndarray = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
        text: np.ndarray = np.zeros((height, width), np.uint8)
        face = model.back if back else model.front
        words = "".join(glyph.text for glyph in face.glyphs if glyph.text.isascii())
        (w, h), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
        size = min(1.3 * axes[0] / max(w, 1), 0.8 * axes[1] / max(h, 1))
        at = (int(centre[0] - size * w / 2), int(centre[1] + size * h / 2))
        cv2.putText(text, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, 1, 2, cv2.LINE_AA)
        rgb[text > 0] = (40, 40, 45) if colour.mean() > 110 else (225, 225, 225)
        found.append(comparable(rgb, mask > 0, row.item_seq, text > 0))
    return [sample for sample in found if sample is not None]


def _turns(rows: Sequence[Appearance], count: int) -> Iterator[tuple[Appearance, bool, np.random.Generator]]:
    """The same rows and sides for every kind of drawing; sides with text rather than bare ones."""
    rng = np.random.default_rng(SEED)
    for number in range(count):
        row = rows[int(rng.permutation(len(rows))[0])]
        yield row, not row.imprint_front or (bool(row.imprint_back) and number % 2 == 1), rng


def _text_area(crop: Crop) -> np.ndarray:
    area: np.ndarray = np.zeros(crop.mask.shape, np.uint8)
    for character in crop.characters:
        cv2.fillPoly(area, [np.round(np.array(character.corners)).astype(np.int32)], 1)
    return area > 0


def whole(rows: Sequence[Appearance]) -> list[Appearance]:
    """The rows that say all a drawing needs."""
    return [row for row in rows if not _typical(row).gaps]


def _typical(row: Appearance) -> PillModel:
    return build(row, typical_finish(row), 4.0)


def _long_mm(row: Appearance) -> float:
    return _typical(row).long_mm


def _some(samples: list[Sample], count: int) -> list[Sample]:
    order = np.random.default_rng(SEED).permutation(len(samples))[:count]
    return [samples[int(i)] for i in order]
