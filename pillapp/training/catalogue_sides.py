"""What the official 낱알식별 file says of the sides of all pills, and how to draw some of them at random."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.imprint_text import has_mark, has_score_line, split_imprint
from pillapp.catalog.values import Appearance
from pillapp.paths import measuring_data_dir
from pillapp.training.datasets import work_dir
from pillapp.vision.imprint import ALPHABET

CATALOGUE_FILE: Final = "OpenData_PotOpenTabletIdntfc20230319.xls"


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


@dataclass(frozen=True, slots=True)
class Side:
    """What the official file says of one side: raw ``text``, ``shape``, long over short axis, score line or not."""

    text: str
    shape: str
    aspect: float
    scored: bool


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What the official file says of one product's look, as far as reading goes."""

    item_seq: str
    front: str
    back: str
    shape: str
    aspect: float
    scored: tuple[bool, bool]


def catalogue_rows() -> list[CatalogueRow]:
    """Every row of the official 낱알식별 file in the measuring data folder."""
    from python_calamine import CalamineWorkbook

    path = next((measuring_data_dir() / "drug" / "mfds").glob("OpenData_PotOpenTabletIdntfc*.xls"))
    with path.open("rb") as stream:  # the suffix is wrong: inside is a modern workbook
        rows = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0).to_python()
    column = {str(name): i for i, name in enumerate(rows[0])}
    found = []
    for row in rows[1:]:
        cell = {name: str(row[i]).strip() for name, i in column.items()}
        front, back = cell["표시앞"], cell["표시뒤"]
        scored = (has_score_line(front) or bool(cell["분할선앞"]), has_score_line(back) or bool(cell["분할선뒤"]))
        aspect = _ratio(cell["크기장축"], cell["크기단축"])
        number = cell["품목일련번호"].removesuffix(".0")
        found.append(CatalogueRow(number, front, back, cell["의약품제형"], aspect, scored))
    return found


def catalogue_sides() -> list[Side]:
    """Both sides of every row of the official file."""
    return [
        Side(text, row.shape, row.aspect, scored)
        for row in catalogue_rows()
        for text, scored in zip((row.front, row.back), row.scored, strict=True)
    ]


def _ratio(long: str, short: str) -> float:
    try:
        value = float(long) / float(short)
    except (ValueError, ZeroDivisionError):
        return 1.0
    return float(np.clip(value, 1.0, 3.2))


class SideSampler:
    """Draws sides: distinct texts as often as rows, rare letters helped by invented texts, blank sides now and then."""

    def __init__(self, sides: list[Side]) -> None:
        self._written = [s for s in sides if split_imprint(s.text) or has_mark(s.text)]
        self._blank = [s for s in sides if not (split_imprint(s.text) or has_mark(s.text))]
        first = {s.text: i for i, s in enumerate(self._written)}
        self._distinct = list(first.values())

    def draw(self, rng: np.random.Generator) -> Side:
        """One side."""
        kind = rng.random()
        if kind < 0.07:
            return self._blank[rng.integers(len(self._blank))]
        side = self._written[rng.integers(len(self._written))]
        if kind < 0.5:
            side = self._written[self._distinct[rng.integers(len(self._distinct))]]
        if kind > 0.86:
            letters = "".join(rng.choice(list(ALPHABET), rng.integers(1, 8)))
            cut = int(rng.integers(0, len(letters) + 1))
            text = letters if rng.random() < 0.6 else f"{letters[:cut]}분할선{letters[cut:]}"
            return Side(text, side.shape, side.aspect, "분할선" in text)
        return side
