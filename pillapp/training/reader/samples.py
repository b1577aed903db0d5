"""From a drawn or labelled side to what one training step shows: a window of it, and maps of what is there."""

from typing import Final

import cv2
import numpy as np

from pillapp.training.reader.renderings import IGNORED, LEVELS, Rendering
from pillapp.vision.imprint import ROUND_SIDE, STRIDE

CELLS: Final = ROUND_SIDE // STRIDE


def sample(rng: np.random.Generator, picture: Rendering) -> tuple[np.ndarray, np.ndarray]:
    """A window of a picture as the network may meet it (side, side), and its characters (n, 4) in its own pixels."""
    height, width = picture.pixels.shape
    scale = np.exp(rng.uniform(np.log(0.62), np.log(1.2)))
    middle = np.array([width / 2, height / 2])
    if max(height, width) > 1.5 * min(height, width):  # a long pill doesn't fit the window: look at a piece of it
        at = picture.characters[rng.integers(len(picture.characters)), :2] if len(picture.characters) else middle
        along = int(width > height)
        middle[1 - along] = at[1 - along] + rng.normal(0, 25)
    middle = middle + rng.normal(0, 5, 2)
    view = scale * _rotation(rng.uniform(-20, 20))
    if rng.random() < 0.5:  # seen obliquely, from any side
        tilt = _rotation(rng.uniform(0, 180))
        view = tilt.T @ np.diag([1.0, rng.uniform(0.75, 1.0)]) @ tilt @ view
    matrix = np.column_stack([view, ROUND_SIDE / 2 - view @ middle])
    window: np.ndarray = cv2.warpAffine(
        picture.pixels.astype(np.float32) * (1 / LEVELS), matrix, (ROUND_SIDE, ROUND_SIDE), flags=cv2.INTER_LINEAR
    )
    characters = picture.characters.copy()
    characters[:, :2] = picture.characters[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    characters[:, 2] *= scale
    if rng.random() < 0.35:
        window = -window
    window *= np.exp(rng.normal(0, 0.25))
    if rng.random() < 0.3:
        window = cv2.GaussianBlur(window, (0, 0), rng.uniform(0.4, 1.3))
    if rng.random() < 0.5:
        window = window + rng.uniform(0.05, 0.4) * rng.standard_normal(window.shape)
    return np.clip(window, -4, 4).astype(np.float32), characters


def _rotation(degrees: float) -> np.ndarray:
    turn = np.deg2rad(degrees)
    return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def targets(characters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Maps (cells, cells) for one window: existence 0..1, its weight, class, and the weight of the class."""
    existence = np.zeros((CELLS, CELLS), np.float32)
    weight = np.ones((CELLS, CELLS), np.float32)
    number = np.zeros((CELLS, CELLS), np.int64)
    certainty = np.zeros((CELLS, CELLS), np.float32)
    rows, columns = np.mgrid[0:CELLS, 0:CELLS].astype(np.float32)
    for x, y, height, kind in characters:
        u, v = x / STRIDE - 0.5, y / STRIDE - 0.5
        if not (-2 < u < CELLS + 1 and -2 < v < CELLS + 1):
            continue
        distance = (columns - u) ** 2 + (rows - v) ** 2
        if kind == IGNORED:
            weight[distance < (0.7 * height / STRIDE) ** 2] = 0
            continue
        spread = max(0.7, 0.16 * height / STRIDE)
        bump = np.exp(-distance / (2 * spread**2)).astype(np.float32)
        if 0 <= round(u) < CELLS and 0 <= round(v) < CELLS:
            bump[round(v), round(u)] = 1.0  # the focal loss needs a cell that is surely a character
        mine = (bump > 0.5) & (bump > certainty)
        number[mine], certainty[mine] = int(kind), bump[mine]
        np.maximum(existence, bump, out=existence)
    weight[existence == 1] = 1
    return existence, weight, number, certainty
