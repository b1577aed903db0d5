"""Dosage-form limits (제형) of DUR rows: does a rule that speaks of ``정제/캡슐`` reach a product that is a 필름코팅정?

The limits name broad forms (정제) and narrow ones (서방성필름코팅정); products name narrow ones. A limit
reaches a product unless the two certainly differ: where either is unknown the rule stays, because a warning too many is the smaller harm.
"""

import re
from typing import Final

_GAP: Final = re.compile(r"[/|,]")
# Order matters: the first pattern found decides. 경질/연질 are capsules, only a leading 질 is vaginal.
_FAMILIES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        ("주사|수액", "injection"),
        ("점안|안연고|안겔", "eye"),
        ("점이", "ear"),
        ("점비|비강", "nose"),
        ("^질", "vaginal"),
        ("좌제|관장|직장", "rectal"),
        ("흡입", "inhaled"),
        ("분무|에어로솔", "spray"),
        ("경피|첩부|카타플라|플라스타|패취|크림|연고|로션|외용|피부", "skin"),
        ("겔", "gel"),
        ("가글", "mouthwash"),
        ("캡슐|스팬슐", "capsule"),
        ("필름코팅", "tablet"),
        ("필름", "film"),
        ("트로키|정", "tablet"),
        ("시럽|현탁|액|엘릭서", "liquid"),
        ("과립|산제|세립|분말", "powder"),
    )
)


def parse_forms(text: str | None) -> tuple[str, ...]:
    """The single forms a 제형 field lists; none where it is empty or ``-``. ``경질캡슐제|산제`` is one capsule form."""
    forms: list[str] = []
    for piece in (text or "").replace(" ", "").split("/"):
        parts = [part for part in _GAP.split(piece) if part and part != "-"]
        if not parts:
            continue
        forms.append(parts[0] if "캡슐" in parts[0] else "")
        if not forms[-1]:
            forms[-1:] = parts
    return tuple(dict.fromkeys(forms))


def family(form: str) -> str | None:
    """The broad family of one dosage form, or None where the word is not known."""
    return next((name for pattern, name in _FAMILIES if pattern.search(form)), None)


def limit_reaches(limit: tuple[str, ...], product_form: str) -> bool:
    """Whether a rule limited to these forms applies to a product of this form."""
    own_forms = parse_forms(product_form)
    if not limit or not own_forms:
        return True
    own = own_forms[0]
    own_family = family(own)
    if own_family is None:
        return True
    return any(_one_reaches(form, own, own_family) for form in limit)


def _one_reaches(form: str, own: str, own_family: str) -> bool:
    form_family = family(form)
    return form_family is None or form_family == own_family
