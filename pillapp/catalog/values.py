"""What the catalogue hands to the other rooms: frozen values, no database rows.

Words follow the design: a *product* (품목) has one or more *appearances* (낱알 외형); its *ingredients* carry ``M…``
codes; DUR *rules* speak of *subjects*: a ``D…`` ingredient, alone or as part of a combination.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pillapp.catalog.imprint_text import MARK_WORD


class Category(StrEnum):
    """DUR rule types (DUR 유형). The value is the official Korean term, as files, screens and the JSON say it."""

    COMBINATION = "병용금기"
    AGE = "특정연령대금기"
    PREGNANCY = "임부금기"
    LACTATION = "수유부주의"
    ELDERLY = "노인주의"
    DOSE = "용량주의"
    PERIOD = "투여기간주의"
    EFFICACY_GROUP = "효능군중복"
    SPLIT = "서방정분할주의"
    EXCIPIENT = "첨가제주의"
    SAME_INGREDIENT = "동일성분중복"  # derived by the safety engine, no file of its own


class LinkMethod(StrEnum):
    """How a product was tied to a DUR subject, most exact first."""

    PRODUCT_ROW = "product_row"  # an official DUR 품목 row names this very product
    INGREDIENT_CODE = "ingredient_code"  # M code listed in 관계성분 of a 단일 row
    COMBINATION = "combination"  # 복합 row, all of whose listed ingredients are in the product
    INGREDIENT_NAME = "ingredient_name"  # the permit's own 주성분 name equals a name in 관계성분; no code was given
    HIRA_CODE = "hira_code"  # HIRA 주성분코드 only
    PRODUCT_NAME = "product_name"  # parsed from the product's name: uncertain
    NONE = "none"  # no ingredient known: not checkable


class Side(NamedTuple):
    """What the file says is on one side of a pill: its raw ``text``, and what the logo in it looks like.

    ``mark`` (표기내용) holds one or several readings after commas (``"SP,5P"``, ``"꽃잎"``), empty where the file is silent.
    """

    text: str
    mark: str = ""

    def __str__(self) -> str:
        """For people: ``"마크(SP) 5"``."""
        return self.text.replace(MARK_WORD, f"{MARK_WORD}({self.mark.split(',')[0]})") if self.mark else self.text


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one pill of a product looks, as the official 낱알식별 file says it.

    ``imprint_*`` and ``line_*`` are kept as in the file (``분할선``, ``마크``, ``-``, ``+`` are values);
    ``mark_*`` is what a logo looks like (:class:`Side`); colours are the official names, modifiers (옅은, 진한) dropped; sizes
    are millimetres.
    """

    appearance_id: int
    item_seq: str
    name: str
    shape: str
    colours_front: tuple[str, ...]
    colours_back: tuple[str, ...]
    imprint_front: str
    imprint_back: str
    line_front: str
    line_back: str
    long_mm: float | None
    short_mm: float | None
    thick_mm: float | None
    form: str
    mark_front: str = ""
    mark_back: str = ""

    @property
    def sides(self) -> tuple[Side, Side]:
        """Front and back."""
        return Side(self.imprint_front, self.mark_front), Side(self.imprint_back, self.mark_back)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One active ingredient (주성분) of a product."""

    code: str  # M…; empty where only the name is known
    name_ko: str
    name_en: str
    amount: str  # as written in the source, for the screen: "75 밀리그램"; empty where unknown


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the patient should know, in one language. ``starter`` marks our own text that official data replaces."""

    efficacy: str
    usage: str
    warnings: str
    interactions: str
    side_effects: str
    storage: str
    starter: bool
    source: str
    source_date: date | None


@dataclass(frozen=True, slots=True)
class Product:
    """One permitted medicine, with everything the information panel shows."""

    item_seq: str
    name: str
    name_en: str
    maker: str
    class_name: str  # 분류명, e.g. 해열.진통.소염제
    prescription: str  # 전문의약품 / 일반의약품
    form: str
    ingredients: tuple[Ingredient, ...]
    appearances: tuple[Appearance, ...]
    codes: tuple[tuple[str, str], ...]  # (kind, code): EDI, STANDARD, ATC, HIRA
    guidance_ko: Guidance | None
    guidance_en: Guidance | None
    link_method: LinkMethod
    source: str
    source_date: date | None


@dataclass(frozen=True, slots=True)
class DurLink:
    """A product is covered by the rules of one subject."""

    subject_id: int
    d_code: str
    name: str
    method: LinkMethod


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the safety engine needs to know of one product.

    ``link_method`` is the least exact way any of its ingredients was tied to the rules; ``NONE`` means nothing about it
    can be checked. ``not_checkable`` says why, in Korean, for the screen; it is also filled where only a part of the
    product could be tied (one ingredient of three without a code): what its links find still holds, but the absence
    of a finding means nothing. A product whose codes are known but that no rule mentions has ``INGREDIENT_CODE``, no
    links and no reason: that is a real "clear".
    """

    item_seq: str
    name: str
    form: str
    ingredients: tuple[Ingredient, ...]
    links: tuple[DurLink, ...]
    link_method: LinkMethod
    not_checkable: str | None


@dataclass(frozen=True, slots=True)
class RuleSubject:
    """What one side of a rule speaks of: a DUR ingredient, or a combination that contains it."""

    subject_id: int
    d_code: str
    name_ko: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One DUR row. Fields a category does not use are empty; texts are verbatim from the file."""

    rule_id: int
    category: Category
    subject: RuleSubject
    partner: RuleSubject | None  # 병용금기 only
    text: str  # 금기내용
    remark: str  # 비고
    grade: str  # 등급 (임부금기 1/2)
    age_limit: str  # 연령기준
    max_period: str  # 최대투여기간
    max_dose: str  # 1일최대용량
    effect_group: str  # 효능군
    series: str  # 계열명
    forms: tuple[str, ...]  # 제형 limits, already applied in the product link; for the screen
    notice_date: date | None  # 고시일자
    source: str  # file the row came from
    source_date: date | None  # date of that file: decides STALE


@dataclass(frozen=True, slots=True)
class CatalogSummary:
    """What is loaded, for headers and badges."""

    products: int
    appearances: int
    products_with_ingredients: int
    products_with_guidance: int
    rules: dict[Category, int]
    unique_pairs: int  # unordered D-code pairs of 병용금기
    dur_date: date | None  # oldest source date among the loaded rule files
    starter: bool  # nothing official has been loaded over the starter data yet


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One product found, why it matched ("이름 초성", "각인 앞", …) and a score to rank by (higher is better)."""

    item_seq: str
    name: str
    maker: str
    score: float
    reasons: tuple[str, ...]
