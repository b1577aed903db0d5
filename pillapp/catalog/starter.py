"""Loading the starter data: CSV files of facts and patient texts of our own, so that the program works at once."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pillapp.catalog.database import Database, sha256_of
from pillapp.catalog.guidance import count_guidance
from pillapp.catalog.links import rebuild_links
from pillapp.catalog.parse import parse_size
from pillapp.catalog.rules import RuleIds, RuleRow, RuleSide, RuleWriter
from pillapp.catalog.schema import (
    Appearance,
    CatalogueState,
    ImportedFile,
    Ingredient,
    IngredientGuidance,
    Product,
    ProductCode,
    ProductIngredient,
)
from pillapp.catalog.values import Category
from pillapp.errors import CatalogError

STARTER_RANK: Final = 50  # any official source of ingredients is believed before the starter's
_LOOK: Final = (
    "shape",
    "colours_front",
    "colours_back",
    "imprint_front",
    "imprint_back",
    "line_front",
    "line_back",
    "long_raw",
    "short_raw",
    "thick_raw",
    "form",
    "mark_front",
    "mark_back",
)
_TEXTS: Final = ("efficacy", "usage", "warnings", "interactions", "side_effects", "storage")


def load_starter(database: Database, folder: Path) -> None:
    """Fill an empty catalogue from the starter CSVs, in one transaction.

    Raises:
        CatalogError: a starter file is missing or damaged.
    """
    loader = _Loader(database, folder)
    with database.transaction():
        loader.products()
        loader.ingredients()
        loader.rules()
        loader.guidance()
        rebuild_links(database)
        state = [("revision", "1"), ("with_guidance", str(count_guidance(database)))]
        database.write(CatalogueState, ("name", "value"), state, key=("name",), update=("value",))


class _Loader:
    def __init__(self, database: Database, folder: Path):
        self._database, self._folder = database, folder

    def _read(self, name: str) -> list[dict[str, str]]:
        path = self._folder / name
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                return list(csv.DictReader(stream, strict=True))
        except (OSError, csv.Error, UnicodeDecodeError) as error:
            raise CatalogError(
                f"시작 데이터 {path.name}을(를) 읽을 수 없습니다. 프로그램을 다시 설치하세요. "
                f"(starter data damaged: {error})"
            ) from error

    def _files(self, name: str, rows: list[dict[str, str]], scope: str = "") -> dict[tuple[str, str], int]:
        """One imported_file row per source and date that the CSV names."""
        found: dict[tuple[str, str], int] = {}
        counted: dict[tuple[str, str], int] = {}
        for row in rows:
            origin = (row["source"], row["source_date"])
            counted[origin] = counted.get(origin, 0) + 1
        for (source, day), count in counted.items():
            found[source, day] = self._database.insert(
                ImportedFile,
                {
                    "name": f"{name} ({source})",
                    "sha256": sha256_of(self._folder / name),
                    "source": "starter",
                    "scope": scope,
                    "file_date": day,
                    "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "rows": count,
                    "taken": count,
                    "rejected": 0,
                    "starter": True,
                },
            )
        return found

    def products(self) -> None:
        rows = self._read("products.csv")
        files = self._files("products.csv", rows)
        columns = (
            "item_seq",
            "name",
            "name_en",
            "maker",
            "class_no",
            "class_name",
            "prescription",
            "form",
            "permit_date",
        )
        self._database.write(
            Product,
            (*columns, "file_id"),
            [(*(row[column] for column in columns), files[_origin(row)]) for row in rows],
        )
        rows = self._read("appearances.csv")
        files = self._files("appearances.csv", rows)
        self._database.write(
            Appearance,
            ("row_key", "item_seq", *_LOOK, "long_mm", "short_mm", "thick_mm", "file_id"),
            [
                (
                    f"starter:{row['item_seq']}:{number}",
                    row["item_seq"],
                    *(row[column] for column in _LOOK),
                    *(parse_size(row[column]) for column in ("long_raw", "short_raw", "thick_raw")),
                    files[_origin(row)],
                )
                for number, row in enumerate(rows)
            ],
        )
        rows = self._read("product_codes.csv")
        files = self._files("product_codes.csv", rows)
        self._database.write(
            ProductCode,
            ("item_seq", "kind", "code", "file_id"),
            [(row["item_seq"], row["kind"], row["code"], files[_origin(row)]) for row in rows],
        )

    def ingredients(self) -> None:
        rows = self._read("ingredients.csv")
        files = self._files("ingredients.csv", rows)
        columns = ("code", "name_ko", "name_en", "guidance_key")
        self._database.write(
            Ingredient,
            (*columns, "file_id"),
            [(*(row[column] for column in columns), files[_origin(row)]) for row in rows],
        )
        rows = self._read("product_ingredients.csv")
        files = self._files("product_ingredients.csv", rows)
        self._database.write(
            ProductIngredient,
            ("item_seq", "rank", "position", "excipient", "code", "name_ko", "name_en", "amount", "file_id"),
            [
                (
                    row["item_seq"],
                    STARTER_RANK,
                    int(row["position"]),
                    False,
                    row["code"],
                    row["name_ko"],
                    row["name_en"],
                    row["amount"],
                    files[_origin(row)],
                )
                for row in rows
            ],
        )

    def rules(self) -> None:
        relations: dict[tuple[str, bool, str], list[tuple[str, str]]] = {}
        for row in self._read("dur_relations.csv"):
            key = (row["d_code"], row["partners"] != "", row["partners"])
            relations.setdefault(key, []).append((row["m_code"], row["name_ko"]))
        rows = self._read("dur_rules.csv")
        ids = RuleIds(self._database)
        for category in dict.fromkeys(row["category"] for row in rows):
            own = [row for row in rows if row["category"] == category]
            scope = f"ingredient:{category}"
            files = self._files("dur_rules.csv", own, scope)
            for origin, file_id in files.items():
                writer = RuleWriter(self._database, file_id, scope, ids)
                for row in own:
                    if _origin(row) == origin:
                        writer.add(_rule(row, relations))
                writer.write()

    def guidance(self) -> None:
        rows = self._read("guidance.csv")
        files = self._files("guidance.csv", rows)
        columns = ("guidance_key", "language", "name", *_TEXTS)
        self._database.write(
            IngredientGuidance,
            (*columns, "file_id"),
            [(*(row[column] for column in columns), files[_origin(row)]) for row in rows],
        )


def _origin(row: dict[str, str]) -> tuple[str, str]:
    return row["source"], row["source_date"]


def _rule(row: dict[str, str], relations: dict[tuple[str, bool, str], list[tuple[str, str]]]) -> RuleRow:
    sides = list(_sides(row, relations))
    return RuleRow(
        category=Category(row["category"]),
        subject=sides[0],
        partner=sides[1] if len(sides) > 1 else None,
        **{
            name: row[name]
            for name in (
                "number",
                "text",
                "remark",
                "grade",
                "age_limit",
                "max_period",
                "max_dose",
                "effect_group",
                "series",
                "notice_date",
            )
        },
    )


def _sides(row: dict[str, str], relations: dict[tuple[str, bool, str], list[tuple[str, str]]]) -> Iterator[RuleSide]:
    for prefix, forms in (("", row["forms"]), ("other_", "")):
        code = row[f"{prefix}code"]
        if code:
            partners = row[f"{prefix}partners"]
            yield RuleSide(
                code=code,
                name_ko=row[f"{prefix}name_ko"],
                name_en=row[f"{prefix}name_en"],
                combination=bool(partners),
                partners=tuple(partners.split("/")) if partners else (),
                relation=tuple(relations.get((code, bool(partners), partners), ())),
                forms=forms,
            )
