"""Fit what speaks for and against a text (:class:`pillapp.identify.imprint_score.Costs`): ``main.py train scoring``.

Sides of ``mfds_reference`` rows marked ``train``, made as poor as counter photos, are read by the reader that ships; the
costs under which the right texts are likeliest among all of the official file are printed, and copied by hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pillapp.catalog.values import Side
from pillapp.identify.characters import Spelling, encode, spellings
from pillapp.identify.imprint_score import sees_nothing
from pillapp.identify.text_fit import Costs, places_of, score_text
from pillapp.paths import models_dir
from pillapp.training.datasets import mfds_rows
from pillapp.training.reader.evaluate import Texts
from pillapp.training.reader.sights import official_pictures
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import MARK, ImprintReader, ImprintReading

GRID: Final[dict[str, tuple[float, ...]]] = {
    "letters_of_mark": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "longest_mark": (2.0, 3.0, 4.0, 6.0),
    # official pictures show little that is no text: for them alone it might cost more still
    "extra": (0.0, -0.5, -1.0, -1.5),
    "mark": (0.4, 0.6, 0.8, 1.0, 1.3),
    "missing": (-2.0, -2.5, -3.0, -3.5, -4.0),
    "trust": (0.6, 0.8, 1.0),
    "gain": (2.0, 2.5, 3.0, 3.5),
    "wrong_order": (-1.5, -2.5, -3.5, -5.0, -7.0),
    "floor": (-4.0, -5.0, -6.0, -9.0),
}
RIVALS: Final = 70  # texts per side that the right one is compared with, the best before the fit
RIVALS_WITH_MARK: Final = 10  # and more with a logo, which other costs may bring up
WRONG_LABEL: Final = 2e-3  # least probability of a right text: labels that err must not decide


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A reading, the texts it may say (the right one first) and the log of how likely each is before looking."""

    reading: ImprintReading
    texts: tuple[tuple[Spelling, ...], ...]
    prior: np.ndarray


def fit(count: int, say: Callable[[str], None]) -> Costs:
    """Coordinate search from the defaults, two rounds, on ``count`` pictures of two sides."""
    read = _read(count)
    for kind, (share, sides) in overlooked(read).items():
        say(f"nothing seen for sure, {kind}: {share:.3f} of {sides} sides")
    cases = _cases(read)
    best = Costs()
    value = likelihood(best, cases)
    say(f"{len(cases)} sides; before the fit: mean log probability {value:.3f}")
    for _ in range(2):
        for name, values in GRID.items():
            for tried in (replace(best, **{name: v}) for v in values if v != getattr(best, name)):
                reached = likelihood(tried, cases)
                if reached > value:
                    best, value = tried, reached
            say(f"{name} = {getattr(best, name)}: {value:.3f}")
    say(str(best))
    return best


def overlooked(read: Sequence[tuple[Side, ImprintReading]]) -> dict[str, tuple[float, int]]:
    """Share of sides on which nothing is seen for sure, and how many there are, by what they bear."""
    seen: dict[str, list[bool]] = {}
    for side, reading in read:
        classes = encode(side.text).classes
        kind = "blank" if not classes else "more" if len(classes) > 1 else "logo" if classes[0] == MARK else "one"
        seen.setdefault(kind, []).append(sees_nothing(reading))
    return {kind: (float(np.mean(nothing)), len(nothing)) for kind, nothing in seen.items()}


def _read(count: int) -> list[tuple[Side, ImprintReading]]:
    """Texts of sides of training rows and what was read there."""
    reader = ImprintReader(choose_engine("cpu").engine, models_dir() / "imprint_reader")
    rows = mfds_rows()
    chosen = np.random.default_rng(5).permutation(len(rows))[:count]
    sights = official_pictures([rows[i] for i in chosen])
    return [(sight.texts[0], reader.read(sight.cutout.crop, sight.cutout.mask)) for sight in sights]


def _cases(read: Sequence[tuple[Side, ImprintReading]]) -> list[Case]:
    texts = Texts()
    codes = [spellings(side) for side in texts.sides]
    marked = np.array([MARK in code[0].classes for code in codes])
    cases = []
    for side, reading in read:
        right = texts.number(side)
        if right is None or not codes[right][0].classes:
            continue
        order = np.argsort(-(texts.index.score(reading) + texts.prior))
        rivals = [right, *order[:RIVALS], *order[marked[order]][:RIVALS_WITH_MARK]]
        compared = list(dict.fromkeys(int(i) for i in rivals))
        cases.append(Case(reading, tuple(codes[i] for i in compared), texts.prior[compared]))
    return cases


def likelihood(costs: Costs, cases: Sequence[Case]) -> float:
    """Mean log probability of the right texts."""
    logs = []
    for case in cases:
        views = [places_of(view, costs) for view in case.reading.views if len(view.xy)]
        if not views:
            continue
        scores = np.array(
            [[max(score_text(spelt, places) for spelt in text) for text in case.texts] for places in views]
        )
        total = scores.max(axis=0) + case.prior
        weights = np.exp(total - total.max())
        logs.append(np.log(weights[0] / weights.sum() + WRONG_LABEL))
    return float(np.mean(logs))
