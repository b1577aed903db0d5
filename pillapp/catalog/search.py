"""placeholder"""

from pillapp.catalog.database import Database
from pillapp.catalog.values import SearchHit


class Searcher:
    """First version: names only."""

    def __init__(self, database: Database):
        self._db = database

    def search(self, query: str, limit: int) -> list[SearchHit]:
        """Products whose name holds the query."""
        rows = self._db.rows(
            "SELECT item_seq, name, maker FROM product WHERE name LIKE ? LIMIT ?", (f"%{query}%", limit)
        )
        return [SearchHit(r[0], r[1], r[2], 1.0, ("이름",)) for r in rows]
