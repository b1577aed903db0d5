"""What it costs a text that its letters stand in an order nobody would write them in."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations, product, zip_longest
from typing import Final, NamedTuple

# A character to the left of the one before it stands on a line of its own if it is lower by so many usual distances between
# characters, and by such a share of the way back: views are turned by up to half of 30° against the text.
LINE_PITCHES: Final = 0.7
LINE_SLOPE: Final = 0.2
GIVEN_UP: Final = 2  # letters in a row that a text may do without where they stand out of order


class Letter(NamedTuple):
    """A letter of a text, the number of its word and its place (px); ``worth`` is what the text would lose without it."""

    word: int
    x: float
    y: float
    worth: float


def order_cost(letters: Sequence[Letter], pitch: float, wrong: float) -> float:
    """What the order of the letters costs, 0 or less; one that costs more than it is worth is given up.

    ``pitch``: the usual distance between characters, px; ``wrong``: the cost of one letter nobody would write after the one
    before it.
    """
    if not any(_misplaced(a, b, pitch) for a, b in pairwise(letters)):
        return 0.0
    steps = [None, *letters, None]
    best = [0.0]  # of all steps up to one that is taken
    for j in range(1, len(steps)):
        reached, given_up = -float("inf"), 0.0
        for i in range(j - 1, max(j - 2 - GIVEN_UP, -1), -1):
            before = steps[i]
            reached = max(reached, best[i] + given_up + wrong * _misplaced(before, steps[j], pitch))
            given_up -= max(before.worth, 0.0) if before else 0.0
        best.append(reached)
    return best[-1]


def _misplaced(one: Letter | None, following: Letter | None, pitch: float) -> float:
    """How wrong it is to read one letter after another: 1 where nobody writes so, 0.5 on a steep arc, else 0."""
    if one is None or following is None:  # anything may stand first, and last
        return 0.0
    dx, dy = following.x - one.x, following.y - one.y
    if dx <= 0 and dy <= max(LINE_PITCHES * pitch, LINE_SLOPE * abs(dx)):
        return 1.0
    return 0.5 * (one.word == following.word and abs(dy) > 1.2 * abs(dx))  # the next line, or a steep arc


def in_reading_order(classes: Sequence[int], chosen: Sequence[int], rank: Sequence[int]) -> list[int]:
    """The ``chosen`` places (-1: none) of letters that occur several times in the order of their ``rank``, the last missing."""
    placed = list(chosen)
    for same in _repeated(classes):
        places = sorted((chosen[i] for i in same if chosen[i] >= 0), key=rank.__getitem__)
        for i, place in zip_longest(same, places, fillvalue=-1):
            placed[i] = place
    return placed


def placements(classes: Sequence[int], chosen: Sequence[int]) -> Iterator[list[int]]:
    """Every way to give letters that occur several times the places they have: words may stand beside each other."""
    repeated = _repeated(classes)
    places = [[chosen[i] for i in same if chosen[i] >= 0] for same in repeated]
    for filled in product(*(permutations(same, len(some)) for same, some in zip(repeated, places, strict=True))):
        placed = list(chosen)
        for same, some, with_place in zip(repeated, places, filled, strict=True):
            for i in same:
                placed[i] = -1
            for i, place in zip(with_place, some, strict=True):
                placed[i] = place
        yield placed


def _repeated(classes: Sequence[int]) -> list[list[int]]:
    return [
        [i for i, kind in enumerate(classes) if kind == letter]
        for letter in dict.fromkeys(classes)
        if classes.count(letter) > 1
    ]
