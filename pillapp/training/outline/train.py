"""Training of the outline network; the learning rate follows the clock."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.detection.train import rate_at
from pillapp.training.onnx_files import store_half
from pillapp.training.outline.net import OutlineNet
from pillapp.training.outline.samples import OutlineSampler, scene_pills
from pillapp.training.running_mean import follow
from pillapp.vision.segment import WINDOW

BATCH: Final = 32
PEAK_RATE: Final = 2e-3
DECAY: Final = 0.998  # of the running mean of the weights


class _Stream(IterableDataset[tuple[np.ndarray, np.ndarray]]):
    """Samples without end."""

    def __init__(self, sampler: OutlineSampler, seed: int) -> None:
        self._sampler = sampler
        self._seed = seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self._seed)
        while True:
            yield self._sampler.draw(rng)


def loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross entropy per pixel, and one minus the soft intersection over union of each window."""
    logits = logits[:, 0].float()
    chance = torch.sigmoid(logits)
    both = (chance * masks).sum(dim=(1, 2))
    either = (chance + masks - chance * masks).sum(dim=(1, 2))
    return functional.binary_cross_entropy_with_logits(logits, masks) + (1 - both / either.clamp(min=1)).mean()


def train(minutes: float, say: Callable[[str], None]) -> Path:
    """Train for ``minutes`` of wall time; returns the checkpoint."""
    torch.manual_seed(5)
    scenes = scene_pills(held=False)
    say(f"{len(scenes)} pills of rendered scenes")
    network, mean = OutlineNet().to(memory_format=torch.channels_last), OutlineNet()
    mean.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    loader = DataLoader(_Stream(OutlineSampler(scenes, held=False), 3), BATCH, num_workers=1, prefetch_factor=4)
    started, total, steps = time.monotonic(), 0.0, 0
    network.train()
    for windows, masks in loader:
        share = (time.monotonic() - started) / (minutes * 60)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * rate_at(share)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(windows.contiguous(memory_format=torch.channels_last))
        value = loss(logits, masks)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        steps += 1
        follow(mean, network, min(DECAY, (1 + steps) / (10 + steps)))
        total += float(value.detach())
        if steps % 100 == 0:
            say(f"{share:.0%} step {steps} loss {total / 100:.3f}")
            total = 0.0
    path = work_dir() / "outline" / "outline.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"mean": mean.state_dict(), "steps": steps}, path)
    return path


def export(checkpoint: Path, version: str) -> None:
    """Write ``models/outline.onnx`` (any number of windows) and its card."""
    network = OutlineNet()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    network.eval()
    target = models_dir() / "outline"
    whole = work_dir() / "outline" / "outline.onnx"
    options: dict[str, Any] = {"dynamo": False, "opset_version": 17}
    torch.onnx.export(
        network,
        (torch.zeros(2, 4, WINDOW, WINDOW),),
        str(whole),
        input_names=["windows"],
        output_names=["pill"],
        dynamic_axes={"windows": {0: "n"}, "pill": {0: "n"}},
        **options,
    )
    store_half(whole, target.with_suffix(".onnx"))
    write_card(target, (".onnx",), {"name": "pill-outline", "task": "outline", "version": version, "input": WINDOW})
