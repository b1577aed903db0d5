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
from pillapp.training.attribute_reader.nlm_sides import nlm_sides
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
OFFICIAL_SHARE: Final = 0.25  # of all samples
NLM_SHARE: Final = 0.25
SCENE_SHARE: Final = 0.2
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


def train(minutes: float, say: Callable[[str], None], start: Path | None = None) -> Path:
    """Train for ``minutes`` of wall time, from the weights of ``start`` where given; returns the checkpoint (weights, and the
    prior of the answers).
    """
    sides = [drawn_sides(DRAWN), official_half(held=False), nlm_sides()]
    scenes = scene_views()
    drawn, learned, american = (len(part.pixels) for part in sides)
    say(f"{drawn} drawn sides, {learned} official, {american} American ones, {len(scenes.pills)} pills of scenes")
    shares = (1 - OFFICIAL_SHARE - NLM_SHARE - SCENE_SHARE, OFFICIAL_SHARE, NLM_SHARE, SCENE_SHARE)
    textures = load_textures()

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        kind = int(rng.choice(len(shares), p=shares))
        if kind == len(sides):
            return scene_sample(rng, scenes, int(rng.integers(len(scenes.pills))))
        return sample(rng, sides[kind], int(rng.integers(len(sides[kind].pixels))), textures)

    run = Run(AttributeNet, weight_decay=0.02)
    if start:
        run.begin_with(load(start)["mean"])
    run.learn(DataLoader(Endless(draw, 3), BATCH, num_workers=1, prefetch_factor=4), loss, minutes, say)
    means = np.stack([each.mean(axis=0) for each in (*(part.answers for part in sides), scenes.answers)])
    return run.finish(checkpoint_path(), prior=_prior(np.asarray(shares) @ means).tolist())


def checkpoint_path() -> Path:
    """What the last training left: weights and prior."""
    return work_dir() / "attributes" / "attributes.pt"


def _prior(said: np.ndarray) -> np.ndarray:
    """How common each answer is, each part summing to 1, from the mean of all answers; both halves of a pill count for both."""
    prior = said.copy()
    one, other = (slice(STARTS[k], STARTS[k + 1]) for k in (1, 2))
    prior[one] = prior[other] = (prior[one] + prior[other]) / 2
    for least, (start, end) in zip(RARE, itertools.pairwise(STARTS), strict=True):
        prior[start:end] = np.maximum(prior[start:end] / prior[start:end].sum(), least)
        prior[start:end] /= prior[start:end].sum()
    return prior


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
