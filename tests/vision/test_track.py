"""Numbers stay with their pills; stillness is told only when nothing moved for a while."""

import numpy as np

from pillapp.vision.detect import Detection, Found
from pillapp.vision.track import STEADY_S, LiveView, PillTracker

PLACES = np.array([[10, 10, 60, 60], [100, 20, 150, 70], [200, 50, 260, 90]], float)
FRAME_S = 0.07


def found(boxes: np.ndarray, order: tuple[int, ...] = (0, 1, 2)) -> Found:
    return Found(tuple(Detection((b[0], b[1], b[2], b[3]), 0.8) for b in boxes[list(order)]))


def watch(tracker: PillTracker, frames: list[Found], start: float = 0.0) -> list[LiveView]:
    return [tracker.update(frame, start + i * FRAME_S) for i, frame in enumerate(frames)]


def trembling(count: int, seed: int = 0) -> list[Found]:
    rng = np.random.default_rng(seed)
    return [found(PLACES + rng.normal(0, 0.5, PLACES.shape), tuple(rng.permutation(3))) for _ in range(count)]


def number_at(view: LiveView, x: float) -> int:
    return next(p.number for p in view.pills if p.detection.box[0] < x < p.detection.box[2])


def test_numbers_do_not_jump_when_the_order_of_the_detections_does() -> None:
    views = watch(PillTracker(), trembling(20))[2:]
    assert {tuple(number_at(view, x) for x in (35, 125, 230)) for view in views} == {
        tuple(number_at(views[0], x) for x in (35, 125, 230))
    }


def test_a_pill_that_moves_slowly_keeps_its_number() -> None:
    views = watch(PillTracker(), [found(PLACES + 3 * i) for i in range(20)])[2:]
    assert len({number_at(view, view.pills[0].detection.box[0] + 5) for view in views}) == 1
    assert not any(view.steady for view in views)


def test_still_pills_are_steady_after_a_second_and_not_before() -> None:
    frames = int(STEADY_S / FRAME_S) + 6
    views = watch(PillTracker(), trembling(frames))
    assert views[-1].steady
    assert not any(view.steady for view in views[: int(STEADY_S / FRAME_S)])


def test_a_hand_in_the_picture_ends_stillness() -> None:
    tracker = PillTracker()
    watch(tracker, trembling(30))
    covered = tracker.update(found(PLACES, (0, 2)), 30 * FRAME_S)
    assert not covered.steady


def test_an_empty_tray_is_never_steady() -> None:
    assert not any(view.steady for view in watch(PillTracker(), [Found(())] * 30))
