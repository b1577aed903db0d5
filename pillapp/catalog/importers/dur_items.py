"""DUR 품목 files and services: official statements that this product falls under this rule, up to 810,000 rows."""

from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer, IngredientRank, RowError
from pillapp.catalog.importers.dur_ingredients import category_of
from pillapp.catalog.parse import clean_text, iso_date, parse_coded_names
from pillapp.catalog.rules import RuleIds, RuleRow, RuleSide, RuleWriter, drop_unused_subjects
from pillapp.catalog.schema import ITEM_SUBJECT, DurItem, DurItemPair
from pillapp.catalog.values import Category

_PAIR_CHUNK: Final = 50_000
_COMBINATION: Final = frozenset({"복합", "2", "Y"})


class DurItemImporter(Importer):
    """One row is one product under one rule; of 병용금기, one product with one other product."""

    source = "dur_items"
    title = "DUR유형별 품목 현황"
    fills_only = True
    columns: ClassVar = {
        "type": ("DUR유형명", "DUR유형", "TYPE_NAME"),
        "item_seq": ("품목일련번호", "ITEM_SEQ"),
        "name": ("품목명", "ITEM_NAME"),
        "maker": ("업소명", "ENTP_NAME"),
        "contents": ("주성분", "MAIN_INGR"),
        "chart": ("성상", "CHART"),
        "mix": ("복합제구분명", "복합제구분", "MIX_TYPE", "MIX"),
        "partners": ("복합제성분", "MIX_INGR"),
        "form": ("제형구분명", "제형", "FORM_NAME", "FORM_CODE_NAME"),
        "prescription": ("전문일반구분명", "ETC_OTC_NAME"),
        "class_name": ("약효분류", "CLASS_NAME"),
        "permit_date": ("품목허가일자", "ITEM_PERMIT_DATE"),
        "changed": ("변경일자", "CHANGE_DATE"),
        "notice_date": ("고시일자", "NOTIFICATION_DATE"),
        "text": ("금기내용", "PROHBT_CONTENT"),
        "remark": ("비고", "REMARK"),
        "effect_group": ("효능군명", "EFFECT_NAME", "EFFECT_CODE"),
        "series": ("계열명", "SERS_NAME"),
        "code": ("DUR성분코드", "INGR_CODE"),
        "name_en": ("DUR성분영문명", "INGR_ENG_NAME"),
        "name_ko": ("Dur성분명", "DUR성분명", "INGR_KOR_NAME", "INGR_NAME"),
        "other_code": ("병용금기DUR성분코드", "MIXTURE_INGR_CODE"),
        "other_name_ko": ("병용금기DUR성분명", "MIXTURE_INGR_KOR_NAME"),
        "other_name_en": ("병용금기DUR성분영문명", "MIXTURE_INGR_ENG_NAME"),
        "other_mix": ("MIXTURE_MIX", "병용금기복합제구분명"),
        "other_partners": ("병용금기복합제", "MIXTURE_MIX_INGR"),
        "other_item": ("병용금기품목기준코드", "MIXTURE_ITEM_SEQ"),
        "other_item_name": ("병용금기품목명", "MIXTURE_ITEM_NAME"),
        "other_maker": ("병용금기업체명", "MIXTURE_ENTP_NAME"),
        "other_form": ("병용금기제형", "MIXTURE_FORM_NAME"),
        "other_contents": ("병용금기주성분", "MIXTURE_MAIN_INGR"),
    }
    required = frozenset({"type", "item_seq", "name", "contents", "text"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._ids = RuleIds(self.database)
        self._writers: dict[Category, RuleWriter] = {}
        self._kept: set[Category] = set()
        self._items: dict[tuple[str, str, str, bool], tuple[str, str]] = {}
        self._pairs: list[tuple[int, int, int]] = []
        self._sides: dict[tuple[str, ...], RuleSide] = {}
        # What rows said, word for word, and the rule it became: the same few hundred rules are behind all rows.
        self._rule_of: dict[tuple[str, ...], int] = {}
        self._seen_items: set[str] = set()

    def take(self, cells: list[str]) -> None:
        """One product under one rule."""
        at = self.at
        item_seq = self.item_seq(cells)
        category = category_of(cells[at["type"]])
        if category not in self._writers and category not in self._kept:
            self._start(category)
        # Every column of a pair row belongs to one product or the other, and each product comes in thousands of rows.
        if item_seq not in self._seen_items:
            self._learn(item_seq, cells)
        if category in self._kept:
            return
        if category is Category.COMBINATION:
            self._pair(item_seq, cells)
        elif category is Category.SPLIT:
            self._writers[category].add(
                RuleRow(
                    category,
                    RuleSide(f"{ITEM_SUBJECT}{item_seq}", name_ko=clean_text(cells[at["name"]])),
                    text=clean_text(cells[at["text"]]),
                    remark=clean_text(cells[at["remark"]]),
                )
            )
        else:
            code = cells[at["code"]].strip()
            if not code:
                raise RowError("DUR성분코드가 비어 있습니다")
            key = (item_seq, str(category), code, cells[at["mix"]].strip() in _COMBINATION)
            self._items[key] = (clean_text(cells[at["text"]]), clean_text(cells[at["remark"]]))

    def _start(self, category: Category) -> None:
        database, scope = self.database, f"item:{category}"
        if self.superseded(scope):
            self._kept.add(category)
            return
        writer = self._writers[category] = RuleWriter(database, self.facts.file_id, scope, self._ids)
        writer.forget_scope()
        database.execute("DELETE FROM dur_item WHERE category = ?", (str(category),))
        if category is Category.COMBINATION:
            database.execute("DELETE FROM dur_item_pair")

    def _learn(self, item_seq: str, cells: list[str]) -> None:
        at = self.at
        self._seen_items.add(item_seq)
        self.product(
            item_seq,
            name=clean_text(cells[at["name"]]),
            maker=clean_text(cells[at["maker"]]),
            chart=clean_text(cells[at["chart"]]),
            class_name=clean_text(cells[at["class_name"]]),
            prescription=clean_text(cells[at["prescription"]]),
            form=clean_text(cells[at["form"]]),
            permit_date=iso_date(cells[at["permit_date"]]),
        )
        self._contents(item_seq, cells[at["contents"]])
        self.seen_date = max(self.seen_date, iso_date(cells[at["changed"]]), iso_date(cells[at["notice_date"]]))

    def _contents(self, item_seq: str, text: str) -> None:
        parts = [(part.code, part.name, "", "") for part in parse_coded_names(clean_text(text)) if part.code]
        self.contents(item_seq, IngredientRank.DUR_ITEM, parts)

    def _pair(self, item_seq: str, cells: list[str]) -> None:
        at = self.at
        said = tuple(
            cells[at[field]]
            for field in ("code", "mix", "partners", "other_code", "other_mix", "other_partners", "text", "remark")
        )
        rule_id = self._rule_of.get(said)
        if rule_id is None:
            rule_id = self._rule_of[said] = self._pair_rule(cells)
        other = cells[at["other_item"]].strip()
        if other not in self._seen_items:
            other = self.item_seq(cells, "other_item")
            self._seen_items.add(other)
            self.product(
                other,
                name=clean_text(cells[at["other_item_name"]]),
                maker=clean_text(cells[at["other_maker"]]),
                form=clean_text(cells[at["other_form"]]),
            )
            self._contents(other, cells[at["other_contents"]])
        self._items.setdefault((item_seq, "병용금기", said[0].strip(), said[1].strip() in _COMBINATION), ("", ""))
        self._items.setdefault((other, "병용금기", said[3].strip(), bool(clean_text(said[5]))), ("", ""))
        self._pairs.append((int(item_seq), int(other), rule_id))
        if len(self._pairs) >= _PAIR_CHUNK:
            self._write_pairs()

    def _pair_rule(self, cells: list[str]) -> int:
        at = self.at
        code, other_code = cells[at["code"]].strip(), cells[at["other_code"]].strip()
        if not code or not other_code:
            raise RowError("병용금기 행에 DUR성분코드가 없습니다")
        other_mix = clean_text(cells[at["other_mix"]]) in _COMBINATION or bool(clean_text(cells[at["other_partners"]]))
        return self._writers[Category.COMBINATION].add(
            RuleRow(
                Category.COMBINATION,
                self._side(cells, "", combination=clean_text(cells[at["mix"]]) in _COMBINATION),
                self._side(cells, "other_", combination=other_mix),
                text=clean_text(cells[at["text"]]),
                remark=clean_text(cells[at["remark"]]),
                notice_date=iso_date(cells[at["notice_date"]]),
            )
        )

    def _side(self, cells: list[str], prefix: str, *, combination: bool) -> RuleSide:
        at = self.at
        return RuleSide(
            code=cells[at[f"{prefix}code"]].strip(),
            name_ko=clean_text(cells[at[f"{prefix}name_ko"]]),
            name_en=clean_text(cells[at[f"{prefix}name_en"]]),
            combination=combination,
            partners=tuple(part.code for part in parse_coded_names(cells[at[f"{prefix}partners"]]) if part.code),
        )

    def _write_pairs(self) -> None:
        self.database.write(DurItemPair, ("item_a", "item_b", "rule_id"), self._pairs)
        self._pairs = []

    def finish(self) -> None:
        """Write rules, products, statements and the pairs left over."""
        self.scope = ";".join(f"item:{category}" for category in self._writers)
        for writer in self._writers.values():
            writer.write()
        drop_unused_subjects(self.database)
        super().finish()
        self.database.write(
            DurItem,
            ("item_seq", "category", "code", "combination", "text", "remark", "file_id"),
            [(*key, *texts, self.facts.file_id) for key, texts in self._items.items()],
        )
        self._write_pairs()
