"""A reason for going on names a person, and OTHER needs words."""

from datetime import datetime

import pytest

from pillapp.errors import SettingsError
from pillapp.safety.acknowledge import Acknowledgement, Reason
from pillapp.safety.values import Legal
from pillapp.safety.words import WORDS

NOW = datetime(2026, 4, 1)


def test_other_needs_words() -> None:
    with pytest.raises(SettingsError, match="OTHER"):
        Acknowledgement("k", Reason.OTHER, "  ", "김약사", NOW)
    assert Acknowledgement("k", Reason.OTHER, "전화 확인", "김약사", NOW).text


def test_somebody_must_be_named() -> None:
    with pytest.raises(SettingsError, match="who"):
        Acknowledgement("k", Reason.TRAVEL, "", " ", NOW)


def test_reason_codes_are_distinct() -> None:
    assert len({reason.code for reason in Reason}) == len(Reason) == 6


def test_every_rule_type_is_explained_to_both_in_both_languages() -> None:
    for category, words in WORDS.items():
        for sentence in (words.patient_ko, words.patient_en, words.pharmacist_ko, words.pharmacist_en):
            assert sentence.endswith((".", "요.", "다."))
        assert (words.legal is Legal.CONTRAINDICATED) is category.value.endswith("금기")
