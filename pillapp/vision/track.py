"""Following pills over the frames of a live picture: numbers that stay, and whether everything lies still."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pillapp.vision.detect import Detection, Found

if TYPE_CHECKING:
    from trackers import ByteTrackTracker

STEADY_S: Final = 1.0  # so long nothing may move
STEADY_SHIFT: Final = 0.06  # of a pill's size, by which its box may tremble
LOST_FRAMES: Final = 12  # analysed frames after which a pill that is not seen any more is gone
_SURE: Final = 0.5  # confidence of the tracker's first round; weaker detections only continue a track


@dataclass(frozen=True, slots=True)
class Tracked:
    """A pill that has been seen over several frames; ``number`` stays the same as long as it lies there."""

    number: int
    detection: Detection


@dataclass(frozen=True, slots=True)
class LiveView:
    """What is known after the newest frame. ``steady``: there are pills, and none of them has moved for a while."""

    pills: tuple[Tracked, ...]
    exact: bool
    steady: bool


class PillTracker:
    """Feed it what was found in each frame, in order. One thread owns it."""

    def __init__(self) -> None:
        self._tracker = _new_tracker()
        self._numbers: dict[int, int] = {}
        self._past: deque[tuple[float, dict[int, np.ndarray]]] = deque()

    def update(self, found: Found, seconds: float) -> LiveView:
        """Take in the detections of the frame of a time (any monotonic clock)."""
        import supervision

        boxes = np.array([d.box for d in found.detections], np.float32).reshape(-1, 4)
        scores = np.array([d.confidence for d in found.detections], np.float32)
        seen = self._tracker.update(
            supervision.Detections(xyxy=boxes, confidence=scores, data={"place": np.arange(len(boxes))})
        )
        pills = []
        for identity, place in zip(seen.tracker_id, seen.data.get("place", ()), strict=True):
            if identity >= 0:  # seen in more than this frame
                number = self._numbers.setdefault(int(identity), len(self._numbers) + 1)
                pills.append(Tracked(number, found.detections[int(place)]))
        pills.sort(key=lambda pill: pill.number)
        steady = self._steady({pill.number: np.array(pill.detection.box) for pill in pills}, seconds)
        return LiveView(tuple(pills), found.exact, steady and len(pills) == len(found.detections))

    def _steady(self, boxes: dict[int, np.ndarray], seconds: float) -> bool:
        self._past.append((seconds, boxes))
        while len(self._past) > 1 and self._past[1][0] <= seconds - STEADY_S:
            self._past.popleft()
        if not boxes or self._past[0][0] > seconds - STEADY_S:
            return False
        for _, earlier in self._past:
            if earlier.keys() != boxes.keys():
                return False
            for number, box in boxes.items():
                size = float(max(box[2:] - box[:2]))
                if np.abs(earlier[number] - box).max() > STEADY_SHIFT * size:
                    return False
        return True


def _new_tracker() -> "ByteTrackTracker":
    from trackers import ByteTrackTracker

    return ByteTrackTracker(
        lost_track_buffer=LOST_FRAMES,
        track_activation_threshold=_SURE,
        high_conf_det_threshold=_SURE,
        minimum_consecutive_frames=1,
    )
