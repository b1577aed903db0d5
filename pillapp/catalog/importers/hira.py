"""HIRA files: reimbursed products, 주성분코드 master, ATC map, standard codes. The ways from an EDI to what is in it."""

import re
from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer, RowError
from pillapp.catalog.names import hira_name_key
from pillapp.catalog.parse import clean_text, parse_codes
from pillapp.catalog.schema import AtcCode, HiraIngredient, HiraProduct

_EDI_DIGITS: Final = 9
_HIRA_CODE: Final = re.compile(r"^[0-9A-Z]{9}$")
_COLUMNS: Final = (
    "edi",
    "name",
    "name_key",
    "maker",
    "hira_code",
    "atc",
    "price",
    "spec",
    "prescription",
    "item_seq",
    "file_id",
)


def edi_of(text: str) -> str:
    """A 9-digit EDI code; spreadsheets drop its leading zero. Raises :class:`RowError` for anything else."""
    value = text.strip().removesuffix(".0")
    if not value.isascii() or not value.isdigit() or len(value) > _EDI_DIGITS:
        raise RowError(f"제품코드가 9자리 숫자가 아닙니다: '{text[:30]}'")
    return value.zfill(_EDI_DIGITS)


class HiraProducts(Importer):
    """Collects reimbursed products; what a later file doesn't say stays."""

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._rows: dict[str, dict[str, str]] = {}

    def hira_product(self, edi: str, **fields: str) -> None:
        """Note what a row says about a reimbursed product."""
        known = self._rows.setdefault(edi, {})
        known.update({name: value for name, value in fields.items() if value})

    def finish(self) -> None:
        """Write products."""
        super().finish()
        rows = []
        for edi, row in self._rows.items():
            key = hira_name_key(row.get("name", ""))
            texts = (row.get(name, "") for name in _COLUMNS[3:-1])
            rows.append((edi, row.get("name", ""), key, *texts, self.facts.file_id))
        self.database.write(HiraProduct, _COLUMNS, rows, key=("edi",), update=_COLUMNS[1:], fill=self.facts.outdated)


class HiraListImporter(HiraProducts):
    """약제급여목록: products, and among them header rows that name an ingredient code in words."""

    source = "hira_list"
    title = "약제급여목록 및 급여상한금액표"
    columns: ClassVar = {
        "hira_code": ("주성분코드", "주성분코드_동일제형"),
        "edi": ("제품코드",),
        "name": ("제품명",),
        "maker": ("업체명",),
        "spec": ("규격",),
        "unit": ("단위",),
        "price": ("상한금액",),
        "prescription": ("전일", "전문/일반"),
        "route": ("투여",),
        "class_no": ("분류",),
    }
    required = frozenset({"hira_code", "edi", "name", "maker", "price"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)
        self._headers: dict[str, tuple[str, str, str]] = {}

    def take(self, cells: list[str]) -> None:
        """A product, or a header: ingredient text in the 제품코드 column and no product name."""
        at = self.at
        hira_code = clean_text(cells[at["hira_code"]])
        if not _HIRA_CODE.match(hira_code):
            raise RowError(f"주성분코드가 9자리가 아닙니다: '{hira_code[:30]}'")
        name = clean_text(cells[at["name"]])
        if not name:
            said = (clean_text(cells[at[field]]) for field in ("edi", "route", "class_no"))
            self._headers[hira_code] = tuple(said)  # type: ignore[assignment]
            return
        self.hira_product(
            edi_of(cells[at["edi"]]),
            name=name,
            maker=clean_text(cells[at["maker"]]),
            hira_code=hira_code,
            price=clean_text(cells[at["price"]]),
            spec=f"{clean_text(cells[at['spec']])} {clean_text(cells[at['unit']])}".strip(),
            prescription={"전문": "전문의약품", "일반": "일반의약품"}.get(clean_text(cells[at["prescription"]]), ""),
        )

    def finish(self) -> None:
        """Write products; header rows name only codes the master doesn't know."""
        super().finish()
        known = {code for (code,) in self.database.rows("SELECT DISTINCT hira_code FROM hira_ingredient")}
        self.database.write(
            HiraIngredient,
            ("hira_code", "position", "name", "route", "class_no", "file_id"),
            [
                (code, 0, text, route, class_no, self.facts.file_id)
                for code, (text, route, class_no) in self._headers.items()
                if code not in known
            ],
        )


class HiraMasterImporter(Importer):
    """약가마스터 의약품주성분: what each 주성분코드 (일반명코드) means; a combination has one row per component."""

    source = "hira_master"
    title = "약가마스터 의약품주성분"
    columns: ClassVar = {
        "hira_code": ("일반명코드",),
        "form": ("제형",),
        "name": ("일반명",),
        "class_no": ("분류번호",),
        "route": ("투여경로", "투여"),
        "strength": ("함량",),
        "unit": ("단위",),
    }
    required = frozenset({"hira_code", "form", "name", "strength"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._parts: dict[str, list[tuple[str, ...]]] = {}

    def take(self, cells: list[str]) -> None:
        """One component."""
        at = self.at
        code = clean_text(cells[at["hira_code"]])
        if not _HIRA_CODE.match(code):
            raise RowError(f"일반명코드가 9자리가 아닙니다: '{code[:30]}'")
        name = clean_text(cells[at["name"]])
        if not name:
            raise RowError("일반명이 비어 있습니다")
        fields = ("form", "route", "strength", "unit", "class_no")
        part = (name, *(clean_text(cells[at[field]]) for field in fields))
        parts = self._parts.setdefault(code, [])
        if part not in parts:
            parts.append(part)

    def finish(self) -> None:
        """The master is complete: it replaces what was known of its codes."""
        super().finish()
        self.database.execute("DELETE FROM hira_ingredient")
        self.database.write(
            HiraIngredient,
            ("hira_code", "position", "name", "form", "route", "strength", "unit", "class_no", "file_id"),
            [
                (code, number, *part, self.facts.file_id)
                for code, parts in self._parts.items()
                for number, part in enumerate(parts)
            ],
        )


class HiraAtcImporter(HiraProducts):
    """ATC코드 매핑: EDI, 주성분코드 and ATC side by side."""

    source = "hira_atc"
    title = "ATC코드 매핑 목록"
    columns: ClassVar = {
        "hira_code": ("주성분코드",),
        "edi": ("제품코드",),
        "name": ("제품명",),
        "maker": ("업체명",),
        "atc": ("ATC코드",),
        "atc_name": ("ATC코드명칭",),
    }
    required = frozenset({"hira_code", "edi", "name", "atc"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)
        self._atc: dict[str, str] = {}

    def take(self, cells: list[str]) -> None:
        """One product."""
        at = self.at
        atc = clean_text(cells[at["atc"]])
        self.hira_product(
            edi_of(cells[at["edi"]]),
            name=clean_text(cells[at["name"]]),
            maker=clean_text(cells[at["maker"]]),
            hira_code=clean_text(cells[at["hira_code"]]),
            atc=atc,
        )
        if atc:
            self._atc.setdefault(atc, clean_text(cells[at["atc_name"]]))

    def finish(self) -> None:
        """Write products and ATC names."""
        super().finish()
        self.database.write(
            AtcCode, ("code", "name", "file_id"), [(*entry, self.facts.file_id) for entry in self._atc.items()]
        )


class StandardCodeImporter(HiraProducts):
    """약가마스터 표준코드: the bridge between ITEM_SEQ, EDI, 13-digit standard codes, 주성분코드 and ATC."""

    source = "hira_standard"
    title = "약가마스터 의약품표준코드"
    columns: ClassVar = {
        "name": ("한글상품명",),
        "maker": ("업체명",),
        "spec": ("약품규격",),
        "item_seq": ("품목기준코드",),
        "head": ("대표코드",),
        "standard": ("표준코드",),
        "edi": ("제품코드(개정후)", "제품코드"),
        "hira_code": ("일반명코드(성분명코드)", "일반명코드"),
        "atc": ("국제표준코드(ATC코드)", "ATC코드"),
        "cancelled": ("취소일자",),
    }
    required = frozenset({"name", "item_seq", "standard", "head"})
    fills_only = True

    def take(self, cells: list[str]) -> None:
        """One package of one product. Cancelled packages keep their codes: old boxes are still on the shelf."""
        at = self.at
        item_seq = self.item_seq(cells)
        standard = parse_codes(cells[at["standard"]]) + parse_codes(cells[at["head"]])
        name, maker = clean_text(cells[at["name"]]), clean_text(cells[at["maker"]])
        self.product(item_seq, name=name, maker=maker)
        self.codes(item_seq, "STANDARD", [code for code in standard if len(code) == 13 and code.isdigit()])
        hira_code, atc = clean_text(cells[at["hira_code"]]), clean_text(cells[at["atc"]])
        if _HIRA_CODE.match(hira_code):
            self.codes(item_seq, "HIRA", [hira_code])
        self.codes(item_seq, "ATC", parse_codes(atc))
        edi = clean_text(cells[at["edi"]])
        if edi:
            self.codes(item_seq, "EDI", [edi_of(edi)])
            self.hira_product(edi_of(edi), name=name, maker=maker, hira_code=hira_code, atc=atc, item_seq=item_seq)
