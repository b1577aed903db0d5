"""DUR 성분 files (A-G, I) and the 성분 service: rules about ingredients. A file is the complete picture of its rule type."""

from typing import ClassVar, Final

from pillapp.catalog.importers.base import Importer, RowError
from pillapp.catalog.parse import clean_text, iso_date, parse_coded_names
from pillapp.catalog.rules import RuleIds, RuleRow, RuleSide, RuleWriter, drop_unused_subjects
from pillapp.catalog.schema import Ingredient
from pillapp.catalog.values import Category

_OTHER_NAMES: Final = {
    "분할주의": Category.SPLIT,
    "서방정분할주의": Category.SPLIT,
    "효능군중복주의": Category.EFFICACY_GROUP,
    "연령금기": Category.AGE,
    "특정연령금기": Category.AGE,
    "노인주의(해열진통소염제)": Category.ELDERLY,
}


def category_of(text: str) -> Category:
    """The rule type an official name stands for; raises :class:`RowError` for others."""
    name = "".join(text.split())
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    try:
        return Category(name)
    except ValueError:
        raise RowError(f"모르는 DUR 유형입니다: '{text[:30]}'") from None


def names_of(text: str) -> tuple[tuple[str, str], ...]:
    """관계성분 as (code, name)."""
    return tuple((part.code, part.name) for part in parse_coded_names(text) if part.code)


class DurIngredientImporter(Importer):
    """One row is one rule."""

    source = "dur_ingredients"
    title = "DUR유형별 성분 현황"
    columns: ClassVar = {
        "number": ("DUR일련번호", "DUR_SEQ"),
        "type": ("DUR유형", "TYPE_NAME"),
        "mix": ("단일복합구분코드", "MIX_TYPE"),
        "code": ("DUR성분코드", "INGR_CODE"),
        "name_en": ("DUR성분명영문", "INGR_ENG_NAME"),
        "name_ko": ("DUR성분명", "INGR_KOR_NAME", "INGR_NAME"),
        "partners": ("복합제", "MIX", "MIX_INGR"),
        "relation": ("관계성분", "ORI_INGR", "ORI"),
        "effect_group": ("효능군", "EFFECT_CODE", "EFFECT_NAME"),
        "notice_date": ("고시일자", "NOTIFICATION_DATE"),
        "text": ("금기내용", "PROHBT_CONTENT"),
        "forms": ("제형", "FORM_NAME"),
        "age_limit": ("연령기준", "AGE_BASE"),
        "max_period": ("최대투여기간", "MAX_DOSAGE_TERM"),
        "max_dose": ("1일최대용량", "MAX_QTY"),
        "grade": ("등급", "GRADE"),
        "other_mix": ("병용금기단일복합구분코드", "MIXTURE_MIX_TYPE"),
        "other_code": ("병용금기DUR성분코드", "MIXTURE_INGR_CODE"),
        "other_name_en": ("병용금기DUR성분영문명", "MIXTURE_INGR_ENG_NAME"),
        "other_name_ko": ("병용금기DUR성분명", "MIXTURE_INGR_KOR_NAME"),
        "other_partners": ("병용금기복합제", "MIXTURE_MIX", "MIXTURE_MIX_INGR"),
        "other_relation": ("병용금기관계성분", "MIXTURE_ORI_INGR", "MIXTURE_ORI"),
        "remark": ("비고", "REMARK"),
        "state": ("상태", "DEL_YN"),
        "series": ("계열명", "SERS_NAME"),
    }
    required = frozenset({"type", "code", "name_ko", "relation", "text", "state"})

    def __init__(self, *arguments: object):
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._writers: dict[Category, RuleWriter] = {}
        self._ids = RuleIds(self.database)
        self._kept: set[Category] = set()

    def take(self, cells: list[str]) -> None:
        """One rule."""
        at = self.at
        category = category_of(cells[at["type"]])
        state = clean_text(cells[at["state"]])
        if state != "정상":
            raise RowError(f"상태가 정상이 아닙니다: '{state}'")
        subject = self._side(cells, "", forms=clean_text(cells[at["forms"]]))
        if not subject.code:
            raise RowError("DUR성분코드가 비어 있습니다")
        partner = None
        if category is Category.COMBINATION:
            partner = self._side(cells, "other_", forms="")
            if not partner.code:
                raise RowError("병용금기 상대 성분코드가 비어 있습니다")
        row = RuleRow(
            category,
            subject,
            partner,
            number=clean_text(cells[at["number"]]),
            notice_date=iso_date(cells[at["notice_date"]]),
            **{
                field: clean_text(cells[at[field]])
                for field in (
                    "text",
                    "remark",
                    "grade",
                    "age_limit",
                    "max_period",
                    "max_dose",
                    "effect_group",
                    "series",
                )
            },
        )
        self.seen_date = max(self.seen_date, row.notice_date)
        writer = self._writer(category)
        if writer:
            writer.add(row)

    def _side(self, cells: list[str], prefix: str, *, forms: str) -> RuleSide:
        at = self.at
        partners = clean_text(cells[at[f"{prefix}partners"]])
        return RuleSide(
            code=clean_text(cells[at[f"{prefix}code"]]),
            name_ko=clean_text(cells[at[f"{prefix}name_ko"]]),
            name_en=clean_text(cells[at[f"{prefix}name_en"]]),
            combination=clean_text(cells[at[f"{prefix}mix"]]) == "복합",
            partners=tuple(part.code for part in parse_coded_names(partners) if part.code),
            relation=names_of(clean_text(cells[at[f"{prefix}relation"]])),
            forms=forms,
        )

    def _writer(self, category: Category) -> RuleWriter | None:
        """The writer of a rule type; None where a later file of it is in already."""
        if category not in self._writers and category not in self._kept:
            scope = f"ingredient:{category}"
            if self.superseded(scope):
                self._kept.add(category)
            else:
                self._writers[category] = RuleWriter(self.database, self.facts.file_id, scope, self._ids)
                self._writers[category].forget_scope()
        return self._writers.get(category)

    def finish(self) -> None:
        """Write rules, relations and the names of all codes met."""
        self.scope = ";".join(f"ingredient:{category}" for category in self._writers)
        names: dict[str, str] = {}
        for writer in self._writers.values():
            writer.write()
            names |= writer.relation_names
        drop_unused_subjects(self.database)
        self.database.write(
            Ingredient,
            ("code", "name_ko", "name_en", "guidance_key", "file_id"),
            [(code, name, "", "", self.facts.file_id) for code, name in names.items()],
        )
