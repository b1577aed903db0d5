"""허가 files: what is permitted, what it contains, and its codes."""

import re
from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer, IngredientRank, RowError
from pillapp.catalog.parse import clean_text, iso_date, parse_coded_names, parse_codes
from pillapp.catalog.schema import Ingredient

_BETWEEN_NAMES: Final = re.compile(r"[/,|](?![^(\[]*[)\]])")
_STANDARD_DIGITS: Final = 13


def names_in(text: str) -> list[str]:
    """Ingredient names of a list, cut at ``/``, ``,`` and ``|`` outside brackets; repeats dropped."""
    parts = (part.strip() for part in _BETWEEN_NAMES.split(clean_text(text)))
    return list(dict.fromkeys(part for part in parts if part))


def amounts_in(material: str) -> dict[str, str]:
    """``총량 : …|성분명 : …|분량 : …|단위 : …`` records joined by ``;`` → amount by ingredient name."""
    found: dict[str, str] = {}
    for record in clean_text(material).split(";"):
        pairs = (part.split(":", 1) for part in record.split("|") if ":" in part)
        fields = {name.strip(): value.strip() for name, value in pairs}
        if fields.get("성분명"):
            found[fields["성분명"]] = f"{fields.get('분량', '')} {fields.get('단위', '')}".strip()
    return found


class PermitListImporter(Importer):
    """허가 목록: nedrug's product search export and the list service. Ingredients by name only."""

    source = "permit_list"
    title = "의약품 허가 목록"
    columns: ClassVar = {
        "item_seq": ("품목기준코드", "ITEM_SEQ"),
        "name": ("제품명", "ITEM_NAME"),
        "name_en": ("제품영문명", "ITEM_ENG_NAME"),
        "maker": ("업체명", "ENTP_NAME"),
        "permit_date": ("허가일", "ITEM_PERMIT_DATE"),
        "status": ("취소/취하", "CANCEL_NAME"),
        "status_date": ("취소/취하일자", "CANCEL_DATE"),
        "contents": ("주성분", "ITEM_INGR_NAME"),
        "contents_en": ("주성분영문",),
        "excipients": ("첨가제",),
        "class_name": ("품목분류", "PRDUCT_TYPE"),
        "prescription": ("전문의약품", "SPCLTY_PBLC"),
        "narcotic": ("마약구분",),
        "standard": ("표준코드명", "PRDLST_STDR_CODE"),
        "atc": ("ATC코드",),
        "edi": ("EDI_CODE",),
        "number": ("허가번호", "PRDUCT_PRMISN_NO"),
    }
    required = frozenset({"item_seq", "name", "maker", "contents", "number"})

    def take(self, cells: list[str]) -> None:
        """One product."""
        at = self.at
        item_seq = self.item_seq(cells)
        name = clean_text(cells[at["name"]])
        if not name:
            raise RowError("제품명이 비어 있습니다")
        class_name = clean_text(cells[at["class_name"]])
        self.product(
            item_seq,
            name=name,
            name_en=clean_text(cells[at["name_en"]]),
            maker=clean_text(cells[at["maker"]]),
            class_no=next(iter(re.findall(r"\[(\d+)\]", class_name)), ""),
            class_name=re.sub(r"\[\d+\]", "", class_name),
            prescription=clean_text(cells[at["prescription"]]),
            permit_date=iso_date(cells[at["permit_date"]]),
            status=clean_text(cells[at["status"]]),
            status_date=iso_date(cells[at["status_date"]]),
            narcotic=clean_text(cells[at["narcotic"]]),
        )
        self.seen_date = max(self.seen_date, iso_date(cells[at["permit_date"]]), iso_date(cells[at["status_date"]]))
        names, english = names_in(cells[at["contents"]]), names_in(cells[at["contents_en"]])
        paired = english if len(english) == len(names) else [""] * len(names)
        # The service lists English names only ("Amlodipine Besylate/Valsartan"); they are names all the same.
        parts = [("", name, other, "") for name, other in zip(names, paired, strict=True)]
        self.contents(item_seq, IngredientRank.PERMIT_NAMES, parts)
        excipients = [("", name, "", "") for name in names_in(cells[at["excipients"]])]
        self.contents(item_seq, IngredientRank.PERMIT_NAMES, excipients, excipient=True)
        self.codes(item_seq, "STANDARD", _standard(cells[at["standard"]]))
        self.codes(item_seq, "ATC", parse_codes(cells[at["atc"]]))
        self.codes(item_seq, "EDI", parse_codes(cells[at["edi"]]))


class PermitDetailImporter(Importer):
    """허가 상세: the file and the service; ingredients with codes where MAIN_ITEM_INGR gives them."""

    source = "permit_detail"
    title = "의약품 제품 허가 상세"
    columns: ClassVar = {
        "item_seq": ("품목일련번호", "ITEM_SEQ"),
        "name": ("품목명", "ITEM_NAME"),
        "name_en": ("품목영문명", "ITEM_ENG_NAME"),
        "maker": ("업체명", "ENTP_NAME"),
        "chart": ("성상", "CHART"),
        "prescription": ("전문일반", "ETC_OTC_CODE"),
        "permit_date": ("허가일자", "ITEM_PERMIT_DATE"),
        "status": ("취소상태", "CANCEL_NAME"),
        "status_date": ("취소일자", "CANCEL_DATE"),
        "changed": ("변경일자", "CHANGE_DATE"),
        "storage": ("저장방법", "STORAGE_METHOD"),
        "narcotic": ("마약류분류", "NARCOTIC_KIND_CODE"),
        "material": ("원료성분", "MATERIAL_NAME"),
        "contents": ("주성분명", "MAIN_ITEM_INGR"),
        "contents_en": ("영문성분명", "MAIN_INGR_ENG"),
        "excipients": ("첨가제명", "INGR_NAME"),
        "standard": ("표준코드", "BAR_CODE"),
        "edi": ("보험코드", "EDI_CODE"),
        "atc": ("ATC코드", "ATC_CODE"),
        "valid": ("유효기간", "VALID_TERM"),
    }
    required = frozenset({"item_seq", "name", "material", "contents", "storage"})

    def take(self, cells: list[str]) -> None:
        """One product."""
        at = self.at
        item_seq = self.item_seq(cells)
        self.product(
            item_seq,
            **{
                field: clean_text(cells[at[field]])
                for field in ("name", "name_en", "maker", "chart", "prescription", "status", "storage", "narcotic")
            },
            permit_date=iso_date(cells[at["permit_date"]]),
            status_date=iso_date(cells[at["status_date"]]),
        )
        self.seen_date = max(self.seen_date, iso_date(cells[at["changed"]]))
        amounts = amounts_in(cells[at["material"]])
        coded = parse_coded_names(clean_text(cells[at["contents"]]))
        english = names_in(cells[at["contents_en"]])
        paired = english if len(english) == len(coded) else [""] * len(coded)
        if all(part.code for part in coded):
            parts = [
                (part.code, part.name, other, amounts.get(part.name, ""))
                for part, other in zip(coded, paired, strict=True)
            ]
            self.contents(item_seq, IngredientRank.PERMIT_DETAIL, parts)
        else:
            names = names_in(cells[at["contents"]])
            parts = [("", name, "", amounts.get(name, "")) for name in names]
            self.contents(item_seq, IngredientRank.PERMIT_NAMES, parts)
        excipients = parse_coded_names(clean_text(cells[at["excipients"]]))
        self.contents(
            item_seq,
            IngredientRank.PERMIT_DETAIL,
            [(part.code, part.name, "", "") for part in excipients],
            excipient=True,
        )
        self.codes(item_seq, "STANDARD", _standard(cells[at["standard"]]))
        self.codes(item_seq, "EDI", parse_codes(cells[at["edi"]]))
        self.codes(item_seq, "ATC", parse_codes(cells[at["atc"]]))


class PermitIngredientImporter(Importer):
    """주성분: one row per ingredient of a product, with its code: the most exact source there is."""

    source = "permit_ingredients"
    title = "의약품 허가 주성분"
    fills_only = True
    columns: ClassVar = {
        "item_seq": ("품목기준코드", "ITEM_SEQ"),
        "name": ("품목명", "PRDUCT", "ITEM_NAME"),
        "maker": ("업소명", "ENTRPS", "ENTP_NAME"),
        "code": ("성분코드", "MTRAL_CODE"),
        "name_ko": ("성분명한글", "MTRAL_NM"),
        "name_en": ("성분영문명", "MAIN_INGR_ENG"),
        "amount": ("원료분량", "QNT"),
        "unit": ("단위", "INGD_UNIT_CD"),
        "number": ("순번", "MTRAL_SN"),
    }
    required = frozenset({"item_seq", "name", "code", "name_ko", "amount"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._parts: dict[str, dict[str, tuple[str, str, str, str]]] = {}

    def take(self, cells: list[str]) -> None:
        """One ingredient of one product."""
        at = self.at
        item_seq = self.item_seq(cells)
        code, name = clean_text(cells[at["code"]]), clean_text(cells[at["name_ko"]])
        if not code or not name:
            raise RowError("성분코드나 성분명이 비어 있습니다")
        self.product(item_seq, name=clean_text(cells[at["name"]]), maker=clean_text(cells[at["maker"]]))
        amount = f"{clean_text(cells[at['amount']])} {clean_text(cells[at['unit']])}".strip()
        part = (code, name, clean_text(cells[at["name_en"]]), amount)
        self._parts.setdefault(item_seq, {}).setdefault(code, part)

    def finish(self) -> None:
        """Write contents and the ingredients' names."""
        for item_seq, parts in self._parts.items():
            self.contents(item_seq, IngredientRank.CODED_FILE, list(parts.values()))
        super().finish()
        named = {part[0]: part for parts in self._parts.values() for part in parts.values()}
        self.database.write(
            Ingredient,
            ("code", "name_ko", "name_en", "guidance_key", "file_id"),
            [(code, part[1], part[2], "", self.facts.file_id) for code, part in named.items()],
        )


def _standard(text: str) -> list[str]:
    return [code for code in parse_codes(text) if len(code) == _STANDARD_DIGITS and code.isdigit()]
