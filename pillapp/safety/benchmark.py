"""How long an assessment takes, and that it grows with the pairs found, not with the rules loaded."""

import random
import time
from dataclasses import dataclass
from datetime import date
from typing import Final

from pillapp.catalog.values import Category, DurLink, Ingredient, LinkMethod, ProductFacts, Rule, RuleSubject
from pillapp.safety.assess import assess
from pillapp.safety.rulebook import RuleBook
from pillapp.safety.values import Dose, PatientFacts, Slot

# As many subjects and rules as the official files of 2026-03 hold.
SUBJECTS: Final = 1450
PAIR_RULES: Final = 1742
SINGLE_RULES: Final = {
    Category.AGE: 227, Category.PREGNANCY: 1407, Category.DOSE: 651, Category.PERIOD: 95,
    Category.ELDERLY: 107, Category.EFFICACY_GROUP: 375, Category.EXCIPIENT: 19,
}  # fmt: skip
ROUNDS: Final = 30
TODAY: Final = date(2026, 4, 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Median milliseconds of one assessment; ``loaded`` rules in the book, ``found`` pairs with a finding."""

    products: int
    loaded: int
    found: int
    milliseconds: float


def measure(products: int, *, times_the_rules: int = 1) -> Measured:
    """Time :func:`assess` on ``products`` made-up products under ``times_the_rules`` as many rules as are official.

    The further rules speak of subjects none of the products has.
    """
    random_ = random.Random(products)
    rules = [rule for copy in range(times_the_rules) for rule in _rules(random.Random(7), copy)]
    book = RuleBook.of(rules, dict.fromkeys(Category, TODAY))
    slots = [Slot.of(_product(i, random_), dose=Dose(1, 3, 7)) for i in range(products)]
    patient = PatientFacts(72, "F", pregnant=False, lactating=False)
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = assess(slots, patient, book, today=TODAY)
        taken.append((time.perf_counter() - started) * 1000)
    return Measured(products, len(rules), result.coverage.finding, sorted(taken)[ROUNDS // 2])


def report() -> list[Measured]:
    """The figures ``benchmark safety`` prints."""
    return [
        measure(20),
        measure(100),
        measure(20, times_the_rules=10),
        measure(100, times_the_rules=10),
    ]


def _rules(random_: random.Random, copy: int) -> list[Rule]:
    first = copy * SUBJECTS

    def subject() -> int:
        return first + random_.randrange(SUBJECTS)

    made = [_rule(Category.COMBINATION, subject(), subject()) for _ in range(PAIR_RULES)]
    for category, count in SINGLE_RULES.items():
        made += [_rule(category, subject(), None) for _ in range(count)]
    return [Rule(number, *fields) for number, fields in enumerate(made, start=copy * 10_000)]


def _rule(category: Category, one: int, partner: int | None) -> tuple:
    other = _subject(partner) if partner is not None else None
    texts = ("이유", "", "2등급", "12세미만", "5일", "100밀리그램", f"군{one % 9}", "계열")
    return (category, _subject(one), other, *texts, (), TODAY, "made up", TODAY)


def _subject(number: int) -> RuleSubject:
    return RuleSubject(number, f"D{number:06d}", f"성분{number}", "")


def _product(number: int, random_: random.Random) -> ProductFacts:
    subjects = random_.sample(range(SUBJECTS), random_.choice((1, 1, 1, 2, 3)))
    links = tuple(DurLink(s, f"D{s:06d}", f"성분{s}", LinkMethod.INGREDIENT_CODE) for s in subjects)
    ingredients = tuple(Ingredient(f"M{s:06d}", f"성분{s}", "", "50밀리그램") for s in subjects)
    return ProductFacts(str(number), f"약{number}", "정제", ingredients, links, LinkMethod.INGREDIENT_CODE, None)
