"""Everything about all products that can be searched for, in memory: some 60 MB and a second to build for 26,000."""

from bisect import bisect_left
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pillapp.catalog.database import Database
from pillapp.catalog.hangul import initials
from pillapp.catalog.imprint_text import fold_lookalikes, has_score_line, normalise_imprint, side_spellings
from pillapp.catalog.names import brand_name, ingredient_key, name_key
from pillapp.catalog.parse import parse_colours
from pillapp.catalog.search.haystack import Haystack
from pillapp.catalog.search.query import Query

_LONGEST_TEXT: Final = 120
_CROSS: Final = "십자분할선"


class SearchIndex:
    """Built from one revision of the catalogue; never changed afterwards."""

    def __init__(self, database: Database, revision: int):
        self.revision = revision
        rows = database.rows("SELECT item_seq, name, maker, name_en, status FROM product ORDER BY item_seq")
        self.item_seqs = [row[0] for row in rows]
        self.names = [row[1] for row in rows]
        self.makers = [row[2] for row in rows]
        self._number = {item_seq: number for number, item_seq in enumerate(self.item_seqs)}
        keys = [name_key(name)[:_LONGEST_TEXT] for name in self.names]
        everyone = range(len(rows))
        self.size = len(rows)
        self.name_lengths = np.fromiter(map(len, keys), dtype=np.float32, count=self.size)
        self.active = np.fromiter((row[4] in ("", "정상") for row in rows), dtype=bool, count=self.size)
        self.haystacks = {
            "이름": Haystack(keys, everyone),
            "상품명": Haystack([name_key(brand_name(name)) for name in self.names], everyone),
            "이름 초성": Haystack([initials(key) for key in keys], everyone),
            "영문 이름": Haystack([name_key(row[3])[:_LONGEST_TEXT] for row in rows], everyone),
            "제조사": Haystack([name_key(maker) for maker in self.makers], everyone),
        }
        self._add_ingredients(database)
        self._add_looks(database)
        self._add_codes(database)

    def _add_ingredients(self, database: Database) -> None:
        texts: list[str] = []
        owners: list[int] = []
        spelled = cache(lambda name: ingredient_key(name)[:_LONGEST_TEXT])  # a few thousand names, many times each
        named = database.rows(
            "SELECT DISTINCT pi.item_seq, pi.name_ko, CASE WHEN pi.name_en = '' THEN i.name_en ELSE pi.name_en END"
            " FROM product_ingredient pi LEFT JOIN ingredient i ON i.code = pi.code WHERE NOT pi.excipient"
        ) + database.rows(
            "SELECT DISTINCT l.item_seq, s.name_ko, s.name_en FROM product_link l"
            " JOIN dur_subject s ON s.id = l.subject_id"
        )
        for item_seq, ko, en in named:
            number = self._number.get(item_seq)
            for name in (ko, en):
                if name and number is not None:
                    texts.append(spelled(name))
                    owners.append(number)
        self.haystacks["성분"] = Haystack(texts, owners)

    def _add_looks(self, database: Database) -> None:
        rows = [
            row
            for row in database.rows(
                "SELECT item_seq, imprint_front, imprint_back, shape, colours_front, colours_back, line_front,"
                " line_back, long_mm, mark_front, mark_back FROM appearance"
            )
            if row[0] in self._number
        ]
        owners = [self._number[row[0]] for row in rows]
        self.look_owner = np.asarray(owners, dtype=np.int64)
        spelled, folded = cache(normalise_imprint), cache(fold_lookalikes)
        self.imprints: dict[int, set[str]] = defaultdict(set)
        for label, text, mark in (("각인 앞", 1, 9), ("각인 뒤", 2, 10)):
            written = [
                (side, owner)
                for owner, row in zip(owners, rows, strict=True)
                for side in side_spellings(row[text], row[mark])
            ]
            self.haystacks[label] = Haystack([folded(side) or "\t" for side, _ in written], [o for _, o in written])
            for side, owner in written:
                self.imprints[owner].add(spelled(side))
        self.shapes = np.asarray([row[3] for row in rows])
        self.colours = [frozenset(parse_colours(row[4]) + parse_colours(row[5])) for row in rows]
        self.lined = np.asarray(
            [bool(row[6] or row[7]) or has_score_line(row[1]) or has_score_line(row[2]) for row in rows], dtype=bool
        )
        self.crossed = np.asarray(
            [_CROSS in row[1] or _CROSS in row[2] or "+" in (row[6], row[7]) for row in rows], dtype=bool
        )
        self.longs = np.asarray([row[8] if row[8] is not None else np.nan for row in rows], dtype=np.float64)
        self.has_look = np.zeros(self.size, dtype=bool)
        self.has_look[self.look_owner] = True

    def _add_codes(self, database: Database) -> None:
        entries: set[tuple[str, str, int]] = {
            (item_seq, "품목기준코드", number) for item_seq, number in self._number.items()
        }
        for item_seq, kind, code in database.rows("SELECT item_seq, kind, code FROM product_code"):
            if item_seq in self._number:
                entries.add((code, kind, self._number[item_seq]))
        for item_seq, code in database.rows("SELECT DISTINCT item_seq, code FROM product_ingredient WHERE code <> ''"):
            if item_seq in self._number:
                entries.add((code, "INGREDIENT", self._number[item_seq]))
        for item_seq, code in database.rows(
            "SELECT DISTINCT l.item_seq, s.code FROM product_link l JOIN dur_subject s ON s.id = l.subject_id"
        ):
            if item_seq in self._number:
                entries.add((code, "INGREDIENT", self._number[item_seq]))
        self._codes = sorted(entries)
        self.ingredient_of_code = {
            code: ingredient_key(name)
            for code, name in database.rows(
                "SELECT m_code, name_ko FROM dur_relation UNION SELECT code, name_ko FROM ingredient"
            )
        }

    def with_code(self, code: str, *, prefix: bool) -> list[tuple[int, str, bool]]:
        """Products with this code, or one that begins with it: (product, kind, whether it is the whole code)."""
        found = []
        for place in range(bisect_left(self._codes, (code,)), len(self._codes)):
            value, kind, number = self._codes[place]
            if not value.startswith(code) or (not prefix and value != code):
                break
            found.append((number, kind, value == code))
        return found

    def with_look(self, query: Query) -> npt.NDArray[np.bool_]:
        """Which products have one look that is all the query asks."""
        fits = np.ones(len(self.look_owner), dtype=bool)
        if query.shapes:
            fits &= np.isin(self.shapes, list(query.shapes))
        if query.size:
            with np.errstate(invalid="ignore"):
                fits &= (self.longs >= query.size[0]) & (self.longs <= query.size[1])
        if query.score_line is not None:
            fits &= self.crossed if query.cross_line else self.lined == query.score_line
        if query.colours:
            places = np.flatnonzero(fits)
            fits[places] = [query.colours <= self.colours[place] for place in places]
        found = np.zeros(self.size, dtype=bool)
        found[self.look_owner[fits]] = True
        return found
