"""What a cosine is worth: fitted on photos of held-out pills against other photos of them, and against pills that look alike."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

import numpy as np

from pillapp.identify.gallery import NOISE, Likeness, closeness
from pillapp.paths import models_dir
from pillapp.training.embedding.pictures import Pictures, load_pictures
from pillapp.training.embedding.samples import plain, seen
from pillapp.vision.embed import Embedder
from pillapp.vision.engines import choose_engine

TIMES: Final = 6  # each photo is made poor so many times
ALIKE: Final = 0.05  # share of the other pills, the nearest by colours and proportions, that a cosine must tell it from
STEPS: Final = 50


def cpu_embedder() -> Embedder:
    """The program's own embedder, on the processor."""
    return Embedder(choose_engine("cpu").engine, models_dir() / "embedding")


def embed_pictures(embedder: Embedder, rgba: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors (n, d) of upright sides, uint8 (VIEW, VIEW, 4) each."""
    parts = [
        embedder.embed_all(
            [(np.ascontiguousarray(one[:, :, :3]), one[:, :, 3] > 127) for one in rgba[start : start + 64]]
        )
        for start in range(0, len(rgba), 64)
    ]
    return np.concatenate(parts)


def poor_picture(rng: np.random.Generator, rgba: np.ndarray) -> np.ndarray:
    """An upright side as a counter photo shows it: uint8 (VIEW, VIEW, 4)."""
    view = seen(rng, rgba)
    return np.ascontiguousarray((view * 255).astype(np.uint8).transpose(1, 2, 0))


def photo_pairs(pictures: Pictures) -> list[tuple[int, int]]:
    """(one, other) of held-out sides of which there are two photos of two pills: places, one pair per side."""
    places = pictures.of("nlm_reference", held=True)
    of_kind: dict[int, list[int]] = {}
    for place in places:
        of_kind.setdefault(int(pictures.kind[place]), []).append(int(place))
    return [(group[0], group[1]) for group in of_kind.values() if len(group) > 1]


def fit(say: Callable[[str], None]) -> Likeness:
    """Fit the log ratio and write it into the card of the embedding."""
    pictures, embedder, rng = load_pictures(say), cpu_embedder(), np.random.default_rng(11)
    pairs = photo_pairs(pictures)
    gallery = np.flatnonzero(pictures.held)
    plains = np.stack([plain(pictures.pixels[place]) for place in gallery])
    vectors = embed_pictures(embedder, [pictures.pixels[place] for place in gallery])
    at = {int(place): number for number, place in enumerate(gallery)}
    same: list[float] = []
    other: list[float] = []
    for one, shot in pairs:
        poor = [poor_picture(rng, pictures.pixels[shot]) for _ in range(TIMES)]
        cosines = embed_pictures(embedder, poor) @ vectors.T
        same += list(cosines[:, at[one]])
        foreign = (pictures.pill[gallery] != pictures.pill[one]) & (pictures.imprint[gallery] != pictures.imprint[one])
        off = np.abs(plains - plains[at[shot]]).sum(axis=1)
        alike = np.flatnonzero(foreign)[np.argsort(off[foreign])[: int(ALIKE * foreign.sum())]]
        other += list(cosines[:, alike].ravel())
    likeness = _fitted(np.array(same), np.array(other))
    say(f"{len(pairs)} sides: same {np.mean(same):.3f}, alike but other {np.mean(other):.3f}; {likeness}")
    path = models_dir() / "embedding.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["likeness"] = {name: round(value, 4) for name, value in asdict(likeness).items()}
    path.write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return likeness


def _fitted(same: np.ndarray, other: np.ndarray) -> Likeness:
    """Logistic regression on the closeness, both kinds counting alike; at most as sure as the closest tenth of the same are."""
    near = closeness(np.concatenate([same, other]))
    wanted = np.concatenate([np.ones(len(same)), np.zeros(len(other))])
    weight = np.concatenate([np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))])
    design = np.column_stack([near, np.ones(len(near))])
    beta = np.zeros(2)
    for _ in range(STEPS):  # Newton's way
        chance = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (weight * (wanted - chance))
        bend = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(bend, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    closest = np.quantile(same, 0.9)
    most = np.log((same >= closest).mean() / (((other >= closest).sum() + 1) / len(other)))
    return Likeness(float(beta[0]), float(1 + NOISE - np.exp(beta[1] / beta[0])), float(most))
