"""Drawn sides of pills with their imprint, as the reader sees them: solids of official rows, quickly shaded, photographed.

What is drawn and where each character stands comes from :mod:`pillapp.appearance`. Here a side is chosen, turned so that
its text is upright (or its rim is unrolled), given the faults of a camera and evened out on the reader's own canvas.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build, long_axis_mm
from pillapp.appearance.damage import damaged
from pillapp.appearance.finish import TextStyle, random_finish
from pillapp.appearance.shade import random_light, side_view
from pillapp.appearance.typefaces import ENGRAVED
from pillapp.appearance.values import Glyph, PillModel
from pillapp.identify.characters import encode
from pillapp.training.catalogue_sides import SideSampler, catalogue_appearances
from pillapp.training.datasets import work_dir
from pillapp.training.reader.photograph import photograph
from pillapp.training.reader.renderings import IGNORED, LEVELS, Rendering, save_renderings
from pillapp.training.typefaces import TrainingFaces, training_faces
from pillapp.vision.imprint import LONG_ASPECT, LONG_FILL, LONG_SHAPE, MARK, ROUND_FILL, ROUND_SIDE, even_out
from pillapp.vision.unroll import FULL_TURN, PX_PER_RADIUS, to_strip, unroll

MARGIN: Final = 16  # px of a stored picture beyond the reader's canvas
CHUNK: Final = 500
UPRIGHT: Final = 32.0  # degrees from upright up to which a character must be found
ARC: Final = 24.0  # degrees letters of one side are turned against each other from which they stand on an arc
DAMAGED: Final = 0.1  # of the pills: what a counter sees
TIGHT: Final = 0.15  # of the texts stand closer than usual, as letters of logos do
BENT: Final = 0.2  # of the texts that may run along a rim do so beyond those that usually would
UNROLLED: Final = 0.04  # of the round sides without an arc: there is nothing to be read along their rim


def render(rng: np.random.Generator, sampler: SideSampler, faces: TrainingFaces) -> Iterator[Rendering]:
    """Pictures of one pill: the side that was drawn by lot, and its rim unrolled if text runs along it."""
    while True:
        row, back = sampler.draw(rng)
        finish = random_finish(row, rng, (ENGRAVED, *faces.pressed), faces.printed, faces.serif, faces.hangul)
        finish = replace(finish, text=_varied(rng, finish.text))
        scale = _scale(row.long_mm, row.short_mm) * rng.uniform(0.92, 1.04) / long_axis_mm(row)
        model = build(row, finish, scale)
        if not model.gaps:
            break
    if rng.random() < DAMAGED:
        model = damaged(model, rng)
    rgb, cover = side_view(model, back=back, light=random_light(rng))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    picture, mask = photograph(rng, grey, (cover > 0.5).astype(np.uint8))
    even = even_out(picture, mask)
    glyphs = (model.back if back else model.front).glyphs
    yield _upright(rng, model, even, glyphs)
    turns = np.rad2deg([glyph.angle for glyph in glyphs if glyph.text])
    long = model.long_mm > LONG_ASPECT * model.short_mm
    if not long and (np.ptp(turns) > ARC if len(turns) else False or rng.random() < UNROLLED):
        yield _unrolled(rng, model, even, glyphs)


def _varied(rng: np.random.Generator, style: TextStyle) -> TextStyle:
    """A style further from the usual one: small, wide apart or tight, thin and shallow text occurs, and more of it along rims.

    Set by eye beside real sides: as they are, drawn letters stand larger, closer and darker than on photos at a counter.
    """
    bent = rng.random() < BENT
    pitch = rng.uniform(0.78, 1.0) if rng.random() < TIGHT else rng.uniform(1.0, 1.4)
    return replace(
        style,
        cap_height=style.cap_height * rng.uniform(0.6, 1.0),
        pitch=style.pitch * pitch,
        stroke=style.stroke * rng.uniform(0.65, 1.0),
        depth=style.depth * float(np.exp(rng.uniform(np.log(0.3), 0.0))),
        arc=style.arc or bent,
        arc_short=style.arc_short or bent,
    )


def _scale(long_mm: float | None, short_mm: float | None) -> float:
    """Length in px of a pill on the reader's canvas."""
    if not long_mm or not short_mm or long_mm < LONG_ASPECT * short_mm:
        return ROUND_FILL
    return min(LONG_FILL[1], LONG_FILL[0] * long_mm / short_mm)


def _class_of(glyph: Glyph) -> int | None:
    """Class of a glyph as the reader names it, None for punctuation."""
    if not glyph.text:
        return MARK
    classes = encode(glyph.text).classes
    if not classes:
        return None
    return classes[0] if len(classes) == 1 else IGNORED


def _rows(glyphs: Sequence[Glyph], xy: np.ndarray, turns: np.ndarray, px_per_mm: float) -> np.ndarray:
    """Characters (n, 4) as a rendering keeps them; ``turns``: how far from upright each stands there, in degrees."""
    rows = []
    for glyph, (x, y), turn in zip(glyphs, xy, turns, strict=True):
        number = _class_of(glyph)
        if number is None:
            continue
        off = abs((turn + 180) % 360 - 180)
        known = off <= UPRIGHT or (number == MARK and len(glyphs) == 1)
        rows.append((x, y, max(glyph.size) * px_per_mm, number if known else IGNORED))
    return np.array(rows, np.float32).reshape(-1, 4)


def _upright(rng: np.random.Generator, model: PillModel, even: np.ndarray, glyphs: tuple[Glyph, ...]) -> Rendering:
    """The side turned by a quarter if its text lies across, and a round one any way if its text runs around the rim."""
    turns = np.rad2deg(np.array([glyph.angle for glyph in glyphs]))
    long = model.long_mm > LONG_ASPECT * model.short_mm
    turn = 0.0
    if len(turns):
        turn = float(turns[rng.integers(len(turns))])
        if long or np.ptp(turns) <= ARC:
            turn = 90 * round(turn / 90)
    size = (LONG_SHAPE[0] + MARGIN, LONG_SHAPE[1] + MARGIN) if long else (ROUND_SIDE + MARGIN, ROUND_SIDE + MARGIN)
    height, width = size if turn % 180 == 0 or not long else size[::-1]
    middle = ((even.shape[1] - 1) / 2, (even.shape[0] - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, turn, 1.0)
    matrix[:, 2] += np.array([(width - 1) / 2, (height - 1) / 2]) - middle
    canvas = cv2.warpAffine(even, matrix, (width, height), flags=cv2.INTER_LINEAR)
    cells = model.to_cells(np.array([glyph.centre for glyph in glyphs]).reshape(-1, 2))
    xy = cells @ matrix[:, :2].T + matrix[:, 2] + 0.5
    return Rendering(_stored(canvas), _rows(glyphs, xy, turns - turn, model.cells_per_mm))


def _unrolled(rng: np.random.Generator, model: PillModel, even: np.ndarray, glyphs: tuple[Glyph, ...]) -> Rendering:
    """The rim of a round side, from any direction on; turned over where the text is to be read from the middle."""
    start = float(rng.uniform(0, 2 * np.pi))
    radius = (model.long_mm + model.short_mm) / 4 * model.cells_per_mm
    centre = (even.shape[1] / 2, even.shape[0] / 2)
    strip = unroll(even, centre, radius, start)
    cells = model.to_cells(np.array([glyph.centre for glyph in glyphs]).reshape(-1, 2)) + 0.5
    xy = to_strip(cells, centre, radius, start)
    turns = np.rad2deg(np.array([glyph.angle for glyph in glyphs]) - np.arctan2(*((cells - centre) * (1, -1)).T))
    if len(turns) and abs((float(np.median(turns)) + 180) % 360 - 180) > 90:
        strip, xy, turns = strip[::-1, ::-1], np.array(strip.shape[::-1]) - xy, turns + 180
    # what is seen twice is there twice
    laps = np.concatenate([xy + (lap * FULL_TURN, 0) for lap in (-1, 0, 1)])
    seen = (laps[:, 0] > 0) & (laps[:, 0] < strip.shape[1])
    px_per_mm = PX_PER_RADIUS / radius * model.cells_per_mm
    copies = [glyph for glyph, here in zip(glyphs * 3, seen, strict=True) if here]
    rows = _rows(copies, laps[seen], np.tile(turns, 3)[seen], px_per_mm)
    return Rendering(_stored(np.ascontiguousarray(strip)), rows)


def _stored(even: np.ndarray) -> np.ndarray:
    return np.clip(np.round(even * LEVELS), -127, 127).astype(np.int8)


_sampler: list[SideSampler] = []  # filled before the workers fork


def _render_chunk(number: int) -> Path:
    cv2.setNumThreads(1)
    path = chunk_path(number)
    rng = np.random.default_rng(80_000_000 + number)
    pictures: list[Rendering] = []
    while len(pictures) < CHUNK:
        pictures.extend(render(rng, _sampler[0], training_faces()))
    save_renderings(path, pictures)
    return path


def chunk_path(number: int) -> Path:
    """File of about :data:`CHUNK` drawn sides."""
    return work_dir() / "reader" / "solids" / f"{number:04d}.npz"


def render_chunks(count: int) -> list[Path]:
    """Render chunks ``0 … count-1`` that are not there yet, on all cores."""
    missing = [i for i in range(count) if not chunk_path(i).exists()]
    if missing:
        _sampler[:] = [SideSampler(catalogue_appearances())]
        training_faces()
        with get_context("fork").Pool(os.cpu_count()) as pool:
            for _ in pool.imap_unordered(_render_chunk, missing):
                pass
    return [chunk_path(i) for i in range(count)]
