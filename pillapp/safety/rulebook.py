"""The rules that touch a set of products, indexed for looking up in both directions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pillapp.catalog.values import Category, ProductFacts, Rule


class RuleSource(Protocol):
    """What the catalogue offers for building a rule book."""

    def rules_touching(self, subject_ids: Iterable[int]) -> list[Rule]:
        """Rules of these subjects; pair rules only when both sides are among them."""
        ...

    def rule_categories(self) -> dict[Category, date | None]:
        """Rule types that are loaded, and the date of their data."""
        ...


@dataclass(frozen=True, slots=True)
class RuleBook:
    """``pairs`` is keyed by the two subject ids in ascending order, whichever side the file names first.

    ``singles`` is keyed by category and subject id. ``loaded`` says which categories have data at all, and how old.
    """

    pairs: Mapping[tuple[int, int], tuple[Rule, ...]]
    singles: Mapping[Category, Mapping[int, tuple[Rule, ...]]]
    loaded: Mapping[Category, date | None]

    @classmethod
    def of(cls, rules: Iterable[Rule], loaded: Mapping[Category, date | None]) -> "RuleBook":
        """Index ``rules``."""
        pairs: dict[tuple[int, int], list[Rule]] = defaultdict(list)
        singles: dict[Category, dict[int, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        for rule in rules:
            if rule.partner is not None:
                pairs[pair_key(rule.subject.subject_id, rule.partner.subject_id)].append(rule)
            else:
                singles[rule.category][rule.subject.subject_id].append(rule)
        return cls(
            {key: tuple(found) for key, found in pairs.items()},
            {
                category: {subject: tuple(found) for subject, found in by_subject.items()}
                for category, by_subject in singles.items()
            },
            dict(loaded),
        )

    @classmethod
    def for_products(cls, source: RuleSource, products: Iterable[ProductFacts]) -> "RuleBook":
        """The rules that can matter for these products, and no others."""
        subjects = {link.subject_id for facts in products for link in facts.links}
        return cls.of(source.rules_touching(subjects), source.rule_categories())


def pair_key(one: int, other: int) -> tuple[int, int]:
    """The order-free key of a pair."""
    return (one, other) if one <= other else (other, one)
