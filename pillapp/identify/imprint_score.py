"""How well every side of the catalogue fits an imprint reading: one log-likelihood ratio per side.

All sides are scored greedily, the best ones once more with care (:mod:`pillapp.identify.text_fit`). A positive score means
"more likely this than blank". Where no character is seen for sure, faint ones are no evidence of a certain text: how often
that happens on sides with and without text is (:class:`Overlooked`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.catalog.values import Side
from pillapp.identify.characters import spellings
from pillapp.identify.text_fit import FITTED, Costs, places_of, score_text
from pillapp.vision.imprint import MARK, SHOWN_EXISTENCE, ImprintReading, View, plain_text

REFINED: Final = 120  # sides per view that get the best assignment instead of the greedy one
HOPELESS: Final = 10.0  # behind the best text: what the order of its letters costs changes no name


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
                np.maximum(best, self._score_view(view, float(best.max(initial=-np.inf))), out=best)
        return np.maximum.reduceat(best[self._spellings], self._first) if len(self) else best[:0]

    def text_seen(self, side: int, reading: ImprintReading) -> str:
        """The plain text of a reading, seen the way that speaks most for a side: 0S may be SO upside down.

        ``side``: its number in the order the sides were given. Nothing of the side's own text goes into it.
        """
        last = self._first[side + 1] if side + 1 < len(self._first) else len(self._spellings)
        written = [self._texts[i] for i in self._spellings[self._first[side] : last]]
        best, most = "", 0.0  # what speaks for nothing more than for a blank side is shown as it was read
        for view in reading.views if written[0].classes else ():
            if len(view.xy):
                places = places_of(view, self._costs)
                speaks = max(score_text(spelling, places) for spelling in written)
                if speaks > most:
                    best, most = plain_text(view)[0], speaks
        return best or reading.text

    def _score_view(self, view: View, best: float) -> np.ndarray:
        """Scores of all texts in one view; ``best`` is that of other views."""
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
        few = few[np.argsort(-scores[few], kind="stable")]
        # only texts that were assigned with care may be compared with each other at the top
        refined = np.empty(len(few), np.float32)
        for position, i in enumerate(few):
            refined[position] = score_text(self._texts[i], places, best - HOPELESS)
            best = max(best, float(refined[position]))
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
