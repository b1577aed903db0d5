"""Which importer a table is for, decided by its columns alone."""

from typing import Final

from pillapp.catalog.importers.base import Importer
from pillapp.catalog.importers.dur_ingredients import DurIngredientImporter
from pillapp.catalog.importers.dur_items import DurItemImporter
from pillapp.catalog.importers.easy_drug import EasyDrugImporter
from pillapp.catalog.importers.hira import (
    HiraAtcImporter,
    HiraListImporter,
    HiraMasterImporter,
    StandardCodeImporter,
)
from pillapp.catalog.importers.hira_dur import (
    HiraAgeImporter,
    HiraElderlyImporter,
    HiraPairImporter,
    HiraPregnancyImporter,
)
from pillapp.catalog.importers.permits import PermitDetailImporter, PermitIngredientImporter, PermitListImporter
from pillapp.catalog.importers.table import Table, clean_header
from pillapp.catalog.importers.tablets import TabletImporter
from pillapp.errors import ImportFileError

IMPORTERS: Final[tuple[type[Importer], ...]] = (
    TabletImporter,
    DurIngredientImporter,
    DurItemImporter,
    EasyDrugImporter,
    PermitDetailImporter,
    PermitIngredientImporter,
    PermitListImporter,
    HiraListImporter,
    HiraMasterImporter,
    HiraAtcImporter,
    StandardCodeImporter,
    HiraPairImporter,
    HiraAgeImporter,
    HiraPregnancyImporter,
    HiraElderlyImporter,
)


def recognise(table: Table) -> type[Importer]:
    """The importer for a table; the table's header is set.

    Raises:
        ImportFileError: no importer knows these columns, naming the nearest kind and the columns it misses.
    """
    best: tuple[float, int, type[Importer]] | None = None
    for index, line in enumerate(table.head):
        header = [clean_header(cell) for cell in line.cells]
        for importer in IMPORTERS:
            known = sum(any(name in header for name in names) for names in importer.columns.values())
            missing = _missing(importer, header)
            # All required columns first, then the kind of which most columns are there.
            score = (0 if missing else 1) + known / (len(importer.columns) + 1)
            if best is None or score > best[0]:
                best = (score, index, importer)
    if best is None:
        raise ImportFileError(f"{table.path.name}: 빈 파일입니다. (empty file)")
    score, index, importer = best
    header = [clean_header(cell) for cell in table.head[index].cells]
    missing = _missing(importer, header)
    if missing:
        _refuse(table, importer, missing, score, index)
    table.use_header(index)
    return importer


def _missing(importer: type[Importer], header: list[str]) -> list[str]:
    return [
        importer.columns[field][0]
        for field in sorted(importer.required)
        if not any(name in header for name in importer.columns[field])
    ]


def _refuse(table: Table, importer: type[Importer], missing: list[str], score: float, index: int) -> None:
    line = table.head[index]
    came = ", ".join(clean_header(cell) for cell in line.cells[:8]) or "빈 줄"
    if score >= 1 / 2:
        raise ImportFileError(
            f"{table.path.name} {line.number}번째 줄: {importer.title} 파일 같지만 필요한 열이 없습니다: "
            f"{', '.join(missing)}. 있는 열: {came}… 아무것도 불러오지 않았습니다. (columns missing)"
        )
    raise ImportFileError(
        f"{table.path.name}: 알고 있는 공식 파일이 아닙니다. 첫 줄: {came}… "
        f"불러올 수 있는 것: {', '.join(dict.fromkeys(known.title for known in IMPORTERS))}. "
        "아무것도 불러오지 않았습니다. (unknown file)"
    )
