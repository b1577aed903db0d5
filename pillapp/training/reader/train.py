"""Training of the imprint reader: drawn sides first, then real ones it has learnt to label itself."""

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.detection.train import rate_at
from pillapp.training.onnx_files import store_half
from pillapp.training.reader.net import ReaderNet
from pillapp.training.reader.real import RealSide, pseudo_labels, real_sides
from pillapp.training.reader.render import render_chunks
from pillapp.training.reader.renderings import Rendering, load_renderings
from pillapp.training.reader.samples import sample, targets
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ALPHABET, CLASSES, ROUND_SIDE, STRIDE
from pillapp.vision.unroll import STRIP_SHAPE

BATCH: Final = 48
PEAK_RATE: Final = 2e-3
DECAY: Final = 0.998  # of the running mean of the weights
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

    def batch(self) -> list[Tensor]:
        """Windows, existence, its weight, class, its weight."""
        return self._queue.get()

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
    torch.manual_seed(5)
    drawn = [picture for path in render_chunks(chunks) for picture in load_renderings(path)]
    real = real_sides()
    say(f"{len(drawn)} drawn sides, {len(real)} real ones")
    checkpoint = run_dir() / "reader.pt"
    network = ReaderNet().to(memory_format=torch.channels_last)
    label_real_at = () if start else LABEL_REAL_AT
    if start:
        network.load_state_dict(torch.load(start, map_location="cpu", weights_only=True)["mean"])
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    mean = ReaderNet()
    mean.load_state_dict(network.state_dict())
    spent, steps = 0.0, 0
    if resume:
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        mean.load_state_dict(saved["mean"])
        spent, steps = saved["seconds"], saved["steps"]
    feeder = Feeder(drawn, seed=11 + steps)
    label_at = [share for share in label_real_at if share * minutes * 60 > spent]
    if start:
        shipped = choose_engine("cpu").engine.load(models_dir() / "imprint_reader")
        feeder.real = label_real(shipped.infer, real, say)
    elif len(label_at) < len(label_real_at):
        feeder.real = label_real(_infer_with(mean), real, say)
    started = time.monotonic()
    total = 0.0
    network.train()
    while (share := (spent + time.monotonic() - started) / (minutes * 60)) < 1:
        if label_at and share >= label_at[0]:
            label_at.pop(0)
            feeder.real = label_real(_infer_with(mean), real, say)
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * rate_at(share)
        windows, *maps = feeder.batch()
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(windows.contiguous(memory_format=torch.channels_last))
        value = loss(logits, *maps)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        steps += 1
        _follow(mean, network, min(DECAY, (1 + steps) / (10 + steps)))
        total += float(value.detach())
        if steps % 100 == 0:
            say(f"{share:.0%} step {steps} loss {total / 100:.3f}")
            total = 0.0
            state = {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "mean": mean.state_dict(),
                "seconds": spent + time.monotonic() - started,
                "steps": steps,
            }
            torch.save(state, checkpoint)
    feeder.stop()
    torch.save({"mean": mean.state_dict(), "seconds": minutes * 60, "steps": steps}, run_dir() / "reader-final.pt")
    return run_dir() / "reader-final.pt"


@torch.no_grad()
def _follow(mean: ReaderNet, network: ReaderNet, decay: float) -> None:
    for kept, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new.to(kept.dtype), 1 - decay)
        else:
            kept.copy_(new)


def _infer_with(mean: ReaderNet) -> Callable[[np.ndarray], np.ndarray]:
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
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    network.eval()
    target = models_dir() / "imprint_reader"
    whole = run_dir() / "imprint_reader.onnx"
    options: dict[str, Any] = {"dynamo": False, "opset_version": 17}
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, ROUND_SIDE, ROUND_SIDE),),
        str(whole),
        input_names=["pictures"],
        output_names=["characters"],
        dynamic_axes={"pictures": {0: "n", 2: "h", 3: "w"}, "characters": {0: "n", 2: "h4", 3: "w4"}},
        **options,
    )
    store_half(whole, target.with_suffix(".onnx"))
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
