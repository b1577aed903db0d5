"""HIRA's and KIDS' DUR product lists: the same rules keyed by 주성분코드 and EDI instead of M and D codes."""

import re
from typing import ClassVar

from pillapp.catalog.importers.base import RowError
from pillapp.catalog.importers.hira import HiraProducts, edi_of
from pillapp.catalog.parse import clean_text, iso_date
from pillapp.catalog.rules import RuleRow, RuleSide, RuleWriter, drop_unused_subjects
from pillapp.catalog.values import Category


class _HiraRules(HiraProducts):
    """Rules of one type; many product rows say the same rule."""

    category: ClassVar[Category]

    def __init__(self, *arguments: object):
        super().__init__(*arguments)
        # The list of 해열진통소염제 is a second, separate picture of 노인주의; it alone has no notice columns.
        part = "" if self.at["notice_date"] < self.at_end else ":해열진통소염제"
        self.scope = f"hira:{self.category}{part}"
        self._kept = self.superseded(self.scope)
        self._writer = RuleWriter(self.database, self.facts.file_id, self.scope)
        if not self._kept:
            self._writer.forget_scope()
        self._said: set[tuple[str, ...]] = set()
        self._sides: dict[tuple[str, ...], RuleSide] = {}

    def _side(self, cells: list[str], suffix: str) -> RuleSide:
        at = self.at
        # The same few thousand products make up all rows.
        key = tuple(cells[at[f"{field}{suffix}"]] for field in ("code", "ingredient", "edi", "name", "maker"))
        known = self._sides.get(key)
        if known is None:
            known = self._sides[key] = self._new_side(cells, suffix)
        return known

    def _new_side(self, cells: list[str], suffix: str) -> RuleSide:
        at = self.at
        code = clean_text(cells[at[f"code{suffix}"]])
        if not code:
            raise RowError("성분코드가 비어 있습니다")
        name = clean_text(cells[at[f"ingredient{suffix}"]])
        self.hira_product(
            edi_of(cells[at[f"edi{suffix}"]]),
            name=clean_text(cells[at[f"name{suffix}"]]),
            maker=clean_text(cells[at[f"maker{suffix}"]]),
            hira_code=code,
        )
        return RuleSide(code, name_ko=name, name_en=name)

    def _rule(self, cells: list[str], subject: RuleSide, partner: RuleSide | None = None, **fields: str) -> None:
        at = self.at
        texts = cells[at["text"]], cells[at["remark"]]
        said = (subject.code, partner.code if partner else "", *texts, *fields.values())
        if self._kept or said in self._said:
            return
        self._said.add(said)
        text, remark = map(clean_text, texts)
        notice = iso_date(cells[at["notice_date"]])
        self.seen_date = max(self.seen_date, notice)
        self._writer.add(
            RuleRow(self.category, subject, partner, text=text, remark=remark, notice_date=notice, **fields)
        )

    def finish(self) -> None:
        """Write products and rules."""
        super().finish()
        self._writer.write()
        drop_unused_subjects(self.database)


class HiraPairImporter(_HiraRules):
    """병용금기 품목리스트 of HIRA (성분코드A …) and KIDS (성분코드1 …)."""

    source = "hira_dur_pairs"
    title = "DUR 병용금기 품목리스트"
    category = Category.COMBINATION
    columns: ClassVar = {
        "ingredient_a": ("성분명A", "성분명1"),
        "code_a": ("성분코드A", "성분코드1"),
        "edi_a": ("제품코드A", "제품코드1"),
        "name_a": ("제품명A", "제품명1"),
        "maker_a": ("업체명A", "업체명1"),
        "ingredient_b": ("성분명B", "성분명2"),
        "code_b": ("성분코드B", "성분코드2"),
        "edi_b": ("제품코드B", "제품코드2"),
        "name_b": ("제품명B", "제품명2"),
        "maker_b": ("업체명B", "업체명2"),
        "notice_date": ("고시일자", "공고일자"),
        "text": ("상세정보", "금기사유"),
        "remark": ("비고",),
    }
    required = frozenset({"code_a", "edi_a", "name_a", "code_b", "edi_b", "name_b", "text"})

    def take(self, cells: list[str]) -> None:
        """One pair of products."""
        self._rule(cells, self._side(cells, "_a"), self._side(cells, "_b"))


class HiraAgeImporter(_HiraRules):
    """연령금기: 특정연령, 단위 and 조건 (``미만 (1)``) in columns of their own."""

    source = "hira_dur_age"
    title = "DUR 연령금기 품목리스트"
    category = Category.AGE
    columns: ClassVar = {
        "ingredient": ("성분명",),
        "code": ("성분코드",),
        "edi": ("제품코드",),
        "name": ("제품명",),
        "maker": ("업체명",),
        "age": ("특정연령",),
        "unit": ("특정연령단위",),
        "condition": ("연령처리조건",),
        "notice_date": ("고시일자", "공고일자"),
        "text": ("상세정보", "약품상세정보"),
        "remark": ("비고",),
    }
    required = frozenset({"code", "edi", "name", "age", "unit", "condition"})

    def take(self, cells: list[str]) -> None:
        """One product."""
        at = self.at
        condition = re.sub(r"\s*\(\d+\)", "", clean_text(cells[at["condition"]]))
        age = f"{clean_text(cells[at['age']])}{clean_text(cells[at['unit']])} {condition}".strip()
        self._rule(cells, self._side(cells, ""), age_limit=age)


class HiraPregnancyImporter(_HiraRules):
    """임부금기, with its grade."""

    source = "hira_dur_pregnancy"
    title = "DUR 임부금기 품목리스트"
    category = Category.PREGNANCY
    columns: ClassVar = {
        "ingredient": ("성분명",),
        "code": ("성분코드",),
        "edi": ("제품코드",),
        "name": ("제품명",),
        "maker": ("업체명", "업소명"),
        "grade": ("금기등급", "임부금기등급"),
        "notice_date": ("고시일자", "공고일자"),
        "text": ("상세정보", "약품상세정보"),
        "remark": ("비고",),
    }
    required = frozenset({"code", "edi", "name", "grade"})

    def take(self, cells: list[str]) -> None:
        """One product."""
        grade = clean_text(cells[self.at["grade"]])
        self._rule(cells, self._side(cells, ""), grade=f"{grade}등급" if grade.isdigit() else grade)


class HiraElderlyImporter(_HiraRules):
    """노인주의, and its sister list of 해열진통소염제, which has no notice columns."""

    source = "hira_dur_elderly"
    title = "DUR 노인주의 품목리스트"
    category = Category.ELDERLY
    columns: ClassVar = {
        "ingredient": ("성분명",),
        "code": ("성분코드",),
        "edi": ("제품코드",),
        "name": ("제품명",),
        "maker": ("업소명", "업체명"),
        "notice_date": ("공고일자", "고시일자"),
        "text": ("약품상세정보", "상세정보"),
        "remark": ("비고",),
    }
    required = frozenset({"code", "edi", "name", "ingredient", "text"})

    def take(self, cells: list[str]) -> None:
        """One product."""
        self._rule(cells, self._side(cells, ""))
