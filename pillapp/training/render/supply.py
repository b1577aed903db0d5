"""Which pills the pictures show: rows of the official file that say all a picture needs, some worn or broken."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.damage import damaged
from pillapp.appearance.finish import random_finish
from pillapp.appearance.typefaces import ENGRAVED
from pillapp.appearance.values import Gap, PillModel
from pillapp.catalog.values import Appearance
from pillapp.training.typefaces import TrainingFaces

_DAMAGED: Final = 0.1  # of the pills in a box brought from home


class Supply:
    """Draws pills; ``left_out`` counts the rows it met and had to leave out, by what they do not say."""

    def __init__(self, rows: Sequence[Appearance], faces: TrainingFaces) -> None:
        self._rows = rows
        self._faces = faces
        self.left_out: Counter[Gap] = Counter()

    def row_of_turn(self, seed: int, turn: int) -> int:
        """The row whose turn it is: all rows come once, in the order of the seed, before one comes again."""
        lap, place = divmod(turn, len(self._rows))
        return int(np.random.default_rng([seed, lap]).permutation(len(self._rows))[place])

    def pill(self, rng: np.random.Generator, cells_per_mm: float, row: int | None = None) -> PillModel:
        """A pill of a row, or of any row; where the row leaves something out, of another one.

        Raises:
            ValueError: none of a hundred rows says enough.
        """
        for _ in range(100):
            chosen = self._rows[int(rng.integers(len(self._rows))) if row is None else row]
            faces = self._faces
            finish = random_finish(chosen, rng, (ENGRAVED, *faces.pressed), faces.printed, faces.serif, faces.hangul)
            model = build(chosen, finish, cells_per_mm)
            if not model.gaps:
                return damaged(model, rng) if rng.random() < _DAMAGED else model
            self.left_out.update(model.gaps)
            row = None
        raise ValueError("no row describes a whole pill")
