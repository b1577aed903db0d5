"""Every rule of the official files is found, in both orders, alone and in company, and no other.

The expectation is read from the files by a dozen lines of its own (a split at each comma; every line has 28 fields), not by the
importer under test. Without the official files a small made-up set in the same layout stands in.
"""

import random
from collections.abc import Iterable
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from pillapp.catalog.catalog import Catalog, open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.values import Category, DurLink, Ingredient, LinkMethod, ProductFacts, Rule
from pillapp.safety.assess import assess
from pillapp.safety.conditions import parse_age_limit, parse_daily_maximum, parse_days
from pillapp.safety.rulebook import RuleBook
from pillapp.safety.values import Dose, Finding, PatientFacts, Slot
from tests.conftest import DATA

OFFICIAL = DATA / "drug" / "mfds"
MADE_UP = Path(__file__).parent / "made_up"
TODAY = date(2026, 4, 1)
Row = dict[str, str]


def source(letter: str) -> Path:
    official = OFFICIAL / f"OpenData_PotOpenDurIngr_{letter}C20260312.csv"
    return official if official.exists() else MADE_UP / f"{letter}.csv"


def rows(letter: str) -> list[Row]:
    header, *lines = source(letter).read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    names = header.split(",")
    table = [dict(zip(names, line.split(","), strict=True)) for line in lines]
    return [row for row in table if row["상태"] == "정상"]


class Official:
    """All rule files in one catalogue, and a product for each D code, as if it were its only ingredient."""

    def __init__(self, catalog: Catalog) -> None:
        self.rules: list[Rule] = catalog.rules_touching(range(1, 50_000))
        self.loaded = catalog.rule_categories()
        self.subjects: dict[str, set[int]] = {}
        for rule in self.rules:
            for subject in filter(None, (rule.subject, rule.partner)):
                self.subjects.setdefault(subject.d_code, set()).add(subject.subject_id)
        self.book = RuleBook.of(self.rules, self.loaded)

    def product(self, d_code: str, *, amount: str = "", name: str = "성분") -> ProductFacts:
        links = tuple(
            DurLink(s, d_code, name, LinkMethod.INGREDIENT_CODE) for s in sorted(self.subjects.get(d_code, ()))
        )
        return ProductFacts(
            d_code, d_code, "정제", (Ingredient("", name, "", amount),), links, LinkMethod.INGREDIENT_CODE, None
        )

    def findings(
        self, codes: Iterable[str], category: Category, patient: PatientFacts | None = None, dose: Dose | None = None
    ) -> list[Finding]:
        slots = [Slot.of(self.product(code), dose=dose) for code in codes]
        result = assess(slots, patient or PatientFacts(), self.book, today=TODAY)
        return [f for f in result.findings if f.category is category]

    def found_alone(
        self, category: Category, patient: PatientFacts | None = None, dose: Dose | None = None
    ) -> set[str]:
        """D codes whose product, checked alone, has a finding."""
        return {code for code in self.subjects if self.findings([code], category, patient, dose)}


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Official:
    path = tmp_path_factory.mktemp("oracle") / "rules.sqlite"
    with open_catalog(f"sqlite:///{path}") as catalog:
        import_files(catalog.database, [source(letter) for letter in "ABCDEFGI"])
        return Official(catalog)


@pytest.fixture(scope="module")
def pairs() -> set[frozenset[str]]:
    return {frozenset((row["DUR성분코드"], row["병용금기DUR성분코드"])) for row in rows("A")}


def told(findings: Iterable[Finding]) -> set[frozenset[str]]:
    return {frozenset(f.item_seqs) for f in findings}


def test_the_number_of_pairs_is_the_number_in_the_file(official: Official, pairs: set[frozenset[str]]) -> None:
    loaded = {frozenset((r.subject.d_code, r.partner.d_code)) for r in official.rules if r.partner is not None}
    print(f"병용금기: {len(rows('A'))} rows, {len(pairs)} unordered pairs")
    assert loaded == pairs
    if source("A").parent == OFFICIAL:
        assert len(pairs) == 1229
        assert len(rows("A")) == 1742


def test_every_pair_is_found_alone_in_both_orders(official: Official, pairs: set[frozenset[str]]) -> None:
    for pair in pairs:
        codes = sorted(pair) * (2 if len(pair) == 1 else 1)
        for order in (codes, codes[::-1]):
            assert told(official.findings(order, Category.COMBINATION)) == {pair}


def test_every_pair_is_found_buried_among_eighteen_others(official: Official, pairs: set[frozenset[str]]) -> None:
    shuffler = random.Random(5)
    everyone = sorted(official.subjects)
    for pair in pairs:
        others = [code for code in shuffler.sample(everyone, min(20, len(everyone))) if code not in pair]
        company = others[: 20 - len(pair)] + sorted(pair)
        shuffler.shuffle(company)
        found = told(official.findings(company, Category.COMBINATION))
        assert pair in found or len(pair) == 1
        assert found == {frozenset(p) for p in combinations(company, 2) if frozenset(p) in pairs}


def test_all_ingredients_together_give_exactly_the_pairs_of_the_file(
    official: Official, pairs: set[frozenset[str]]
) -> None:
    codes = sorted({code for pair in pairs for code in pair})
    assert told(official.findings(codes, Category.COMBINATION)) == {p for p in pairs if len(p) == 2}


@pytest.mark.parametrize(
    ("letter", "category", "patient"),
    [
        ("C", Category.PREGNANCY, PatientFacts(sex="F", pregnant=True)),
        ("F", Category.ELDERLY, PatientFacts(80)),
        ("I", Category.EXCIPIENT, PatientFacts()),
    ],
)
def test_single_rules_are_found_for_their_ingredients_and_no_others(
    official: Official, letter: str, category: Category, patient: PatientFacts
) -> None:
    expected = {row["DUR성분코드"] for row in rows(letter)}
    found = official.found_alone(category, patient)
    print(f"{category}: {len(rows(letter))} rows, {len(expected)} ingredients")
    assert found == expected


def test_age_rules_are_found_on_the_right_side_of_their_limit(official: Official) -> None:
    limits: dict[str, list[str]] = {}
    for row in rows("B"):
        limits.setdefault(row["DUR성분코드"], []).append(row["연령기준"])
    print(f"특정연령대금기: {len(rows('B'))} rows, {len(limits)} ingredients")
    for age in (0.01, 0.2, 1.5, 5, 11, 17, 30, 64, 70, 90):
        expected = {
            code
            for code, texts in limits.items()
            if any(li.applies(age) for t in texts for li in parse_age_limit(t) or ())
        }
        assert official.found_alone(Category.AGE, PatientFacts(age)) == expected
    assert all(parse_age_limit(text) for texts in limits.values() for text in texts)


def test_period_rules_are_found_one_day_over_and_not_before(official: Official) -> None:
    days: dict[str, list[int]] = {}
    for row in rows("E"):
        parsed = parse_days(row["최대투여기간"])
        if parsed is not None:
            days.setdefault(row["DUR성분코드"], []).append(parsed)
    print(f"투여기간주의: {len(rows('E'))} rows, {len(days)} ingredients with a plain period")
    for length in sorted({d for found in days.values() for d in found}):
        for entered in (length, length + 1):
            expected = {code for code, found in days.items() if any(entered > d for d in found)}
            assert official.found_alone(Category.PERIOD, dose=Dose(days=entered)) == expected


def test_dose_rules_are_found_above_the_maximum_and_not_at_it(official: Official) -> None:
    table = rows("D")
    lowest: dict[str, float] = {}
    for row in table:
        maximum = parse_daily_maximum(row["1일최대용량"], row["DUR성분명"])
        if maximum is not None:
            lowest[row["DUR성분코드"]] = min(maximum, lowest.get(row["DUR성분코드"], maximum))
    checked = 0
    for row in table:
        code, name = row["DUR성분코드"], row["DUR성분명"]
        maximum = parse_daily_maximum(row["1일최대용량"], name)
        if maximum is None or maximum != lowest[code]:
            continue
        checked += 1
        facts = official.product(code, amount=f"{maximum}밀리그램", name=name)
        for units, expected in ((1.0, False), (1.01, True)):
            result = assess([Slot.of(facts, dose=Dose(units, 1))], PatientFacts(), official.book, today=TODAY)
            assert any(f.category is Category.DOSE for f in result.findings) is expected, row
    print(f"용량주의: {len(table)} rows, {checked} with a maximum in milligrams")
    assert checked


def test_efficacy_groups_are_found_between_their_members_and_no_others(official: Official) -> None:
    groups: dict[str, set[str]] = {}
    for row in rows("G"):
        groups.setdefault(row["DUR성분코드"], set()).add(row["효능군"])
    expected = {frozenset(p) for p in combinations(sorted(groups), 2) if groups[p[0]] & groups[p[1]]}
    print(f"효능군중복: {len(rows('G'))} rows, {len(groups)} ingredients, {len(expected)} pairs")
    assert told(official.findings(sorted(groups), Category.EFFICACY_GROUP)) == expected
