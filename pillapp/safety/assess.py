"""The assessment: every pair and every product under every rule type, and nothing passed over in silence."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, product
from typing import Final

from pillapp.catalog.values import Category, LinkMethod, ProductFacts, Rule
from pillapp.safety.conditions import excludes_emergency, parse_hours_apart, parse_weekly_dose
from pillapp.safety.pair import Match, match_pair
from pillapp.safety.rulebook import RuleBook
from pillapp.safety.single import Verdict, judge
from pillapp.safety.values import (
    PAIR_CATEGORIES,
    SINGLE_CATEGORIES,
    Assessment,
    Candidate,
    Checked,
    Coverage,
    Evidence,
    Finding,
    Outcome,
    PatientFacts,
    Slot,
)
from pillapp.safety.words import WORDS

# Twenty months of age missed 23 % of the contraindicated pairs of the day; after a year "no rule" is no longer "clear".
STALE_AFTER_DAYS: Final = 365

# Probability of all matching candidates together from which a finding on an unsettled pill is told without an "if".
ALL_BUT_CERTAIN: Final = 0.99

_ORDER: Final = {category: place for place, category in enumerate((*PAIR_CATEGORIES, *SINGLE_CATEGORIES))}


def assess(
    slots: Sequence[Slot],
    patient: PatientFacts,
    book: RuleBook,
    *,
    today: date,
    stale_after_days: int = STALE_AFTER_DAYS,
) -> Assessment:
    """Check a set of products against the rules.

    Pure: the same arguments give the same assessment. ``book`` must hold the rules of every candidate
    (:meth:`RuleBook.for_products`).
    """
    reviewer = _Reviewer(slots, patient, book, today, stale_after_days)
    findings: list[Finding] = []
    pair_states: list[Checked] = []
    reasons: dict[str, None] = {}  # in the order they came up
    meeting = _pairs_that_may_meet(slots, book)
    doubts = [reviewer.doubt(slot) for slot in slots]
    quiet = {category: reviewer.quiet_outcome(category) for category in PAIR_CATEGORIES}
    for i, j in combinations(range(len(slots)), 2):
        told = reviewer.pair_findings(i, j) if (i, j) in meeting else []
        findings += told
        silent = [category for category in PAIR_CATEGORIES if all(f.category is not category for f in told)]
        doubt = doubts[i] or doubts[j]
        reasons |= dict.fromkeys(filter(None, [doubt] if doubt else [quiet[category][1] for category in silent]))
        if told:  # the state of a pair is that of 병용금기, raised by any other rule type that found something
            pair_states.append(Checked(told[0].category, (i, j), Outcome.FINDING, told[0].detail))
        elif doubt:
            pair_states.append(Checked(Category.COMBINATION, (i, j), Outcome.NOT_CHECKABLE, doubt))
        else:
            pair_states.append(Checked(Category.COMBINATION, (i, j), *quiet[Category.COMBINATION]))
    singles: list[Checked] = []
    for i in range(len(slots)):
        for category in SINGLE_CATEGORIES:
            checked_one, found = reviewer.single(category, i, doubts[i])
            singles.append(checked_one)
            if found:
                findings.append(found)
    findings.sort(key=lambda f: (not f.interrupts, f.conditional, _ORDER[f.category], f.slots))
    not_loaded = tuple(
        category
        for category in (*PAIR_CATEGORIES, *SINGLE_CATEGORIES)
        if category is not Category.SAME_INGREDIENT and category not in book.loaded
    )
    return Assessment(
        findings=tuple(findings),
        pairs=tuple(pair_states),
        singles=tuple(singles),
        coverage=_coverage(pair_states, singles, reasons),
        settle_first=_settle_first(slots, findings),
        checked_on=today,
        not_loaded=not_loaded,
        doubts=tuple(doubts),
        quiet=quiet,
    )


class _Reviewer:
    """One assessment in progress: the arguments that every question needs."""

    def __init__(
        self, slots: Sequence[Slot], patient: PatientFacts, book: RuleBook, today: date, stale_after_days: int
    ) -> None:
        self._slots = slots
        self._patient = patient
        self._book = book
        self._today = today
        self._stale_after_days = stale_after_days

    def doubt(self, slot: Slot) -> str:
        """Why finding nothing about this slot would not mean it is clear; empty where it would."""
        if not slot.candidates:
            return f"{slot.label}: 식별되지 않은 약"
        if not slot.settled:
            return f"{slot.label}: 아직 확정되지 않은 약(후보 {len(slot.candidates)}개)"
        facts = slot.candidates[0].facts
        if facts.link_method is LinkMethod.NONE:
            return f"{slot.label}: {facts.not_checkable or '성분 코드가 없음'}"
        if facts.link_method is LinkMethod.PRODUCT_NAME:
            return f"{slot.label}: 성분을 제품명으로만 추정함"
        return f"{slot.label}: {facts.not_checkable}" if facts.not_checkable else ""

    def quiet_outcome(self, category: Category) -> tuple[Outcome, str]:
        """What "no rule applies" means under a category: clear, or stale, or not checkable for want of data."""
        if category is Category.SAME_INGREDIENT:
            return Outcome.CLEAR, ""
        if category not in self._book.loaded:
            return Outcome.NOT_CHECKABLE, f"{category}: 규칙 자료가 없음"
        dated = self._book.loaded[category]
        if dated is None:
            return Outcome.STALE, f"{category}: 규칙 자료의 날짜를 알 수 없음"
        age = (self._today - dated).days
        if age > self._stale_after_days:
            return Outcome.STALE, f"{category}: 규칙 자료가 {age}일 지남({dated.isoformat()})"
        return Outcome.CLEAR, ""

    def pair_findings(self, i: int, j: int) -> list[Finding]:
        """All findings between two slots, 병용금기 first."""
        found = (self.pair_finding(category, i, j) for category in PAIR_CATEGORIES)
        return [finding for finding in found if finding]

    def pair_finding(self, category: Category, i: int, j: int) -> Finding | None:
        """The finding between two slots, over all of their candidates."""
        one, other = self._slots[i], self._slots[j]
        matches: list[tuple[float, Candidate, Candidate, Match]] = []
        for a, b in product(one.candidates, other.candidates):
            match = match_pair(category, a.facts, b.facts, self._book)
            if match:
                matches.append((a.probability * b.probability, a, b, match))
        if not matches:
            return None
        _, a, b, best = max(matches, key=lambda m: m[0])
        condition = ""
        if sum(m[0] for m in matches) < ALL_BUT_CERTAIN:
            condition = _condition((one, [m[1] for m in matches]), (other, [m[2] for m in matches]))
        rules = {rule.rule_id: rule for m in matches for rule in m[3].rules}
        return _finding(
            category, (i, j), (a.facts, b.facts), rules.values(), best.detail,
            uncertain=best.uncertain, condition=condition,
        )  # fmt: skip

    def single(self, category: Category, i: int, doubt: str) -> tuple[Checked, Finding | None]:
        """Outcome of one slot under one category, and the finding if it is one."""
        slot = self._slots[i]
        verdicts = [(c, self._verdict(category, c.facts, slot)) for c in slot.candidates]
        found = [(c, v) for c, v in verdicts if v.outcome is Outcome.FINDING]
        if found:
            best, verdict = max(found, key=lambda pair: pair[0].probability)
            condition = ""
            if sum(c.probability for c, _ in found) < ALL_BUT_CERTAIN:
                condition = _condition((slot, [c for c, _ in found]))
            finding = _finding(
                category, (i,), (best.facts,), verdict.rules, verdict.detail,
                uncertain=best.facts.link_method is LinkMethod.PRODUCT_NAME, condition=condition,
            )  # fmt: skip
            return Checked(category, (i,), Outcome.FINDING, verdict.detail), finding
        if doubt:
            return Checked(category, (i,), Outcome.NOT_CHECKABLE, doubt), None
        verdict = verdicts[0][1]
        if verdict.outcome is Outcome.CLEAR and category in self._book.loaded:
            return Checked(category, (i,), *self.quiet_outcome(category)), None
        return Checked(category, (i,), verdict.outcome, verdict.reason), None

    def _verdict(self, category: Category, facts: ProductFacts, slot: Slot) -> Verdict:
        by_subject = self._book.singles.get(category, {})
        rules = {rule.rule_id: rule for link in facts.links for rule in by_subject.get(link.subject_id, ())}
        loaded = category in self._book.loaded
        return judge(category, facts, tuple(rules.values()), self._patient, slot.dose, loaded=loaded)


def _pairs_that_may_meet(slots: Sequence[Slot], book: RuleBook) -> set[tuple[int, int]]:
    """Slot pairs for which some rule or shared ingredient exists: only these are looked at closely."""
    holders: dict[int, set[int]] = {}
    shared: dict[str, set[int]] = {}
    for index, slot in enumerate(slots):
        for candidate in slot.candidates:
            for link in candidate.facts.links:
                holders.setdefault(link.subject_id, set()).add(index)
                shared.setdefault(f"D {link.d_code}", set()).add(index)
                for rule in book.singles.get(Category.EFFICACY_GROUP, {}).get(link.subject_id, ()):
                    shared.setdefault(f"G {rule.effect_group}", set()).add(index)
            for ingredient in candidate.facts.ingredients:
                if ingredient.code:
                    shared.setdefault(f"M {ingredient.code}", set()).add(index)
    meeting: set[tuple[int, int]] = set()
    for one, members in holders.items():
        for other in book.partners.get(one, {}).keys() & holders.keys():
            meeting.update((min(i, j), max(i, j)) for i, j in product(members, holders[other]) if i != j)
    for members in shared.values():
        meeting.update(combinations(sorted(members), 2))
    return meeting


def _finding(
    category: Category,
    slots: tuple[int, ...],
    products: tuple[ProductFacts, ...],
    rules: Iterable[Rule],
    detail: str,
    *,
    uncertain: bool,
    condition: str,
) -> Finding:
    words = WORDS[category]
    kept = tuple(rules)
    names = tuple(facts.name or facts.item_seq for facts in products)
    notes = list(dict.fromkeys(note for rule in kept for note in _remarks(rule)))
    text = " × ".join(names) + (f" — {detail}" if detail else "") + (f" ({'; '.join(notes)})" if notes else "")
    return Finding(
        category=category,
        legal=words.legal,
        action=words.action,
        slots=slots,
        item_seqs=tuple(facts.item_seq for facts in products),
        names=names,
        text=text,
        detail=detail,
        evidence=tuple(Evidence.of(rule, uncertain_link=uncertain) for rule in kept),
        conditional=bool(condition),
        condition=condition,
    )


def _remarks(rule: Rule) -> Iterator[str]:
    """The remark in a form people act on where it could be parsed, verbatim where not."""
    if not rule.remark:
        return
    hours, weekly = parse_hours_apart(rule.remark), parse_weekly_dose(rule.remark)
    if hours is not None:
        yield f"{hours}시간 이내 함께 투여 금기"
    elif weekly is not None:
        yield f"{weekly.ingredient or '해당 성분'} 1주 {weekly.milligrams:g} mg 이상일 때"
    elif excludes_emergency(rule.remark):
        yield "소생 등 응급상황은 제외"
    else:
        yield rule.remark


def _condition(*slots: tuple[Slot, Sequence[Candidate]]) -> str:
    """``알약 2이(가) X 또는 Y인 경우`` for each slot that is not settled, given the candidates that match."""
    told = [
        f"{slot.label}이(가) {_some(candidate.facts.name for candidate in matching)}인 경우"
        for slot, matching in slots
        if not slot.settled
    ]
    return ", ".join(told)


def _some(names: Iterable[str], most: int = 3) -> str:
    unique = list(dict.fromkeys(names))
    more = f" 등 {len(unique)}개 중 하나" if len(unique) > most else ""
    return " 또는 ".join(unique[:most]) + more


def _coverage(states: Sequence[Checked], singles: Sequence[Checked], reasons: dict[str, None]) -> Coverage:
    counts = Counter(state.outcome for state in states)
    for checked in singles:
        if checked.outcome in (Outcome.NOT_CHECKABLE, Outcome.STALE):
            reasons[checked.reason] = None
    return Coverage(
        pairs=len(states),
        clear=counts[Outcome.CLEAR],
        finding=counts[Outcome.FINDING],
        not_checkable=counts[Outcome.NOT_CHECKABLE],
        stale=counts[Outcome.STALE],
        reasons=tuple(reasons),
    )


def _settle_first(slots: Sequence[Slot], findings: Sequence[Finding]) -> int | None:
    """The unsettled slot on which most hangs: contraindications before cautions, then the least certain one."""
    unsettled = [i for i, slot in enumerate(slots) if not slot.settled]
    if not unsettled:
        return None
    weight: Counter[int] = Counter()
    for finding in findings:
        for i in finding.slots:
            if finding.conditional:
                weight[i] += 10 if finding.interrupts else 1

    def doubt(i: int) -> float:
        return 1 - max((c.probability for c in slots[i].candidates), default=0.0)

    return max(unsettled, key=lambda i: (weight[i], doubt(i)))
