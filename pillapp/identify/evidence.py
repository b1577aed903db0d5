"""What was seen of one pill against every appearance of the catalogue: one log likelihood per kind of evidence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from pillapp.identify.gallery import EMPTY, Gallery, fitted_likeness, log_likelihoods
from pillapp.identify.index import HARD, AppearanceIndex
from pillapp.paths import models_dir
from pillapp.vision.observe import Observation
from pillapp.vision.shape import SHAPES

# Spread of the aspect ratio and of millimetres between outline and official figure. By reasoning, not measured: a camera a
# little off the vertical; how much they count beside the rest is fitted (Weights).
ASPECT_SIGMA: Final = 0.045
SIZE_SIGMA_MM: Final = 0.35
# Chance that the official figure or name, or what was seen of it, is simply wrong.
MISMEASURED: Final = 0.03
# A colour's chance below which no row is put down further, and that of a row without a colour.
MISNAMED: Final = 0.01
UNNAMED: Final = 0.06


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each kind of evidence counts, and when a name is certain; fitted by ``main.py train ranking``."""

    imprint: float
    shape: float
    colour: float
    aspect: float
    size: float
    form: float
    line: float
    embedding: float
    identified_probability: float
    identified_imprint: float
    known_mass: float
    set_mass: float


@lru_cache(maxsize=1)
def default_weights() -> Weights:
    """The fitted weights that ship with the program."""
    return Weights(**json.loads((models_dir() / "ranking.json").read_text(encoding="utf-8"))["weights"])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Log likelihoods of every appearance (n,), by kind of evidence; zeros where nothing was seen.

    ``front_first`` (n,) is how likely the first observation shows the appearance's front, 0..1; ``cosines`` (n,) how near the
    nearest picture of the appearance's product is, NaN where there is none.
    """

    imprint: np.ndarray
    shape: np.ndarray
    colour: np.ndarray
    aspect: np.ndarray
    size: np.ndarray
    form: np.ndarray
    line: np.ndarray
    embedding: np.ndarray
    front_first: np.ndarray
    cosines: np.ndarray
    text_seen: bool

    def total(self, weights: Weights) -> np.ndarray:
        """Weighted sum (n,)."""
        return (
            weights.imprint * self.imprint
            + weights.shape * self.shape
            + weights.colour * self.colour
            + weights.aspect * self.aspect
            + weights.size * self.size
            + weights.form * self.form
            + weights.line * self.line
            + weights.embedding * self.embedding
        )


def score(observations: Sequence[Observation], index: AppearanceIndex, gallery: Gallery = EMPTY) -> Scores:
    """Score one pill's observations (one side, or both) against the whole catalogue and the pictures there are."""
    n = len(index.product)
    shape, colour, aspect, size, form = (np.zeros(n) for _ in range(5))
    for seen in observations:
        shape += _shape_scores(seen, index) / len(observations)
        colour += _colour_scores(seen, index) / len(observations)
        aspect += _aspect_scores(seen, index) / len(observations)
        form += _log(seen.attributes.form)[index.form] / len(observations)
        if seen.size_mm:
            size += _size_scores(seen.size_mm, index) / sum(other.size_mm is not None for other in observations)
    imprint, front_first = _imprint_scores(observations, index)
    line = np.zeros(n)
    for number, seen in enumerate(observations):
        front = front_first if number == 0 else 1 - front_first  # how likely this is the row's front
        of_side = _log(seen.attributes.line)[index.lines]  # (n, 2)
        line += front * of_side[:, 0] + (1 - front) * of_side[:, 1]
    text_seen = any(seen.reading is not None and seen.reading.text for seen in observations)
    cosines = gallery.best_cosines([seen.embedding for seen in observations], index.item_seqs)[index.product]
    pictured = log_likelihoods(cosines, fitted_likeness())
    return Scores(imprint, shape, colour, aspect, size, form, line, pictured, front_first, cosines, text_seen)


def _imprint_scores(observations: Sequence[Observation], index: AppearanceIndex) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the texts (n,), and how likely the first observation shows each row's front (n,)."""
    sides = [index.imprints.score(seen.reading) for seen in observations if seen.reading is not None]
    if not sides:
        return np.zeros(len(index.product)), np.full(len(index.product), 0.5)
    straight, crossed = sides[0][index.front], sides[0][index.back]
    if len(sides) == 2:
        straight, crossed = straight + sides[1][index.back], crossed + sides[1][index.front]
    front_first = 1 / (1 + np.exp(np.clip(crossed - straight, -30, 30)))
    return np.logaddexp(straight, crossed) - np.log(2), front_first


def _log(chances: np.ndarray) -> np.ndarray:
    """Log of how much likelier each answer is than the best; the file's own naming is loose, so never −∞."""
    return np.asarray(np.log(chances / chances.max() + MISMEASURED))


def _shape_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    return _log(np.array([seen.shape.probabilities[shape] for shape in SHAPES]))[index.shape]


def _colour_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    """Log of how well the colours named for a row explain both ends of the pill.

    A hard capsule's two colours lie end to end, either way round; another pill of two shows one of them.
    """
    parts = np.array(seen.colours.parts)  # (1 or 2, 16)
    halves = parts if len(parts) == 2 else np.repeat(parts, 2, axis=0)
    named = np.einsum("krc,hc->krh", index.palettes, halves)  # chance of a palette's part by half
    ends = np.maximum(named[:, 0, 0] * named[:, 1, 1], named[:, 0, 1] * named[:, 1, 0])
    faces = np.maximum(named[:, 0, 0] * named[:, 0, 1], named[:, 1, 0] * named[:, 1, 1])
    unnamed = ~index.palettes.any(axis=(1, 2))
    by_ends, by_faces = (np.log(np.where(unnamed, UNNAMED, np.sqrt(fitted)) + MISNAMED) for fitted in (ends, faces))
    turned = index.two_parts & (index.form != HARD)
    return np.asarray(np.where(turned, by_faces[index.palette], by_ends[index.palette]))


def _aspect_scores(seen: Observation, index: AppearanceIndex) -> np.ndarray:
    off = (index.short_mm / index.long_mm - seen.shape.aspect) / ASPECT_SIGMA
    likelihood = (1 - MISMEASURED) * np.exp(-0.5 * off**2) + MISMEASURED
    return np.log(np.where(np.isnan(likelihood), 0.3, likelihood))


def _size_scores(size_mm: tuple[float, float], index: AppearanceIndex) -> np.ndarray:
    off_long = (index.long_mm - size_mm[0]) / SIZE_SIGMA_MM
    off_short = (index.short_mm - size_mm[1]) / SIZE_SIGMA_MM
    likelihood = (1 - MISMEASURED) * np.exp(-0.25 * (off_long**2 + off_short**2)) + MISMEASURED
    return np.log(np.where(np.isnan(likelihood), 0.3, likelihood))
