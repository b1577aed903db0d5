"""Rule types that concern two products: 병용금기, 동일성분중복, 효능군중복."""

from dataclasses import dataclass

from pillapp.catalog.values import Category, LinkMethod, ProductFacts, Rule
from pillapp.safety.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Match:
    """Two products meet under one category. ``uncertain`` when either link was parsed from a product's name."""

    rules: tuple[Rule, ...]
    detail: str
    uncertain: bool


def match_pair(category: Category, one: ProductFacts, other: ProductFacts, book: RuleBook) -> Match | None:
    """What the two products have against each other under ``category``; None if nothing."""
    if category is Category.COMBINATION:
        return _combination(one, other, book)
    if category is Category.SAME_INGREDIENT:
        return _same_ingredient(one, other)
    return _efficacy_group(one, other, book)


def _combination(one: ProductFacts, other: ProductFacts, book: RuleBook) -> Match | None:
    rules: dict[int, Rule] = {}
    uncertain = True
    theirs = {link.subject_id: link for link in other.links}
    for a in one.links:
        partners = book.partners.get(a.subject_id, {})
        for subject_id in partners.keys() & theirs.keys():
            rules |= {rule.rule_id: rule for rule in partners[subject_id]}
            uncertain &= LinkMethod.PRODUCT_NAME in (a.method, theirs[subject_id].method)
    if not rules:
        return None
    found = tuple(rules[rule_id] for rule_id in sorted(rules))  # the same order whichever product comes first
    return Match(found, " / ".join(dict.fromkeys(rule.text for rule in found if rule.text)), uncertain)


def shared_d_codes(one: ProductFacts, other: ProductFacts) -> dict[str, str]:
    """D codes both products are linked to, with their names."""
    theirs = {link.d_code for link in other.links}
    return {link.d_code: link.name for link in one.links if link.d_code in theirs}


def _same_ingredient(one: ProductFacts, other: ProductFacts) -> Match | None:
    codes = {i.code: i.name_ko for i in other.ingredients if i.code}
    shared = dict(shared_d_codes(one, other))
    names = list(shared.values()) + [i.name_ko for i in one.ingredients if i.code and i.code in codes]
    if not names:
        return None
    by_name_only = all(
        LinkMethod.PRODUCT_NAME in (a.method, b.method) for a in one.links for b in other.links if a.d_code == b.d_code
    ) and not any(i.code and i.code in codes for i in one.ingredients)
    return Match((), ", ".join(dict.fromkeys(names)), by_name_only)


def _efficacy_group(one: ProductFacts, other: ProductFacts, book: RuleBook) -> Match | None:
    """Two different ingredients of one 효능군; the same ingredient twice is 동일성분중복 and not told again."""
    groups = book.singles.get(Category.EFFICACY_GROUP, {})
    same = shared_d_codes(one, other)
    mine = [(rule, link) for link in one.links if link.d_code not in same for rule in groups.get(link.subject_id, ())]
    theirs = [
        (rule, link) for link in other.links if link.d_code not in same for rule in groups.get(link.subject_id, ())
    ]
    rules: dict[int, Rule] = {}
    details: dict[str, None] = {}
    uncertain = True
    for rule_a, link_a in mine:
        for rule_b, link_b in theirs:
            if rule_a.effect_group and rule_a.effect_group == rule_b.effect_group:
                rules[rule_a.rule_id], rules[rule_b.rule_id] = rule_a, rule_b
                same_series = rule_a.series == rule_b.series
                series = rule_a.series if same_series else f"{rule_a.series} · {rule_b.series}, 계열은 다름"
                details[f"{rule_a.effect_group} ({series})"] = None
                uncertain &= LinkMethod.PRODUCT_NAME in (link_a.method, link_b.method)
    return Match(tuple(rules.values()), " / ".join(details), uncertain) if rules else None
