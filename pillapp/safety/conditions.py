"""The free text of DUR rules (연령기준, 비고, 1일최대용량, 최대투여기간), parsed where it can be.

What cannot be parsed is returned as None and the caller shows the words verbatim; nothing is guessed.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

_DAYS_PER: Final = {"세": 365.25, "개월": 365.25 / 12, "주": 7.0, "일": 1.0}
_AGE: Final = re.compile(r"(?:만\s*)?(\d+(?:\.\d+)?)\s*(세|개월|주|일)\s*(미만|이하|초과|이상)")
_AGE_FILLER: Final = re.compile(r"[\s,|/·()또는및이고]+")
_HOURS: Final = re.compile(r"(\d+)\s*(시간|일|주)\s*이내")
_HOURS_PER: Final = {"시간": 1, "일": 24, "주": 168}
_AMOUNT: Final = re.compile(
    r"(\d[\d,|]*(?:\.\d+)?)\s*(밀리그램|마이크로그램|그램|mg|㎎|µg|㎍|mcg|g|밀리리터|mL|ml|아이\.?유\.?|I\.?U\.?|단위)?"
    r"(?=$|[\s/,(]|[가-힣])"
)
_MILLIGRAMS: Final = {
    "밀리그램": 1.0, "mg": 1.0, "㎎": 1.0, "그램": 1000.0, "g": 1000.0,
    "마이크로그램": 0.001, "µg": 0.001, "㎍": 0.001, "mcg": 0.001,
}  # fmt: skip
_DAYS: Final = re.compile(r"^(\d+)\s*일$")


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """A rule applies below or above an age: ``count`` of ``unit`` (세, 개월, 주, 일)."""

    count: float
    unit: str
    bound: str  # 미만, 이하, 초과, 이상

    def applies(self, age_years: float) -> bool:
        """Whether a patient of this age is meant.

        Ages are counted in completed units, as people do: 12세 이하 includes twelve years and eleven months.
        """
        completed = math.floor(age_years * _DAYS_PER["세"] / _DAYS_PER[self.unit] + 1e-6)
        return {
            "미만": completed < self.count,
            "이하": completed <= self.count,
            "초과": completed > self.count,
            "이상": completed >= self.count,
        }[self.bound]


def parse_age_limit(text: str) -> tuple[AgeLimit, ...] | None:
    """``18세미만`` → one limit; several (``2세미만|65세이상``) → all, any of which applies; None if words are left over."""
    limits = tuple(AgeLimit(float(m[1]), m[2], m[3]) for m in _AGE.finditer(text))
    left = _AGE_FILLER.sub("", _AGE.sub("", text))
    return limits if limits and not left else None


def parse_hours_apart(remark: str) -> int | None:
    """``48시간이내병용금기`` → 48: the pair is contraindicated when taken within so many hours."""
    match = _HOURS.search(remark)
    return int(match[1]) * _HOURS_PER[match[2]] if match else None


def excludes_emergency(remark: str) -> bool:
    """``소생 등의 응급상황 제외``: the pair may be given in resuscitation."""
    return "제외" in remark and ("응급" in remark or "위급" in remark)


@dataclass(frozen=True, slots=True)
class WeeklyDoseCondition:
    """A pair counts only from a weekly dose of one ingredient on (``methotrexate 1주에 15mg 이상``)."""

    ingredient: str
    milligrams: float


def parse_weekly_dose(remark: str) -> WeeklyDoseCondition | None:
    """The weekly dose from which a 병용금기 row counts; ``ingredient`` is empty where the remark does not name it."""
    match = re.search(r"([A-Za-z]*)\(?\s*1\s*[주週]\s*에?\s*(\d+(?:\.\d+)?)\s*mg\s*이상", remark)
    return WeeklyDoseCondition(match[1].lower(), float(match[2])) if match else None


def parse_milligrams(text: str) -> float | None:
    """``4|000밀리그램`` → 4000.0, ``2그램`` → 2000.0; None for anything else (drops, IU, two amounts, an ingredient's name)."""
    stripped = text.strip()
    match = _AMOUNT.fullmatch(stripped)
    if not match or match[2] not in _MILLIGRAMS:
        return None
    return float(match[1].replace("|", "").replace(",", "")) * _MILLIGRAMS[match[2]]


def parse_daily_maximum(text: str, ingredient: str) -> float | None:
    """Daily maximum of ``ingredient`` in mg; ``아세트아미노펜4|000밀리그램/…`` names whose limit it is. None if unclear."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) == 1:
        plain = parse_milligrams(parts[0])
        if plain is not None:
            return plain
    for part in parts:
        match = re.match(r"^([가-힣A-Za-z\-]+)(\d.*)$", part.replace(" ", ""))
        if match and _same_name(match[1], ingredient):
            return parse_milligrams(match[2])
    return None


def parse_days(text: str) -> int | None:
    """``28일`` → 28; None for conditional periods, which are shown verbatim."""
    match = _DAYS.match(text.strip())
    return int(match[1]) if match else None


def _same_name(one: str, other: str) -> bool:
    one, other = one.replace(" ", ""), other.replace(" ", "")
    return bool(one) and bool(other) and (one.startswith(other) or other.startswith(one))
