"""Findings, both directions, and an account of everything that was not checked."""

import dataclasses
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.catalog.values import Category, DurLink, LinkMethod, ProductFacts, Rule
from pillapp.errors import SettingsError
from pillapp.safety.assess import STALE_AFTER_DAYS, assess
from pillapp.safety.rulebook import RuleBook
from pillapp.safety.values import (
    PAIR_CATEGORIES,
    SINGLE_CATEGORIES,
    Assessment,
    Candidate,
    Dose,
    Finding,
    Outcome,
    PatientFacts,
    Slot,
)
from tests.safety.builders import ALL_LOADED, TODAY, book, product, rule

NOBODY = PatientFacts()


def check(
    rules: RuleBook, *facts: ProductFacts, patient: PatientFacts = NOBODY, dose: Dose | None = None
) -> Assessment:
    return assess([Slot.of(f, dose=dose) for f in facts], patient, rules, today=TODAY)


def found(assessment: Assessment, category: Category) -> list[Finding]:
    return [f for f in assessment.findings if f.category is category]


def single(assessment: Assessment, category: Category, slot: int = 0) -> Outcome:
    return next(c.outcome for c in assessment.singles if c.category is category and c.slots == (slot,))


PAIR = rule(1, Category.COMBINATION, 1, 2, text="근육병증")


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_pair_is_found_whichever_side_the_rule_names_first(order: tuple[int, int]) -> None:
    assessment = check(book(PAIR), *(product(str(s), s) for s in order))
    assert [f.category for f in assessment.findings] == [Category.COMBINATION]
    assert set(assessment.findings[0].item_seqs) == {"1", "2"}
    assert assessment.coverage.finding == 1


def test_a_rule_stored_on_the_second_product_of_a_pair_is_not_lost() -> None:
    stored_on_the_second = rule(1, Category.COMBINATION, 2, 1)
    assert len(check(book(stored_on_the_second), product("1", 1), product("2", 2)).findings) == 1


def test_a_product_with_two_codes_is_checked_for_both() -> None:
    for codes in ((7, 1), (1, 7)):
        assert len(found(check(book(PAIR), product("a", *codes), product("b", 2)), Category.COMBINATION)) == 1


def test_a_product_whose_code_could_not_be_read_is_not_checkable_and_never_clear() -> None:
    unreadable = product("x", method=LinkMethod.NONE, not_checkable="성분 코드를 읽지 못함")
    assessment = check(book(PAIR), unreadable, product("2", 2))
    assert assessment.coverage.not_checkable == 1
    assert assessment.coverage.clear == 0
    assert any("성분 코드를 읽지 못함" in reason for reason in assessment.coverage.reasons)
    assert all(c.outcome is Outcome.NOT_CHECKABLE for c in assessment.singles if c.slots == (0,))


def test_a_link_guessed_from_the_name_can_find_but_never_clear() -> None:
    guessed = product("x", 1, method=LinkMethod.PRODUCT_NAME)
    meeting = check(book(PAIR), guessed, product("2", 2))
    assert meeting.findings[0].evidence[0].uncertain_link
    assert check(book(PAIR), guessed, product("3", 3)).coverage.not_checkable == 1


def test_several_rules_of_one_pair_are_one_finding_with_all_evidence() -> None:
    other = rule(2, Category.COMBINATION, 2, 1, text="다른 이유", remark="48시간이내병용금기")
    findings = check(book(PAIR, other), product("a", 1), product("b", 2)).findings
    assert len(findings) == 1
    assert {e.rule_id for e in findings[0].evidence} == {1, 2}
    assert "48시간 이내" in findings[0].text


def test_products_no_rule_speaks_of_are_clear() -> None:
    assessment = check(book(PAIR), product("a", 3), product("b", 4))
    assert assessment.coverage.clear == 1
    assert assessment.findings == ()


def test_a_missing_rule_file_makes_pairs_not_checkable() -> None:
    assessment = check(book(loaded={}), product("a", 1), product("b", 2))
    assert assessment.coverage.not_checkable == 1
    assert any("규칙 자료가 없음" in reason for reason in assessment.coverage.reasons)
    assert set(assessment.not_loaded) == set(ALL_LOADED)


def test_old_rules_make_a_quiet_pair_stale_but_keep_their_findings() -> None:
    old = dict.fromkeys(ALL_LOADED, TODAY - timedelta(days=STALE_AFTER_DAYS + 1))
    rules = book(PAIR, loaded=old)
    assert check(rules, product("a", 3), product("b", 4)).coverage.stale == 1
    assert check(rules, product("a", 1), product("b", 2)).coverage.finding == 1


def test_rules_of_unknown_age_are_stale() -> None:
    assert check(book(loaded=dict.fromkeys(ALL_LOADED)), product("a", 3), product("b", 4)).coverage.stale == 1


def test_the_same_ingredient_is_found_by_code_also_inside_a_combination() -> None:
    assessment = check(book(), product("a", 5), product("b", 6, 5))
    assert [f.category for f in assessment.findings] == [Category.SAME_INGREDIENT]
    assert "성분5" in assessment.findings[0].text


def test_two_products_of_one_efficacy_group_are_found_but_the_same_ingredient_not_twice() -> None:
    groups = [rule(i, Category.EFFICACY_GROUP, i, effect_group="해열진통소염제", series="NSAID") for i in (1, 2)]
    assert len(found(check(book(*groups), product("a", 1), product("b", 2)), Category.EFFICACY_GROUP)) == 1
    same = check(book(*groups), product("a", 1), product("b", 1))
    assert [f.category for f in same.findings] == [Category.SAME_INGREDIENT]


def test_efficacy_groups_that_differ_are_clear() -> None:
    groups = [rule(i, Category.EFFICACY_GROUP, i, effect_group=f"군{i}") for i in (1, 2)]
    assert check(book(*groups), product("a", 1), product("b", 2)).findings == ()


@pytest.mark.parametrize(
    ("category", "fields", "patient", "dose", "outcome"),
    [
        (Category.AGE, {"age_limit": "12세미만"}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.AGE, {"age_limit": "12세미만"}, PatientFacts(8), None, Outcome.FINDING),
        (Category.AGE, {"age_limit": "12세미만"}, PatientFacts(30), None, Outcome.CLEAR),
        (Category.AGE, {"age_limit": "성장기"}, PatientFacts(30), None, Outcome.NOT_CHECKABLE),
        (Category.PREGNANCY, {"grade": "1등급"}, PatientFacts(sex="F"), None, Outcome.NOT_CHECKABLE),
        (Category.PREGNANCY, {"grade": "1등급"}, PatientFacts(sex="F", pregnant=True), None, Outcome.FINDING),
        (Category.PREGNANCY, {"grade": "2등급"}, PatientFacts(pregnant=False), None, Outcome.CLEAR),
        (Category.PREGNANCY, {"grade": "2등급"}, PatientFacts(sex="M"), None, Outcome.CLEAR),
        (Category.LACTATION, {}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.LACTATION, {}, PatientFacts(lactating=True), None, Outcome.FINDING),
        (Category.ELDERLY, {}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.ELDERLY, {}, PatientFacts(65), None, Outcome.FINDING),
        (Category.ELDERLY, {}, PatientFacts(64.9), None, Outcome.CLEAR),
        (Category.DOSE, {"max_dose": "4|000밀리그램"}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.DOSE, {"max_dose": "4|000밀리그램"}, PatientFacts(), Dose(3, 3, 1), Outcome.FINDING),
        (Category.DOSE, {"max_dose": "4|000밀리그램"}, PatientFacts(), Dose(2, 4, 1), Outcome.CLEAR),
        (Category.DOSE, {"max_dose": "1방울"}, PatientFacts(), Dose(2, 4, 1), Outcome.NOT_CHECKABLE),
        (Category.PERIOD, {"max_period": "7일"}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.PERIOD, {"max_period": "7일"}, PatientFacts(), Dose(days=8), Outcome.FINDING),
        (Category.PERIOD, {"max_period": "7일"}, PatientFacts(), Dose(days=7), Outcome.CLEAR),
        (Category.SPLIT, {}, PatientFacts(), None, Outcome.NOT_CHECKABLE),
        (Category.SPLIT, {}, PatientFacts(), Dose(0.5), Outcome.FINDING),
        (Category.SPLIT, {}, PatientFacts(), Dose(2), Outcome.CLEAR),
        (Category.EXCIPIENT, {}, PatientFacts(), None, Outcome.FINDING),
    ],
)
def test_rules_on_one_product(
    category: Category, fields: dict[str, str], patient: PatientFacts, dose: Dose | None, outcome: Outcome
) -> None:
    rules = book(rule(1, category, 1, **fields))
    assessment = check(rules, product("a", 1, amount="500밀리그램"), patient=patient, dose=dose)
    assert single(assessment, category) is outcome
    assert bool(found(assessment, category)) is (outcome is Outcome.FINDING)


def test_a_dose_of_unknown_strength_is_not_checkable() -> None:
    rules = book(rule(1, Category.DOSE, 1, max_dose="4|000밀리그램"))
    assert single(check(rules, product("a", 1), dose=Dose(9, 9, 1)), Category.DOSE) is Outcome.NOT_CHECKABLE


def test_a_prolonged_release_product_is_not_clear_without_the_rule_file() -> None:
    loaded = {c: d for c, d in ALL_LOADED.items() if c is not Category.SPLIT}
    slow = product("a", 1, form="서방성필름코팅정")
    assert single(check(book(loaded=loaded), slow, dose=Dose(0.5)), Category.SPLIT) is Outcome.NOT_CHECKABLE


def unsettled(*candidates: tuple[ProductFacts, float]) -> Slot:
    return Slot("알약 2", tuple(Candidate(f, p) for f, p in candidates), settled=False)


def test_a_pill_that_may_be_two_things_says_if_this_is_x() -> None:
    risky, harmless = product("x", 2), product("y", 3)
    slots = [Slot.of(product("a", 1)), unsettled((risky, 0.4), (harmless, 0.6))]
    assessment = assess(slots, NOBODY, book(PAIR), today=TODAY)
    finding = assessment.findings[0]
    assert finding.conditional
    assert "알약 2" in finding.condition
    assert "약x" in finding.condition
    assert finding.item_seqs == ("a", "x")
    assert assessment.settle_first == 1


def test_a_pill_all_of_whose_candidates_are_contraindicated_is_found_without_condition() -> None:
    slots = [Slot.of(product("a", 1)), unsettled((product("x", 2), 0.5), (product("z", 2), 0.5))]
    assert not assess(slots, NOBODY, book(PAIR), today=TODAY).findings[0].conditional


def test_a_lone_candidate_of_an_unsettled_pill_is_still_an_if() -> None:
    for category, rules in ((Category.COMBINATION, book(PAIR)), (Category.ELDERLY, book(rule(2, Category.ELDERLY, 2)))):
        slots = [Slot.of(product("a", 1)), unsettled((product("x", 2), 0.94))]
        finding = found(assess(slots, PatientFacts(80), rules, today=TODAY), category)[0]
        assert finding.conditional
        assert "알약 2" in finding.condition


def test_candidates_that_match_only_crosswise_stay_an_if() -> None:
    rules = book(PAIR, rule(2, Category.COMBINATION, 3, 4))
    one = Slot("알약 1", (Candidate(product("a", 1), 0.5), Candidate(product("b", 3), 0.5)), settled=False)
    assert (
        assess([one, unsettled((product("x", 2), 0.5), (product("y", 4), 0.5))], NOBODY, rules, today=TODAY)
        .findings[0]
        .conditional
    )


def test_an_unsettled_pill_without_finding_is_not_clear() -> None:
    slots = [Slot.of(product("a", 1)), unsettled((product("y", 3), 0.9))]
    assert assess(slots, NOBODY, book(PAIR), today=TODAY).coverage.not_checkable == 1


def test_the_pill_on_which_a_contraindication_hangs_is_settled_first() -> None:
    slots = [
        Slot.of(product("a", 1)),
        Slot("알약 2", (Candidate(product("c", 8), 0.2),), settled=False),
        unsettled((product("x", 2), 0.5), (product("y", 3), 0.5)),
    ]
    assert assess(slots, NOBODY, book(PAIR), today=TODAY).settle_first == 2


def test_only_contraindications_interrupt_and_they_come_first() -> None:
    rules = book(PAIR, rule(2, Category.ELDERLY, 1), rule(3, Category.PREGNANCY, 2))
    assessment = check(rules, product("a", 1), product("b", 2), patient=PatientFacts(70, "F", True))
    assert [f.interrupts for f in assessment.findings] == [True, True, False]
    assert assessment.findings[2].category is Category.ELDERLY


@pytest.mark.parametrize("age", [-1, -0.01, 131, float("nan"), float("inf")])
def test_impossible_ages_are_refused(age: float) -> None:
    with pytest.raises(SettingsError):
        PatientFacts(age)


@st.composite
def random_sets(draw: st.DrawFn) -> tuple[list[Slot], RuleBook, PatientFacts]:
    subjects = st.integers(1, 8)
    methods = st.sampled_from([LinkMethod.INGREDIENT_CODE, LinkMethod.PRODUCT_NAME, LinkMethod.NONE])

    def facts(name: str) -> ProductFacts:
        method = draw(methods)
        codes = [] if method is LinkMethod.NONE else draw(st.lists(subjects, max_size=3, unique=True))
        return product(name, *codes, method=method, not_checkable="없음" if method is LinkMethod.NONE else None)

    slots = []
    for i in range(draw(st.integers(0, 6))):
        names = [f"{i}-{k}" for k in range(draw(st.integers(0, 3)))]
        settled = len(names) == 1 and draw(st.booleans())
        slots.append(Slot(f"알약 {i}", tuple(Candidate(facts(n), 1 / len(names)) for n in names), settled))
    rules = [
        rule(n, Category.COMBINATION, a, b)
        for n, (a, b) in enumerate(draw(st.lists(st.tuples(subjects, subjects), max_size=6)))
    ]
    for n, s in enumerate(draw(st.lists(subjects, max_size=6)), start=100):
        category = draw(st.sampled_from([*SINGLE_CATEGORIES, Category.EFFICACY_GROUP]))
        rules.append(
            rule(n, category, s, age_limit="12세미만", effect_group="군", max_period="3일", max_dose="5밀리그램")
        )
    dates = st.sampled_from([None, TODAY, TODAY - timedelta(days=900)])
    loaded: dict[Category, date | None] = {c: draw(dates) for c in ALL_LOADED if draw(st.booleans())}
    age = draw(st.one_of(st.none(), st.floats(0, 120)))
    return slots, RuleBook.of(rules, loaded), PatientFacts(age, draw(st.sampled_from([None, "F"])))


@settings(max_examples=2000, deadline=None)
@given(random_sets())
def test_pairs_add_up_and_nothing_unknown_is_clear(case: tuple[list[Slot], RuleBook, PatientFacts]) -> None:
    slots, rules, patient = case
    assessment = assess(slots, patient, rules, today=TODAY)
    n, c = len(slots), assessment.coverage
    assert c.pairs == n * (n - 1) // 2 == len(assessment.pairs)
    assert c.clear + c.finding + c.not_checkable + c.stale == c.pairs
    assert [p.slots for p in assessment.pairs] == list(combinations(range(n), 2))
    assert len(assessment.singles) == n * len(SINGLE_CATEGORIES)
    for checked in (*assessment.pairs, *assessment.singles):
        if checked.outcome is Outcome.CLEAR:
            assert checked.category is Category.SAME_INGREDIENT or checked.category in rules.loaded
            for i in checked.slots:
                slot = slots[i]
                assert slot.settled
                assert slot.candidates[0].facts.link_method is LinkMethod.INGREDIENT_CODE
        if checked.outcome in (Outcome.NOT_CHECKABLE, Outcome.STALE):
            assert checked.reason in c.reasons
    for pair in assessment.pairs:
        outcomes = {category: assessment.pair(category, *pair.slots) for category in PAIR_CATEGORIES}
        assert (pair.outcome is Outcome.FINDING) is any(o.outcome is Outcome.FINDING for o in outcomes.values())
        if pair.outcome is not Outcome.FINDING:
            assert pair == outcomes[Category.COMBINATION]
        assert all(
            o.reason in c.reasons for o in outcomes.values() if o.outcome in (Outcome.NOT_CHECKABLE, Outcome.STALE)
        )
    in_findings = {f.slots for f in assessment.findings if f.category in PAIR_CATEGORIES}
    assert in_findings == {p.slots for p in assessment.pairs if p.outcome is Outcome.FINDING}


@settings(max_examples=300, deadline=None)
@given(random_sets(), st.randoms())
def test_the_order_of_products_changes_no_finding(
    case: tuple[list[Slot], RuleBook, PatientFacts], random: object
) -> None:
    slots, rules, patient = case
    settled = [s for s in slots if s.settled]
    shuffled = list(settled)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def told(these: list[Slot]) -> set[tuple[str, frozenset[str]]]:
        result = assess(these, patient, rules, today=TODAY)
        return {(f.category.value, frozenset(f.item_seqs)) for f in result.findings}

    assert told(settled) == told(shuffled)


def test_an_assessment_does_not_depend_on_how_links_are_ordered() -> None:
    facts = product("a", 7, 1)
    turned = dataclasses.replace(facts, links=tuple(reversed(facts.links)))
    for one in (facts, turned):
        assert len(check(book(PAIR), one, product("b", 2)).findings) == 1


def test_rules_and_links_are_read_by_subject_not_by_name() -> None:
    same_name: tuple[Rule, ...] = (PAIR,)
    stranger = dataclasses.replace(
        product("b", 2), links=(DurLink(99, "D000099", "성분2", LinkMethod.INGREDIENT_CODE),)
    )
    assert found(check(book(*same_name), product("a", 1), stranger), Category.COMBINATION) == []
