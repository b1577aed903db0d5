"""Made-up products and rules for safety tests."""

from datetime import date

from pillapp.catalog.values import Category, DurLink, Ingredient, LinkMethod, ProductFacts, Rule, RuleSubject
from pillapp.safety.rulebook import RuleBook

TODAY = date(2026, 4, 1)
FRESH = date(2026, 3, 12)


def subject(number: int) -> RuleSubject:
    return RuleSubject(number, f"D{number:06d}", f"성분{number}", f"Ingredient{number}")


def rule(
    number: int,
    category: Category,
    one: int,
    partner: int | None = None,
    *,
    text: str = "",
    remark: str = "",
    grade: str = "",
    age_limit: str = "",
    max_period: str = "",
    max_dose: str = "",
    effect_group: str = "",
    series: str = "",
) -> Rule:
    return Rule(
        rule_id=number,
        category=category,
        subject=subject(one),
        partner=subject(partner) if partner is not None else None,
        text=text,
        remark=remark,
        grade=grade,
        age_limit=age_limit,
        max_period=max_period,
        max_dose=max_dose,
        effect_group=effect_group,
        series=series,
        forms=(),
        notice_date=date(2020, 1, 1),
        source="test.csv",
        source_date=FRESH,
    )


def product(
    item_seq: str,
    *subjects: int,
    method: LinkMethod = LinkMethod.INGREDIENT_CODE,
    amount: str = "",
    form: str = "정제",
    not_checkable: str | None = None,
) -> ProductFacts:
    links = tuple(DurLink(s, f"D{s:06d}", f"성분{s}", method) for s in subjects)
    ingredients = tuple(Ingredient(f"M{s:06d}", f"성분{s}", "", amount) for s in subjects)
    return ProductFacts(item_seq, f"약{item_seq}", form, ingredients, links, method, not_checkable)


ALL_LOADED: dict[Category, date | None] = {
    category: FRESH for category in Category if category is not Category.SAME_INGREDIENT
}


def book(*rules: Rule, loaded: dict[Category, date | None] | None = None) -> RuleBook:
    return RuleBook.of(rules, ALL_LOADED if loaded is None else loaded)
