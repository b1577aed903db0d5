"""낱알식별: how every pill looks. The nedrug file, the yearly files and the service say the same in other words."""

import hashlib
from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer, RowError
from pillapp.catalog.imprint_text import has_score_line, normalise_imprint
from pillapp.catalog.parse import clean_text, iso_date, parse_codes, parse_size
from pillapp.catalog.schema import Appearance

# ETC_OTC_CODE of the 2020 yearly file; words in all others.
_PRESCRIPTION: Final = {"01": "일반의약품", "02": "전문의약품", "06": "전문,희귀", "07": "일반(안전상비)"}
# First digits of SHAPE_CODE, the yearly files' number for the dosage form.
_FORM_CODES: Final = {
    "0101": "산제",
    "0102": "정제",
    "0105": "서방정",
    "0109": "구강붕해정",
    "0201": "경질캡슐제",
    "0202": "연질캡슐제",
}
_LINE_VALUES: Final = frozenset({"-", "+", "기타"})
_COLUMNS: Final = (
    "row_key",
    "item_seq",
    "shape",
    "colours_front",
    "colours_back",
    "imprint_front",
    "imprint_back",
    "line_front",
    "line_back",
    "long_raw",
    "short_raw",
    "thick_raw",
    "long_mm",
    "short_mm",
    "thick_mm",
    "form",
    "mark_front",
    "mark_back",
    "mark_code_front",
    "mark_code_back",
    "image_url",
    "changed",
    "file_id",
)


class TabletImporter(Importer):
    """One row is one look of one product; a product with several looks has several rows."""

    source = "tablets"
    title = "의약품 낱알식별"
    columns: ClassVar = {
        "item_seq": ("품목일련번호", "ITEM_SEQ"),
        "name": ("품목명", "ITEM_NAME"),
        "name_en": ("품목영문명", "ITEM_ENG_NAME"),
        "maker": ("업소명", "ENTP_NAME"),
        "chart": ("성상", "CHARTN", "CHART"),
        "image": ("큰제품이미지", "ITEM_IMAGE"),
        "front": ("표시앞", "PRINT_FRONT"),
        "back": ("표시뒤", "PRINT_BACK"),
        "shape": ("의약품제형", "모양", "DRUG_SHAPE"),
        "colours_front": ("색상앞", "COLOR_CLASS1"),
        "colours_back": ("색상뒤", "COLOR_CLASS2"),
        "line_front": ("분할선앞", "LINE_FRONT"),
        "line_back": ("분할선뒤", "LINE_BACK"),
        "long": ("크기장축", "LENG_LONG"),
        "short": ("크기단축", "LENG_SHORT"),
        "thick": ("크기두께", "THICK"),
        "class_no": ("분류번호", "CLASS_NO"),
        "class_name": ("분류명", "CLASS_NAME"),
        "prescription": ("전문일반구분", "ETC_OTC_CODE", "ETC_OTC_NAME"),
        "permit_date": ("품목허가일자", "ITEM_PERMIT_DATE"),
        "form": ("제형코드명", "FORM_CODE_NAME", "SHAPE_CODE"),
        "mark_front": ("표기내용앞", "MARK_CODE_FRONT_ANAL"),
        "mark_back": ("표기내용뒤", "MARK_CODE_BACK_ANAL"),
        "mark_code_front": ("표기코드앞", "MARK_CODE_FRONT"),
        "mark_code_back": ("표기코드뒤", "MARK_CODE_BACK"),
        "changed": ("변경일자", "CHANGE_DATE", "IMG_REGIST_TS"),
        "edi": ("보험코드", "EDI_CODE"),
        "standard": ("표준코드", "STD_CD"),
    }
    required = frozenset({"item_seq", "name", "front", "back", "shape", "colours_front", "long", "short"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._looks: dict[str, dict[str, tuple[object, ...]]] = {}

    def take(self, cells: list[str]) -> None:
        """One look."""
        at = self.at
        item_seq = self.item_seq(cells)
        name = clean_text(cells[at["name"]])
        if not name:
            raise RowError("품목명이 비어 있습니다")
        code = cells[at["prescription"]].strip()
        form = cells[at["form"]].strip()
        if form.isdigit():
            form = _FORM_CODES.get(form[:4], "")
        changed = iso_date(cells[at["changed"]])
        self.seen_date = max(self.seen_date, changed)
        self.product(
            item_seq,
            name=name,
            name_en=clean_text(cells[at["name_en"]]),
            maker=clean_text(cells[at["maker"]]),
            chart=clean_text(cells[at["chart"]]),
            class_no=cells[at["class_no"]].strip(),
            class_name=clean_text(cells[at["class_name"]]),
            prescription=_PRESCRIPTION.get(code, clean_text(code)),
            form=form,
            permit_date=iso_date(cells[at["permit_date"]]),
        )
        self.codes(item_seq, "EDI", parse_codes(cells[at["edi"]]))
        self.codes(item_seq, "STANDARD", parse_codes(cells[at["standard"]]))
        self._look(item_seq, cells, form, changed)

    def _look(self, item_seq: str, cells: list[str], form: str, changed: str) -> None:
        at = self.at
        front, back = _imprint(cells[at["front"]]), _imprint(cells[at["back"]])
        image = cells[at["image"]].strip()
        sizes = [cells[at[field]].strip() for field in ("long", "short", "thick")]
        key = hashlib.sha1(
            "\x1f".join((item_seq, normalise_imprint(front), normalise_imprint(back), image)).encode(),
            usedforsecurity=False,
        ).hexdigest()
        self._looks.setdefault(item_seq, {})[key] = (
            key,
            item_seq,
            clean_text(cells[at["shape"]]),
            _colours(cells[at["colours_front"]]),
            _colours(cells[at["colours_back"]]),
            front,
            back,
            self._line(cells[at["line_front"]], front),
            self._line(cells[at["line_back"]], back),
            *("" if size == "-" else size for size in sizes),
            *(parse_size(size) for size in sizes),
            form,
            *(clean_text(cells[at[field]]) for field in ("mark_front", "mark_back")),
            *(clean_text(cells[at[field]]) for field in ("mark_code_front", "mark_code_back")),
            image,
            changed,
            self.facts.file_id,
        )

    def _line(self, raw: str, imprint: str) -> str:
        value = raw.strip()
        # "-" is a line in XLS and JSON; the CSV writes it for "nothing" too, and then the imprint decides.
        if value == "-" and self.facts.format == "CSV" and not has_score_line(imprint):
            return ""
        return value if value in _LINE_VALUES else ""

    def finish(self) -> None:
        """Write products, codes and looks. A file describes each of its products completely: older looks of them go."""
        super().finish()
        database = self.database
        newer = {
            item_seq
            for (item_seq,) in database.rows(
                "SELECT DISTINCT a.item_seq FROM appearance a JOIN imported_file f ON f.id = a.file_id"
                " WHERE NOT f.starter AND f.file_date > ?",
                (self.facts.date,),
            )
        }
        own = [item_seq for item_seq in self._looks if item_seq not in newer]
        for start in range(0, len(own), 500):
            part = own[start : start + 500]
            database.execute(f"DELETE FROM appearance WHERE item_seq IN ({','.join('?' * len(part))})", part)
        database.write(Appearance, _COLUMNS, (look for item_seq in own for look in self._looks[item_seq].values()))
        if len(own) < len(self._looks):
            self.notes.append(
                f"{len(self._looks) - len(own):,}개 품목은 더 새로운 자료가 있어 모양을 바꾸지 않았습니다."
            )


def _imprint(raw: str) -> str:
    text = clean_text(raw).replace("\n", " ")
    return "" if text == "-" else text


def _colours(raw: str) -> str:
    return (
        ""
        if raw.strip() == "-"
        else ", ".join(part.strip() for part in raw.replace("|", ",").split(",") if part.strip())
    )
