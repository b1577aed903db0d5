"""Both sides of the pills of ``nlm_reference``, with what their American labels say in the words of the Korean file."""

import csv
from collections.abc import Iterator
from typing import Final

import numpy as np

from pillapp.training.attribute_reader.sides import Side, Sides, centred, kept
from pillapp.training.datasets import read_bgr, training_set
from pillapp.training.detection.cutouts import cut_from_grey
from pillapp.vision.attributes import FORMS, LINES, LONG_PX
from pillapp.vision.colour import COLOURS
from pillapp.vision.shape import SHAPES

# Names that mean one class of the Korean file. GREEN, BLUE and PURPLE hold two or three each and say nothing here, so do
# shapes that one country draws differently.
_SHAPES: Final = {
    "ROUND": "원형", "OVAL": "타원형", "CAPSULE": "장방형", "TRIANGLE": "삼각형", "DIAMOND": "마름모형",
    "PENTAGON": "오각형", "HEXAGON": "육각형", "OCTAGON": "팔각형", "SEMI-CIRCLE": "반원형", "SQUARE": "사각형",
}  # fmt: skip
_COLOURS: Final = {
    "WHITE": "하양", "YELLOW": "노랑", "PINK": "분홍", "ORANGE": "주황", "BROWN": "갈색", "RED": "빨강",
    "TURQUOISE": "청록", "GRAY": "회색", "BLACK": "검정",
}  # fmt: skip


def nlm_sides() -> Sides:
    """The sides that can be cut from their grey ground; what a label does not settle is left unknown."""
    return kept("nlm.npz", _cut)


def _cut() -> Iterator[Side]:
    folder = training_set("nlm_reference")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            answers = _answers(row)
            image = read_bgr(folder / "images" / row["file"])
            for side in cut_from_grey(image, round(LONG_PX)):
                yield centred(side), answers


def _answers(row: dict[str, str]) -> np.ndarray:
    shape = np.array([name == _SHAPES.get(row["shape"]) for name in SHAPES], np.float32)
    colour = np.array([name == _COLOURS.get(row["colour"]) for name in COLOURS], np.float32)
    form = np.zeros(len(FORMS), np.float32)
    if "Tablet" in row["name"]:
        form[0] = 1
    elif "|" in row["colour"] and "Capsule" in row["name"]:
        form[1] = 1  # of one colour it may be hard or soft
    return np.concatenate([shape, colour, colour, form, np.zeros(len(LINES), np.float32)])
