"""Past checks are kept with their photo and come back newest first."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pillapp.capture.frame import Frame
from pillapp.check.values import Check
from pillapp.errors import PillappError
from pillapp.records.store import RecordStore
from pillapp.safety.assess import assess
from pillapp.safety.values import PatientFacts
from tests.safety.builders import TODAY, book


def empty_check(source: str) -> Check:
    pixels = np.full((40, 60, 3), 200, np.uint8)
    assessment = assess([], PatientFacts(), book(), today=TODAY)
    return Check(Frame(pixels, source), (), (), PatientFacts(), assessment, ())


def test_a_kept_check_comes_back_with_its_photo(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "records")
    now = datetime(2026, 4, 1, 9)
    for minute, name in enumerate(("first.jpg", "second.jpg")):
        store.keep(empty_check(name), model="m 1", dur_date="2026-03-12", made_at=now + timedelta(minutes=minute))
    records = store.latest()
    store.close()
    assert [record.source for record in records] == ["second.jpg", "first.jpg"]
    assert records[0].summary == (0, 0, 0)
    with Image.open(records[0].photo) as photo:
        assert photo.size == (60, 40)


def test_records_outlive_the_program(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    store.keep(empty_check("a.jpg"), model="m", dur_date=None)
    store.close()
    again = RecordStore(tmp_path)
    assert len(again.latest()) == 1
    again.close()


def test_a_damaged_record_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(PillappError, match="검사 기록"):
        RecordStore(tmp_path)
