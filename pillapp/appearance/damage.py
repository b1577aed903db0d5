"""Pills as they come out of a bottle: chipped, worn, dusty, or broken along a score line. Each gives a new model."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import coverage
from pillapp.appearance.values import Face, Form, PillModel

_ROUGH_MM: Final = 0.05  # how uneven a broken surface is


def chipped(model: PillModel, rng: np.random.Generator, chips: int = 1) -> PillModel:
    """Bites of half a millimetre to two out of the rim of one side each, showing the bare inside."""
    faces = [model.front, model.back]
    for _ in range(chips):
        side = int(rng.integers(2))
        face = faces[side]
        rim = model.outline[int(rng.integers(len(model.outline)))] * (1, -1 if side else 1)
        radius = float(rng.uniform(0.5, 2.0)) * min(1.0, model.short_mm / 8)
        distance = _distance(model, rim) + _unevenness(face.height.shape, model.cells_per_mm, rng)
        # a bowl cut out of the edge, deepest at the rim
        kept = np.clip(0.2 + 0.8 * (np.maximum(distance, 0) / radius) ** 2, 0, 1)
        bitten = kept < 1
        height = (face.height * kept).astype(np.float32)
        faces[side] = _broken(face, height, bitten)
    return replace(model, front=faces[0], back=faces[1])


def worn(model: PillModel, rng: np.random.Generator) -> PillModel:
    """Edges and the rims of strokes rubbed down, print rubbed off in places."""
    amount = float(rng.uniform(0.3, 1.0))

    def rub(face: Face) -> Face:
        soft = cv2.GaussianBlur(face.height, (0, 0), 0.12 * amount * model.cells_per_mm)
        cloud = rng.standard_normal(face.height.shape, dtype=np.float32)
        patches = cv2.GaussianBlur(cloud, (0, 0), 0.35 * model.cells_per_mm)
        kept = np.clip(0.8 - amount * 0.5 + patches / (patches.std() + 1e-6) * 0.25, 0, 1)
        printed = face.printed * kept
        bare = _bare(face)
        lost = (face.printed - printed)[..., None]
        albedo = np.clip(face.albedo * (1 - lost) + bare * lost, 0, 1).astype(np.float32)
        return replace(face, height=soft, albedo=albedo, printed=printed.astype(np.float32))

    return replace(model, front=rub(model.front), back=rub(model.back))


def dusty(model: PillModel, rng: np.random.Generator) -> PillModel:
    """Powder of other tablets on the surface, most of it in grooves."""
    amount = float(rng.uniform(0.1, 0.5))

    def dust(face: Face) -> Face:
        grain = rng.random(face.height.shape, dtype=np.float32)
        deep = np.clip(face.debossed + face.scored, 0, 1)
        here = np.clip(grain + 0.35 * deep - (1 - 0.25 * amount), 0, 1) / 0.4
        here = cv2.GaussianBlur(np.clip(here, 0, 1), (0, 0), 0.04 * model.cells_per_mm)[..., None] * amount * 2
        powder = np.clip(here, 0, 0.85)
        return replace(face, albedo=(face.albedo * (1 - powder) + 0.85 * powder).astype(np.float32))

    return replace(model, front=dust(model.front), back=dust(model.back))


def half_tablet(model: PillModel, rng: np.random.Generator) -> PillModel | None:
    """One half, broken along an upright score line in the middle; None for a pill without one, and for capsules."""
    scores = [line for face in (model.front, model.back) for line in face.score_lines]
    if model.form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE) or not any(
        abs(line.start[0]) < 0.05 and abs(line.end[0]) < 0.05 for line in scores
    ):
        return None
    sign = 1 if rng.random() < 0.5 else -1
    jagged = _jagged(model, rng)
    x, y = model.outline.T.astype(np.float64)
    kept = x * sign > 0
    edge_y = np.linspace(y.min(), y.max(), 24)
    reach = np.interp(edge_y, *jagged)
    # the broken edge in order, closing what is left of the rim
    rim = model.outline[kept]
    rim = rim[np.argsort(np.arctan2(rim[:, 1], rim[:, 0] * sign))]
    inside = (edge_y > rim[:, 1].min()) & (edge_y < rim[:, 1].max())
    broken = np.column_stack([reach[inside], edge_y[inside]])[::-1]
    outline = np.concatenate([np.column_stack([rim[:, 0], rim[:, 1]]), broken]).astype(np.float32)
    size = model.front.height.shape
    cover = coverage(outline, size, model.cells_per_mm)

    def halve(face: Face) -> Face:
        return replace(face, glyphs=tuple(g for g in face.glyphs if g.centre[0] * sign > 0))

    return replace(
        model,
        outline=outline,
        coverage_front=cover,
        coverage_back=np.ascontiguousarray(cover[::-1]),
        front=halve(model.front),
        back=halve(model.back),
    )


def damaged(model: PillModel, rng: np.random.Generator) -> PillModel:
    """Any of the above, as often as it is seen: mostly a little dust or wear, now and then a chip, rarely a half."""
    if rng.random() < 0.08:
        model = half_tablet(model, rng) or model
    capsule = model.form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    if not capsule and rng.random() < 0.25:
        model = chipped(model, rng, int(rng.integers(1, 4)))
    if rng.random() < 0.35:
        model = worn(model, rng)
    if rng.random() < 0.35:
        model = dusty(model, rng)
    return model


def _distance(model: PillModel, point: np.ndarray) -> np.ndarray:
    """Distance (h, w) in mm of every cell from a point of the side."""
    rows, columns = model.front.height.shape
    x = (np.arange(columns, dtype=np.float32) - columns // 2) / model.cells_per_mm - point[0]
    y = (np.arange(rows, dtype=np.float32) - rows // 2) / model.cells_per_mm - point[1]
    return np.asarray(np.hypot(x[None], y[:, None]), dtype=np.float32)


def _unevenness(size: tuple[int, ...], cells_per_mm: float, rng: np.random.Generator) -> np.ndarray:
    noise = cv2.GaussianBlur(rng.standard_normal(size, dtype=np.float32), (0, 0), 0.1 * cells_per_mm)
    return np.asarray(noise / (noise.std() + 1e-6) * _ROUGH_MM, dtype=np.float32)


def _bare(face: Face) -> np.ndarray:
    """The colour under the print: the median of what is not printed."""
    plain = face.albedo[face.printed < 0.05]
    return np.asarray(np.median(plain[:: max(1, len(plain) // 2000)], axis=0), dtype=np.float32)


def _broken(face: Face, height: np.ndarray, bitten: np.ndarray) -> Face:
    """A side with a broken place: the core is whiter than the coat, and nothing stays written there."""
    core = np.clip(0.35 * _bare(face) + 0.55, 0, 0.9).astype(np.float32)
    keep = np.float32(1) - bitten.astype(np.float32)
    albedo = np.where(bitten[..., None], core, face.albedo).astype(np.float32)
    return replace(face, height=height, albedo=albedo, debossed=face.debossed * keep, printed=face.printed * keep)


def _jagged(model: PillModel, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The broken edge: x (mm) over y (mm), near the score line."""
    at = np.linspace(-model.short_mm, model.short_mm, 33)
    step = rng.normal(0, _ROUGH_MM, at.size)
    return at, np.convolve(step, np.ones(3) / 3, mode="same") + rng.normal(0, 0.08)
