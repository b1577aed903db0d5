"""Training of the outline network."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.loop import Endless, Run, load
from pillapp.training.onnx_files import export_network
from pillapp.training.outline.net import OutlineNet
from pillapp.training.outline.samples import OutlineSampler, scene_pills
from pillapp.vision.segment import WINDOW

BATCH: Final = 32


def loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross entropy per pixel, and one minus the soft intersection over union of each window."""
    logits = logits[:, 0].float()
    chance = torch.sigmoid(logits)
    both = (chance * masks).sum(dim=(1, 2))
    either = (chance + masks - chance * masks).sum(dim=(1, 2))
    return functional.binary_cross_entropy_with_logits(logits, masks) + (1 - both / either.clamp(min=1)).mean()


def train(minutes: float, say: Callable[[str], None]) -> Path:
    """Train for ``minutes`` of wall time; returns the checkpoint."""
    scenes = scene_pills(held=False)
    say(f"{len(scenes)} pills of rendered scenes")
    run = Run(OutlineNet, weight_decay=0.01)
    loader = DataLoader(Endless(OutlineSampler(scenes, held=False).draw, 3), BATCH, num_workers=1, prefetch_factor=4)
    run.learn(loader, loss, minutes, say)
    return run.finish(work_dir() / "outline" / "outline.pt")


def export(checkpoint: Path, version: str) -> None:
    """Write ``models/outline.onnx`` (any number of windows) and its card."""
    network = OutlineNet()
    network.load_state_dict(load(checkpoint)["mean"])
    target = models_dir() / "outline"
    example = torch.zeros(2, 4, WINDOW, WINDOW)
    export_network(network, example, target.with_suffix(".onnx"), {"windows": {0: "n"}, "pill": {0: "n"}})
    write_card(target, (".onnx",), {"name": "pill-outline", "task": "outline", "version": version, "input": WINDOW})
