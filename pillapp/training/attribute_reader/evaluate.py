"""How often shape, colour, make and score lines are seen as the official file says: ``main.py evaluate attributes``."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from pillapp.identify.index import AppearanceIndex
from pillapp.training.attribute_reader.one_light import light_table
from pillapp.training.estimates import of_mean
from pillapp.training.identification.samples import (
    Sample,
    cpu_observer,
    korean_photos,
    official_index,
    one_by_one,
    reference_pictures,
)
from pillapp.vision.shape import SHAPES


def evaluate(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Shape, colour and make on photos nothing was trained on; products of one row only."""
    index, observer = official_index(), cpu_observer()
    pictures = list(reference_pictures("measure", observer, count))
    sets: dict[str, Iterable[Sample]] = {
        "aihub_korean, given boxes": korean_photos(observer),
        "mfds_reference measure rows, degraded": [side for picture in pictures for side in one_by_one(picture)],
    }
    figures = attribute_table(sets, index, say) | {"score_line": score_lines(pictures, index, say)}
    return figures | {"one_light": light_table(_only_rows(index), index, say)}


def score_lines(pictures: Iterable[Sample], index: AppearanceIndex, say: Callable[[str], None]) -> dict[str, float]:
    """How well score lines are seen on pictures that show the front on the left and the back on the right."""
    row_of = _only_rows(index)
    chances, lined = [], []
    for picture in pictures:
        row = row_of.get(picture.item_seq)
        if row is not None and len(picture.observations) == 2:
            chances += [1 - float(seen.attributes.line[0]) for seen in picture.observations]
            lined += [bool(lines) for lines in index.lines[row]]
    chance, line = np.array(chances), np.array(lined)
    figures = {
        "sides": len(line),
        "with_line": int(line.sum()),
        "seen": float((chance[line] > 0.5).mean()),
        "seen_where_none": float((chance[~line] > 0.5).mean()),
        "area": float((chance[line][:, None] > chance[~line]).mean()),
    }
    say(
        f"\nscore lines: {figures['sides']} sides, {figures['with_line']} with one: seen on {figures['seen']:.3f} of them and on "
        f"{figures['seen_where_none']:.3f} of the others; area under the curve {figures['area']:.3f}"
    )
    return {key: round(value, 4) for key, value in figures.items()}


def _only_rows(index: AppearanceIndex) -> dict[str, int]:
    """The row of each product that has one only."""
    rows: dict[str, list[int]] = {}
    for row, product in enumerate(index.product):
        rows.setdefault(index.item_seqs[int(product)], []).append(row)
    return {item_seq: only for item_seq, (only, *others) in rows.items() if not others}


def attribute_table(
    sets: Mapping[str, Iterable[Sample]], index: AppearanceIndex, say: Callable[[str], None]
) -> dict[str, Any]:
    """The figures of sets of pills, said as a table; products of one row only."""
    row_of = _only_rows(index)
    say("| photos | pills | shape | shape among two | colour | colour among two | make |")
    say("|---|--:|---|--:|---|--:|---|")
    figures: dict[str, Any] = {}
    for name, samples in sets.items():
        hits = [_hits(sample, row_of[sample.item_seq], index) for sample in samples if sample.item_seq in row_of]
        table = np.array(hits, dtype=float)
        shape, colour, form = (of_mean(table[:, column]) for column in (0, 2, 4))
        others = table.mean(axis=0)
        say(f"| {name} | {len(table)} | {shape} | {others[1]:.3f} | {colour} | {others[3]:.3f} | {form} |")
        keys = ("shape", "shape_two", "colour", "colour_two", "form")
        figures[name] = {"pills": len(table)} | {key: round(float(v), 4) for key, v in zip(keys, others, strict=True)}
    return figures


def _hits(sample: Sample, row: int, index: AppearanceIndex) -> tuple[bool, ...]:
    """What was seen right of shape, colour and make."""
    seen = sample.observations[0]
    shapes = sorted(SHAPES, key=lambda name: -seen.shape.probabilities[name])
    colours = np.argsort(-np.array(seen.colours.parts[0]))
    named = index.colours[row].any(axis=0)
    return (
        SHAPES.index(shapes[0]) == index.shape[row],
        index.shape[row] in [SHAPES.index(name) for name in shapes[:2]],
        bool(named[colours[0]]),
        bool(named[colours[:2]].any()),
        int(seen.attributes.form.argmax()) == index.form[row],
    )
