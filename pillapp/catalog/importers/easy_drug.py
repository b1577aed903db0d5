"""e약은요: what the patient should know, in the official words."""

from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer
from pillapp.catalog.parse import clean_text, iso_date
from pillapp.catalog.schema import Guidance

_TEXTS: Final = ("efficacy", "usage", "warnings", "interactions", "side_effects", "storage")


class EasyDrugImporter(Importer):
    """One row is one product's guidance."""

    source = "easy_drug"
    title = "e약은요"
    fills_only = True
    columns: ClassVar = {
        "item_seq": ("품목일련번호", "itemSeq"),
        "name": ("제품명", "itemName"),
        "maker": ("업체명", "entpName"),
        "efficacy": ("이약의효능은무엇입니까?", "efcyQesitm"),
        "usage": ("이약은어떻게사용합니까?", "useMethodQesitm"),
        "must_know": ("이약을사용하기전에반드시알아야할내용은무엇입니까?", "atpnWarnQesitm"),
        "cautions": ("이약의사용상주의사항은무엇입니까?", "atpnQesitm"),
        "interactions": ("이약을사용하는동안주의해야할약또는음식은무엇입니까?", "intrcQesitm"),
        "side_effects": ("이약은어떤이상반응이나타날수있습니까?", "seQesitm"),
        "storage": ("이약은어떻게보관해야합니까?", "depositMethodQesitm"),
        "opened": ("공개일자", "openDe"),
        "updated": ("수정일자", "updateDe"),
    }
    required = frozenset({"item_seq", "name", "efficacy", "usage", "cautions"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._texts: dict[str, tuple[str, ...]] = {}

    def take(self, cells: list[str]) -> None:
        """One product."""
        at = self.at
        item_seq = self.item_seq(cells)
        self.product(item_seq, name=clean_text(cells[at["name"]]), maker=clean_text(cells[at["maker"]]))
        must_know, cautions = clean_text(cells[at["must_know"]]), clean_text(cells[at["cautions"]])
        updated = iso_date(cells[at["updated"]]) or iso_date(cells[at["opened"]])
        self.seen_date = max(self.seen_date, updated)
        self._texts[item_seq] = (
            clean_text(cells[at["efficacy"]]),
            clean_text(cells[at["usage"]]),
            "\n".join(text for text in (must_know, cautions) if text),
            *(clean_text(cells[at[field]]) for field in ("interactions", "side_effects", "storage")),
            updated,
        )

    def finish(self) -> None:
        """Write the texts; of two files, the later row of a product stays."""
        super().finish()
        known = dict(self.database.rows("SELECT item_seq, updated FROM guidance"))
        rows = {key: row for key, row in self._texts.items() if known.get(key, "") <= row[-1]}
        for item_seq in rows.keys() & known.keys():
            self.database.execute("DELETE FROM guidance WHERE item_seq = ?", (item_seq,))
        self.database.write(
            Guidance,
            ("item_seq", *_TEXTS, "updated", "file_id"),
            [(key, *row, self.facts.file_id) for key, row in rows.items()],
        )
