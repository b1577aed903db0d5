"""How well every side of the catalogue fits an imprint reading: one log-likelihood ratio per side.

Each character of a side's text is given one of the places where the network saw a character. A place gains
``log p(character) + PRIOR_GAIN + logit(existence)``, a character without a place costs ``MISSING``, and characters in
an order nobody would write cost more. All sides are scored greedily, the best ones once more with the best assignment
there is. A side without text scores 0: a positive score means "more likely this than a blank side".
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from pillapp.catalog.imprint_text import has_mark, split_imprint
from pillapp.vision.imprint import ALPHABET, HANGUL, MARK, ImprintReading, View, reading_order

PRIOR_GAIN: Final = 3.0  # about log 20: what a character says against any other of the alphabet
MISSING: Final = -2.5
MARK_WEIGHT: Final = 0.4  # logos are seen less surely than letters, and the catalogue doesn't name every one
LOGIT_LIMIT: Final = 2.5
WRONG_ORDER: Final = -1.5
REFINED: Final = 120  # sides per view that get the best assignment instead of the greedy one
_NO_SCORE: Final = -1e9

_CLASS_OF: Final = {character: number for number, character in enumerate(ALPHABET)} | {"O": 0, "I": 1}


EncodedText = tuple[tuple[int, ...], tuple[int, ...]]  # class of each character, number of the word it stands in


def encode(text: str | None) -> EncodedText:
    """Class of each character of a raw catalogue text and the number of the word it stands in; without punctuation."""
    classes: list[int] = []
    parts: list[int] = []
    part = 0
    for piece in split_imprint(text):
        for word in piece.split():
            for character in word:
                number = _CLASS_OF.get(character, HANGUL if character.isalpha() else None)
                if number is not None:
                    classes.append(number)
                    parts.append(part)
            part += 1
    if has_mark(text):
        classes.append(MARK)
        parts.append(part)
    return tuple(classes), tuple(parts)


class ImprintIndex:
    """The imprint texts of a catalogue's sides, ready to be scored.

    ``sides`` are raw 낱알식별 texts (``"SK분할선75"``, ``"마크"``, empty), in any number; equal ones are scored once.
    """

    def __init__(self, sides: Sequence[str]) -> None:
        encoded = [encode(side) for side in sides]
        distinct = sorted(set(encoded), key=lambda code: (-len(code[0]), code))
        number = {code: i for i, code in enumerate(distinct)}
        self._of_side = np.array([number[code] for code in encoded], dtype=np.int64)
        self._texts = distinct
        self._lengths = np.array([len(code[0]) for code in distinct], dtype=np.int64)
        longest = int(self._lengths.max(initial=0))
        self._classes = np.full((len(distinct), longest), -1, dtype=np.int64)
        for i, (classes, _) in enumerate(distinct):
            self._classes[i, : len(classes)] = classes
        # texts are sorted by length: those that have an l-th character come first
        self._with_character = [int((self._lengths > position).sum()) for position in range(longest)]

    def __len__(self) -> int:
        return len(self._of_side)

    def score(self, reading: ImprintReading) -> np.ndarray:
        """Log-likelihood ratio of every side, float32 (n,), in the order the sides were given; the best view counts."""
        best = self._blank_scores()
        for view in reading.views:
            if len(view.xy):
                np.maximum(best, self._score_view(view), out=best)
        return best[self._of_side].astype(np.float32)

    def _blank_scores(self) -> np.ndarray:
        """Scores where nothing was seen: every character is missing."""
        marks = (self._classes == MARK).sum(axis=1)
        return MISSING * (self._lengths - marks * (1 - MARK_WEIGHT))

    def _score_view(self, view: View) -> np.ndarray:
        gains = place_gains(view)
        scores = np.zeros(len(self._texts))
        free = np.zeros((len(self._texts), len(view.xy)))
        rows = np.arange(len(self._texts))
        for position, count in enumerate(self._with_character):
            classes = self._classes[:count, position]
            offered = gains[:, classes].T + free[:count]
            place = offered.argmax(axis=1)
            gain = offered[rows[:count], place]
            missing = np.where(classes == MARK, MISSING * MARK_WEIGHT, MISSING)
            taken = gain > missing
            scores[:count] += np.where(taken, gain, missing)
            free[rows[:count][taken], place[taken]] = _NO_SCORE
        few = np.argpartition(-scores, min(REFINED, len(scores) - 1))[:REFINED]
        # only texts that were assigned with care may be compared with each other at the top
        refined = np.array([score_text(self._texts[i], view, gains) for i in few])
        floor = float(np.sort(refined)[0]) if len(refined) else 0.0
        scores = np.minimum(scores, floor)
        scores[few] = refined
        return scores


def place_gains(view: View) -> np.ndarray:
    """What each place (row) adds to a text for each class (column): (n, CLASSES)."""
    existence = np.clip(view.existence, 1e-4, 1 - 1e-4)
    logit = np.clip(np.log(existence / (1 - existence)), -LOGIT_LIMIT, LOGIT_LIMIT)
    gains = view.log_p.astype(np.float64) + PRIOR_GAIN + logit[:, None]
    gains[:, MARK] *= MARK_WEIGHT
    return gains


def score_text(text: EncodedText, view: View, gains: np.ndarray) -> float:
    """Score of one text under the best assignment of its characters to places, less penalties for a wrong order."""
    classes, words = text
    if not classes:
        return 0.0
    places, total = assign(classes, view, gains)
    seen = [i for i in range(len(classes)) if places[i] >= 0 and classes[i] != MARK]
    for a, b in pairwise(seen):
        dx, dy = view.xy[places[b]] - view.xy[places[a]]
        same_word = words[a] == words[b]
        if dx <= 0 and dy <= 0.5 * abs(dx):  # to the left and not below: nobody writes so
            total += WRONG_ORDER
        elif same_word and abs(dy) > 1.2 * abs(dx):  # the next line, or a steep arc
            total += WRONG_ORDER / 2
    return total


def assign(classes: tuple[int, ...], view: View, gains: np.ndarray) -> tuple[np.ndarray, float]:
    """The place of each character (-1: missing) and the sum of gains and costs, before any order penalty.

    A letter that occurs several times takes its places in reading order.
    """
    wanted = np.array(classes)
    missing = np.where(wanted == MARK, MISSING * MARK_WEIGHT, MISSING)
    count, places = len(wanted), len(view.xy)
    cost = np.full((count, places + count), 1e6)
    cost[:, :places] = -gains[:, wanted].T
    cost[np.arange(count), places + np.arange(count)] = -missing
    rows, columns = linear_sum_assignment(cost)
    total = -float(cost[rows, columns].sum())
    chosen = np.where(columns < places, columns, -1)
    for letter in {c for c in classes if classes.count(c) > 1}:
        these = np.flatnonzero((wanted == letter) & (chosen >= 0))
        if len(these) > 1:
            xy = view.xy[chosen[these]]
            chosen[these] = chosen[these][reading_order(xy, _line_height(view.xy))]
    return chosen, total


def _line_height(xy: np.ndarray) -> float:
    if len(xy) < 2:
        return 30.0
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy)) * 1e6
    return 1.2 * float(np.median(gaps.min(axis=1)))
