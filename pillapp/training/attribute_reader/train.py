"""Training of the attribute network on drawn and official sides."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from pillapp.paths import models_dir
from pillapp.training.attribute_reader.calibrate import line_weights, official_half, temperatures
from pillapp.training.attribute_reader.net import AttributeNet
from pillapp.training.attribute_reader.samples import sample, scene_sample, scene_views
from pillapp.training.attribute_reader.sides import drawn_sides
from pillapp.training.cards import write_card
from pillapp.training.datasets import work_dir
from pillapp.training.loop import Endless, Run, load
from pillapp.training.onnx_files import export_network
from pillapp.training.surfaces import load_textures
from pillapp.vision.attributes import FORMS, LINES, STARTS, VIEW
from pillapp.vision.colour import COLOURS
from pillapp.vision.shape import SHAPES

DRAWN: Final = 12_000
OFFICIAL_SHARE: Final = 0.3  # of all samples
SCENE_SHARE: Final = 0.3
BATCH: Final = 64
# Least prior of an answer, per part: of one that is rarer, a small belief would be blown up beyond what was learned. Score
# lines are taken for nearly as rare as they are: what is mistaken for one is mostly text.
RARE: Final = (0.04, 0.04, 0.04, 0.04, 0.25)


def loss(logits: Tensor, answers: Tensor) -> Tensor:
    """Sum over the parts of the cross entropy with the answers, those unknown (all zero) left out."""
    total = torch.zeros(())
    for start, end in itertools.pairwise(STARTS):
        wanted = answers[:, start:end]
        known = wanted.sum(dim=1)
        each = functional.cross_entropy(logits[:, start:end].float(), wanted, reduction="none")
        total = total + (each * known).sum() / known.sum().clamp(min=1)
    return total


def train(minutes: float, say: Callable[[str], None]) -> Path:
    """Train for ``minutes`` of wall time; returns the checkpoint (weights, and the prior of the answers)."""
    drawn, learned = drawn_sides(DRAWN), official_half(held=False)
    scenes = scene_views()
    say(f"{len(drawn.pixels)} drawn sides, {len(learned.pixels)} official ones, {len(scenes.pills)} pills of scenes")
    textures = load_textures()

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        kind = rng.random()
        if kind < SCENE_SHARE:
            return scene_sample(rng, scenes, int(rng.integers(len(scenes.pills))))
        sides = learned if kind < SCENE_SHARE + OFFICIAL_SHARE else drawn
        return sample(rng, sides, int(rng.integers(len(sides.pixels))), textures)

    run = Run(AttributeNet, weight_decay=0.02)
    run.learn(DataLoader(Endless(draw, 3), BATCH, num_workers=1, prefetch_factor=4), loss, minutes, say)
    prior = (1 - OFFICIAL_SHARE - SCENE_SHARE) * _common(drawn.answers)
    for share, source in ((OFFICIAL_SHARE, learned.answers), (SCENE_SHARE, scenes.answers)):
        prior += share * _common(source)
    return run.finish(checkpoint_path(), prior=prior.tolist())


def checkpoint_path() -> Path:
    """What the last training left: weights and prior."""
    return work_dir() / "attributes" / "attributes.pt"


def _common(answers: np.ndarray) -> np.ndarray:
    """How often each answer is given, each part summing to 1; both halves of a pill count for both."""
    prior = answers.mean(axis=0)
    one, other = (slice(STARTS[k], STARTS[k + 1]) for k in (1, 2))
    prior[one] = prior[other] = (prior[one] + prior[other]) / 2
    for least, (start, end) in zip(RARE, itertools.pairwise(STARTS), strict=True):
        prior[start:end] = np.maximum(prior[start:end] / max(prior[start:end].sum(), 1e-6), least)
        prior[start:end] /= prior[start:end].sum()
    return np.asarray(prior)


def export(checkpoint: Path, version: str, say: Callable[[str], None]) -> None:
    """Write ``models/attributes.onnx`` (any number of pictures) and its card, with what sets its answers right."""
    saved = load(checkpoint)
    network = AttributeNet()
    network.load_state_dict(saved["mean"])
    network.eval()
    heat = temperatures(network, official_half(held=True))
    lines = line_weights(network, official_half(held=True), drawn_sides(DRAWN))
    say(f"temperatures {np.round(heat, 2).tolist()}, score lines {lines}")
    target = models_dir() / "attributes"
    example = torch.zeros(2, 4, VIEW, VIEW)
    export_network(network, example, target.with_suffix(".onnx"), {"pictures": {0: "n"}, "answers": {0: "n"}})
    write_card(
        target,
        (".onnx",),
        {
            "name": "pill-attributes",
            "task": "attributes",
            "version": version,
            "parts": {"shape": SHAPES, "colours of each half": COLOURS, "form": FORMS, "line": LINES},
            "prior": [round(float(v), 6) for v in saved["prior"]],
            "temperature": [round(float(v), 4) for v in heat],
            "score_line": lines,
        },
    )
