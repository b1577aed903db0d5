"""What the pages share: the catalogue, the examiner and the lanes they live in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from pillapp.catalog.catalog import Catalog, open_catalog
from pillapp.errors import PillappError
from pillapp.ui.lane import Lane
from pillapp.ui.language import say

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from pillapp.catalog.values import Product
    from pillapp.ui.drawings import Drawing


class Services(QObject):
    """Opens the catalogue and loads the networks after the window is visible, in background threads.

    ``catalog_ready`` and ``vision_ready`` tell when each can be used; ``gallery_changed`` that pictures came or went;
    ``failed`` carries a sentence for the banner.
    """

    catalog_ready = Signal(object)  # CatalogSummary
    vision_ready = Signal(str, str)  # device label, why faster ones were passed over
    gallery_changed = Signal()
    failed = Signal(str)

    def __init__(self, *, catalog_url: str | None, device: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.vision = Lane("vision", self)  # owns the networks
        self.data = Lane("data", self)  # searches and imports
        self._catalog_url = catalog_url
        self._device = device
        self._catalog: Catalog | None = None
        self._examiner: Any = None
        self.device_label = ""
        self.model_name = ""
        self.embedding_version = ""

    def start(self) -> None:
        """Begin loading; returns at once."""
        self.data.run(lambda: open_catalog(self._catalog_url), self._catalog_opened, self.failed.emit)

    @property
    def catalog(self) -> Catalog:
        """The open catalogue.

        Raises:
            PillappError: it is not open (yet).
        """
        if self._catalog is None:
            raise PillappError(say("데이터베이스가 아직 열리지 않았습니다.", "The database is not open yet."))
        return self._catalog

    @property
    def examiner(self) -> Any:
        """The examiner; touch it only from jobs of the vision lane.

        Raises:
            PillappError: the networks are not loaded (yet).
        """
        if self._examiner is None:
            raise PillappError(
                say(
                    "판독 모델이 아직 준비되지 않았습니다. 잠시 뒤에 다시 시도하세요.",
                    "The models are not ready yet; try again shortly.",
                )
            )
        return self._examiner

    def product(self, item_seq: str) -> "tuple[Product, Drawing | None] | None":
        """A product and the drawing of its pill, None if the catalogue does not hold it. For jobs of the data lane."""
        from pillapp.ui.drawings import draw_product

        product = self.catalog.product(item_seq)
        return (product, draw_product(product)) if product else None

    def thumbnails(self, item_seqs: Sequence[str], size: int) -> dict[str, "QImage"]:
        """Small drawings of products that have a look; others are left out. For jobs of the data lane."""
        from pillapp.ui.drawings import draw_thumbnail

        drawn = {}
        for item_seq in item_seqs:
            product = self.catalog.product(item_seq)
            picture = draw_thumbnail(product, size) if product else None
            if picture is not None:
                drawn[item_seq] = picture
        return drawn

    def refresh_catalog(self) -> None:
        """After an import: new counts for the badges, new appearances for the examiner."""
        self.data.run(lambda: self.catalog.summary(), self.catalog_ready.emit, self.failed.emit)
        self.data.run(lambda: self.catalog.prepare_search(), failed=self.failed.emit)
        if self._examiner is not None:
            self.vision.run(lambda: self.examiner.reload_catalog(), failed=self.failed.emit)

    def refresh_gallery(self) -> None:
        """After pictures came or went: the next photo is named with those there are now."""
        if self._examiner is not None:
            self.vision.run(lambda: _use_gallery(self.examiner), failed=self.failed.emit)
        self.gallery_changed.emit()

    def close(self) -> None:
        """Stop both threads, then close the catalogue."""
        self.vision.close()
        self.data.close()
        if self._catalog is not None:
            self._catalog.close()

    def _catalog_opened(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.data.run(catalog.summary, self.catalog_ready.emit, self.failed.emit)
        self.data.run(catalog.prepare_search, failed=self.failed.emit)  # else the first search waits for it
        self.vision.run(self._load_examiner, self._examiner_loaded, self.failed.emit)

    def _load_examiner(self) -> Any:
        from pillapp.check.examiner import Examiner  # half a second of imports: not before the window shows

        return Examiner(self.catalog, self._device)

    def _examiner_loaded(self, examiner: Any) -> None:
        self._examiner = examiner
        self.device_label, self.model_name = examiner.device, examiner.detector_name
        self.embedding_version = examiner.embedder.version
        self.refresh_gallery()
        self.vision_ready.emit(examiner.device, "\n".join(examiner.passed_over))


def _use_gallery(examiner: Any) -> None:
    """In the vision lane: pictures kept with another network are looked at anew first."""
    from pillapp.records.gallery import GalleryStore

    with GalleryStore() as store:
        examiner.use_gallery(store.load(examiner.embedder.version, examiner.embedder.embed_all))
