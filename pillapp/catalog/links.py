"""The join of products and DUR subjects, worked out anew after every import that touches either side.

Most exact first: a DUR 품목 row that names the product; M codes of the product through 관계성분 of 단일
rows; 복합 subjects only when every ingredient they list is in the product; the permit's ingredient names where no code is given; HIRA codes
where only those exist; the product's own name last. Everything goes through the product's set of D codes, so that one
rule decides all of it: a subject reaches a product when its D code and those of all its partners are in the set and its
dosage-form limit does not exclude the product.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pillapp.catalog.database import Database
from pillapp.catalog.forms import limit_reaches
from pillapp.catalog.join_facts import HIRA_RANK, NAME_RANK, JoinFacts, english_keys
from pillapp.catalog.names import bare_name, bracketed_names, ingredient_base, ingredient_key, name_key
from pillapp.catalog.schema import (
    OWN_CODE,
    UNSURE_CODE,
    ProductCheck,
    ProductCode,
    ProductIngredient,
    ProductLink,
)
from pillapp.catalog.values import Category, LinkMethod

_ORDER: Final = tuple(LinkMethod)  # most exact first
_NAME_GAP: Final = re.compile(r"[,/·ㆍ+]|\s및\s")


@dataclass(slots=True)
class _Known:
    """What is known of one product's ingredients, and how."""

    d_codes: set[str] = field(default_factory=set)
    methods: list[LinkMethod] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    m_codes: set[str] = field(default_factory=set)
    # (Korean name, English name, amount) where no file lists ingredients and the join worked them out itself.
    worked_out: list[tuple[str, str, str]] = field(default_factory=list)


def rebuild_links(database: Database) -> int:
    """Work out the links of every product and write them; the number of links. Call inside a transaction."""
    _name_codes(database)
    joiner = _Joiner(JoinFacts(database))
    links, checks, contents = [], [], []
    for item_seq, name, form, file_id in database.rows("SELECT item_seq, name, form, file_id FROM product"):
        known = joiner.known(item_seq, name)
        found, method, reason = joiner.judge(item_seq, form, known)
        links += [(item_seq, subject_id, how) for subject_id, how in found.items()]
        checks.append((item_seq, method, reason))
        rank = HIRA_RANK if method is LinkMethod.HIRA_CODE else NAME_RANK
        contents += [(item_seq, rank, n, False, "", *part, file_id) for n, part in enumerate(known.worked_out)]
    database.execute("DELETE FROM product_link")
    database.execute("DELETE FROM product_check")
    database.write(ProductLink, ("item_seq", "subject_id", "method"), links, update=None)
    database.write(ProductCheck, ("item_seq", "method", "not_checkable"), checks, update=None)
    database.execute("DELETE FROM product_ingredient WHERE rank IN (?, ?)", (HIRA_RANK, NAME_RANK))
    database.write(
        ProductIngredient,
        ("item_seq", "rank", "position", "excipient", "code", "name_ko", "name_en", "amount", "file_id"),
        contents,
        update=None,
    )
    return len(links)


def _name_codes(database: Database) -> None:
    """Give products the EDI, HIRA and ATC codes of the reimbursed product of exactly the same name, if it is one only."""
    product_of: dict[str, set[str]] = defaultdict(set)
    for item_seq, name in database.rows("SELECT item_seq, name FROM product"):
        product_of[name_key(name)].add(item_seq)
    rows = []
    for edi, key, hira_code, atc, file_id in database.rows(
        "SELECT edi, name_key, hira_code, atc, file_id FROM hira_product"
    ):
        owners = product_of.get(key, set())
        if len(owners) == 1:
            (item_seq,) = owners
            codes = (("EDI", edi), ("HIRA", hira_code), ("ATC", atc))
            rows += [(item_seq, kind, code, file_id) for kind, code in codes if code]
    database.write(ProductCode, ("item_seq", "kind", "code", "file_id"), rows)


class _Joiner:
    """Decides, product by product, which subjects reach it."""

    def __init__(self, facts: JoinFacts):
        self._facts = facts
        self._reaches: dict[tuple[tuple[str, ...], str], bool] = {}

    def judge(self, item_seq: str, form: str, known: _Known) -> tuple[dict[int, LinkMethod], LinkMethod, str]:
        """Links of one product (subject → method), its overall method, and why it can't be (fully) checked."""
        method = max(known.methods, key=_ORDER.index, default=LinkMethod.NONE)
        links: dict[int, LinkMethod] = {}
        if method is not LinkMethod.NONE:
            for subject_id in self._reached(known.d_codes, form):
                links[subject_id] = method
        for subject_id in self._reached(self._excipient_codes(item_seq), form):
            if self._facts.used_in[subject_id] == {Category.EXCIPIENT}:
                links.setdefault(subject_id, LinkMethod.INGREDIENT_NAME)
        for hira_code in self._facts.hira_of_item.get(item_seq, ()):
            links.update({subject.id: LinkMethod.HIRA_CODE for subject in self._facts.subjects.get(hira_code, ())})
        official = self._facts.official.get(item_seq, ())
        for category, code, combination in official:
            links.update(dict.fromkeys(self._named(category, code, combination, known.d_codes), LinkMethod.PRODUCT_ROW))
        if item_seq in self._facts.item_subjects:
            links[self._facts.item_subjects[item_seq]] = LinkMethod.PRODUCT_ROW
        if method is LinkMethod.NONE and any(code for _, code, _ in official):
            method = LinkMethod.PRODUCT_ROW
            return (
                links,
                method,
                "DUR 품목 자료에 이름이 있는 규칙만 확인했습니다. 성분 자료가 없어 나머지는 확인할 수 없습니다.",
            )
        if method is LinkMethod.NONE and item_seq in self._facts.hira_of_item and self._facts.hira_pairs_loaded:
            return links, LinkMethod.HIRA_CODE, ""  # HIRA's own lists are complete for the codes they go by
        return links, *self._verdict(known, method)

    def _verdict(self, known: _Known, method: LinkMethod) -> tuple[LinkMethod, str]:
        if not self._facts.any_rule:
            return method, "DUR 규칙이 하나도 없습니다. 데이터 화면에서 DUR 파일을 불러오세요."
        if method is LinkMethod.NONE:
            if known.unresolved:
                return method, f"성분 코드를 알 수 없습니다: {', '.join(known.unresolved[:3])}"
            return method, "이 품목의 성분 자료가 없습니다."
        if self._facts.starter_categories and not known.m_codes <= self._facts.starter_codes:
            what = "시작 데이터의 DUR 규칙에 들어 있지 않은 성분입니다. 공식 DUR 파일을 불러오세요."
            return (LinkMethod.NONE if Category.COMBINATION in self._facts.starter_categories else method), what
        if known.unresolved:
            return method, f"일부 성분의 코드를 알 수 없습니다: {', '.join(known.unresolved[:3])}"
        return method, ""

    def known(self, item_seq: str, name: str) -> _Known:
        """What is known of a product's ingredients, from the most exact source that knows any."""
        listed = self._from_ingredients(self._facts.ingredients.get(item_seq, []))
        if listed.methods:
            return listed
        hira_codes = self._facts.hira_of_item.get(item_seq) or self._facts.hira_of_name.get(name_key(name), set())
        by_hira = self._from_hira(hira_codes)
        if by_hira.methods:
            return by_hira
        by_name = self._from_name(name)
        return by_name if by_name.methods or not listed.unresolved else listed

    def _from_ingredients(self, listed: list[tuple[str, str]]) -> _Known:
        known = _Known()
        for code, name in listed:
            by_code = self._facts.d_of_m.get(code)
            if by_code:
                known.m_codes.add(code)
                known.d_codes |= by_code
                known.methods.append(LinkMethod.INGREDIENT_CODE)
                continue
            # No code, or one that no rule file lists (a newer salt, another register): the name still finds the rules.
            same_name = self._facts.m_of_name.get(ingredient_key(name), set())
            by_name = (
                set().union(*(self._facts.d_of_m.get(m, set()) for m in same_name))
                or self._facts.d_of_base.get(ingredient_base(name), set())
                # The list service names ingredients in English only.
                or set().union(*(self._facts.d_of_english.get(key, set()) for key in english_keys(name)))
            )
            known.d_codes |= by_name
            if by_name or code.startswith(OWN_CODE):
                known.m_codes |= {code} - {""} if code in self._facts.starter_codes else same_name or {code}
                known.methods.append(LinkMethod.INGREDIENT_NAME)
            elif code and not code.startswith(UNSURE_CODE):
                known.m_codes.add(code)
                known.methods.append(LinkMethod.INGREDIENT_CODE)
            else:
                known.unresolved.append(name)
        return known

    def _from_hira(self, hira_codes: Iterable[str]) -> _Known:
        known = _Known()
        for hira_code in sorted(hira_codes):
            for part, amount in self._facts.hira_parts.get(hira_code, []):
                d_codes = set().union(*(self._facts.d_of_english.get(key, set()) for key in english_keys(part)))
                if d_codes:
                    known.d_codes |= d_codes
                    known.m_codes |= set().union(*(self._facts.m_of_d.get(d, set()) for d in d_codes))
                    known.methods.append(LinkMethod.HIRA_CODE)
                else:
                    known.unresolved.append(part)
                names = {self._facts.d_names[d_code] for d_code in d_codes}
                shown = (next(iter(names)) if len(names) == 1 else part, part, amount)
                if shown not in known.worked_out:
                    known.worked_out.append(shown)
        return known

    def _from_name(self, name: str) -> _Known:
        known = _Known()
        # Brackets hold the ingredient; without them the bare name may itself be one (아스피린정).
        candidates = [part for text in bracketed_names(name) for part in _NAME_GAP.split(text) if part.strip()]
        for part in candidates or [re.sub(r"(?:정|캡슐|연질캡슐)[\d.,/]*\D{0,8}$", "", bare_name(name))]:
            m_codes = self._facts.m_of_name.get(ingredient_key(part), set())
            d_codes = set().union(*(self._facts.d_of_m.get(m, set()) for m in m_codes))
            if d_codes:
                known.m_codes |= m_codes
                known.d_codes |= d_codes
                known.methods.append(LinkMethod.PRODUCT_NAME)
                known.worked_out.append((part.strip(), "", ""))
            elif candidates:
                known.unresolved.append(part.strip())
        return known

    def _excipient_codes(self, item_seq: str) -> set[str]:
        codes: set[str] = set()
        for code, name in self._facts.excipients.get(item_seq, ()):
            for m_code in {code} - {""} or self._facts.m_of_name.get(ingredient_key(name), set()):
                codes |= self._facts.d_of_m.get(m_code, set())
        return codes

    def _reached(self, d_codes: set[str], form: str) -> Iterator[int]:
        for code in d_codes:
            for subject in self._facts.subjects.get(code, ()):
                if subject.needs <= d_codes and self._form_reaches(subject.forms, form):
                    yield subject.id

    def _named(self, category: str, code: str, combination: bool, d_codes: set[str]) -> Iterator[int]:
        """Subjects an official 품목 row speaks of. The row itself says that the form fits."""
        for subject in self._facts.subjects.get(code, ()):
            if category not in self._facts.used_in[subject.id] or subject.combination != combination:
                continue
            if not subject.combination or not d_codes or subject.needs <= d_codes:
                yield subject.id

    def _form_reaches(self, forms: tuple[str, ...], form: str) -> bool:
        key = (forms, form)
        if key not in self._reaches:
            self._reaches[key] = limit_reaches(forms, form)
        return self._reaches[key]
