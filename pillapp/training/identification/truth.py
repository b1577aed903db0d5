"""What the official rows of a product say is written on its sides."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.catalog.values import Appearance, Side
from pillapp.identify.characters import spellings
from pillapp.identify.index import AppearanceIndex
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.identification.samples import Sample
from pillapp.vision.observe import Observation

NEVER: Final = -40.0  # log likelihood of a text that is not the one on the pill, where the text is taken as known
SIDE_MARGIN: Final = 2.0  # by so much must one side's text fit a crop better, for it to count as showing that side


class Truth:
    """``appearances`` are the official rows in the index's order, ``rows`` their numbers by product."""

    def __init__(self) -> None:
        self.appearances: list[Appearance] = catalogue_appearances()
        self.rows: dict[str, list[int]] = defaultdict(list)
        sides = []
        for number, row in enumerate(self.appearances):
            self.rows[row.item_seq].append(number)
            sides.append([hash(_letters(side)) for side in row.sides])
        self._sides = np.array(sides)

    def perfect(self, sample: Sample, index: AppearanceIndex) -> np.ndarray:
        """Scores (n,) of a reader that makes no mistake: every row that bears what is on the sides that were seen."""
        if len(sample.observations) == 1:
            row, back = self.side(sample.item_seq, sample.observations[0], index)
            fits = (self._sides == self._sides[row, back]).any(axis=1)
            return np.where(fits, 0.0, NEVER)
        one, other = (text_scores(seen, index) for seen in sample.observations)
        rows = self.rows[sample.item_seq]
        row = max(
            rows,
            key=lambda r: max(one[index.front[r]] + other[index.back[r]], one[index.back[r]] + other[index.front[r]]),
        )
        fits = np.sort(self._sides, axis=1) == np.sort(self._sides[row])
        return np.where(fits.all(axis=1), 0.0, NEVER)

    def side(self, product: str, seen: Observation, index: AppearanceIndex) -> tuple[int, int]:
        """Row and side (0 front, 1 back) of a product that what was read fits best: photos don't say which side they show."""
        scores = text_scores(seen, index)
        options = [
            (float(scores[sides[row]]), row, back)
            for row in self.rows[product]
            for back, sides in ((0, index.front), (1, index.back))
        ]
        _, row, back = max(options)
        return row, back

    def text(self, row: int, back: int) -> str:
        """The file's text of one side of a row."""
        appearance = self.appearances[row]
        return appearance.imprint_back if back else appearance.imprint_front

    def same_text(self, row: int, other: int) -> bool:
        """Whether two rows bear the same texts, on whichever sides."""
        return bool((np.sort(self._sides[row]) == np.sort(self._sides[other])).all())

    def pairs(self, samples: Sequence[Sample], index: AppearanceIndex) -> list[Sample]:
        """Crops of one product that show different sides, each front with one back, as if the pill had been turned over."""
        by_side: dict[str, tuple[list[Sample], list[Sample]]] = defaultdict(lambda: ([], []))
        for sample in samples:
            scores = text_scores(sample.observations[0], index)
            row, back = self.side(sample.item_seq, sample.observations[0], index)
            texts = index.front[row], index.back[row]
            if abs(scores[texts[0]] - scores[texts[1]]) >= SIDE_MARGIN:
                by_side[sample.item_seq][back].append(sample)
        return [
            Sample(product, (one.observations[0], other.observations[0]))
            for product, (fronts, backs) in by_side.items()
            for one, other in zip(fronts, backs, strict=False)
        ]


def _letters(side: Side) -> frozenset[tuple[int, ...]]:
    """What a reader that makes no mistake sees of a side: its letters, and those its logo looks like."""
    return frozenset(tuple(sorted(spelling.classes)) for spelling in spellings(side))


def text_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    """How well each distinct side of the catalogue fits what was read."""
    if seen.reading is None:
        return np.zeros(len(index.imprints))
    return index.imprints.score(seen.reading)
