"""A pharmacist's reason for going on despite a finding (확인 사유)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pillapp.errors import SettingsError


class Reason(Enum):
    """The usual reasons of Korean DUR practice: code, Korean, English."""

    PRESCRIBER = ("A", "처방의와 확인함", "Confirmed with the prescriber")
    TRAVEL = ("B", "여행 등으로 미리 받음", "Dispensed early for travel")
    DATES = ("C", "복용 날짜가 겹치지 않음", "Taken on different dates")
    REPLACED = ("D", "기존 약을 바꾼 처방임", "Replaces the earlier medicine")
    INFORMED = ("E", "환자가 이미 알고 있음", "Patient already informed")
    OTHER = ("Z", "기타(직접 입력)", "Other (in words)")

    @property
    def code(self) -> str:
        """The code kept in the record."""
        return str(self.value[0])

    @property
    def korean(self) -> str:
        """Wording on the screen."""
        return str(self.value[1])

    @property
    def english(self) -> str:
        """Wording on the English screen."""
        return str(self.value[2])


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who went on despite which finding (its ``key``), when and why. ``text`` is required for ``OTHER``.

    Raises:
        SettingsError: OTHER without words, or nobody named.
    """

    finding: str
    reason: Reason
    text: str
    who: str
    when: datetime

    def __post_init__(self) -> None:
        if self.reason is Reason.OTHER and not self.text.strip():
            raise SettingsError("기타 사유는 내용을 적어야 합니다. (reason OTHER needs words)")
        if not self.who.strip():
            raise SettingsError("확인한 사람을 적어야 합니다. (who acknowledged it?)")
