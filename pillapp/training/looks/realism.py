"""Can a small network tell our pictures of pills from photographs, and by what?

All pictures are made alike before they are compared: the pill alone, its long axis along x, on neutral grey, its very rim
cut off, brought to :data:`SHARED_PX` px and back up to :data:`SIDE`, so that neither ground nor resolution gives them away.
The network is trained on one half of the products and measured on the other; 0.5 means it cannot tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from pillapp.training.datasets import held_out
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.vision.imprint import lie_of

SIDE: Final = 96  # px, of the pictures the network sees
FILL: Final = 84  # px, the pill's long axis there
SHARED_PX: Final = 64  # px, side of the small picture all come through
FINE: Final = 3  # pills are turned and masked at this many times SIDE
TRIM: Final = 0.025  # of the long axis, cut off all around
GREY: Final = 0.5
STEPS: Final = 350
BATCH: Final = 48
RIM: Final = 0.16  # of half the short axis
GLARE: Final = 97  # percentile of brightness on the pill
GRADIENT_BLUR_PX: Final = 2.0
BLUR_PX: Final = 6.0  # what an occluded region is replaced by: itself, this much blurred


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One pill made comparable: ``rgb`` float32 (SIDE, SIDE, 3) in 0..1; ``mask`` and ``text`` bool (SIDE, SIDE)."""

    rgb: np.ndarray
    mask: np.ndarray
    text: np.ndarray
    product: str


def comparable(rgb: np.ndarray, mask: np.ndarray, product: str, text: np.ndarray | None = None) -> Sample | None:
    """A picture RGB uint8 (h, w, 3) with its pill's mask and, where known, its text's; None where there is no pill."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    solid: np.ndarray = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(solid, [cv2.convexHull(max(contours, key=cv2.contourArea))], 1)
    (x, y), (length, breadth), angle = lie_of(solid)
    if breadth < 16:
        return None
    side = FINE * SIDE
    matrix = cv2.getRotationMatrix2D((x, y), angle, FINE * FILL / length)
    matrix[0, 2] += side / 2 - x
    matrix[1, 2] += side / 2 - y
    fine = cv2.warpAffine(rgb, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    turned = cv2.warpAffine(solid * 255, matrix, (side, side)) > 127
    trim = 2 * round(TRIM * FINE * FILL) + 1
    inside = cv2.erode(turned.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (trim, trim)))
    alone = np.where(inside[..., None] > 0, fine.astype(np.float32) / 255, np.float32(GREY))
    shared = cv2.resize(alone, (SHARED_PX, SHARED_PX), interpolation=cv2.INTER_AREA)
    picture = np.clip(cv2.resize(shared, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), 0, 1)
    lettered = np.zeros(mask.shape, np.uint8) if text is None else text.astype(np.uint8) * 255
    written = cv2.resize(cv2.warpAffine(lettered, matrix, (side, side)), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = cv2.resize(inside * 255, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return Sample(picture.astype(np.float32), small > 127, cv2.dilate(written, np.ones((3, 3), np.uint8)) > 60, product)


def learns(sample: Sample) -> bool:
    """Whether a sample's product is in the half the network is trained on."""
    return held_out(sample.product, 2)


def train_critic(real: Sequence[Sample], drawn: Sequence[Sample], seed: int = 0) -> Any:
    """A small convolutional network (torch module) whose logit is high for ``real``, trained on the learning half."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    halves = [torch.from_numpy(_stack([s for s in group if learns(s)])) for group in (real, drawn)]
    layers: list[nn.Module] = []
    for inward, outward in ((3, 24), (24, 48), (48, 64), (64, 96)):
        layers += [nn.Conv2d(inward, outward, 3, 2, 1), nn.BatchNorm2d(outward), nn.ReLU()]
    critic = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, 1))
    optimiser = torch.optim.AdamW(critic.parameters(), 2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, STEPS)
    wanted = torch.cat([torch.ones(BATCH // 2), torch.zeros(BATCH // 2)])
    for _ in range(STEPS):
        batch = torch.cat([half[rng.integers(0, len(half), BATCH // 2)] for half in halves])
        flips = [axis for axis in (2, 3) if rng.random() < 0.5]
        # light and exposure differ from photo to photo: neither may decide
        batch = torch.flip(batch, flips) * float(rng.uniform(0.85, 1.15)) + float(rng.uniform(-0.08, 0.08))
        loss = nn.functional.binary_cross_entropy_with_logits(critic(batch)[:, 0], wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return critic.eval()


def logits(critic: Any, samples: Sequence[Sample]) -> np.ndarray:
    """How real the network finds some samples (n,)."""
    import torch

    with torch.no_grad():
        parts = [critic(torch.from_numpy(_stack(samples[i : i + 128])))[:, 0] for i in range(0, len(samples), 128)]
    return np.asarray(torch.cat(parts).numpy())


def auc(real: np.ndarray, drawn: np.ndarray) -> float:
    """How often a real one is found more real than a drawn one."""
    ranks = np.searchsorted(np.sort(drawn), real, side="left") + np.searchsorted(np.sort(drawn), real, side="right")
    return float(ranks.mean() / 2 / len(drawn))


def critic_auc(critic: Any, real: Sequence[Sample], drawn: Sequence[Sample]) -> Estimate:
    """The AUC on the half of the products the network never saw; the interval resamples products."""
    held = [[s for s in group if not learns(s)] for group in (real, drawn)]
    scores = [_by_product(group, logits(critic, group)) for group in held]
    rng = np.random.default_rng(0)

    def drawn_again(groups: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])

    samples = [auc(drawn_again(scores[0]), drawn_again(scores[1])) for _ in range(RESAMPLES)]
    low, high = np.percentile(samples, (2.5, 97.5))
    return Estimate(auc(np.concatenate(scores[0]), np.concatenate(scores[1])), float(low), float(high))


def _by_product(samples: Sequence[Sample], values: np.ndarray) -> list[np.ndarray]:
    groups: dict[str, list[float]] = {}
    for sample, value in zip(samples, values, strict=True):
        groups.setdefault(sample.product, []).append(float(value))
    return [np.array(group) for group in groups.values()]


def regions(sample: Sample) -> dict[str, np.ndarray]:
    """Rim, text, glare and the rest of the face of a pill, bool (SIDE, SIDE), without overlap."""
    depth = cv2.distanceTransform(sample.mask.astype(np.uint8), cv2.DIST_L2, 5)
    rim = sample.mask & (depth < RIM * depth.max())
    text = sample.text & sample.mask & ~rim
    rest = sample.mask & ~rim & ~text
    light = sample.rgb.mean(axis=2)
    glare = rest & (light >= np.percentile(light[sample.mask], GLARE))
    return {"rim": rim, "text": text, "glare": glare, "face": rest & ~glare}


def looks_at(critic: Any, drawn: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """By region: its share of the pill, and how much the logit moves (mean of the absolute change) once it is blurred away."""
    held = [s for s in drawn if not learns(s)]
    before = logits(critic, held)
    found: dict[str, dict[str, float]] = {}
    for name in ("rim", "text", "glare", "face"):
        areas = [regions(sample)[name] for sample in held]
        hidden = [_without(sample, area) for sample, area in zip(held, areas, strict=True)]
        moved = logits(critic, hidden) - before
        there = np.array([area.any() for area in areas])
        share = float(np.mean([area.sum() / s.mask.sum() for s, area in zip(held, areas, strict=True)]))
        moves = moved[there] if there.any() else np.zeros(1)
        found[name] = {"share": share, "moves": float(np.abs(moves).mean()), "towards_real": float(moves.mean())}
    return found


def gradient_map(critic: Any, drawn: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
    """Mean picture (SIDE, SIDE, 3) and mean size of the logit's gradient (SIDE, SIDE) over the held-out samples.

    The map is smoothed: steps of two pixels print a grid on gradients that says nothing of the pictures.
    """
    import torch

    held = [s for s in drawn if not learns(s)]
    pictures = torch.from_numpy(_stack(held)).requires_grad_()
    critic(pictures).sum().backward()
    size = np.abs(pictures.grad.numpy()).sum(axis=1)
    return np.mean([s.rgb for s in held], axis=0), np.asarray(
        cv2.GaussianBlur(size.mean(axis=0), (0, 0), GRADIENT_BLUR_PX)
    )


def _without(sample: Sample, area: np.ndarray) -> Sample:
    """The sample with one area blurred away, softly, from what is on the pill alone."""
    weight = sample.mask.astype(np.float32)
    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), BLUR_PX), 1e-3)[..., None]
    smooth = cv2.GaussianBlur(sample.rgb * weight[..., None], (0, 0), BLUR_PX) / total
    soft = (cv2.GaussianBlur(area.astype(np.float32), (0, 0), 1.0) * weight)[..., None]
    return Sample(sample.rgb * (1 - soft) + smooth * soft, sample.mask, sample.text, sample.product)


def _stack(samples: Sequence[Sample]) -> np.ndarray:
    """Samples as a batch (n, 3, SIDE, SIDE) float32, grey at 0."""
    return np.stack([s.rgb.transpose(2, 0, 1) - GREY for s in samples]).astype(np.float32)
