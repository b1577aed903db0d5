"""What every importer is: a list of columns it knows, and what to do with one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from pillapp.catalog.database import Database
from pillapp.catalog.schema import Product, ProductCode, ProductIngredient

ITEM_SEQ_DIGITS: Final = 9


class RowError(Exception):
    """A row that can't be taken; the message is stored and shown with its line number."""


class IngredientRank(IntEnum):
    """How much a source of a product's ingredients is believed; the lowest wins."""

    CODED_FILE = 10  # 주성분 file: one row per ingredient, with code and amount
    PERMIT_DETAIL = 20  # 허가 상세, MAIN_ITEM_INGR with codes
    DUR_ITEM = 30  # 주성분 of a DUR 품목 row, with codes
    PERMIT_NAMES = 60  # names only; below the starter's 50, which has codes


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What an importer may know about its file."""

    file_id: int
    name: str
    date: str  # ISO, empty where unknown
    format: str
    # Another file of this source with a later date is in already: only gaps may be filled from this one.
    outdated: bool


class Importer:
    """Base of all importers. A new one is made for every file; ``take`` is called once per row, ``finish`` at the end."""

    source: ClassVar[str]
    title: ClassVar[str]  # what people call the file, for messages
    columns: ClassVar[Mapping[str, Sequence[str]]]  # field → header names, any of which will do
    required: ClassVar[frozenset[str]]
    scope: str = ""  # what the file is the complete picture of, known after the last row

    def __init__(self, database: Database, facts: FileFacts, header: list[str]):
        self.database, self.facts = database, facts
        self.notes: list[str] = []
        self.seen_date = ""  # latest date met in the rows, for files that carry none
        # A column that is not there reads the empty cell that is appended to every row.
        self.at = {field: position(header, names) for field, names in self.columns.items()}
        self.at_end = len(header)
        self._products: dict[str, dict[str, str]] = {}
        self._codes: dict[tuple[str, str, str], None] = {}
        self._ingredients: dict[tuple[str, int, bool], list[tuple[str, str, str, str]]] = {}

    def take(self, cells: list[str]) -> None:
        """Take one row, or raise :class:`RowError`. ``cells`` has one empty cell more than the header."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write what was collected."""
        self._write_shared()

    def item_seq(self, cells: list[str], field: str = "item_seq") -> str:
        """The product key of a row; raises where it is none."""
        value = cells[self.at[field]].strip()
        if len(value) != ITEM_SEQ_DIGITS or not value.isascii() or not value.isdigit():
            raise RowError(f"품목기준코드가 9자리 숫자가 아닙니다: '{value[:30]}'")
        return value

    def product(self, item_seq: str, **fields: str) -> None:
        """Note what the row says about a product; later rows of a file fill gaps only."""
        known = self._products.setdefault(item_seq, {})
        for name, value in fields.items():
            if value and not known.get(name):
                known[name] = value

    def codes(self, item_seq: str, kind: str, values: Sequence[str]) -> None:
        """Note other names of a product."""
        for value in values:
            self._codes[item_seq, kind, value.zfill(9) if kind == "EDI" and value.isdigit() else value] = None

    def contents(
        self,
        item_seq: str,
        rank: IngredientRank,
        parts: Sequence[tuple[str, str, str, str]],
        *,
        excipient: bool = False,
    ) -> None:
        """Note a product's ingredients as (code, Korean name, English name, amount)."""
        if parts:
            self._ingredients[item_seq, rank, excipient] = list(parts)

    def superseded(self, scope: str) -> bool:
        """Whether a later file already gives the complete picture of this scope; notes it."""
        newest = self.database.value(
            "SELECT max(file_date) FROM imported_file WHERE (';' || scope || ';') LIKE ? AND NOT starter",
            (f"%;{scope};%",),
        )
        if not newest or not self.facts.date or newest <= self.facts.date:
            return False
        self.notes.append(f"{scope.split(':')[1]}: 더 새로운 파일({newest})이 있어 규칙을 바꾸지 않았습니다.")
        return True

    _PRODUCT_COLUMNS: ClassVar = (
        "name",
        "name_en",
        "maker",
        "chart",
        "class_no",
        "class_name",
        "prescription",
        "form",
        "permit_date",
        "status",
        "status_date",
        "storage",
        "narcotic",
    )
    # Files about something else (DUR 품목, e약은요) know a product's name, but the permit files know it better.
    fills_only: ClassVar[bool] = False

    def _write_shared(self) -> None:
        database, file_id = self.database, self.facts.file_id
        fill = self.fills_only or self.facts.outdated
        columns = self._PRODUCT_COLUMNS
        if not fill:
            self._starter_gives_way()
        database.write(
            Product,
            ("item_seq", *columns, "file_id"),
            [(key, *(row.get(name, "") for name in columns), file_id) for key, row in self._products.items()],
            key=("item_seq",),
            update=columns if fill else (*columns, "file_id"),
            fill=fill,
        )
        database.write(
            ProductCode, ("item_seq", "kind", "code", "file_id"), [(*entry, file_id) for entry in self._codes]
        )
        rows = [
            (item_seq, int(rank), number, excipient, *part, file_id)
            for (item_seq, rank, excipient), parts in self._ingredients.items()
            for number, part in enumerate(parts)
        ]
        for item_seq, rank, excipient in self._ingredients:
            database.execute(
                "DELETE FROM product_ingredient WHERE item_seq = ? AND rank = ? AND excipient = ?",
                (item_seq, int(rank), excipient),
            )
        database.write(
            ProductIngredient,
            ("item_seq", "rank", "position", "excipient", "code", "name_ko", "name_en", "amount", "file_id"),
            rows,
        )

    def _starter_gives_way(self) -> None:
        """Official words about a product replace the starter's, gaps included."""
        starter = {
            item_seq
            for (item_seq,) in self.database.rows(
                "SELECT p.item_seq FROM product p JOIN imported_file f ON f.id = p.file_id WHERE f.starter"
            )
        }
        for item_seq in starter & self._products.keys():
            self.database.execute("DELETE FROM product WHERE item_seq = ?", (item_seq,))


def position(header: list[str], names: Sequence[str]) -> int:
    """Index of the first of these columns there is, or the index of the empty cell after the last."""
    return next((header.index(name) for name in names if name in header), len(header))
