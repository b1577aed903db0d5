"""Doses as people type them: ``1x3x7`` is one unit, three times a day, for seven days."""

import re

from pillapp.errors import SettingsError
from pillapp.safety.values import Dose


def parse_dose_option(text: str) -> tuple[str, Dose]:
    """``item_seq=1x3x7`` → item_seq and dose; ``?`` or nothing for what is not known, ``0.5`` for half a tablet.

    Raises:
        SettingsError: not of that form, or a value is not a positive number.
    """
    item_seq, equals, dose = text.partition("=")
    if not equals or not item_seq.strip():
        raise SettingsError(f"용량 {text!r}을(를) 읽을 수 없습니다. 예: 199001234=1x3x7 (dose: item_seq=1x3x7)")
    return item_seq.strip(), parse_dose(dose)


def parse_dose(text: str) -> Dose:
    """``1x3x7`` → dose.

    Raises:
        SettingsError: not of that form, or a value is not a positive number.
    """
    parts = [part.strip() for part in re.split(r"[x×*]", text.strip().lower())]
    if len(parts) > 3:
        raise SettingsError(f"용량 {text!r}에 값이 너무 많습니다. 예: 1x3x7 (1회량x횟수x일수)")
    values: list[float | None] = []
    for part in parts:
        if part in ("", "?"):
            values.append(None)
            continue
        try:
            values.append(float(part))
        except ValueError as error:
            raise SettingsError(
                f"용량 {text!r}의 {part!r}은(는) 수가 아닙니다. 예: 1x3x7 (dose is not a number)"
            ) from error
    return Dose(*values)
