"""Training of the imprint reader: drawn sides first, then real ones it has learnt to label itself."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.loop import Run, load
from pillapp.training.onnx_files import export_network
from pillapp.training.reader.net import ReaderNet
from pillapp.training.reader.real import RealSide, pseudo_labels, real_sides
from pillapp.training.reader.render import render_chunks
from pillapp.training.reader.renderings import Rendering, load_renderings
from pillapp.training.reader.samples import sample, targets
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ALPHABET, CLASSES, ROUND_SIDE, STRIDE
from pillapp.vision.unroll import STRIP_SHAPE

BATCH: Final = 48
SAVE_EVERY: Final = 100  # steps
LABEL_REAL_AT: Final = (0.35, 0.65)  # shares of the time at which real sides are labelled (again)
REAL_SHARE: Final = 0.4  # of a batch, once there are labelled real sides


def run_dir() -> Path:
    """Renders and checkpoints of the reader."""
    return work_dir() / "reader"


def loss(logits: Tensor, existence: Tensor, weight: Tensor, number: Tensor, certainty: Tensor) -> Tensor:
    """Focal loss of existence with softened negatives around characters, plus cross entropy of the class on them."""
    seen = logits[:, 0].float()
    probability = torch.sigmoid(seen).clamp(1e-4, 1 - 1e-4)
    positive = existence == 1
    hit = -torch.log(probability) * (1 - probability) ** 2
    miss = -torch.log(1 - probability) * probability**2 * (1 - existence) ** 4
    count = positive.sum().clamp(min=1)
    focal = (torch.where(positive, hit, miss) * weight).sum() / count
    classes = functional.cross_entropy(logits[:, 1:].float(), number, reduction="none", label_smoothing=0.02)
    return focal + (classes * certainty).sum() / certainty.sum().clamp(min=1)


class Feeder:
    """Makes batches in a thread of its own, so that both cores stay busy."""

    def __init__(self, drawn: list[Rendering], seed: int) -> None:
        self.drawn = drawn
        self.real: list[Rendering] = []
        self._rng = np.random.default_rng(seed)
        self._queue: queue.Queue[list[Tensor]] = queue.Queue(maxsize=4)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _pick(self) -> Rendering:
        real = self.real
        if real and self._rng.random() < REAL_SHARE:
            return real[self._rng.integers(len(real))]
        return self.drawn[self._rng.integers(len(self.drawn))]

    def _work(self) -> None:
        while not self._stopped.is_set():
            windows, maps = [], []
            for _ in range(BATCH):
                window, characters = sample(self._rng, self._pick())
                windows.append(window[None])
                maps.append(targets(characters))
            batch = [torch.from_numpy(np.stack(windows))]
            batch += [torch.from_numpy(np.stack(column)) for column in zip(*maps, strict=True)]
            while not self._stopped.is_set():
                try:
                    self._queue.put(batch, timeout=0.5)
                    break
                except queue.Full:
                    continue

    def batches(self) -> Iterator[list[Tensor]]:
        """Without end: windows, existence, its weight, class, its weight."""
        while True:
            yield self._queue.get()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()


def train(
    minutes: float, chunks: int, say: Callable[[str], None], resume: bool = False, start: Path | None = None
) -> Path:
    """Train for ``minutes`` of wall time on ``chunks`` of drawn sides and the real ones; returns the checkpoint.

    ``start``: weights of an earlier training instead of none; real sides are then labelled once, at the start, by the reader
    that ships.
    """
    drawn = [picture for path in render_chunks(chunks) for picture in load_renderings(path)]
    real = real_sides()
    say(f"{len(drawn)} drawn sides, {len(real)} real ones")
    checkpoint = run_dir() / "reader.pt"
    run = Run(ReaderNet, weight_decay=0.02)
    if start:
        run.begin_with(load(start)["mean"])
    if resume:
        run.resume(checkpoint)
    feeder = Feeder(drawn, seed=11 + run.steps)
    label_real_at = () if start else LABEL_REAL_AT
    label_at = [share for share in label_real_at if share * minutes * 60 > run.seconds]
    if start:
        shipped = choose_engine("cpu").engine.load(models_dir() / "imprint_reader")
        feeder.real = label_real(shipped.infer, real, say)
    elif len(label_at) < len(label_real_at):
        feeder.real = label_real(_infer_with(run.mean), real, say)

    def each_step(share: float) -> None:
        if label_at and share >= label_at[0]:
            label_at.pop(0)
            feeder.real = label_real(_infer_with(run.mean), real, say)
        if run.steps % SAVE_EVERY == 0:
            run.save(checkpoint)

    run.learn(feeder.batches(), loss, minutes, say, each_step)
    feeder.stop()
    return run.finish(run_dir() / "reader-final.pt")


def _infer_with(mean: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    mean.eval()

    def infer(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            return np.asarray(mean(torch.from_numpy(batch)).float().numpy())

    return infer


def label_real(
    infer: Callable[[np.ndarray], np.ndarray], real: list[RealSide], say: Callable[[str], None]
) -> list[Rendering]:
    """Real sides labelled by a reader: pictures (n, 1, h, w) to its maps."""
    labelled = [found for side in real for found in pseudo_labels(side, infer)]
    letters = sum(int((p.characters[:, 3] >= 0).sum()) for p in labelled)
    bent = sum(p.pixels.shape == STRIP_SHAPE for p in labelled)
    say(f"{len(labelled)} pictures of {len(real)} real sides labelled, {bent} of them rims, {letters} characters")
    return labelled


def export(checkpoint: Path, version: str) -> None:
    """Write ``models/imprint_reader.onnx`` (any number, height and width of pictures) and its card."""
    network = ReaderNet()
    network.load_state_dict(load(checkpoint)["mean"])
    target = models_dir() / "imprint_reader"
    axes = {"pictures": {0: "n", 2: "h", 3: "w"}, "characters": {0: "n", 2: "h4", 3: "w4"}}
    export_network(network, torch.zeros(2, 1, ROUND_SIDE, ROUND_SIDE), target.with_suffix(".onnx"), axes)
    write_card(
        target,
        (".onnx",),
        {
            "name": "imprint-reader",
            "task": "characters",
            "version": version,
            "stride": STRIDE,
            "classes": [*ALPHABET, "hangul", "mark"],
            "outputs": 1 + CLASSES,
        },
    )
