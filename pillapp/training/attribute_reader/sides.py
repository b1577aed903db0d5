"""Sides of pills alone, with what the official file says of them: drawn from its rows, and cut out of its pictures."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build, long_axis_mm
from pillapp.appearance.damage import damaged
from pillapp.appearance.finish import random_finish
from pillapp.appearance.shade import random_light, side_view
from pillapp.appearance.spelling import SideText, side_text
from pillapp.appearance.values import PillModel
from pillapp.catalog.values import Appearance
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import DataSetError, mfds_rows, read_bgr, training_set, work_dir
from pillapp.training.detection.cutouts import cut_from_grid
from pillapp.vision.attributes import FORMS, LINES, LONG_PX, PARTS, VIEW
from pillapp.vision.colour import COLOURS
from pillapp.vision.shape import SHAPES

DAMAGED: Final = 0.08
_CHUNK: Final = 250


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """``pixels`` uint8 (n, VIEW, VIEW, 4) RGBA, long axis along x; ``answers`` float32 (n, sum(PARTS)), each part summing to 1
    or all zero where it is not known.
    """

    pixels: np.ndarray
    answers: np.ndarray


Side = tuple[np.ndarray, np.ndarray]  # one row of both


def drawn_sides(count: int) -> Sides:
    """``count`` sides of rows of the file, drawn under random light; what is rare there comes more often here."""
    return kept(f"drawn-{count}.npz", lambda: _draw(count))


def _draw(count: int) -> Iterator[Side]:
    rows = [row for row in catalogue_appearances() if row.shape in SHAPES]
    if not rows:
        raise DataSetError(
            "the official 낱알식별 file is missing or empty: set PILLAPP_DATA to the folder that holds drug/"
        )
    _rows[:] = rows
    _weights[:] = list(_evened(rows))
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with get_context("fork").Pool(os.cpu_count()) as pool:
        parts = pool.map(_draw_chunk, range(0, count, _CHUNK))
    cv2.setNumThreads(threads)
    yield from itertools.islice(itertools.chain.from_iterable(parts), count)


def official_sides() -> Sides:
    """Both sides of the training rows of ``mfds_reference``, as they are pictured there."""
    return kept("official.npz", _official)


def _official() -> Iterator[Side]:
    of_product: dict[str, list[Appearance]] = {}
    for row in catalogue_appearances():
        of_product.setdefault(row.item_seq, []).append(row)
    folder = training_set("mfds_reference") / "images"
    for label in mfds_rows():
        rows = of_product.get(label["item_seq"], [])
        if len(rows) != 1 or rows[0].shape not in SHAPES:  # several rows: the picture does not tell which it shows
            continue
        cuts = cut_from_grid(read_bgr(folder / label["file"]), round(LONG_PX))
        for back, cut in enumerate(cuts):
            if cut is not None:
                yield centred(cut), answers_of(rows[0], bool(back), None)


_rows: list[Appearance] = []  # filled before the workers fork
_weights: list[float] = []


def _draw_chunk(first: int) -> list[Side]:
    rng = np.random.default_rng([41, first])
    chances = np.array(_weights)
    sides: list[Side] = []
    while len(sides) < _CHUNK:
        row = _rows[int(rng.choice(len(_rows), p=chances))]
        model = build(row, random_finish(row, rng), LONG_PX / long_axis_mm(row))
        if model.gaps:
            continue
        if rng.random() < DAMAGED:
            model = damaged(model, rng)
        back = bool(rng.random() < 0.5)
        rgb, cover = side_view(model, back=back, light=random_light(rng))
        pixels = np.dstack([rgb, cv2.convertScaleAbs(cover, alpha=255)])
        sides.append((centred(pixels), answers_of(row, back, model)))
    return sides


def _evened(rows: Sequence[Appearance]) -> np.ndarray:
    """The chance of each row (n,): by the root of how rare its shape, its colours, its make and its score lines are."""
    chance = np.ones(len(rows))
    for key in (
        lambda row: row.shape,
        lambda row: (row.colours_front, row.colours_back),
        lambda row: row.form,
        lambda row: tuple(_lines(side) for side in _texts(row)),
    ):
        keys = [key(row) for row in rows]
        counts: dict[object, int] = {}
        for value in keys:
            counts[value] = counts.get(value, 0) + 1
        chance *= np.array([counts[value] ** -0.5 for value in keys])
    return np.asarray(chance / chance.sum())


def answers_of(row: Appearance, back: bool, model: PillModel | None) -> np.ndarray:
    """What the network should say of one side; the score line of a picture is only known where its row names one."""
    shape = np.array([name == row.shape for name in SHAPES], np.float32)
    hard = "캡슐" in row.form and "연질" not in row.form
    if hard:  # cap and body lie at the ends of the axis; drawings have the cap on the left
        halves = [_colours(row.colours_front), _colours(row.colours_back or row.colours_front)]
    else:
        seen = row.colours_back if back and row.colours_back else row.colours_front
        halves = [_colours(seen)] * 2
    form = np.zeros(len(FORMS), np.float32)
    form[2 if "연질" in row.form else int(hard)] = 1
    line = np.zeros(len(LINES), np.float32)
    said = _texts(row)[back]
    face = None if model is None else model.back if back else model.front
    line[_lines(said) if face is None else min(len(face.score_lines), 2)] = 1
    answers = np.concatenate([shape, *halves, form, line])
    if len(answers) != sum(PARTS):
        raise ValueError("the answers are not those the network gives")
    return answers


def _texts(row: Appearance) -> tuple[SideText, SideText]:
    return side_text(row.imprint_front, row.line_front), side_text(row.imprint_back, row.line_back)


def _lines(said: SideText) -> int:
    """0 for no score line, 1 for one, 2 for a cross or several."""
    return 2 if said.cross else min(said.lines, 2)


def _colours(names: Sequence[str]) -> np.ndarray:
    chances = np.array([name in names for name in COLOURS], np.float32)
    return chances / max(chances.sum(), 1)


def centred(rgba: np.ndarray) -> np.ndarray:
    """A side in the middle of the network's square, its long axis along x and as long as there."""
    if rgba.shape[0] > rgba.shape[1]:
        rgba = np.rot90(rgba)
    solid = rgba[:, :, 3] > 127
    columns, lines = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
    rgba = rgba[lines[0] : lines[-1] + 1, columns[0] : columns[-1] + 1]
    scale = LONG_PX / rgba.shape[1]
    matrix = np.array(
        [[scale, 0, VIEW / 2 - scale * rgba.shape[1] / 2], [0, scale, VIEW / 2 - scale * rgba.shape[0] / 2]]
    )
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(rgba), matrix, (VIEW, VIEW), flags=cv2.INTER_LINEAR))


def kept(name: str, make: Callable[[], Iterable[Side]]) -> Sides:
    """The sides of an earlier run under this name, or those ``make`` gives, which are kept."""
    path = work_dir() / "attributes" / name
    if not path.exists():
        sides = list(make())
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name("part.npz")
        np.savez(part, pixels=np.stack([side[0] for side in sides]), answers=np.stack([side[1] for side in sides]))
        part.replace(path)
    with np.load(path) as file:
        return Sides(file["pixels"], file["answers"])
