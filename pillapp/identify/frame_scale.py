"""Millimetres from the pills themselves: those of one frame share one unknown scale.

What is read on a pill says how large it may be in mm, its outline how large it is in pixels: together they say what a
pixel may be. Every pill of a frame passes that on to all others, and is ranked by what the others say, never by its
own word. A pill that is certain, or confirmed by a person, is simply one that says it very clearly.

Sizes are taken as the logarithm of √(long × short) throughout: the scale is a shift there, and the proportions, which are
scored elsewhere, do not count twice. The camera is taken to look down on all pills from one distance; a tilt makes pills
differ as wrong outlines do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pillapp.identify.evidence import Scores, Weights, default_weights, score
from pillapp.identify.gallery import EMPTY, Gallery
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import decide, identify, product_probabilities
from pillapp.identify.values import Identification
from pillapp.vision.observe import Observation

STEP: Final = 0.02  # of all logarithms here, well below any spread
# What a pixel may be, in mm: a microscope's picture to pills seen across a room.
SCALES: Final = (0.002, 2.0)
PILLS_MM: Final = (1.0, 60.0)


@dataclass(frozen=True, slots=True)
class SizeNoise:
    """How far a pill's size in a frame may be off; fitted on made-up frames of official pictures (`train scale`).

    ``spread``: of the size against the official one, relative (outline, rounding of the official figure, height above the
    table, a camera off the vertical). ``misled``: chance that a pill says something wrong of the scale, beside the chance
    that the catalogue does not hold it. ``mismeasured``: chance that its size says nothing of its name.
    """

    spread: float = 0.1
    misled: float = 0.1
    mismeasured: float = 0.3


FITTED: Final = SizeNoise()


@dataclass(frozen=True, slots=True, eq=False)
class SizedPill:
    """One pill as seen in the frame: ``front`` in the frame, ``scores`` of all it shows, what a person ``confirmed``."""

    front: Observation
    scores: Scores
    confirmed: str | None = None


def with_frame_scale(
    pills: Sequence[SizedPill], index: AppearanceIndex, weights: Weights, noise: SizeNoise = FITTED
) -> list[Scores]:
    """The pills' scores, those for size as far as the other pills of the frame tell how large a pixel is.

    Pills whose outline is not trusted, pills measured in another frame, and a pill that is alone keep the scores they
    have. ``scores.size`` is a log likelihood relative to the best appearance's. For a frame whose scale is unknown.
    """
    sizes = _log_sizes(index)
    use = [i for i, pill in enumerate(pills) if pill.front.outline_trusted]
    told = {i: _message(pills[i], index, sizes, weights, noise) for i in use}
    scored = [pill.scores for pill in pills]
    for i in use:
        others = [message for j, message in told.items() if j != i]
        if others and not pills[i].scores.size.any():
            scale = _normalised(np.sum(others, axis=0))
            scored[i] = replace(pills[i].scores, size=_size_scores(pills[i], scale, sizes, noise))
    return scored


def identify_together(
    pills: Sequence[Sequence[Observation]],
    index: AppearanceIndex,
    weights: Weights | None = None,
    *,
    confirmed: Sequence[str | None] = (),
    listed: np.ndarray | None = None,
    gallery: Gallery = EMPTY,
) -> list[Identification]:
    """Name all pills of a frame of unknown scale, each from one or two observed sides, the frame's own side first.

    ``confirmed`` are the products a person chose for them, None where nobody did; ``listed`` (m,) those of a short list.
    """
    weights = weights or default_weights()
    if not len(index.product):
        return [identify(sides, index, weights, listed=listed, gallery=gallery) for sides in pills]
    chosen = confirmed or [None] * len(pills)
    sized = [
        SizedPill(sides[0], score(sides, index, gallery), product) for sides, product in zip(pills, chosen, strict=True)
    ]
    scored = with_frame_scale(sized, index, weights)
    return [decide(scores, sides, index, weights, listed) for scores, sides in zip(scored, pills, strict=True)]


def _message(
    pill: SizedPill, index: AppearanceIndex, sizes: np.ndarray, weights: Weights, noise: SizeNoise
) -> np.ndarray:
    """What one pill says of the scale: log density over :func:`_grid` of log mm per pixel, never certain."""
    total = pill.scores.total(weights)
    likely = np.exp(total - total.max())
    known = float(product_probabilities(total, index).sum())
    if pill.confirmed is not None:
        confirmed = [place for place, item_seq in enumerate(index.item_seqs) if item_seq == pill.confirmed]
        likely = np.where(np.isin(index.product, confirmed), likely, 0.0)
        known = 1.0
    likely = np.where(np.isnan(sizes), 0.0, likely)
    broad = 1 / np.log(SCALES[1] / SCALES[0])
    if not likely.any():
        return np.full(len(_grid(SCALES)), np.log(broad))
    grid = _grid(PILLS_MM)
    places = np.rint((np.nan_to_num(sizes, nan=grid[0]) - grid[0]) / STEP).astype(int)
    density = np.bincount(np.clip(places, 0, len(grid) - 1), likely, len(grid)) / (likely.sum() * STEP)
    says = np.interp(_grid(SCALES) + _log_px(pill), grid, _blurred(density, noise.spread), left=0.0, right=0.0)
    sure = known * (1 - noise.misled)
    return np.asarray(np.log(sure * says + (1 - sure) * broad))


def _size_scores(pill: SizedPill, scale: np.ndarray, sizes: np.ndarray, noise: SizeNoise) -> np.ndarray:
    """Log likelihood (n,) of each appearance's size under a density of log mm per pixel, relative to the best."""
    grid = _grid(PILLS_MM)
    expected = _blurred(np.interp(grid - _log_px(pill), _grid(SCALES), scale, left=0.0, right=0.0), noise.spread)
    density = np.interp(np.nan_to_num(sizes, nan=grid[0]), grid, expected)
    silent = np.isnan(sizes)
    if silent.all():
        return np.zeros(len(sizes))
    density[silent] = density[~silent].mean()  # of the sizes there are, any
    log = np.log((1 - noise.mismeasured) * density + noise.mismeasured / np.log(PILLS_MM[1] / PILLS_MM[0]))
    return np.asarray(log - log.max())


def _log_sizes(index: AppearanceIndex) -> np.ndarray:
    """Log of √(long × short) in mm of every appearance (n,), NaN where the file is silent."""
    return np.asarray(0.5 * (np.log(index.long_mm) + np.log(index.short_mm)))


def _log_px(pill: SizedPill) -> float:
    shape = pill.front.shape
    return float(0.5 * (np.log(shape.long_px) + np.log(shape.short_px)))


def _grid(span: tuple[float, float]) -> np.ndarray:
    return np.arange(np.log(span[0]), np.log(span[1]), STEP)


def _blurred(density: np.ndarray, spread: float) -> np.ndarray:
    """A density over a grid, spread as sizes are."""
    reach = int(np.ceil(4 * spread / STEP))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP / spread) ** 2)
    return np.convolve(density, kernel / kernel.sum(), mode="same")


def _normalised(log_density: np.ndarray) -> np.ndarray:
    """Log density over a grid → density."""
    density = np.exp(log_density - log_density.max())
    return np.asarray(density / (density.sum() * STEP))
