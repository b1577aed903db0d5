"""From pills to slots: what counts as one product of the set."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.capture.frame import Frame
from pillapp.check.examiner import Options, in_reading_order, scale_of, slots_of
from pillapp.check.scale import ScaleSource
from pillapp.check.values import Pill
from pillapp.errors import SettingsError
from pillapp.identify.values import Candidate, CandidateEvidence, Identification, State
from pillapp.settings import CameraScale
from pillapp.vision.detect import Detection
from pillapp.vision.mat import MATS
from pillapp.vision.scale import MatSeen, PlaneScale
from tests.safety.builders import product

EVIDENCE = CandidateEvidence(0.9, 0.9, 0.9, None)


def pill(number: int, state: State, *names: str, confirmed: str | None = None) -> Pill:
    candidates = tuple(Candidate(n, f"약{n}", 0.9 / len(names), EVIDENCE) for n in names)
    seen: Any = SimpleNamespace(crop=np.zeros((4, 4, 3), np.uint8))
    return Pill(number, (seen,), Identification(state, candidates), confirmed)


class Shelf:
    """Stands in for the catalogue: any product exists."""

    def safety_facts(self, item_seqs: list[str]) -> list[Any]:
        return [product(item_seq, 1) for item_seq in item_seqs]


def slots(pills: list[Pill], **options: Any) -> list[Any]:
    shelf: Any = Shelf()
    return slots_of(shelf, pills, Options(**options))[0]


def test_two_tablets_of_one_product_are_one_slot() -> None:
    pills = [pill(1, State.IDENTIFIED, "a"), pill(2, State.IDENTIFIED, "a"), pill(3, State.IDENTIFIED, "b")]
    shelf: Any = Shelf()
    made, members = slots_of(shelf, pills, Options())
    assert [slot.label for slot in made] == ["알약 1·2", "알약 3"]
    assert members == ((1, 2), (3,))


def test_every_unknown_pill_is_a_slot_of_its_own_without_candidates() -> None:
    made = slots([pill(1, State.UNKNOWN, "a"), pill(2, State.UNKNOWN, "a")])
    assert [(slot.candidates, slot.settled) for slot in made] == [((), False), ((), False)]


def test_an_ambiguous_pill_brings_all_its_candidates() -> None:
    made = slots([pill(1, State.AMBIGUOUS, "a", "b", "c")])
    assert [c.facts.item_seq for c in made[0].candidates] == ["a", "b", "c"]
    assert not made[0].settled


def test_candidates_of_a_tenth_of_a_percent_raise_no_warnings() -> None:
    one = pill(1, State.AMBIGUOUS, "a", "b")
    first, second = one.identification.candidates
    unlikely = replace(one.identification, candidates=(first, replace(second, probability=0.001)))
    assert [c.facts.item_seq for c in slots([replace(one, identification=unlikely)])[0].candidates] == ["a"]


def test_a_confirmed_pill_is_settled_on_what_the_person_said() -> None:
    made = slots([pill(1, State.UNKNOWN, "a", confirmed="z")])
    assert made[0].settled
    assert made[0].candidates[0].facts.item_seq == "z"


def test_a_product_added_by_hand_that_lies_on_the_tray_is_not_counted_twice() -> None:
    made = slots([pill(1, State.IDENTIFIED, "a")], added=("a", "b", "b"))
    assert [slot.candidates[0].facts.item_seq for slot in made] == ["a", "b"]


@pytest.mark.parametrize("value", [0.0, -1.0, 99.0, float("nan")])
def test_an_impossible_scale_is_refused(value: float) -> None:
    with pytest.raises(SettingsError):
        Options(mm_per_px=value)


def test_what_is_told_counts_before_the_mat_and_the_mat_before_the_camera() -> None:
    frame = Frame(np.zeros((48, 64, 3), np.uint8), "0")
    mat = MatSeen(MATS["A4"], PlaneScale.uniform(0.2), 16, 0.1)
    camera = CameraScale("0", 64, 48, PlaneScale.uniform(0.3).rows)
    told = Options(mm_per_px=0.1, camera=camera)
    expected = [
        (scale_of(frame, mat, told), ScaleSource.GIVEN, 0.1),
        (scale_of(frame, mat, Options(camera=camera)), ScaleSource.MAT, 0.2),
        (scale_of(frame, None, Options(camera=camera)), ScaleSource.CAMERA, 0.3),
    ]
    for scale, source, mm_per_px in expected:
        assert scale is not None
        assert scale.source is source
        assert scale.middle_mm_per_px(frame) == pytest.approx(mm_per_px)
    assert scale_of(frame, None, Options()) is None


def test_a_cameras_scale_is_not_used_on_pictures_of_another_size() -> None:
    camera = CameraScale("0", 640, 480, PlaneScale.uniform(0.3).rows)
    assert scale_of(Frame(np.zeros((48, 64, 3), np.uint8), "0"), None, Options(camera=camera)) is None


def test_a_confirmation_can_be_taken_back() -> None:
    one = pill(1, State.AMBIGUOUS, "a")
    assert replace(one, confirmed="b").settled == "b"
    assert replace(one, confirmed=None).settled is None


def test_pills_are_numbered_row_by_row() -> None:
    places = [(300, 10), (20, 14), (160, 200), (20, 210)]
    boxes = [Detection((x, y, x + 60, y + 60), 0.9) for x, y in places]
    assert [d.box[:2] for d in in_reading_order(boxes)] == [(20, 14), (300, 10), (20, 210), (160, 200)]


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 900), st.floats(5, 90), st.floats(5, 90)), max_size=30))
def test_numbering_neither_loses_nor_invents_pills(boxes: list[tuple[float, float, float, float]]) -> None:
    found = [Detection((x, y, x + w, y + h), 0.5) for x, y, w, h in boxes]
    assert sorted(d.box for d in in_reading_order(found)) == sorted(d.box for d in found)
