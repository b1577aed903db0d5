"""How well every side of the catalogue fits an imprint reading: one log-likelihood ratio per side.

Each character of a side's text is given one of the places where the network saw a character. A place gains
``log p(character) + PRIOR_GAIN + logit(existence)``, a character without a place costs ``MISSING``, and characters in
an order nobody would write cost more. All sides are scored greedily, the best ones once more with the best assignment
there is. A side without text scores 0: a positive score means "more likely this than a blank side".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from pillapp.catalog.imprint_text import has_mark, split_imprint
from pillapp.identify.assignment import best_pairs
from pillapp.vision.imprint import ALPHABET, HANGUL, MARK, ImprintReading, View, reading_order

PRIOR_GAIN: Final = 3.0  # about log 20: what a character says against any other of the alphabet
MISSING: Final = -2.5
MARK_WEIGHT: Final = 0.4  # logos are seen less surely than letters, and the catalogue doesn't name every one
LOGIT_LIMIT: Final = 2.5
WRONG_ORDER: Final = -1.5
REFINED: Final = 120  # sides per view that get the best assignment instead of the greedy one
_TAKEN: Final = 1e6  # off what a place offers once a character has it

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
        self._missing = np.where(self._classes == MARK, MISSING * MARK_WEIGHT, MISSING).astype(np.float32)
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
        places = places_of(view)
        by_class = np.ascontiguousarray(places.gains.T)
        scores = np.zeros(len(self._texts), np.float32)
        taken = np.zeros((len(self._texts), len(view.xy)), np.float32)
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
        few = np.argpartition(-scores, min(REFINED, len(scores) - 1))[:REFINED]
        # only texts that were assigned with care may be compared with each other at the top
        refined = np.array([score_text(self._texts[i], places) for i in few], np.float32)
        np.minimum(scores, refined.min(initial=0.0), out=scores)
        scores[few] = refined
        return scores


@dataclass(frozen=True, slots=True)
class Places:
    """Where one view saw characters.

    ``gains`` (n, CLASSES): what each place adds to a text for each class; ``xy``: its centre; ``rank``: its number in
    reading order.
    """

    gains: np.ndarray
    xy: list[tuple[float, float]]
    rank: list[int]


def places_of(view: View) -> Places:
    """The places of a view, ready to be given to characters."""
    existence = np.clip(view.existence, 1e-4, 1 - 1e-4)
    logit = np.clip(np.log(existence / (1 - existence)), -LOGIT_LIMIT, LOGIT_LIMIT)
    gains = np.asarray(view.log_p + PRIOR_GAIN + logit[:, None], dtype=np.float32)
    gains[:, MARK] *= MARK_WEIGHT
    gaps = np.linalg.norm(view.xy[:, None] - view.xy[None], axis=2) + np.eye(len(view.xy)) * 1e6
    line_height = 1.2 * float(np.median(gaps.min(axis=1))) if len(view.xy) > 1 else 1.0
    rank = np.argsort(reading_order(view.xy, line_height))
    return Places(gains, [(float(x), float(y)) for x, y in view.xy], rank.tolist())


def score_text(text: EncodedText, places: Places) -> float:
    """Score of one text under the best assignment of its characters to places, less penalties for a wrong order."""
    classes, words = text
    if not classes:
        return 0.0
    chosen, total = assign(classes, places)
    seen = [
        (places.xy[place], word)
        for place, kind, word in zip(chosen, classes, words, strict=True)
        if place >= 0 and kind != MARK
    ]
    for ((ax, ay), word), ((bx, by), next_word) in pairwise(seen):
        dx, dy = bx - ax, by - ay
        if dx <= 0 and dy <= 0.5 * abs(dx):  # to the left and not below: nobody writes so
            total += WRONG_ORDER
        elif word == next_word and abs(dy) > 1.2 * abs(dx):  # the next line, or a steep arc
            total += WRONG_ORDER / 2
    return total


def assign(classes: tuple[int, ...], places: Places) -> tuple[list[int], float]:
    """The place of each character (-1: missing) and the sum of gains and costs, before any order penalty.

    A letter that occurs several times takes its places in reading order.
    """
    wanted = list(classes)
    missing = [MISSING * MARK_WEIGHT if kind == MARK else MISSING for kind in wanted]
    # a character is either worth more at a place than missing, or it is missing
    worth = places.gains[:, wanted].T - np.array(missing)[:, None]
    chosen = [-1] * len(wanted)
    total = sum(missing)
    for row, column in best_pairs(np.maximum(worth, 0)):
        if worth[row, column] > 0:
            chosen[row] = column
            total += float(worth[row, column])
    if len(set(wanted)) < len(wanted):
        _sort_repeated(wanted, chosen, places.rank)
    return chosen, total


def _sort_repeated(wanted: list[int], chosen: list[int], rank: list[int]) -> None:
    for letter in {kind for kind in wanted if wanted.count(kind) > 1}:
        these = [i for i, kind in enumerate(wanted) if kind == letter and chosen[i] >= 0]
        in_order = sorted((chosen[i] for i in these), key=rank.__getitem__)
        for i, place in zip(these, in_order, strict=True):
            chosen[i] = place
