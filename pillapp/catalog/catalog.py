"""The catalogue as other rooms see it: open it, ask it, close it. Nothing here writes."""

import logging
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

from pillapp.catalog.database import Database, replace_file
from pillapp.catalog.forms import parse_forms
from pillapp.catalog.guidance import compose_guidance
from pillapp.catalog.importers.run import join_products, links_stale
from pillapp.catalog.join_facts import NAME_RANK
from pillapp.catalog.parse import parse_colours
from pillapp.catalog.schema import OWN_CODE, UNSURE_CODE
from pillapp.catalog.search import Searcher
from pillapp.catalog.values import (
    Appearance,
    CatalogSummary,
    Category,
    DurLink,
    Guidance,
    Ingredient,
    LinkMethod,
    Product,
    ProductFacts,
    Rule,
    RuleSubject,
    SearchHit,
)
from pillapp.errors import CatalogError
from pillapp.paths import starter_dir, user_data_dir

DEFAULT_NAME: Final = "catalogue.sqlite"
_APPEARANCE_COLUMNS: Final = (
    "a.id, a.item_seq, p.name, a.shape, a.colours_front, a.colours_back, a.imprint_front, a.imprint_back,"
    " a.line_front, a.line_back, a.long_mm, a.short_mm, a.thick_mm, a.form, a.mark_front, a.mark_back"
)
_NOT_JOINED: Final = "데이터를 불러오는 중이라 이 품목이 아직 DUR과 연결되지 않았습니다."
_NOT_IN_CATALOGUE: Final = "이 품목기준코드는 데이터베이스에 없습니다."

logger = logging.getLogger(__name__)


def open_catalog(url: str | None = None) -> "Catalog":
    """Open the catalogue at ``sqlite:///path`` or ``postgresql://…``; without a URL, the user's own.

    The user's own is built from the starter data on first run. One that is named by URL and new starts empty.

    Raises:
        CatalogError: unknown URL, damaged or foreign file, newer schema, server away, disk full.
    """
    if url is None:
        path = user_data_dir() / DEFAULT_NAME
        if not path.exists():
            _build_starter(path)
        url = f"sqlite:///{path}"
    database = Database(url)
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    try:
        join_products(database)  # an import may have been killed between its last file and the joining
    except CatalogError as error:
        # Another counter is importing right now: it will join; until then products say that they are not joined.
        logger.warning("products and rules not joined: %s", error)
    return Catalog(database)


def _build_starter(path: Path) -> None:
    """Build the starter catalogue beside its place and move it there when complete: never half a catalogue."""
    from pillapp.catalog.starter import load_starter

    building = path.with_name(f"{path.name}.building-{os.getpid()}")
    database = Database(f"sqlite:///{building}")
    try:
        database.migrate()
        load_starter(database, starter_dir())
        database.close()
        try:
            replace_file(building, path)
        except PermissionError:
            # On Windows a file another process has open can't be replaced: it built the same catalogue a moment earlier.
            if not path.exists():
                raise
    finally:
        database.close()
        for left in path.parent.glob(f"{building.name}*"):
            left.unlink(missing_ok=True)


class Catalog:
    """An open catalogue. Every method may be called from any thread."""

    def __init__(self, database: Database):
        self.database = database
        self._searcher = Searcher(database)

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    @property
    def revision(self) -> int:
        """Raised by every import: caches built from an older revision are out of date."""
        return int(self.database.value("SELECT value FROM catalogue_state WHERE name = 'revision'") or 0)

    def summary(self) -> CatalogSummary:
        """Counts and dates for headers and badges."""
        database = self.database
        counted = dict(database.rows("SELECT category, count(*) FROM dur_rule GROUP BY category"))
        return CatalogSummary(
            products=database.value("SELECT count(*) FROM product"),
            appearances=database.value("SELECT count(*) FROM appearance"),
            products_with_ingredients=database.value(
                "SELECT count(DISTINCT item_seq) FROM product_ingredient WHERE NOT excipient AND rank < ?",
                (NAME_RANK,),
            ),
            products_with_guidance=int(
                database.value("SELECT value FROM catalogue_state WHERE name = 'with_guidance'") or 0
            ),
            rules={category: counted[category] for category in Category if category in counted},
            unique_pairs=self.unique_pairs(),
            dur_date=min((day for day in self.rule_categories().values() if day), default=None),
            starter=not database.value("SELECT count(*) FROM imported_file WHERE NOT starter"),
        )

    def unique_pairs(self) -> int:
        """Unordered pairs of DUR codes under 병용금기."""
        return int(
            self.database.value(
                "SELECT count(*) FROM (SELECT DISTINCT"
                " CASE WHEN s.code < t.code THEN s.code ELSE t.code END AS low,"
                " CASE WHEN s.code < t.code THEN t.code ELSE s.code END AS high"
                " FROM dur_rule r JOIN dur_subject s ON s.id = r.subject_id JOIN dur_subject t ON t.id = r.partner_id"
                ") AS pairs"
            )
        )

    def rule_categories(self) -> dict[Category, date | None]:
        """Rule types that are loaded, with the date of their oldest file. A type not in here is NOT_CHECKABLE."""
        rows = self.database.rows(
            "SELECT r.category, min(f.file_date) FROM dur_rule r JOIN imported_file f ON f.id = r.file_id"
            " GROUP BY r.category"
        )
        return {Category(category): _date(oldest) for category, oldest in rows}

    def appearances(self) -> list[Appearance]:
        """Every look of every product."""
        return [_appearance(row) for row in self._appearance_rows("")]

    def product(self, item_seq: str) -> Product | None:
        """One product with everything known about it, or None."""
        return self.products([item_seq]).get(item_seq)

    def products(self, item_seqs: Iterable[str]) -> dict[str, Product]:
        """The products there are of these, by ``item_seq``."""
        wanted = list(dict.fromkeys(item_seqs))
        database = self.database
        looks: dict[str, list[Appearance]] = defaultdict(list)
        for row in self._appearance_rows("WHERE a.item_seq IN (??)", wanted):
            looks[row[1]].append(_appearance(row))
        ingredients = self._ingredients(wanted)
        codes: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for item_seq, kind, code in database.rows_in(
            "SELECT item_seq, kind, code FROM product_code WHERE item_seq IN (??) ", wanted
        ):
            codes[item_seq].append((kind, code))
        methods = dict(database.rows_in("SELECT item_seq, method FROM product_check WHERE item_seq IN (??)", wanted))
        texts = compose_guidance(database, wanted)
        found: dict[str, Product] = {}
        for row in database.rows_in(
            "SELECT p.item_seq, p.name, p.name_en, p.maker, p.class_name, p.prescription, p.form, f.name, f.file_date"
            " FROM product p JOIN imported_file f ON f.id = p.file_id WHERE p.item_seq IN (??)",
            wanted,
        ):
            item_seq = row[0]
            guidance: dict[str, Guidance] = texts.get(item_seq, {})
            values: tuple[Any, ...] = (
                *row[:7],
                ingredients.get(item_seq, ()),
                tuple(looks[item_seq]),
                tuple(sorted(codes[item_seq])),
                guidance.get("ko"),
                guidance.get("en"),
                LinkMethod(methods.get(item_seq, LinkMethod.NONE)),
                row[7],
                _date(row[8]),
            )
            found[item_seq] = Product(*values)
        return {item_seq: found[item_seq] for item_seq in wanted if item_seq in found}

    def products_with_codes(self, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """item_seqs by the codes that name them: an item_seq itself, or an insurance code (EDI, nine digits); no others."""
        wanted = list(dict.fromkeys(codes))
        known = self.database.rows_in("SELECT item_seq FROM product WHERE item_seq IN (??)", wanted)
        found: dict[str, tuple[str, ...]] = {item_seq: (item_seq,) for (item_seq,) in known}
        filled = {code.zfill(9) if code.isdigit() else code: code for code in wanted if code not in found}
        owners: dict[str, list[str]] = defaultdict(list)
        for code, item_seq in self.database.rows_in(
            "SELECT code, item_seq FROM product_code WHERE kind = 'EDI' AND code IN (??)", list(filled)
        ):
            owners[filled[code]].append(item_seq)
        return found | {code: tuple(sorted(item_seqs)) for code, item_seqs in owners.items()}

    def safety_facts(self, item_seqs: Iterable[str]) -> list[ProductFacts]:
        """What the safety engine needs, one per ``item_seq`` asked for, in order; unknown ones stay, with why."""
        asked = list(item_seqs)
        stale = links_stale(self.database)
        wanted = list(dict.fromkeys(asked))
        database = self.database
        ingredients = self._ingredients(wanted)
        links: dict[str, list[DurLink]] = defaultdict(list)
        for item_seq, subject_id, code, name, method in database.rows_in(
            "SELECT l.item_seq, l.subject_id, s.code, s.name_ko, l.method FROM product_link l"
            " JOIN dur_subject s ON s.id = l.subject_id WHERE l.item_seq IN (??)",
            wanted,
        ):
            links[item_seq].append(DurLink(subject_id, code, name, LinkMethod(method)))
        known: dict[str, ProductFacts] = {}
        for item_seq, name, form, method, reason in database.rows_in(
            "SELECT p.item_seq, p.name, p.form, c.method, c.not_checkable FROM product p"
            " LEFT JOIN product_check c ON c.item_seq = p.item_seq WHERE p.item_seq IN (??)",
            wanted,
        ):
            known[item_seq] = ProductFacts(
                item_seq,
                name,
                form,
                ingredients.get(item_seq, ()),
                tuple(sorted(links[item_seq], key=lambda link: link.subject_id)),
                LinkMethod.NONE if stale or not method else LinkMethod(method),
                _NOT_JOINED if stale or not method else reason or None,
            )
        absent = {
            item_seq: ProductFacts(item_seq, item_seq, "", (), (), LinkMethod.NONE, _NOT_IN_CATALOGUE)
            for item_seq in wanted
            if item_seq not in known
        }
        return [known.get(item_seq) or absent[item_seq] for item_seq in asked]

    def rules_touching(self, subject_ids: Iterable[int]) -> list[Rule]:
        """Rules about one of these subjects, and pair rules with both sides among them, whichever side comes first.

        What a 품목 file says of a pair that the 성분 file names too is said once, by the latter.
        """
        wanted = sorted(set(subject_ids))
        if not wanted:
            return []
        # Numbers, so they can be written into the text: a parameter list of thousands is slower and limited.
        listed = ",".join(str(int(subject_id)) for subject_id in wanted)
        rows = self.database.rows(
            "SELECT r.id, r.category, s.id, s.code, s.name_ko, s.name_en, t.id, t.code, t.name_ko, t.name_en,"
            " r.text, r.remark, r.grade, r.age_limit, r.max_period, r.max_dose, r.effect_group, r.series, s.forms,"
            " r.notice_date, f.name, f.file_date, r.scope"
            " FROM dur_rule r JOIN dur_subject s ON s.id = r.subject_id"
            " LEFT JOIN dur_subject t ON t.id = r.partner_id JOIN imported_file f ON f.id = r.file_id"
            f" WHERE r.subject_id IN ({listed}) AND (r.partner_id IS NULL OR r.partner_id IN ({listed}))"
            " ORDER BY r.id"
        )
        named = {_pair_of(row) for row in rows if row[-1].startswith("ingredient:")}
        return [_rule(row) for row in rows if not row[-1].startswith("item:") or _pair_of(row) not in named]

    def search(self, query: str, limit: int = 50) -> list[SearchHit]:
        """Products that match a query as typed, best first, each with why it matched."""
        return self._searcher.search(query, limit)

    def prepare_search(self) -> None:
        """Build the search index now (a second or two), so that the first key typed finds it ready; any thread will do."""
        self._searcher.index()

    def _appearance_rows(self, where: str, keys: Iterable[str] | None = None) -> list[tuple[Any, ...]]:
        sql = f"SELECT {_APPEARANCE_COLUMNS} FROM appearance a JOIN product p ON p.item_seq = a.item_seq {where}"
        if keys is None:
            return self.database.rows(sql + " ORDER BY a.id")
        return sorted(self.database.rows_in(sql, keys))

    def _ingredients(self, item_seqs: list[str]) -> dict[str, tuple[Ingredient, ...]]:
        best: dict[str, int] = {}
        found: dict[str, list[Ingredient]] = defaultdict(list)
        rows = self.database.rows_in(
            "SELECT pi.item_seq, pi.rank, pi.position, pi.code, pi.name_ko, pi.name_en, i.name_en, pi.amount"
            " FROM product_ingredient pi LEFT JOIN ingredient i ON i.code = pi.code"
            " WHERE NOT pi.excipient AND pi.item_seq IN (??)",
            item_seqs,
        )
        for item_seq, rank, _, code, name_ko, name_en, known_en, amount in sorted(rows, key=lambda row: row[:3]):
            if best.setdefault(item_seq, rank) == rank:
                code = "" if code.startswith((OWN_CODE, UNSURE_CODE)) else code
                found[item_seq].append(Ingredient(code, name_ko, name_en or known_en or "", amount))
        return {item_seq: tuple(listed) for item_seq, listed in found.items()}


def _appearance(row: tuple[Any, ...]) -> Appearance:
    head, front, back, rest = row[:4], row[4], row[5], row[6:]
    return Appearance(*(*head, parse_colours(front), parse_colours(back), *rest))


def _pair_of(row: tuple[Any, ...]) -> tuple[str, frozenset[str]]:
    return row[1], frozenset((row[3], row[7] or ""))


def _rule(row: tuple[Any, ...]) -> Rule:
    return Rule(
        rule_id=row[0],
        category=Category(row[1]),
        subject=RuleSubject(*row[2:6]),
        partner=RuleSubject(*row[6:10]) if row[6] is not None else None,
        text=row[10],
        remark=row[11],
        grade=row[12],
        age_limit=row[13],
        max_period=row[14],
        max_dose=row[15],
        effect_group=row[16],
        series=row[17],
        forms=parse_forms(row[18]),
        notice_date=_date(row[19]),
        source=row[20],
        source_date=_date(row[21]),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
