"""A counting tray: dozens of pills of one kind, side by side as they were poured and spread."""

from typing import Final

import numpy as np

from pillapp.training.detection.cutouts import CutoutStore
from pillapp.training.detection.scene import Camera, Canvas, lay_pill, light_pill

COUNTS: Final = (9, 120)  # pills of a tray
LENGTHS: Final = (15.0, 70.0)  # px of a pill
FILLED: Final = 0.5  # of the picture at most
WHITE: Final = 0.4  # of the trays hold pills that are pale and without colour
TRIES: Final = 40


def pack_pills(
    rng: np.random.Generator, canvas: Canvas, camera: Camera, store: CutoutStore, choices: np.ndarray
) -> None:
    """Lay a heap spread flat on the canvas: every pill touches another, some lie on the rim of another, few stand apart."""
    height, width = canvas.owner.shape
    sides = store.of_product(int(store.index[_kind(rng, store, choices), 3]))
    cutouts = [store[int(side)] for side in sides]
    count = int(np.exp(rng.uniform(*np.log(COUNTS))))
    slim = min(cutouts[0].shape[:2]) / max(cutouts[0].shape[:2])
    fits = float(np.sqrt(FILLED * height * width / (count * slim)))
    long = min(float(np.exp(rng.uniform(*np.log(LENGTHS)))), fits)
    short = long * slim
    thick = rng.uniform(0.22, 0.5) * short
    loose = rng.choice([0.0, 0.05, 0.4])  # share that lies apart
    gap = rng.uniform(0.9, 1.05)  # of the distance at which two pills touch
    flat = max(0.35, float(np.cos(camera.tilt)))  # seen obliquely, rows stand closer
    lay = rng.uniform(0, 2 * np.pi)
    in_order = rng.random() < 0.3  # long pills side by side
    placed: list[tuple[float, float]] = []
    centre = rng.uniform(0.35, 0.65, 2) * (width, height)
    for _ in range(count):
        spot = _spot(rng, placed, 0.5 * (long + short) * gap, flat, loose, centre, (width, height))
        if spot is None:
            continue
        placed.append(spot)
        turn = lay + rng.normal(0, 0.15) if in_order else rng.uniform(0, 2 * np.pi)
        cutout = cutouts[int(rng.integers(len(cutouts)))]
        wall = 0.0 if short < 0.45 * long else thick
        patch = lay_pill(light_pill(cutout, rng, camera), long, turn, camera, wall, 0.0)
        canvas.paste(patch, *spot, camera, thick, pill=True)


def _kind(rng: np.random.Generator, store: CutoutStore, choices: np.ndarray) -> int:
    """A cut-out; a pale one without colour as often as trays of such are wanted."""
    pale = rng.random() < WHITE
    pick = int(choices[rng.integers(len(choices))])
    for _ in range(TRIES if pale else 0):
        cutout = store[pick]
        colour = cutout[cutout[:, :, 3] > 127, :3].mean(axis=0)
        if colour.min() > 120 and np.ptp(colour) < 22:
            break
        pick = int(choices[rng.integers(len(choices))])
    return pick


def _spot(
    rng: np.random.Generator,
    placed: list[tuple[float, float]],
    reach: float,
    flat: float,
    loose: float,
    centre: np.ndarray,
    size: tuple[int, int],
) -> tuple[float, float] | None:
    """A place beside a pill that lies there, rather in the middle than outside; None where there is none."""
    if not placed:
        return float(centre[0]), float(centre[1])
    there = np.array(placed)
    for _ in range(TRIES):
        if rng.random() < loose:
            x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        else:
            some = there[rng.integers(len(there), size=3)]
            px, py = some[np.argmin(np.hypot(*(some - centre).T))]
            way = rng.uniform(0, 2 * np.pi)
            far = reach * rng.uniform(1.0, 1.06)
            x, y = px + far * np.cos(way), py + far * flat * np.sin(way)
        inside = 0.3 * reach < x < size[0] - 0.3 * reach and 0.3 * reach < y < size[1] - 0.3 * reach
        apart = np.hypot(there[:, 0] - x, (there[:, 1] - y) / flat)
        if inside and (apart > 0.97 * reach).all():
            return float(x), float(y)
    return None
