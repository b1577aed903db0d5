"""Training of the embedding network by telling sides that look alike apart."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import DataSetError, work_dir
from pillapp.training.embedding.net import EmbeddingNet
from pillapp.training.embedding.pictures import load_pictures
from pillapp.training.embedding.samples import PairSampler
from pillapp.training.loop import Endless, Run, load
from pillapp.training.onnx_files import export_network
from pillapp.vision.embed import VIEW, WIDTH

HEAT: Final = 0.07  # of the cosines in the loss


def loss(vectors: Tensor, kind: Tensor, pill: Tensor, imprint: Tensor) -> Tensor:
    """Of each picture, how likely its partner is the one most like it among the step's other pictures.

    Other sides of the same pill, and pills that may be the same under another name, are no competitors.
    """
    vectors = vectors.float()
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
    pictures = load_pictures(say)
    run = Run(_started, weight_decay=0.02)
    sampler = PairSampler(pictures, np.flatnonzero(~pictures.held))
    loader = DataLoader(Endless(sampler.draw, seed), None, num_workers=1, prefetch_factor=4)
    facts = [torch.from_numpy(values) for values in (pictures.kind, pictures.pill, pictures.imprint)]
    batches = ([torch.as_tensor(views), *(fact[places] for fact in facts)] for views, places in loader)
    run.learn(batches, loss, minutes, say)
    return run.finish(work_dir() / "embedding" / "embedding.pt")


def _started() -> EmbeddingNet:
    """A network whose encoder is the trained attribute network's: it knows shapes and colours already."""
    path = work_dir() / "attributes" / "attributes.pt"
    if not path.exists():
        raise DataSetError(f"{path} is missing: run main.py train attributes first, its encoder is where this begins")
    learned = load(path)["mean"]
    network = EmbeddingNet()
    network.body.load_state_dict({k.removeprefix("body."): v for k, v in learned.items() if k.startswith("body.")})
    return network


def export(checkpoint: Path, version: str) -> None:
    """Write ``models/embedding.onnx`` (any number of pictures) and its card."""
    network = EmbeddingNet()
    network.load_state_dict(load(checkpoint)["mean"])
    target = models_dir() / "embedding"
    example = torch.zeros(2, 4, VIEW, VIEW)
    export_network(network, example, target.with_suffix(".onnx"), {"pictures": {0: "n"}, "vectors": {0: "n"}})
    write_card(target, (".onnx",), {"name": "pill-embedding", "task": "embedding", "version": version, "width": WIDTH})
