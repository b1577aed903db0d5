"""An update: all pages of each service are put by first, then taken in like a file, in one transaction a service.

Pages that arrived are kept in the database, so that a break (quota, network, power) costs nothing: the next update goes
on with the page after the last. A service whose items changed while it was being read (another total) starts over.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path
from typing import Final

from tenacity.wait import wait_base

from pillapp.catalog.database import Database
from pillapp.catalog.importers.answers import table_of_items
from pillapp.catalog.importers.registry import recognise
from pillapp.catalog.importers.run import ImportProgress, ImportReport, Outcome, join_products, take_table
from pillapp.catalog.schema import UpdateProgress
from pillapp.catalog.update.client import ServiceClient
from pillapp.catalog.update.services import SERVICES, Service
from pillapp.errors import CatalogError

_STALE_DAYS: Final = 3  # pages put by longer ago than this belong to an older state of the service

Progress = Callable[[ImportProgress], None]


class _CancelledError(Exception):
    pass


def update_from_services(
    database: Database,
    key: str,
    names: Iterable[str] | None = None,
    *,
    base_url: str = "https://apis.data.go.kr",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    wait: wait_base | None = None,
) -> list[ImportReport]:
    """Update from these services (all, without names). A report for each; the first refusal of the key ends it.

    Raises:
        CatalogError: a name is none of a service.
    """
    wanted = _chosen(names)
    reports: list[ImportReport] = []
    with ServiceClient(key, base_url, wait=wait) as client:
        for number, service in enumerate(wanted, 1):
            started = time.monotonic()
            path = Path(service.title)
            try:
                updater = _Updater(database, client, service, (number, len(wanted)), progress, cancelled)
                updater.fetch()
                reports.append(_take(database, service, started))
            except _CancelledError:
                reports.append(ImportReport(path, Outcome.CANCELLED, service.title, service.name))
                break
            except CatalogError as error:
                reports.append(
                    ImportReport(path, Outcome.FAILED, service.title, service.name, error=f"{service.title}: {error}")
                )
    if any(report.outcome is Outcome.IMPORTED for report in reports):
        join_products(database)
    return reports


def _chosen(names: Iterable[str] | None) -> list[Service]:
    known = {service.name: service for service in SERVICES}
    if names is None:
        return list(SERVICES)
    listed = list(names)
    unknown = [name for name in listed if name not in known]
    if unknown:
        raise CatalogError(f"모르는 서비스입니다: {', '.join(unknown)}. 있는 것: {', '.join(known)}. (unknown service)")
    return [known[name] for name in listed]


class _Updater:
    def __init__(
        self,
        database: Database,
        client: ServiceClient,
        service: Service,
        place: tuple[int, int],
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ):
        self._database, self._client, self._service, self._place = database, client, service, place
        self._progress, self._cancelled = progress, cancelled
        self._started = time.monotonic()

    def fetch(self) -> int:
        """Put by every page that is not there yet; the number of items in all."""
        service = self._service
        counts, total = self._kept()
        page = 0
        while True:
            page += 1
            if page in counts:
                continue
            if total is not None and page > ceil(total / service.page_size):
                break
            self._tell(len(counts), total)
            answer = self._client.page(service.path, page, service.page_size)
            if total is not None and answer.total != total:
                # Items were added meanwhile: pages no longer fit together.
                self._forget()
                counts, total, page = {}, None, 0
                continue
            total = answer.total
            if not answer.items and page <= ceil(total / service.page_size):
                raise CatalogError(f"{page}쪽이 비어 있습니다. 나중에 update를 다시 하세요. (empty page)")
            self._keep(page, total, answer.items)
            counts[page] = len(answer.items)
        got = sum(counts.values())
        if got != (total or 0):
            self._forget()
            raise CatalogError(
                f"서비스가 말한 {total:,}건과 받은 {got:,}건이 다릅니다. 아무것도 바꾸지 않았습니다. (count mismatch)"
            )
        return got

    def _kept(self) -> tuple[dict[int, int], int | None]:
        counts: dict[int, int] = {}
        total: int | None = None
        oldest = self._database.value(
            "SELECT min(started) FROM update_progress WHERE service = ?", (self._service.name,)
        )
        if oldest and (date.today() - datetime.fromisoformat(oldest).date()).days > _STALE_DAYS:
            self._forget()
            return counts, total
        for page, items in _pages(self._database, self._service):
            counts[page] = len(items)
        if counts:
            total = self._database.value(
                "SELECT max(total) FROM update_progress WHERE service = ?", (self._service.name,)
            )
        return counts, total

    def _keep(self, page: int, total: int, items: list[dict[str, str]]) -> None:
        with self._database.transaction():
            self._database.write(
                UpdateProgress,
                ("service", "page", "total", "started", "body"),
                [
                    (
                        self._service.name,
                        page,
                        total,
                        datetime.now(UTC).isoformat(),
                        json.dumps(items, ensure_ascii=False),
                    )
                ],
            )

    def _forget(self) -> None:
        forget_pages(self._database, self._service)

    def _tell(self, pages: int, total: int | None) -> None:
        if self._cancelled and self._cancelled():
            raise _CancelledError
        if not self._progress:
            return
        spent = max(time.monotonic() - self._started, 1e-6)
        done = pages * self._service.page_size
        fraction = min(1.0, done / total) if total else 0.0
        left = spent * (1 - fraction) / fraction if fraction > 0.01 else None
        name = Path(self._service.title)
        self._progress(ImportProgress(name, *self._place, "받는 중", fraction, done, done / spent, left))


def forget_pages(database: Database, service: Service) -> None:
    """Drop the pages put by of one service."""
    database.execute("DELETE FROM update_progress WHERE service = ?", (service.name,))


def _pages(database: Database, service: Service) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Pages put by, in order, one in memory at a time: 병용금기 품목 has 8,000 of them."""
    numbers = database.rows("SELECT page FROM update_progress WHERE service = ? ORDER BY page", (service.name,))
    for (page,) in numbers:
        body = database.value("SELECT body FROM update_progress WHERE service = ? AND page = ?", (service.name, page))
        yield page, json.loads(body)


def _take(database: Database, service: Service, started: float) -> ImportReport:
    path = Path(f"{service.title} {date.today():%Y%m%d}")
    header: dict[str, None] = {}
    digest = hashlib.sha256()
    for _, items in _pages(database, service):
        header.update(dict.fromkeys(key for item in items for key in item))
        digest.update(json.dumps(items, sort_keys=True).encode())
    if not header:
        raise CatalogError("서비스에 자료가 하나도 없습니다. 있던 자료를 그대로 두었습니다. (no items)")
    table = table_of_items(
        path, "JSON", list(header), (item for _, items in _pages(database, service) for item in items)
    )
    importer_type = recognise(table)
    sha256 = digest.hexdigest()
    with database.transaction():
        if database.value("SELECT 1 FROM imported_file WHERE sha256 = ? AND NOT starter", (sha256,)):
            # The same data, seen to be current today: its age is counted from now.
            database.execute(
                "UPDATE imported_file SET file_date = ? WHERE sha256 = ?", (date.today().isoformat(), sha256)
            )
            report = ImportReport(path, Outcome.UNCHANGED, importer_type.title, importer_type.source)
        else:
            report = take_table(database, table, importer_type, sha256, lambda *_: None, started)
        forget_pages(database, service)
    return report
