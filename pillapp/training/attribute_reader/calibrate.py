"""What sets the attribute network's answers right: temperatures, and how its word on score lines is weighed with grooves."""

import itertools
from typing import Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from pillapp.training.attribute_reader.samples import sample
from pillapp.training.attribute_reader.sides import Sides, official_sides
from pillapp.training.surfaces import load_textures
from pillapp.vision.attributes import STARTS, line_features
from pillapp.vision.score_line import groove

HELD_OUT: Final = 12  # every twelfth official side is not learned from
LOOKS: Final = 4  # at each of them, under other light, through another camera
CROSSES: Final = 3000  # drawn sides looked at, for telling a cross from a line


def official_half(*, held: bool) -> Sides:
    """The official sides the network learns from, or those kept for setting its answers right."""
    sides = official_sides()
    kept = (np.arange(len(sides.pixels)) % HELD_OUT == 0) == held
    return Sides(sides.pixels[kept], sides.answers[kept])


def temperatures(network: nn.Module, held: Sides) -> np.ndarray:
    """Per part, what the logits are divided by so that held-out official sides are told with the right certainty."""
    logits, answers, _ = _looks(network, held, np.arange(len(held.pixels)).repeat(LOOKS))
    grid = np.exp(np.linspace(np.log(0.6), np.log(3.0), 25))
    best = []
    for start, end in itertools.pairwise(STARTS):
        wanted = torch.from_numpy(answers[:, start:end])
        values = [
            float(functional.cross_entropy(torch.from_numpy(logits[:, start:end]) / float(t), wanted)) for t in grid
        ]
        best.append(float(grid[int(np.argmin(values))]))
    best[1] = best[2] = (best[1] + best[2]) / 2
    return np.array(best)


def line_weights(network: nn.Module, held: Sides, drawn: Sides) -> dict[str, list[float]]:
    """Weights of ``vision.attributes.line_features``: ``line`` against none on official sides, ``cross`` against line on drawn
    ones (the official pictures show eight crosses). Both kinds count alike, so what is common has no say.
    """
    logits, answers, grooves = _looks(network, held, np.arange(len(held.pixels)).repeat(2 * LOOKS))
    none = answers[:, STARTS[4]] > 0
    line = _logistic(np.array([line_features(*pair) for pair in zip(logits, grooves, strict=True)]), ~none)
    lined = np.flatnonzero(drawn.answers[:, STARTS[4]] == 0)[:CROSSES]
    _, answers, grooves = _looks(network, drawn, lined)
    cross = _logistic(np.column_stack([np.ones(len(lined)), grooves[:, 1]]), answers[:, STARTS[4] + 2] > 0)
    return {"line": [round(float(w), 4) for w in line], "cross": [round(float(w), 4) for w in cross]}


@torch.no_grad()
def _looks(network: nn.Module, sides: Sides, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits (n, k), answers (n, k) and grooves (n, 2) of sides as a camera might see them."""
    rng, textures = np.random.default_rng(9), load_textures()
    made = [sample(rng, sides, int(number), textures) for number in numbers]
    pictures = np.stack([picture for picture, _ in made])
    logits = np.concatenate([network(torch.from_numpy(some)).numpy() for some in np.array_split(pictures, 16)])
    return logits, np.stack([answer for _, answer in made]), np.stack([groove(picture) for picture in pictures])


def _logistic(features: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """Weights (k,) of a logistic regression of ``yes`` (n,) on features (n, k), both answers weighing alike."""
    from scipy.optimize import minimize

    shares = np.where(yes, 0.5 / max(yes.sum(), 1), 0.5 / max((~yes).sum(), 1))
    signs = np.where(yes, 1.0, -1.0)

    def unfit(weights: np.ndarray) -> float:
        return float((shares * np.logaddexp(0, -signs * (features @ weights))).sum() + 1e-3 * (weights**2).sum())

    return np.asarray(minimize(unfit, np.zeros(features.shape[1])).x)
