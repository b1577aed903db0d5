"""How well one text fits what one view of a pill shows: a log-likelihood ratio.

Each character of the text is given one of the places where the network saw a character. A place gains the log of how likely
it is that character, a character without a place costs, what was surely seen and stays unexplained costs, and characters in
an order nobody would write cost more. A logo (마크) may explain some letters that the text does not: makers' names are logos.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from pillapp.identify.assignment import best_pairs
from pillapp.identify.characters import Spelling
from pillapp.identify.letter_order import Letter, in_reading_order, order_cost, placements
from pillapp.vision.imprint import CLASSES, MARK, View, reading_order

LOGIT_LIMIT: Final = 2.5
MOST_ORDERS: Final = 16  # ways tried to place letters that occur several times


@dataclass(frozen=True, slots=True)
class Costs:
    """What speaks for and against a text, as natural logarithms; the defaults are by reasoning, :data:`FITTED` is in use.

    ``gain``: what a character in its place says against any other of the alphabet; ``trust``: how much of the network's
    log-probability counts, ``floor``: the least of it (a network is never as sure as it says). ``missing``: a character
    that has no place. ``extra``: a place surely seen that nothing explains. ``mark``: how much of all that counts for a
    logo, which is seen less surely than letters and not named for every product. ``letters_of_mark``: what a logo gains by
    each sure place the text leaves unexplained, ``longest_mark`` of them at most. ``wrong_order``: a character left of the one before it.
    """

    gain: float = 3.0
    trust: float = 1.0
    floor: float = -9.0
    missing: float = -2.5
    extra: float = 0.0
    mark: float = 0.4
    letters_of_mark: float = 0.0
    longest_mark: float = 6.0
    wrong_order: float = -1.5


# What `main.py train scoring` printed for version 1.0 of the reader; letters_of_mark was chosen anew since the file tells
# what logos look like. Why later fits are not in use: models/imprint_reader.md
FITTED: Final = Costs(
    gain=2.5,
    floor=-5.0,
    missing=-3.5,
    extra=-1.5,
    mark=1.0,
    letters_of_mark=1.0,
    longest_mark=6.0,
    wrong_order=-3.5,
)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where one view saw characters, and what that is worth at some ``costs``.

    ``gains`` (n, CLASSES): what each place adds to a text for each class; ``missing`` (CLASSES,): what a character costs that
    has no place; ``lead`` (CLASSES, n): by how much a place is better than none, 0 or more; ``sure`` (n,): that there is a
    character, 0..1; ``xy``: its centre; ``rank``: its number in reading order. ``pitch``: the usual distance from one to the
    next, px.
    """

    gains: np.ndarray
    missing: np.ndarray
    lead: np.ndarray
    sure: np.ndarray
    xy: list[tuple[float, float]]
    rank: list[int]
    pitch: float
    costs: Costs


def places_of(view: View, costs: Costs = FITTED) -> Places:
    """The places of a view, ready to be given to characters."""
    existence = np.clip(view.existence, 1e-4, 1 - 1e-4)
    logit = np.clip(np.log(existence / (1 - existence)), -LOGIT_LIMIT, LOGIT_LIMIT)
    gains = np.maximum(costs.trust * view.log_p, costs.floor) + costs.gain + logit[:, None]
    gains[:, MARK] *= costs.mark
    missing = np.full(CLASSES, costs.missing)
    missing[MARK] *= costs.mark
    gaps = np.linalg.norm(view.xy[:, None] - view.xy[None], axis=2) + np.eye(len(view.xy)) * 1e6
    pitch = float(np.median(gaps.min(axis=1))) if len(view.xy) > 1 else 1.0
    return Places(
        gains=np.asarray(gains, np.float32),
        missing=missing,
        lead=np.maximum(gains.T - missing[:, None], 0),
        sure=np.asarray(existence**2, np.float32),
        xy=[(float(x), float(y)) for x, y in view.xy],
        rank=np.argsort(reading_order(view.xy, 1.2 * pitch)).tolist(),
        pitch=pitch,
        costs=costs,
    )


def score_text(text: Spelling, places: Places, hopeless: float = -np.inf) -> float:
    """Score of one text under the best assignment of its characters to places, less what speaks against it.

    The order of the letters is not looked at where the score cannot be better than ``hopeless``.
    """
    classes, words = text
    costs, sure = places.costs, places.sure.tolist()
    chosen, total = assign(classes, places)
    unexplained = sum(sure) - sum(sure[place] for place in chosen if place >= 0)
    if MARK in classes:
        each = costs.letters_of_mark
        total += each * min(unexplained, costs.longest_mark)
    else:
        each = costs.extra
        total += each * unexplained
    if total <= hopeless:
        return total
    letter_at = {
        place: (*places.xy[place], float(places.lead[kind, place]) - each * sure[place])
        for place, kind in zip(chosen, classes, strict=True)
        if place >= 0 and kind != MARK
    }

    def cost_of(placed: Sequence[int]) -> float:
        letters = [
            Letter(word, *letter_at[place]) for place, word in zip(placed, words, strict=True) if place in letter_at
        ]
        return order_cost(letters, places.pitch, costs.wrong_order)

    cost = cost_of(chosen)
    if cost < 0 and len(set(classes)) < len(classes):
        cost = max(map(cost_of, islice(placements(classes, chosen), MOST_ORDERS)))
    return total + cost


def assign(classes: tuple[int, ...], places: Places) -> tuple[list[int], float]:
    """The place of each character (-1: missing) and the sum of gains and costs, before anything else speaks against it.

    A letter that occurs several times takes its places in reading order.
    """
    if not classes:
        return [], 0.0
    wanted = list(classes)
    lead = places.lead[wanted]
    chosen = [-1] * len(wanted)
    total = float(places.missing[wanted].sum())
    for row, column in best_pairs(lead):
        if lead[row, column] > 0:
            chosen[row] = column
            total += float(lead[row, column])
    return in_reading_order(wanted, chosen, places.rank), total
