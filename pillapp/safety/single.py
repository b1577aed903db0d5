"""Rule types that concern one product at a time, each a small function of product, rules, patient and dose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pillapp.catalog.values import Category, ProductFacts, Rule
from pillapp.safety.conditions import parse_age_limit, parse_daily_maximum, parse_days, parse_milligrams
from pillapp.safety.values import Dose, Outcome, PatientFacts

ELDERLY_FROM_YEARS: Final = 65  # 노인복지법, and the age the 노인주의 notices speak of
PROLONGED_RELEASE: Final = ("서방", "장시간", "XR", "SR", "ER", "CR")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome for one product; ``rules`` and ``detail`` where it is a finding, ``reason`` where it is not checkable."""

    outcome: Outcome
    reason: str = ""
    rules: tuple[Rule, ...] = ()
    detail: str = ""


CLEAR: Final = Verdict(Outcome.CLEAR)


def judge(
    category: Category, facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose, *, loaded: bool
) -> Verdict:
    """Judge one product under one category; ``rules`` are those of the category that the product is linked to."""
    if category is Category.SPLIT:
        return _split(facts, rules, dose, loaded=loaded)
    if not loaded:
        return Verdict(Outcome.NOT_CHECKABLE, f"{category}: 규칙 자료가 없음")
    if category is Category.EXCIPIENT and not rules:
        return Verdict(Outcome.NOT_CHECKABLE, f"{category}: 품목의 첨가제 정보가 없음")
    if not rules:
        return CLEAR
    return _JUDGES[category](facts, rules, patient, dose)


def _not_checkable(category: Category, why: str) -> Verdict:
    return Verdict(Outcome.NOT_CHECKABLE, f"{category}: {why}")


def _found(rules: Sequence[Rule], detail: str) -> Verdict:
    return Verdict(Outcome.FINDING, rules=tuple(rules), detail=detail)


def _age(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if patient.age_years is None:
        return _not_checkable(Category.AGE, "나이 미입력")
    unclear = []
    applying = []
    for rule in rules:
        limits = parse_age_limit(rule.age_limit)
        if limits is None:
            unclear.append(rule.age_limit or "-")
        elif any(limit.applies(patient.age_years) for limit in limits):
            applying.append(rule)
    if applying:
        return _found(applying, ", ".join(dict.fromkeys(rule.age_limit for rule in applying)))
    if unclear:
        return _not_checkable(Category.AGE, f"연령기준을 해석할 수 없음({', '.join(dict.fromkeys(unclear))})")
    return CLEAR


def _pregnancy(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if patient.sex == "M" or patient.pregnant is False:
        return CLEAR
    if patient.pregnant is None:
        return _not_checkable(Category.PREGNANCY, "임신 여부 미입력")
    return _found(rules, ", ".join(dict.fromkeys(rule.grade for rule in rules if rule.grade)))


def _lactation(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if patient.sex == "M" or patient.lactating is False:
        return CLEAR
    if patient.lactating is None:
        return _not_checkable(Category.LACTATION, "수유 여부 미입력")
    return _found(rules, "")


def _elderly(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if patient.age_years is None:
        return _not_checkable(Category.ELDERLY, "나이 미입력")
    return _found(rules, f"{ELDERLY_FROM_YEARS}세 이상") if patient.age_years >= ELDERLY_FROM_YEARS else CLEAR


def _dose(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if dose.per_time is None or dose.times_per_day is None:
        return _not_checkable(Category.DOSE, "용량 미입력")
    units = dose.per_time * dose.times_per_day
    exceeded: list[Rule] = []
    details: list[str] = []
    unclear: list[str] = []
    for rule in rules:
        amount, limit = _amount_of(rule, facts), parse_daily_maximum(rule.max_dose, rule.subject.name_ko)
        if amount is None:
            unclear.append("함량을 알 수 없음")
        elif limit is None:
            unclear.append(f"1일 최대용량을 해석할 수 없음({rule.max_dose or '-'})")
        elif units * amount > limit * (1 + 1e-9):
            exceeded.append(rule)
            details.append(f"{rule.subject.name_ko} 하루 {units * amount:g} mg > 최대 {limit:g} mg")
    if exceeded:
        return _found(exceeded, ", ".join(dict.fromkeys(details)))
    return _not_checkable(Category.DOSE, ", ".join(dict.fromkeys(unclear))) if unclear else CLEAR


def _amount_of(rule: Rule, facts: ProductFacts) -> float | None:
    """Milligrams of the rule's ingredient in one unit of the product; None if the catalogue does not say."""
    name = rule.subject.name_ko.replace(" ", "")
    ours = facts.ingredients if len(facts.ingredients) == 1 else tuple(
        i for i in facts.ingredients if name and name in i.name_ko.replace(" ", "")
    )  # fmt: skip
    return parse_milligrams(ours[0].amount.replace(" ", "")) if len(ours) == 1 else None


def _period(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    if dose.days is None:
        return _not_checkable(Category.PERIOD, "투여일수 미입력")
    limits = [(rule, parse_days(rule.max_period)) for rule in rules]
    exceeded = [rule for rule, days in limits if days is not None and dose.days > days]
    if exceeded:
        return _found(exceeded, ", ".join(dict.fromkeys(f"{dose.days:g}일 > 최대 {r.max_period}" for r in exceeded)))
    unclear = [rule.max_period for rule, days in limits if days is None]
    return _not_checkable(Category.PERIOD, f"기간을 해석할 수 없음({', '.join(unclear)})") if unclear else CLEAR


def _split(facts: ProductFacts, rules: Sequence[Rule], dose: Dose, *, loaded: bool) -> Verdict:
    """A product that must not be split; without the rule file a prolonged-release form is at least not called clear."""
    is_split = dose.per_time is not None and dose.per_time % 1 > 1e-9
    prolonged = any(word in facts.form or word in facts.name for word in PROLONGED_RELEASE)
    if dose.per_time is not None and not is_split:
        return CLEAR
    if rules:
        return _found(rules, f"1회 {dose.per_time:g}개") if is_split else _not_checkable(Category.SPLIT, "1회량 미입력")
    if not loaded:
        why = "서방형 제제이나 규칙 자료가 없음" if prolonged else "규칙 자료가 없음"
        return _not_checkable(Category.SPLIT, why)
    return CLEAR


def _excipient(facts: ProductFacts, rules: Sequence[Rule], patient: PatientFacts, dose: Dose) -> Verdict:
    return _found(rules, ", ".join(dict.fromkeys(rule.subject.name_ko for rule in rules)))


_JUDGES: Final[dict[Category, Callable[[ProductFacts, Sequence[Rule], PatientFacts, Dose], Verdict]]] = {
    Category.AGE: _age,
    Category.PREGNANCY: _pregnancy,
    Category.LACTATION: _lactation,
    Category.ELDERLY: _elderly,
    Category.DOSE: _dose,
    Category.PERIOD: _period,
    Category.EXCIPIENT: _excipient,
}
