"""The rules that touch a set of products, indexed for looking up in both directions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from pillapp.catalog.values import Category, ProductFacts, Rule

K = TypeVar("K")


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
    """``partners[a][b]`` holds the pair rules of subjects a and b, under both orders, whichever side the file names first.

    ``singles`` is keyed by category and subject id. ``loaded`` says which categories have data at all, and how old.
    """

    partners: Mapping[int, Mapping[int, tuple[Rule, ...]]]
    singles: Mapping[Category, Mapping[int, tuple[Rule, ...]]]
    loaded: Mapping[Category, date | None]

    @classmethod
    def of(cls, rules: Iterable[Rule], loaded: Mapping[Category, date | None]) -> "RuleBook":
        """Index ``rules``."""
        partners: dict[int, dict[int, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        singles: dict[Category, dict[int, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        for rule in rules:
            if rule.partner is not None:
                one, other = rule.subject.subject_id, rule.partner.subject_id
                partners[one][other].append(rule)
                if one != other:
                    partners[other][one].append(rule)
            else:
                singles[rule.category][rule.subject.subject_id].append(rule)
        return cls(
            _frozen(partners),
            _frozen(singles),
            dict(loaded),
        )

    @classmethod
    def for_products(cls, source: RuleSource, products: Iterable[ProductFacts]) -> "RuleBook":
        """The rules that can matter for these products, and no others."""
        subjects = {link.subject_id for facts in products for link in facts.links}
        return cls.of(source.rules_touching(subjects), source.rule_categories())


def _frozen(index: Mapping[K, Mapping[int, list[Rule]]]) -> dict[K, dict[int, tuple[Rule, ...]]]:
    return {key: {subject: tuple(found) for subject, found in inner.items()} for key, inner in index.items()}
