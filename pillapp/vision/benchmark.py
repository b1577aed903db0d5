"""How long finding pills takes, by engine, beside what no program can do without: ``main.py benchmark detect``."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np

from pillapp.errors import PillappError
from pillapp.paths import models_dir, resources_dir
from pillapp.vision.detect import Detector
from pillapp.vision.engines import Session, choose_engine
from pillapp.vision.track import PillTracker

ENGINES: Final = ("openvino", "onnxruntime", "cuda")
PHOTOS: Final = (("0.3 MP", 640, 480), ("2 MP", 1632, 1224), ("12 MP", 4000, 3000))
ROUNDS: Final = 15
NETWORK_PX: Final = 640
LIVE_FRAMES: Final = 90


@dataclass(frozen=True, slots=True)
class Measured:
    """Median milliseconds of one photo, warm: reading its JPEG, the bare network once at 640 px, and finding its pills."""

    engine: str
    photo: str
    decode: float
    network: float
    find: float

    def __str__(self) -> str:
        floor = self.decode + self.network
        return (
            f"{self.engine} {self.photo}: decode {self.decode:.1f} + bare network {self.network:.1f} ms; "
            f"decode and find {self.decode + self.find:.1f} ms, {(self.decode + self.find) / floor:.2f} times the floor"
        )


def benchmark(say: Callable[[str], None]) -> None:
    """Measure every engine that works here; ``say`` gets one line each, and why the others do not."""
    sample = cv2.imread(str(resources_dir() / "samples" / "tray-front.jpg"))
    assert sample is not None
    for name in ENGINES:
        try:
            engine = choose_engine(name).engine
        except PillappError as error:
            say(f"{name}: {error}")
            continue
        detector, bare = Detector(engine, models_dir() / "detector"), engine.load(models_dir() / "detector")
        for measured in _photos(name, sample, detector, bare):
            say(str(measured))
        say(f"{name} live, 640 x 480 video, found and followed: {_live(sample, detector):.1f} frames a second")
    if sys.platform != "win32":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"most memory of this process, all engines together: {peak:.0f} MiB")


def _photos(name: str, sample: np.ndarray, detector: Detector, bare: Session) -> Iterator[Measured]:
    batch = np.zeros((1, 3, NETWORK_PX, NETWORK_PX), np.float32)
    for label, width, height in PHOTOS:
        picture = cv2.resize(sample, (width, height), interpolation=cv2.INTER_CUBIC)
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        pixels = np.ascontiguousarray(picture[:, :, ::-1])
        yield Measured(
            name,
            label,
            decode=_median(partial(cv2.imdecode, coded, cv2.IMREAD_COLOR)),
            network=_median(partial(bare.infer, batch)),
            find=_median(partial(detector.find, pixels)),
        )


def _live(sample: np.ndarray, detector: Detector) -> float:
    """Frames a second, each decoded, searched and followed; the picture wanders a little as a hand-held one does."""
    frames = [
        cv2.imencode(".jpg", np.roll(cv2.resize(sample, (640, 480)), (i % 5, -i % 7), axis=(0, 1)))[1]
        for i in range(LIVE_FRAMES)
    ]
    tracker = PillTracker()
    started = time.perf_counter()
    for number, coded in enumerate(frames):
        frame = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert frame is not None
        tracker.update(detector.find(np.ascontiguousarray(frame[:, :, ::-1])), number / 30)
    return LIVE_FRAMES / (time.perf_counter() - started)


def _median(job: Callable[[], object]) -> float:
    job()  # warm
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        job()
        taken.append((time.perf_counter() - started) * 1000)
    return float(np.median(taken))
