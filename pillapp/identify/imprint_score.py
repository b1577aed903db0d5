"""How well every side of the catalogue fits an imprint reading: one log-likelihood ratio per side.

Each character of a side's text is given one of the places where the network saw a character. A place gains the log of how
likely it is that character, a character without a place costs, what was surely seen and stays unexplained costs, and
characters in an order nobody would write cost more. A logo (마크) may explain some letters that the text does not: makers'
names are logos. All sides are scored greedily, the best ones once more with the best assignment there is. What it costs is
in :class:`Costs`. A positive score means "more likely this than blank". Where no character is seen for sure, faint ones are no
evidence of a certain text: how often that happens on sides with and without text is (:class:`Overlooked`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from pillapp.catalog.values import Side
from pillapp.identify.assignment import best_pairs
from pillapp.identify.characters import Spelling, spellings
from pillapp.identify.letter_order import Letter, in_reading_order, order_cost, placements
from pillapp.vision.imprint import MARK, SHOWN_EXISTENCE, ImprintReading, View, reading_order

LOGIT_LIMIT: Final = 2.5
MOST_ORDERS: Final = 16  # ways tried to place letters that occur several times
REFINED: Final = 120  # sides per view that get the best assignment instead of the greedy one


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


@dataclass(frozen=True, slots=True)
class Overlooked:
    """How often no character at all is seen for sure: on a ``blank`` side, on one that bears a ``logo`` alone, ``one``
    character (and no logo), or ``more`` than one.
    """

    blank: float
    logo: float
    one: float
    more: float


# what `main.py train scoring` printed for the reader that ships: 315, 32, 33 and 550 degraded sides of training rows
NOTHING_SEEN: Final = Overlooked(blank=0.676, logo=0.062, one=0.121, more=0.024)
_TAKEN: Final = 1e6  # off what a place offers once a character has it


class ImprintIndex:
    """The imprint texts of a catalogue's sides, ready to be scored.

    A logo that is told to look like letters may be read as those: each of the ``sides``, any number of them, is worth its
    best spelling. Equal spellings are scored once.
    """

    def __init__(self, sides: Sequence[Side], costs: Costs = FITTED) -> None:
        encoded = [spellings(side) for side in sides]
        distinct = sorted({code for side in encoded for code in side}, key=lambda code: (-len(code.classes), code))
        number = {code: i for i, code in enumerate(distinct)}
        self._costs = costs
        self._spellings = np.array([number[code] for side in encoded for code in side], dtype=np.int64)
        self._first = np.cumsum([0, *(len(side) for side in encoded[:-1])]) if encoded else np.zeros(0, np.int64)
        self._texts = distinct
        self._lengths = np.array([len(code.classes) for code in distinct], dtype=np.int64)
        longest = int(self._lengths.max(initial=0))
        self._classes = np.full((len(distinct), longest), -1, dtype=np.int64)
        for i, code in enumerate(distinct):
            self._classes[i, : len(code.classes)] = code.classes
        self._marked = (self._classes == MARK).any(axis=1)
        self._missing = np.where(self._classes == MARK, costs.missing * costs.mark, costs.missing).astype(np.float32)
        self._overlooked = np.array([_overlooked(code.classes) for code in distinct], np.float32)
        # texts are sorted by length: those that have an l-th character come first
        self._with_character = [int((self._lengths > position).sum()) for position in range(longest)]

    def __len__(self) -> int:
        return len(self._first)

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What scoring reads, for the benchmark's floor."""
        return self._spellings, self._classes, self._missing

    def score(self, reading: ImprintReading) -> np.ndarray:
        """Log-likelihood ratio of every side, float32 (n,), in the order the sides were given; the best view counts."""
        if sees_nothing(reading):
            return self._overlooked[self._spellings[self._first]]
        best = np.full(len(self._texts), -np.inf, np.float32)
        for view in reading.views:
            if len(view.xy):
                np.maximum(best, self._score_view(view), out=best)
        return np.maximum.reduceat(best[self._spellings], self._first) if len(self) else best[:0]

    def _score_view(self, view: View) -> np.ndarray:
        costs = self._costs
        places = places_of(view, costs)
        by_class = np.ascontiguousarray(places.gains.T)
        scores = np.zeros(len(self._texts), np.float32)
        taken = np.zeros((len(self._texts), len(view.xy)), np.float32)
        left = np.full(len(self._texts), places.sure.sum(), np.float32)
        rows = np.arange(len(self._texts))
        for position, count in enumerate(self._with_character):
            classes = self._classes[:count, position]
            offered = by_class[classes]
            offered -= taken[:count]
            place = offered.argmax(axis=1)
            gain = offered[rows[:count], place]
            missing = self._missing[:count, position]
            found = gain > missing
            scores[:count] += np.where(found, gain, missing)
            taken[rows[:count][found], place[found]] = _TAKEN
            left[:count] -= np.where(found, places.sure[place], 0)
        scores += np.where(
            self._marked, costs.letters_of_mark * np.minimum(left, costs.longest_mark), costs.extra * left
        )
        few = np.argpartition(-scores, min(REFINED, len(scores) - 1))[:REFINED]
        # only texts that were assigned with care may be compared with each other at the top
        refined = np.array([score_text(self._texts[i], places, costs) for i in few], np.float32)
        np.minimum(scores, refined.min(initial=np.inf), out=scores)
        scores[few] = refined
        return scores


def sees_nothing(reading: ImprintReading) -> bool:
    """Whether no character and no logo is seen for sure."""
    return not any((view.existence >= SHOWN_EXISTENCE).any() for view in reading.views[:1])


def _overlooked(classes: tuple[int, ...]) -> float:
    """Log of how much likelier a side is overlooked with this text than without one."""
    if not classes:
        return 0.0
    alone = NOTHING_SEEN.logo if classes[0] == MARK else NOTHING_SEEN.one
    chance = NOTHING_SEEN.more if len(classes) > 1 else alone
    return float(np.log(chance / NOTHING_SEEN.blank))


@dataclass(frozen=True, slots=True)
class Places:
    """Where one view saw characters.

    ``gains`` (n, CLASSES): what each place adds to a text for each class; ``sure`` (n,): that there is a character, 0..1;
    ``xy``: its centre; ``rank``: its number in reading order. ``pitch``: the usual distance from one to the next.
    """

    gains: np.ndarray
    sure: np.ndarray
    xy: list[tuple[float, float]]
    rank: list[int]
    pitch: float


def places_of(view: View, costs: Costs = FITTED) -> Places:
    """The places of a view, ready to be given to characters."""
    existence = np.clip(view.existence, 1e-4, 1 - 1e-4)
    logit = np.clip(np.log(existence / (1 - existence)), -LOGIT_LIMIT, LOGIT_LIMIT)
    gains = np.maximum(costs.trust * view.log_p, costs.floor) + costs.gain + logit[:, None]
    gains[:, MARK] *= costs.mark
    gaps = np.linalg.norm(view.xy[:, None] - view.xy[None], axis=2) + np.eye(len(view.xy)) * 1e6
    pitch = float(np.median(gaps.min(axis=1))) if len(view.xy) > 1 else 1.0
    rank = np.argsort(reading_order(view.xy, 1.2 * pitch))
    xy = [(float(x), float(y)) for x, y in view.xy]
    return Places(np.asarray(gains, dtype=np.float32), np.asarray(existence**2, np.float32), xy, rank.tolist(), pitch)


def score_text(text: Spelling, places: Places, costs: Costs = FITTED) -> float:
    """Score of one text under the best assignment of its characters to places, less what speaks against it."""
    classes, words = text
    chosen, total = assign(classes, places, costs)
    sure = places.sure
    unexplained = float(sure.sum() - sure[[place for place in chosen if place >= 0]].sum())
    if MARK in classes:
        each = costs.letters_of_mark
        total += each * min(unexplained, costs.longest_mark)
    else:
        each = costs.extra
        total += each * unexplained

    def cost_of(placed: Sequence[int]) -> float:
        letters = [
            Letter(*places.xy[place], word, float(places.gains[place, kind] - costs.missing - each * sure[place]))
            for place, kind, word in zip(placed, classes, words, strict=True)
            if place >= 0 and kind != MARK
        ]
        return order_cost(letters, places.pitch, costs.wrong_order)

    cost = cost_of(chosen)
    if cost < 0 and len(set(classes)) < len(classes):
        cost = max(map(cost_of, islice(placements(classes, chosen), MOST_ORDERS)))
    return total + cost


def assign(classes: tuple[int, ...], places: Places, costs: Costs = FITTED) -> tuple[list[int], float]:
    """The place of each character (-1: missing) and the sum of gains and costs, before anything else speaks against it.

    A letter that occurs several times takes its places in reading order.
    """
    wanted = list(classes)
    if not wanted:
        return [], 0.0
    missing = [costs.missing * costs.mark if kind == MARK else costs.missing for kind in wanted]
    # a character is either worth more at a place than missing, or it is missing
    worth = places.gains[:, wanted].T - np.array(missing)[:, None]
    chosen = [-1] * len(wanted)
    total = sum(missing)
    for row, column in best_pairs(np.maximum(worth, 0)):
        if worth[row, column] > 0:
            chosen[row] = column
            total += float(worth[row, column])
    return in_reading_order(wanted, chosen, places.rank), total
