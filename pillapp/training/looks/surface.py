"""Colours, score lines, capsule steps and the relief of the rim, measured on pictured sides."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.training.looks.letters import STRONG, contrast
from pillapp.training.looks.reference_pictures import PicturedSide, along_axis, polygon_mask

CELLS_PER_MM: Final = 24.0
CORE: Final = 0.18  # of the short axis, next to the rim, is left out: there the surface turns away
MATTE: Final = (25, 75)  # percentiles of lightness that are neither glare nor shade
HALF_FROM: Final = 0.14  # of the long axis off the middle: there each half of a capsule has its own colour
SCORE_WITHIN: Final = 0.12  # of the short axis: score lines run through the middle
SCORE_OVER: Final = 2.5  # times the usual unevenness of a side
STEP_WITHIN: Final = (0.25, 0.75)  # of a capsule's length; its cap ends there
RINGS: Final = 40
RIM_SLOPE: Final = 1.0  # of the steepest ring: the edge of usual punches falls at about 45 degrees
STEEP: Final = 0.5  # of the steepest ring's swing: where the face ends and the slope to the rim begins


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """Width in mm and the share of the chord it is seen on."""

    width_mm: float
    reach: float


@dataclass(frozen=True, slots=True)
class CapsuleJoint:
    """Where a capsule's cap ends (share of its length, from the cap's end), how much larger its radius is; cap at left or right."""

    cap_share: float
    step_mm: float
    cap_left: bool


@dataclass(frozen=True, slots=True)
class Relief:
    """Width of the sloped ring over half the short axis, height of the dome over the pill's thickness."""

    bevel: float
    dome: float


def body_colour(side: PicturedSide, part: str = "all") -> np.ndarray:
    """Median CIE Lab (D65) of the matte middle of a side, or of its ``left`` or ``right`` half."""
    return matte_lab(*side.upright(CELLS_PER_MM), part)


def matte_lab(rgb: np.ndarray, mask: np.ndarray, part: str = "all") -> np.ndarray:
    """Median CIE Lab (D65) of the matte middle of a pill that lies along x in its picture, text left out.

    ``rgb`` uint8 (h, w, 3), ``mask`` bool (h, w) in the middle of the picture; ``part`` is ``all``, ``left`` or ``right``.
    """
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    columns, rows = (np.ptp(np.flatnonzero(mask.any(axis=axis))) + 1 for axis in (0, 1))
    core = depth > CORE * min(columns, rows)
    if part != "all":
        x = (np.arange(mask.shape[1]) - (mask.shape[1] - 1) / 2) * (1 if part == "right" else -1)
        core &= (x > HALF_FROM * columns)[None]
    plain = core & (np.abs(contrast(rgb, mask)) < STRONG)
    values = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[plain if plain.sum() > 100 else core]
    low, high = np.percentile(values[:, 0], MATTE)
    return np.asarray(np.median(values[(values[:, 0] >= low) & (values[:, 0] <= high)], axis=0), dtype=np.float64)


def score_line(side: PicturedSide) -> ScoreLine | None:
    """The score line of a side that has one, upright or (on round pills) lying; None where it does not stand out."""
    rgb, mask = side.upright(CELLS_PER_MM)
    turns = (0, 1) if side.long_mm < 1.25 * side.short_mm else (0,)
    found = []
    for turn in turns:
        edges = np.abs(contrast(np.ascontiguousarray(np.rot90(rgb, turn)), np.ascontiguousarray(np.rot90(mask, turn))))
        found.append(_upright_line(edges, np.rot90(mask, turn)))
    return max((f for f in found if f is not None), key=lambda f: f.reach, default=None)


def _upright_line(edges: np.ndarray, mask: np.ndarray) -> ScoreLine | None:
    height, width = edges.shape
    rows = slice(int(0.2 * height), int(0.8 * height))
    profile = edges[rows].mean(axis=0)
    middle, within = (width - 1) / 2, SCORE_WITHIN * min(height, width)
    near = slice(int(middle - within), int(middle + within) + 1)
    peak = near.start + int(profile[near].argmax())
    usual = float(np.median(profile[int(0.15 * width) : int(0.85 * width)]))
    if profile[peak] < SCORE_OVER * usual:
        return None
    half = (profile[peak] + usual) / 2
    left = right = peak
    # the two walls of a groove are two peaks: a dip of one or two cells between them is inside
    while left > 2 and profile[left - 2 : left].max() > half:
        left -= 1
    while right < width - 3 and profile[right + 1 : right + 3].max() > half:
        right += 1
    chord = mask[:, peak]
    seen = cv2.blur(edges[:, left : right + 1].max(axis=1)[:, None], (1, 5))[:, 0] > STRONG
    return ScoreLine((right - left + 1) / CELLS_PER_MM, float((seen & chord).sum() / max(chord.sum(), 1)))


def capsule_joint(side: PicturedSide) -> CapsuleJoint | None:
    """The step from cap to body in a hard capsule's width; None where the cap cannot be told."""
    points = along_axis(side.raw_outline - side.centre, side.angle) / side.px_per_mm
    fine = 60.0
    length = int(side.long_mm * fine)
    shape = (int(side.short_mm * fine) + 41, length + 1)
    width = polygon_mask(points * fine + np.array([length / 2, shape[0] / 2]), shape).sum(axis=0) / fine
    window = int(0.08 * length)
    at = np.arange(int(STEP_WITHIN[0] * length), int(STEP_WITHIN[1] * length))
    guard = int(0.1 * fine)
    before = np.array([np.median(width[i - guard - window : i - guard]) for i in at])
    after = np.array([np.median(width[i + guard : i + guard + window]) for i in at])
    drops = before - after
    drop = float(drops[np.abs(drops).argmax()])
    if abs(drop) < 0.05:  # less than a pixel
        return None
    # medians on both sides see the whole step from some way off: it is in the middle of where they do
    share = float(at[drops / drop > 0.9].mean()) / length
    return CapsuleJoint(share if drop > 0 else 1 - share, abs(drop) / 2, drop > 0)


def rim_relief(side: PicturedSide, thick_mm: float) -> Relief | None:
    """Bevel and dome of a blank round side, by how its lightness changes with the direction the surface faces.

    Under any one lamp a ring of slope s shades with the cosine of the direction, by an amount in proportion to
    s / sqrt(1 + s²). The steepest ring is taken to have the slope :data:`RIM_SLOPE`; None where it is not near the rim.
    """
    rgb, mask = side.upright(CELLS_PER_MM)
    grey = (rgb.astype(np.float32) / 255) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    height, width = mask.shape
    radius_mm = (side.long_mm + side.short_mm) / 4
    level = (np.arange(RINGS) + 0.5) / RINGS * 0.95  # the very rim is mixed with the card
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    x = (width - 1) / 2 + radius_mm * CELLS_PER_MM * level[:, None] * np.cos(turn)
    y = (height - 1) / 2 + radius_mm * CELLS_PER_MM * level[:, None] * np.sin(turn)
    rings = cv2.remap(cv2.GaussianBlur(grey, (0, 0), 1.0), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    wave = rings @ np.exp(-1j * turn) / len(turn)
    steepest = int(np.abs(wave).argmax())
    if level[steepest] < 0.6:
        return None
    swing = np.real(wave * np.conj(wave[steepest])) / np.abs(wave[steepest]) ** 2
    flat = np.flatnonzero(swing[:steepest] < STEEP)
    if not len(flat):
        return None
    edge = float(level[flat[-1]])
    sine = np.clip(swing * RIM_SLOPE / np.hypot(1, RIM_SLOPE), 0, 0.95)
    slope = (sine / np.sqrt(1 - sine**2))[level < edge]
    return Relief(1 - edge, float(slope.sum() * (level[1] - level[0]) * radius_mm / thick_mm))
