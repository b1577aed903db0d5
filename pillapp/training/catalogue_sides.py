"""What the official 낱알식별 file says of the sides of all pills, and which of them to draw."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.imprint_text import has_mark, split_imprint
from pillapp.catalog.values import Appearance, Side
from pillapp.paths import measuring_data_dir
from pillapp.training.datasets import work_dir
from pillapp.vision.imprint import ALPHABET

CATALOGUE_FILE: Final = "OpenData_PotOpenTabletIdntfc20230319.xls"
BLANK: Final = 0.07  # of the sides drawn
INVENTED: Final = 0.12
RESPELT: Final = 0.05  # with small letters, as brand names are printed; the file often writes them in capitals


def catalogue_appearances() -> list[Appearance]:
    """Every look of the official 낱알식별 file, as the program's own importer reads it; imported once into ``work/``."""
    path = work_dir() / "catalogue.sqlite"
    if not path.exists():
        part = path.with_suffix(".part.sqlite")
        part.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_catalog(f"sqlite:///{part}") as catalog:
            import_files(catalog.database, [measuring_data_dir() / "drug" / "mfds" / CATALOGUE_FILE])
        part.replace(path)
    with open_catalog(f"sqlite:///{path}") as catalog:
        return catalog.appearances()


def sides_by_text() -> dict[tuple[str, str], Side]:
    """The sides of all rows by item_seq and text as the file has it: lists of pictures lack what logos look like."""
    return {(row.item_seq, side.text): side for row in catalogue_appearances() for side in row.sides}


class SideSampler:
    """Draws sides of rows: distinct ones as often as rows, rare letters helped by invented texts, blank sides now and then."""

    def __init__(self, rows: Sequence[Appearance]) -> None:
        self._written: dict[Side, list[tuple[Appearance, bool]]] = {}
        self._blank: list[tuple[Appearance, bool]] = []
        for row in rows:
            for back, side in zip((False, True), row.sides, strict=True):
                if split_imprint(side.text) or has_mark(side.text):
                    self._written.setdefault(side, []).append((row, back))
                else:
                    self._blank.append((row, back))
        self._distinct = list(self._written)
        self._sides = [side for sides in self._written.values() for side in sides]

    def draw(self, rng: np.random.Generator) -> tuple[Appearance, bool]:
        """A row, and whether its back is meant."""
        kind = rng.random()
        if kind < BLANK:
            return self._blank[rng.integers(len(self._blank))]
        if kind < 0.3:
            return self._sides[rng.integers(len(self._sides))]
        same = self._written[self._distinct[rng.integers(len(self._distinct))]]
        row, back = same[rng.integers(len(same))]
        if kind > 1 - INVENTED - RESPELT:
            text = row.imprint_back if back else row.imprint_front
            text = _invented(rng) if kind > 1 - INVENTED else text.title()
            row = replace(row, imprint_back=text) if back else replace(row, imprint_front=text)
        return row, back


def _invented(rng: np.random.Generator) -> str:
    letters = "".join(rng.choice(list(ALPHABET), rng.integers(1, 8)))
    cut = int(rng.integers(0, len(letters) + 1))
    return letters if rng.random() < 0.6 else f"{letters[:cut]}분할선{letters[cut:]}"
