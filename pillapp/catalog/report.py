"""What is loaded: for ``main.py data`` and the data page."""

from dataclasses import dataclass
from datetime import date

from pillapp.catalog.catalog import Catalog
from pillapp.catalog.values import CatalogSummary, Category, LinkMethod


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file (or service answer) that was taken in."""

    name: str
    source: str
    file_date: str
    imported_at: str
    rows: int
    taken: int
    rejected: int
    starter: bool
    sha256: str
    rejects: tuple[tuple[int, str, str], ...]  # line, reason, excerpt


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """Rules of one type."""

    category: Category
    rules: int
    ingredients: int
    unique_pairs: int  # 병용금기 only
    product_rows: int  # official statements about single products
    oldest: date | None


@dataclass(frozen=True, slots=True)
class DataReport:
    """Everything loaded, how old, how complete."""

    summary: CatalogSummary
    files: tuple[LoadedFile, ...]
    rules: tuple[LoadedRules, ...]
    missing: tuple[Category, ...]  # rule types without any rule: not checkable
    links: dict[LinkMethod, int]  # products by how they were tied to the rules
    not_fully_checkable: int


def data_report(catalog: Catalog) -> DataReport:
    """Ask the catalogue what is in it."""
    database = catalog.database
    rejects: dict[int, list[tuple[int, str, str]]] = {}
    for file_id, *said in database.rows(
        'SELECT file_id, "line", reason, excerpt FROM rejected_row ORDER BY file_id, id'
    ):
        rejects.setdefault(file_id, []).append((said[0], said[1], said[2]))
    files = tuple(
        LoadedFile(*(*row[1:8], bool(row[8]), row[9], tuple(rejects.get(row[0], ()))))
        for row in database.rows(
            'SELECT id, name, source, file_date, imported_at, "rows", taken, rejected, starter, sha256'
            " FROM imported_file ORDER BY id"
        )
    )
    ages = catalog.rule_categories()
    counted = {
        category: (rules, ingredients)
        for category, rules, ingredients in database.rows(
            "SELECT r.category, count(*), count(DISTINCT s.code) FROM dur_rule r"
            " JOIN dur_subject s ON s.id = r.subject_id GROUP BY r.category"
        )
    }
    items = dict(database.rows("SELECT category, count(*) FROM dur_item GROUP BY category"))
    pair_rows = database.value("SELECT count(*) FROM dur_item_pair")
    summary = catalog.summary()
    rules = tuple(
        LoadedRules(
            category,
            *counted[category],
            unique_pairs=summary.unique_pairs if category is Category.COMBINATION else 0,
            product_rows=pair_rows if category is Category.COMBINATION else items.get(category, 0),
            oldest=ages.get(category),
        )
        for category in Category
        if category in counted
    )
    links = {
        LinkMethod(method): count
        for method, count in database.rows("SELECT method, count(*) FROM product_check GROUP BY method")
    }
    return DataReport(
        summary,
        files,
        rules,
        tuple(c for c in Category if c not in counted and c is not Category.SAME_INGREDIENT),
        links,
        database.value("SELECT count(*) FROM product_check WHERE not_checkable <> ''"),
    )
