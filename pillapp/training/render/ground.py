"""What pills lie on: a table of cloth, paper, wood or stone."""

from typing import Final

import numpy as np

from pillapp.training.prints import draw_motifs
from pillapp.training.render.mesh import Mesh
from pillapp.training.render.stage import Thing
from pillapp.training.render.surface import Surface
from pillapp.training.surfaces import draw_surface, take_texture
from pillapp.vision.colour import linear

_SIDE: Final = 384  # px of the picture on the table
_REACH: Final = 40.0  # the table goes on this many times its picture, to the horizon of a low camera


def random_ground(rng: np.random.Generator, size_mm: float, textures: np.ndarray | None) -> Thing:
    """A table at z = 0 with a picture of ``size_mm`` around the origin; without ``textures`` all tables are drawn."""
    kind = rng.choice(["drawn", "print", "texture"], p=[0.5, 0.12, 0.38])
    if kind == "texture" and textures is not None:
        picture = take_texture(rng, textures, _SIDE, _SIDE)
    elif kind == "print":
        picture = draw_motifs(rng, _SIDE, _SIDE)
    else:
        picture = draw_surface(rng, _SIDE, _SIDE)
    gloss = rng.choice([rng.uniform(0, 0.1), rng.uniform(0.1, 0.8)], p=[0.7, 0.3])
    # no table is whiter than paper
    surface = Surface(0.85 * linear(picture), rng.uniform(0.3, 0.95), gloss)
    return Thing(flat_sheet(size_mm * _REACH, size_mm * _REACH, 0.0, size_mm), surface)


def flat_sheet(width: float, height: float, z: float, picture_mm: float | None = None) -> Mesh:
    """A level sheet around the origin, mm; its picture covers it, or a square of ``picture_mm`` in its middle."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, height / 2)
    covered = np.array([width, height]) if picture_mm is None else np.array([picture_mm, picture_mm])
    uv = (corners / covered * (1, -1) + 0.5).astype(np.float32)
    vertices = np.column_stack([corners, np.full(4, z)]).astype(np.float32)
    normals = np.tile(np.array([0, 0, 1], dtype=np.float32), (4, 1))
    return Mesh(vertices, normals, uv, np.array([(0, 1, 2), (0, 2, 3)], dtype=np.uint32))
