"""How often shape, colour and make are seen as the official file says: ``main.py evaluate attributes``."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from pillapp.identify.index import AppearanceIndex
from pillapp.training.estimates import of_mean
from pillapp.training.identification.samples import (
    Sample,
    cpu_observer,
    korean_photos,
    official_index,
    reference_samples,
)
from pillapp.vision.shape import SHAPES


def evaluate(count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Shape, colour and make on photos nothing was trained on; products of one row only."""
    index, observer = official_index(), cpu_observer()
    sets: dict[str, Callable[[], Iterator[Sample]]] = {
        "aihub_korean, given boxes": lambda: korean_photos(observer),
        "mfds_reference measure rows, degraded": lambda: reference_samples("measure", observer, count),
    }
    return attribute_table({name: samples() for name, samples in sets.items()}, index, say)


def attribute_table(
    sets: Mapping[str, Iterable[Sample]], index: AppearanceIndex, say: Callable[[str], None]
) -> dict[str, Any]:
    """The figures of sets of pills, said as a table; products of one row only."""
    row_of: dict[str, list[int]] = {}
    for row, product in enumerate(index.product):
        row_of.setdefault(index.item_seqs[int(product)], []).append(row)
    say("| photos | pills | shape | shape among two | colour | colour among two | make |")
    say("|---|--:|---|--:|---|--:|---|")
    figures: dict[str, Any] = {}
    for name, samples in sets.items():
        hits = [
            _hits(sample, row_of[sample.item_seq][0], index)
            for sample in samples
            if len(row_of.get(sample.item_seq, ())) == 1
        ]
        table = np.array(hits, dtype=float)
        shape, colour, form = (of_mean(table[:, column]) for column in (0, 2, 4))
        others = table.mean(axis=0)
        say(f"| {name} | {len(table)} | {shape} | {others[1]:.3f} | {colour} | {others[3]:.3f} | {form} |")
        keys = ("shape", "shape_two", "colour", "colour_two", "form")
        figures[name] = {"pills": len(table)} | {key: round(float(v), 4) for key, v in zip(keys, others, strict=True)}
    return figures


def _hits(sample: Sample, row: int, index: AppearanceIndex) -> tuple[bool, ...]:
    """What was seen right. Score lines and imprints are left out: the photos do not say which side they show."""
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
