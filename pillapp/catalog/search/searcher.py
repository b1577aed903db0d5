"""Ranking: every word must be found somewhere in a product; where and how well decides the order."""

import re
import threading
from typing import Final

import numpy as np
import numpy.typing as npt

from pillapp.catalog.database import Database
from pillapp.catalog.hangul import has_initials
from pillapp.catalog.imprint_text import fold_lookalikes, normalise_imprint
from pillapp.catalog.names import ingredient_key, name_key
from pillapp.catalog.search.index import SearchIndex
from pillapp.catalog.search.query import Query, parse_query
from pillapp.catalog.values import SearchHit

# What a hit is worth: (anywhere, at the start, the whole text). Names first, since they are what people type most; a
# whole imprint is as telling as the start of a name.
_WORTH: Final = {
    "이름": (4.0, 8.0, 10.0),
    "상품명": (0.0, 0.0, 9.5),
    "이름 초성": (3.0, 6.0, 8.0),
    "영문 이름": (3.0, 6.0, 8.0),
    "성분": (2.5, 4.0, 5.0),
    "제조사": (1.0, 2.0, 3.0),
    "각인 앞": (2.0, 3.0, 8.0),
    "각인 뒤": (2.0, 3.0, 7.5),
}
_CODE_WORTH: Final = 12.0
_CODE_START_WORTH: Final = 6.0
_SHORTEST_CODE: Final = 4
_PARTS: Final = re.compile(r"\d+(?:\.\d+)?(?:mg|mcg|g|ml|%)?|[^\d]+")
_FINE: Final = 200  # hits looked at one by one
_CODE_NAMES: Final = {
    "STANDARD": "표준코드",
    "INGREDIENT": "성분 코드",
    "HIRA": "주성분코드",
    "ATC": "ATC 코드",
    "EDI": "보험코드",
}

Scores = npt.NDArray[np.float32]


class Searcher:
    """Search over one catalogue. Keeps an index in memory and renews it when an import has changed the catalogue."""

    def __init__(self, database: Database):
        self._database = database
        self._index: SearchIndex | None = None
        self._building = threading.Lock()

    def index(self) -> SearchIndex:
        """The index of the catalogue as it is now; builds it where there is none or an import came between."""
        revision = int(self._database.value("SELECT value FROM catalogue_state WHERE name = 'revision'") or 0)
        with self._building:
            if self._index is None or self._index.revision != revision:
                self._index = SearchIndex(self._database, revision)
            return self._index

    def search(self, text: str, limit: int) -> list[SearchHit]:
        """Best hits first. An empty query finds nothing."""
        query = parse_query(text)
        index = self.index()
        if query.empty or not index.size:
            return []
        return _Search(index, query).hits(limit)


class _Search:
    def __init__(self, index: SearchIndex, query: Query):
        self._index, self._query = index, query
        self._why: list[tuple[str, npt.NDArray[np.bool_]]] = []

    def hits(self, limit: int) -> list[SearchHit]:
        index, query = self._index, self._query
        total = np.zeros(index.size, dtype=np.float32)
        fits = np.ones(index.size, dtype=bool)
        for word in query.words:
            scores = self._word(word)
            total += scores
            fits &= scores > 0
        if len(query.words) > 1:
            together = self._one_imprint("".join(query.words))
            fits |= together > 0
            total = np.maximum(total, together * len(query.words))
        for kind, code in query.codes:
            by_code = self._code(code, kind)
            scores = self._word(code) if by_code is None else by_code
            total += scores
            fits &= scores > 0
        if query.looks:
            looks = index.with_look(query)
            fits &= looks
            total += looks
            self._why.append((self._asked_look(), looks))
        found = np.flatnonzero(fits)
        if not len(found):
            return []
        rank = total[found] + 0.5 * index.has_look[found] + 0.5 * index.active[found]
        rank -= index.name_lengths[found] * 0.005  # of equal hits the plainer name first
        if len(found) > _FINE:
            best = np.argpartition(-rank, _FINE)[:_FINE]
            found, rank = found[best], rank[best]
        rank = rank + self._written_just_so(found)
        order = np.lexsort((found, -rank))[:limit]
        return [self._hit(int(found[place]), float(rank[place])) for place in order]

    def _word(self, word: str) -> Scores:
        scores = self._whole_word(word)
        if scores.any():
            return scores
        # "타이레놀500": name and strength with what stands between them left out.
        parts = _PARTS.findall(name_key(word))
        if len(parts) < 2:
            return scores
        together = [self._whole_word(part) for part in parts]
        every = np.logical_and.reduce([part > 0 for part in together])
        summed: Scores = np.where(every, np.sum(together, axis=0) / len(parts), 0).astype(np.float32)
        return summed

    def _one_imprint(self, text: str) -> Scores:
        """``DP 300`` typed as two words is one whole side."""
        scores = np.zeros(self._index.size, dtype=np.float32)
        for label in ("각인 앞", "각인 뒤"):
            owners, _, whole = self._index.haystacks[label].find(fold_lookalikes(text))
            scores[owners[whole]] = _WORTH[label][2]
            self._note(label, owners[whole])
        return scores

    def _whole_word(self, word: str) -> Scores:
        index = self._index
        scores = np.zeros(index.size, dtype=np.float32)
        plain, folded = name_key(word), fold_lookalikes(word)
        spelled = {
            "이름": plain,
            "상품명": plain,
            "이름 초성": plain if has_initials(plain) else "",
            "영문 이름": plain,
            "제조사": plain,
            "성분": ingredient_key(word),
            "각인 앞": folded,
            "각인 뒤": folded,
        }
        for label, text in spelled.items():
            if not text:
                continue
            owners, starts, whole = index.haystacks[label].find(text)
            anywhere, start, complete = _WORTH[label]
            worth = np.where(whole, complete, np.where(starts, start, anywhere)).astype(np.float32)
            if label.startswith("각인") and len(text) == 1:
                worth = np.where(whole, worth, 0).astype(np.float32)  # one letter is in every other imprint
            if len(owners):
                np.maximum.at(scores, owners, worth)
                self._note(label, owners[worth > 0])
        if plain.isdigit() and len(plain) >= _SHORTEST_CODE:
            by_code = self._code(plain, None)
            if by_code is not None:
                scores = np.maximum(scores, by_code)
        return scores

    def _code(self, code: str, kind: str | None) -> Scores | None:
        entries = self._index.with_code(code, prefix=kind in (None, "ATC"))
        ingredient = self._index.ingredient_of_code.get(code, "") if kind == "INGREDIENT" else ""
        if not entries and not ingredient:
            return None
        scores = np.zeros(self._index.size, dtype=np.float32)
        for label in ("성분", "이름"):
            # Most permits name their ingredients without codes.
            owners, _, _ = self._index.haystacks[label].find(ingredient)
            scores[owners] = _CODE_START_WORTH
            self._note(_CODE_NAMES["INGREDIENT"], owners)
        for number, found_kind, whole in entries:
            scores[number] = max(scores[number], _CODE_WORTH if whole else _CODE_START_WORTH)
            self._note(_CODE_NAMES.get(found_kind, found_kind), np.asarray([number]))
        return scores

    def _note(self, label: str, owners: npt.NDArray[np.int64]) -> None:
        mask = np.zeros(self._index.size, dtype=bool)
        mask[owners] = True
        self._why.append((label, mask))

    def _written_just_so(self, found: npt.NDArray[np.int64]) -> Scores:
        """``10`` on the pill before ``I0``, when ``10`` was typed."""
        wanted = {normalise_imprint(word) for word in (*self._query.words, " ".join(self._query.words))} - {""}
        return np.asarray(
            [0.25 * len(wanted & self._index.imprints.get(int(number), set())) for number in found],
            dtype=np.float32,
        )

    def _asked_look(self) -> str:
        query = self._query
        words = [*sorted(query.shapes), *sorted(query.colours)]
        if query.score_line is not None:
            words.append("십자분할선" if query.cross_line else "분할선")
        if query.size:
            words.append(f"{query.size[0]:.1f}–{query.size[1]:.1f} mm")
        return "모양 " + " ".join(words)

    def _hit(self, number: int, score: float) -> SearchHit:
        reasons = dict.fromkeys(label for label, mask in self._why if mask[number])
        index = self._index
        return SearchHit(
            index.item_seqs[number], index.names[number], index.makers[number], round(score, 3), tuple(reasons)
        )
