"""What pills lie in: counting trays and blister strips."""

from typing import Final

import cv2
import numpy as np

from pillapp.appearance.values import PillModel
from pillapp.training.render.layouts import Placed
from pillapp.training.render.piles import Pose, Terrain
from pillapp.training.render.poses import about_x, about_z
from pillapp.training.render.shapes import relief
from pillapp.training.render.stage import Thing
from pillapp.training.render.surface import Surface, plain
from pillapp.vision.colour import linear

_TRAY_CELL: Final = 1.5  # mm
_FOIL_CELL: Final = 0.4  # mm
_FOIL: Final = (0.82, 0.82, 0.83)  # reflectance of aluminium with its lacquer
# Counting trays are blue, white, green, yellow, grey or black (sRGB).
_TRAYS: Final = ((40, 90, 170), (232, 232, 228), (60, 140, 110), (225, 190, 70), (150, 152, 155), (40, 40, 42))


def counting_tray(rng: np.random.Generator) -> tuple[Thing, Terrain]:
    """A shallow tray with a raised rim, sometimes with a trough along one side, and what pills feel of it."""
    width, depth = float(rng.uniform(130, 230)), float(rng.uniform(100, 170))
    rows, columns = round(depth / _TRAY_CELL), round(width / _TRAY_CELL)
    y, x = (np.indices((rows, columns)) * _TRAY_CELL).astype(np.float64)
    edge = np.minimum(np.minimum(x, width - _TRAY_CELL - x), np.minimum(y, depth - _TRAY_CELL - y))
    rim, thick = float(rng.uniform(6, 14)), float(rng.uniform(3, 5))
    heights = 1.5 + rim * _bump(edge, thick, thick)
    if rng.random() < 0.5:
        heights += 0.8 * rim * _bump(y - 0.72 * depth, thick, thick) * (edge > thick)
    heights = np.asarray(cv2.GaussianBlur(heights, (0, 0), 0.8), dtype=np.float64)
    heights[[0, -1]] = heights[:, [0, -1]] = 0.0  # its outside goes down to the table
    colour = linear(np.array(_TRAYS[rng.integers(len(_TRAYS))])) * np.exp(rng.normal(0, 0.12, 3))
    surface = Surface(plain(np.clip(colour, 0.01, 0.9)), float(rng.uniform(0.25, 0.6)), float(rng.uniform(0, 0.5)))
    return Thing(relief(heights, width, depth), surface), Terrain(heights, width, depth)


def blister(model: PillModel, rng: np.random.Generator) -> tuple[list[Thing], Placed, float]:
    """A strip of foil with a clear dome over every pill; some domes are pressed in, the foil below torn, the pill gone.

    Returns the foil and the film, the pills that are left, and the width of the strip in mm.
    """
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(1, 5))
    pocket = np.array([model.long_mm, model.short_mm]) / 2 + rng.uniform(0.8, 1.6)
    upright = rng.random() < 0.5  # long pills lie across the strip as often as along it
    pocket = pocket[::-1] if upright else pocket
    pitch = 2 * pocket + rng.uniform(2.5, 6)
    size = pitch * (columns, rows) + rng.uniform(2, 8)
    shape = (round(size[1] / _FOIL_CELL), round(size[0] / _FOIL_CELL))
    y, x = np.indices(shape) * _FOIL_CELL - (np.array(shape)[:, None, None] - 1) * _FOIL_CELL / 2
    foil = 0.25 + 0.03 * (np.sin(x * 2 * np.pi / 1.2) * np.sin(y * 2 * np.pi / 1.2)) + _crinkle(shape, 0.06, rng)
    film = np.full(shape, 0.55)
    albedo = np.empty((*shape, 3), np.float32)
    albedo[:] = _FOIL
    deep, used = model.thick_mm + 0.9, rng.uniform(0, 0.8) * int(rng.integers(2))
    pills: Placed = []
    for column in range(columns):
        for row in range(rows):
            at = (np.array([column, row]) - (np.array([columns, rows]) - 1) / 2) * pitch
            away = (np.abs((x - at[0]) / pocket[0]) ** 3 + np.abs((y - at[1]) / pocket[1]) ** 3) ** (1 / 3)
            # steep walls that round off into the top
            dome = np.sqrt(np.clip(1 - np.clip(away / 1.08, 0, 1) ** 6, 0, 1))
            if rng.random() < used:
                crushed = dome * deep * (0.35 + _crinkle(shape, 0.18, rng))
                film = np.maximum(film, crushed)
                torn = (away + _crinkle(shape, 0.12, rng) < 0.8)[..., None]
                albedo = np.where(torn, np.float32(0.02), albedo)
                continue
            film = np.maximum(film, 0.55 + deep * dome)
            slack = rng.uniform(-0.3, 0.3, 2)
            turn = (np.pi / 2 if upright else 0.0) + np.pi * int(rng.integers(2)) + rng.normal(0, 0.04)
            rotation = about_z(turn) @ about_x(np.pi * int(rng.integers(2)))
            place = np.array([at[0] + slack[0], -at[1] + slack[1], 0.32 + model.thick_mm / 2])
            pills.append((model, Pose(rotation, place)))
    clear = Thing(relief(film, *size), Surface(plain((1, 1, 1))), film=True)
    sheet = Thing(relief(foil, *size), Surface(albedo, float(rng.uniform(0.2, 0.4)), 0.0, metallic=0.9))
    return [sheet, clear], pills, float(size.max())


def _bump(distance: np.ndarray, middle: float, half: float) -> np.ndarray:
    """A rounded wall: 1 at ``middle`` mm, 0 from ``half`` mm beside it."""
    return np.sqrt(np.clip(1 - ((distance - middle) / half) ** 4, 0, 1))


def _crinkle(shape: tuple[int, int], height: float, rng: np.random.Generator) -> np.ndarray:
    """Folds of crumpled foil, (h, w) mm with a standard deviation of ``height``."""
    rough = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), 1.2 / _FOIL_CELL)
    return np.asarray(np.abs(rough) / rough.std() * height)
