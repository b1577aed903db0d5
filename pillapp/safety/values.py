"""What goes into a DUR assessment and what comes out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from pillapp.catalog.values import Category, ProductFacts, Rule
from pillapp.errors import SettingsError

# Looked up between two products; all other categories concern one product at a time.
PAIR_CATEGORIES: Final = (Category.COMBINATION, Category.SAME_INGREDIENT, Category.EFFICACY_GROUP)
SINGLE_CATEGORIES: Final = (
    Category.AGE,
    Category.PREGNANCY,
    Category.LACTATION,
    Category.ELDERLY,
    Category.DOSE,
    Category.PERIOD,
    Category.SPLIT,
    Category.EXCIPIENT,
)
OLDEST_AGE: Final = 130


class Outcome(StrEnum):
    """What is known of one pair or one product under one rule type. Only ``CLEAR`` means nothing was found."""

    CLEAR = "CLEAR"
    FINDING = "FINDING"
    NOT_CHECKABLE = "NOT_CHECKABLE"
    STALE = "STALE"


class Legal(StrEnum):
    """Legal category of a rule type."""

    CONTRAINDICATED = "contraindicated"  # 금기
    CAUTION = "caution"  # 주의


class Action(StrEnum):
    """What the pharmacist does about a finding."""

    ASK_PRESCRIBER = "ask_prescriber"
    ADJUST = "adjust"
    WATCH = "watch"
    TELL_PATIENT = "tell_patient"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """All optional; ``None`` is "not entered", never "no".

    Raises:
        SettingsError: age is not a number between 0 and 130 years, or sex is neither ``M`` nor ``F``.
    """

    age_years: float | None = None
    sex: str | None = None
    pregnant: bool | None = None
    lactating: bool | None = None

    def __post_init__(self) -> None:
        if self.age_years is not None and not (0 <= self.age_years <= OLDEST_AGE):  # NaN fails too
            raise SettingsError(
                f"나이 {self.age_years}은(는) 쓸 수 없습니다. 0–{OLDEST_AGE} 사이로 입력하세요. (age out of range)"
            )
        if self.sex not in (None, "M", "F"):
            raise SettingsError(f"성별은 M 또는 F로 입력하세요: {self.sex!r} (sex must be M or F)")
        if self.sex == "M" and (self.pregnant or self.lactating):
            raise SettingsError("성별 M과 임신·수유를 함께 입력할 수 없습니다. (male and pregnant or lactating)")


@dataclass(frozen=True, slots=True)
class Dose:
    """How a product is taken: units (tablets) each time, times a day, days.

    Raises:
        SettingsError: a value is not a positive, finite number.
    """

    per_time: float | None = None
    times_per_day: float | None = None
    days: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("1회량", self.per_time), ("하루 횟수", self.times_per_day), ("일수", self.days)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise SettingsError(f"{name} {value}은(는) 0보다 큰 수여야 합니다. (dose must be positive)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One product a slot may be, and how probable that is (0..1)."""

    facts: ProductFacts
    probability: float


@dataclass(frozen=True, slots=True)
class Slot:
    """One product of the set under check, or what it may be.

    A settled slot has one candidate that a person, a code or an IDENTIFIED state vouches for. An unsettled one carries
    the candidates so far; it is never clear, since the right product may not be among them.
    """

    label: str
    candidates: tuple[Candidate, ...]
    settled: bool
    dose: Dose = Dose()

    @classmethod
    def of(cls, facts: ProductFacts, *, dose: Dose | None = None, label: str | None = None) -> "Slot":
        """A settled slot."""
        return cls(label or facts.name or facts.item_seq, (Candidate(facts, 1.0),), True, dose or Dose())


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule behind a finding: its words, verbatim, and where and when they come from."""

    rule_id: int
    text: str
    remark: str
    notice_date: date | None
    source: str
    source_date: date | None
    uncertain_link: bool  # the product was tied to the rule by parsing its name

    @classmethod
    def of(cls, rule: Rule, *, uncertain_link: bool = False) -> "Evidence":
        """Evidence from a catalogue rule."""
        return cls(
            rule.rule_id, rule.text, rule.remark, rule.notice_date, rule.source, rule.source_date, uncertain_link
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, or several of one cause, that applies.

    ``slots`` are indices into the assessed set (two for pair categories). ``item_seqs`` and ``names`` are the products
    it applies to. ``conditional`` means: only if an unsettled slot is one of those; ``condition`` says so in words.
    ``key`` is stable across assessments of the same cause: acknowledgements hang on it.
    """

    category: Category
    legal: Legal
    action: Action
    slots: tuple[int, ...]
    item_seqs: tuple[str, ...]
    names: tuple[str, ...]
    text: str
    detail: str
    evidence: tuple[Evidence, ...]
    conditional: bool = False
    condition: str = ""

    @property
    def key(self) -> str:
        """Category and products, order of the pair forgotten."""
        return f"{self.category}|{'+'.join(sorted(self.item_seqs))}"

    @property
    def rule_date(self) -> date | None:
        """The newest notice among the rules behind it."""
        return max((e.notice_date for e in self.evidence if e.notice_date), default=None)

    @property
    def interrupts(self) -> bool:
        """Only contraindications stop the pharmacist."""
        return self.legal is Legal.CONTRAINDICATED


@dataclass(frozen=True, slots=True)
class Checked:
    """Outcome of one category for one pair (two slots) or one product (one slot), with the reason it is not clear."""

    category: Category
    slots: tuple[int, ...]
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the n(n−1)/2 pairs ended in which state, and every reason something was not checked."""

    pairs: int
    clear: int
    finding: int
    not_checkable: int
    stale: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that was found, and an account of everything that was and was not checked.

    ``pairs`` holds the state of each pair of slots, in the order (0,1), (0,2) … (n−2,n−1); :meth:`pair` tells it for one
    rule type. ``singles`` holds the outcome of each slot under each rule type on one product. ``settle_first`` is the
    unsettled slot whose identity would change most outcomes, None if every slot is settled. ``doubts`` says for each slot
    why finding nothing about it does not make it clear (empty where it does), ``quiet`` what finding nothing means.
    """

    findings: tuple[Finding, ...]
    pairs: tuple[Checked, ...]
    singles: tuple[Checked, ...]
    coverage: Coverage
    settle_first: int | None
    checked_on: date
    not_loaded: tuple[Category, ...]
    doubts: tuple[str, ...]
    quiet: Mapping[Category, tuple[Outcome, str]]

    def pair(self, category: Category, one: int, other: int) -> Checked:
        """Outcome of two slots under one of :data:`PAIR_CATEGORIES`."""
        slots = (min(one, other), max(one, other))
        for finding in self.findings:
            if finding.category is category and finding.slots == slots:
                return Checked(category, slots, Outcome.FINDING, finding.detail)
        doubt = self.doubts[slots[0]] or self.doubts[slots[1]]
        if doubt:
            return Checked(category, slots, Outcome.NOT_CHECKABLE, doubt)
        return Checked(category, slots, *self.quiet[category])
