"""Training of the embedding network by telling sides that look alike apart; the learning rate follows the clock."""

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
from pillapp.training.datasets import DataSetError, work_dir
from pillapp.training.detection.train import rate_at
from pillapp.training.embedding.net import EmbeddingNet
from pillapp.training.embedding.pictures import load_pictures
from pillapp.training.embedding.samples import PairSampler
from pillapp.training.onnx_files import store_half
from pillapp.training.running_mean import follow
from pillapp.vision.embed import VIEW, WIDTH

HEAT: Final = 0.07  # of the cosines in the loss
PEAK_RATE: Final = 2e-3
DECAY: Final = 0.995  # of the running mean of the weights


class _Stream(IterableDataset[tuple[np.ndarray, np.ndarray]]):
    """Steps without end."""

    def __init__(self, sampler: PairSampler, seed: int) -> None:
        self._sampler = sampler
        self._seed = seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng(self._seed)
        while True:
            yield self._sampler.draw(rng)


def loss(vectors: Tensor, kind: Tensor, pill: Tensor, imprint: Tensor) -> Tensor:
    """Of each picture, how likely its partner is the one most like it among the step's other pictures.

    Other sides of the same pill, and pills that may be the same under another name, are no competitors.
    """
    likeness = vectors @ vectors.T / HEAT
    n = len(vectors)
    same_print = (imprint[:, None] == imprint[None]) & (imprint[:, None] >= 0)
    ignored = (pill[:, None] == pill[None]) | (kind[:, None] == kind[None]) | same_print
    partner = torch.arange(n) ^ 1
    ignored[torch.arange(n), partner] = False
    ignored.fill_diagonal_(True)
    return functional.cross_entropy(likeness.masked_fill(ignored, -1e4), partner)


def train(minutes: float, say: Callable[[str], None], seed: int = 5) -> Path:
    """Train for ``minutes`` of wall time; returns the checkpoint.

    Raises:
        DataSetError: a set is missing, or the attribute network, whose encoder it starts from, was not trained here.
    """
    torch.manual_seed(seed)
    pictures = load_pictures(say)
    network = _started().to(memory_format=torch.channels_last)
    mean = EmbeddingNet()
    mean.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    sampler = PairSampler(pictures, np.flatnonzero(~pictures.held))
    loader = DataLoader(_Stream(sampler, seed), None, num_workers=1, prefetch_factor=4)
    facts = [torch.from_numpy(values) for values in (pictures.kind, pictures.pill, pictures.imprint)]
    started, total, steps = time.monotonic(), 0.0, 0
    network.train()
    for views, places in loader:
        share = (time.monotonic() - started) / (minutes * 60)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * rate_at(share)
        with torch.autocast("cpu", torch.bfloat16):
            vectors = network(torch.as_tensor(views).contiguous(memory_format=torch.channels_last))
        value = loss(vectors.float(), *(fact[places] for fact in facts))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        steps += 1
        follow(mean, network, min(DECAY, (1 + steps) / (10 + steps)))
        total += float(value.detach())
        if steps % 50 == 0:
            say(f"{share:.0%} step {steps} loss {total / 50:.3f}")
            total = 0.0
            _save(mean, steps)
    return _save(mean, steps)


def _started() -> EmbeddingNet:
    """A network whose encoder is the trained attribute network's: it knows shapes and colours already."""
    path = work_dir() / "attributes" / "attributes.pt"
    if not path.exists():
        raise DataSetError(f"{path} is missing: run main.py train attributes first, its encoder is where this begins")
    learned = torch.load(path, map_location="cpu", weights_only=True)["mean"]
    network = EmbeddingNet()
    network.body.load_state_dict({k.removeprefix("body."): v for k, v in learned.items() if k.startswith("body.")})
    return network


def _save(mean: EmbeddingNet, steps: int) -> Path:
    path = work_dir() / "embedding" / "embedding.pt"
    torch.save({"mean": mean.state_dict(), "steps": steps}, path)
    return path


def export(checkpoint: Path, version: str) -> None:
    """Write ``models/embedding.onnx`` (any number of pictures) and its card."""
    network = EmbeddingNet()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    network.eval()
    target = models_dir() / "embedding"
    whole = work_dir() / "embedding" / "embedding.onnx"
    options: dict[str, Any] = {"dynamo": False, "opset_version": 17}
    torch.onnx.export(
        network,
        (torch.zeros(2, 4, VIEW, VIEW),),
        str(whole),
        input_names=["pictures"],
        output_names=["vectors"],
        dynamic_axes={"pictures": {0: "n"}, "vectors": {0: "n"}},
        **options,
    )
    store_half(whole, target.with_suffix(".onnx"))
    write_card(target, (".onnx",), {"name": "pill-embedding", "task": "embedding", "version": version, "width": WIDTH})
