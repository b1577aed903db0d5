"""Where the pills of a scene lie: alone, scattered, touching, in a heap, on a tray, or nowhere."""

from typing import Final

import numpy as np

from pillapp.appearance.values import PillModel
from pillapp.training.render.piles import Pose, Terrain, settle
from pillapp.training.render.poses import about_x, about_z, tipped

_GOLDEN_ANGLE: Final = np.pi * (3 - np.sqrt(5))

Placed = list[tuple[PillModel, Pose]]


# Places of the table that are taken: rows x, y, radius in mm.
Taken = np.ndarray
NOTHING: Final = np.empty((0, 3))


def lying(model: PillModel, x: float, y: float, rng: np.random.Generator, turn: float | None = None) -> Pose:
    """A pill just above the table, either side up, turned at random or by ``turn``."""
    spin = about_z(rng.uniform(0, 2 * np.pi) if turn is None else turn)
    rotation = spin @ about_x(np.pi * int(rng.integers(2)) + rng.normal(0, 0.05))
    return Pose(rotation, np.array([x, y, model.thick_mm * 0.55]))


def scattered(models: list[PillModel], reach: float, taken: Taken, rng: np.random.Generator) -> Placed:
    """Pills apart from each other within ``reach`` mm of the middle both ways; those that find no room are left away."""
    pills: Placed = []
    for model in models:
        radius = model.long_mm / 2
        spot = free_spot(radius + rng.exponential(1.5), reach, taken, rng)
        if spot is not None:
            taken = np.vstack([taken, (*spot, radius)])
            pills.append((model, lying(model, *spot, rng)))
    return _settled(pills, seconds=1.2)


def touching(models: list[PillModel], rng: np.random.Generator) -> Placed:
    """Pills pushed together in one layer, some up on their neighbours."""
    pills = []
    far = 1.3 * max(model.long_mm for model in models)
    for i, model in enumerate(models):  # a sunflower: even distances all around
        x, y = far * np.sqrt(i) * np.array([np.cos(i * _GOLDEN_ANGLE), np.sin(i * _GOLDEN_ANGLE)])
        pills.append((model, lying(model, x, y, rng)))
    return _settled(pills, pull=rng.uniform(0.8, 1.6), seconds=5.0)


def poured(models: list[PillModel], spread: float, rng: np.random.Generator, terrain: Terrain | None = None) -> Placed:
    """Pills that fell one over the other into a circle of ``spread`` mm."""
    layer = max(1, round(spread**2 / max(model.long_mm for model in models) ** 2))
    top = 0.0 if terrain is None else float(terrain.heights.max())
    pills = []
    for i, model in enumerate(models):
        radius, turn = spread / 2 * np.sqrt((i % layer + rng.random()) / layer), i * _GOLDEN_ANGLE
        height = top + model.long_mm / 2 + (i // layer) * 0.7 * model.long_mm
        # hardly one comes to rest on its edge in life, as tables shake
        lie = about_z(rng.uniform(0, 2 * np.pi)) @ tipped(rng.normal(0, 0.35), rng.normal(0, 0.35))
        rotation = lie @ about_x(np.pi * int(rng.integers(2)))
        pills.append((model, Pose(rotation, np.array([radius * np.cos(turn), radius * np.sin(turn), height]))))
    return _settled(pills, terrain, pull=0.0 if terrain else rng.uniform(0.1, 0.5), seconds=6.0)


def free_spot(radius: float, reach: float, taken: Taken, rng: np.random.Generator) -> tuple[float, float] | None:
    """The middle of a circle within ``reach`` mm both ways that meets none of the others; None if none was found."""
    for _ in range(30):
        x, y = rng.uniform(-reach, reach, 2)
        if (np.hypot(x - taken[:, 0], y - taken[:, 1]) > radius + taken[:, 2]).all():
            return float(x), float(y)
    return None


def _settled(pills: Placed, terrain: Terrain | None = None, pull: float = 0.0, seconds: float = 4.0) -> Placed:
    poses = settle(pills, terrain, pull, seconds)
    return [(model, pose) for (model, _), pose in zip(pills, poses, strict=True)]
