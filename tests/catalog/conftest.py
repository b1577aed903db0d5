from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pillapp.catalog.catalog import Catalog, open_catalog
from pillapp.catalog.importers.run import ImportReport, import_files


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A fresh, empty catalogue."""
    with open_catalog(f"sqlite:///{tmp_path / 'fresh.sqlite'}") as opened:
        yield opened


@pytest.fixture
def take(catalog: Catalog) -> Callable[..., ImportReport]:
    """Import one file into the fresh catalogue."""

    def take_one(path: Path) -> ImportReport:
        return import_files(catalog.database, [path])[0]

    return take_one
