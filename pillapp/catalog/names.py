"""Names brought to one spelling: product names for look-ups, ingredient names for comparing across files."""

import re
from typing import Final

from pillapp.catalog.hangul import half_width

# Longer words first: 밀리그람 must not become 밀리그람 → "밀리" + "g람".
_UNITS: Final = (
    ("마이크로그램", "mcg"),
    ("마이크로그람", "mcg"),
    ("밀리그램", "mg"),
    ("밀리그람", "mg"),
    ("미리그램", "mg"),
    ("미리그람", "mg"),
    ("밀리리터", "ml"),
    ("미리리터", "ml"),
    ("그램", "g"),
    ("그람", "g"),
    ("퍼센트", "%"),
    ("㎎", "mg"),
    ("㎍", "mcg"),
    ("μg", "mcg"),
    ("µg", "mcg"),
    ("㎖", "ml"),
)
_NOT_NAME: Final = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ%./]+")
_HIRA_TAIL: Final = re.compile(r"_\(.*$", re.DOTALL)
_BRACKETED: Final = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_BRAND: Final = re.compile(r"(.{2,}?)(?:서방|장용|구강붕해|속붕)?(?:연질캡슐|캡슐|정)(?:\s*\d.*)?$")
_EXPORT: Final = re.compile(r"\(?\s*수출(?:용|명)\s*[:：]?[^)]*\)?")


# Salts, hydrates and grades around the active part of a Korean ingredient name, old order (염산파록세틴) and new.
_SALT: Final = (
    "염산|황산수소|황산|질산|인산|탄산|브롬화수소산|옥살산|시트르산|구연산|말레산|말레인산|푸마르산|타르타르산|주석산|베실산|"
    "캄실산|메실산|숙신산|호박산|아세트산|초산|토실산|에실산|글루콘산|락트산|오로트산|니코틴산|"
    "나트륨|칼륨|칼슘|마그네슘|스트론튬|리신|아르기닌|에르부민"
)
_HYDRATE: Final = "(?:\\d+(?:[./]\\d+)?|일|이|삼|사|오|육|칠|반|세스키)?(?:수화물|수하물|수화|히드레이트)|무수물|무수"
_AFTER: Final = re.compile(
    rf"(?:(?:{_SALT})염?|{_HYDRATE}|프로판디올|\([^()]*\)|미분화|\d+배산|\d+(?:\.\d+)?%|과립|제피)$"
)
_BEFORE: Final = re.compile(rf"^(?:{_SALT}|무수|결정|제피)")


def name_key(name: str | None) -> str:
    """Key of a product name: units in Latin, lower case, no spaces, and no bracket signs (their text stays).

    >>> name_key("타이레놀정 500밀리그램")
    '타이레놀정500mg'
    """
    text = half_width((name or "").lower())
    for word, unit in _UNITS:
        text = text.replace(word, unit)
    return _NOT_NAME.sub("", text)


def hira_name_key(name: str | None) -> str:
    """Key of a HIRA product name, whose end ``_(6.944mg/1정)`` the official product name does not have."""
    return name_key(_HIRA_TAIL.sub("", name or ""))


def bare_name(name: str | None) -> str:
    """The product name without anything in brackets: ``무코스타정(레바미피드)(비매품)`` → ``무코스타정``."""
    previous, text = "", name or ""
    while previous != text:
        previous, text = text, _BRACKETED.sub("", text)
    return text.split("_(")[0].strip()


def brand_name(name: str | None) -> str:
    """What people call a product: no brackets, form or strength: ``플라빅스정75밀리그램(클로피도그렐황산염)`` → ``플라빅스``."""
    bare = bare_name(name)
    match = _BRAND.match(bare)
    return match[1] if match else bare


def bracketed_names(name: str | None) -> tuple[str, ...]:
    """What the brackets of a product name say, export names and packing words left out: usually its ingredients."""
    text = _EXPORT.sub("", name or "")
    return tuple(part.strip() for part in _BRACKETED.findall(text) if part.strip() and part.strip() != "비매품")


def ingredient_key(name: str | None) -> str:
    """Key of an ingredient name: spaces, hyphens and case gone. Salts and hydrates stay: they are other codes."""
    return re.sub(r"[\s\-·ㆍ]+", "", half_width(name or "")).lower()


def ingredient_base(name: str | None) -> str:
    """Key of the active part of an ingredient name: ``염산파록세틴`` and ``파록세틴염산염`` → ``파록세틴``.

    Used where a code is missing or unknown to the rules: finding a rule too many there is safer than one too few.
    """
    text = ingredient_key(name).replace("건조엑스", "엑스")
    for pattern in (_AFTER, _BEFORE):
        while (stripped := pattern.sub("", text)) != text and len(stripped) >= 2:
            text = stripped
    return text
