"""Finding products as you type."""

from pillapp.catalog.search.searcher import Searcher

__all__ = ["Searcher"]
