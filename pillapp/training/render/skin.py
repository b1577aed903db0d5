"""Skin for a hand: tones from light to dark, paler palms, redder knuckles and tips, creases, and nails."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from pillapp.training.render.mesh import Mesh, smooth_mesh
from pillapp.training.render.stage import Thing
from pillapp.training.render.surface import Surface
from pillapp.vision.colour import linear

# sRGB of the back of the hand and of the palm, from the lightest to the darkest skin (after the Monk skin tone scale).
_BACKS: Final = np.array(
    [(240, 213, 195), (231, 188, 155), (205, 150, 112), (150, 100, 68), (98, 64, 46), (62, 42, 34)]
)
_PALMS: Final = np.array(
    [(243, 198, 180), (238, 180, 155), (222, 162, 132), (198, 142, 114), (172, 122, 100), (150, 106, 90)]
)
_PALETTE: Final = 32  # colours both ways: from back to palm, from crease to plain skin
# Lines of the palm as points (x, y) in shares of its width and length from its middle: heart, head and life line.
_LINES: Final = (
    ((-0.48, 0.22), (-0.2, 0.26), (0.1, 0.34), (0.26, 0.44)),
    ((0.5, 0.2), (0.2, 0.12), (-0.1, 0.02), (-0.36, -0.12)),
    ((0.48, 0.18), (0.24, 0.08), (0.12, -0.16), (0.14, -0.46)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """The flat right hand before it is posed: ``points`` and ``normals`` (n, 3) of its skin, ends of its bones; mm."""

    points: np.ndarray
    normals: np.ndarray
    heads: dict[str, np.ndarray]
    tails: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class SkinMap:
    """What is where on a hand, each (n,) in 0..1: the palm's side, creases, fingertips, nails; ``points`` as of the flat hand."""

    points: np.ndarray
    palmar: np.ndarray
    crease: np.ndarray
    tip: np.ndarray
    nail: np.ndarray


def map_skin(flat: Flat) -> SkinMap:
    """Look once where everything lies on a hand: it stays there however the hand is held."""
    palmar = 1 / (1 + np.exp(-6 * flat.normals[:, 2]))
    return SkinMap(flat.points, palmar, _creases(flat, palmar), _tips(flat), _nails(flat))


def skin_things(mesh: Mesh, skin: SkinMap, tone: float, rng: np.random.Generator) -> list[Thing]:
    """The skin and the nails of a posed hand; ``mesh`` has the vertices of the map in their order."""
    rest = skin.points
    redness = 0.85 * skin.palmar + 0.25 * skin.tip + 0.07 * _waves(rest, rng, (40.0, 18.0))
    shade = 1 - 0.6 * skin.crease + 0.03 * _waves(rest, rng, (25.0, 9.0, 4.0))
    uv = np.column_stack([np.clip(redness, 0, 1), np.clip(shade * 0.9, 0, 1)]).astype(np.float32)
    bumps = 0.12 * _waves(rest, rng, (2.6, 1.7)) - 0.5 * skin.crease
    bumped = smooth_mesh(mesh.vertices + mesh.normals * bumps[:, None], mesh.faces, uv)
    nail = skin.nail[mesh.faces].mean(axis=1) > 0.5
    surface = Surface(_palette(tone), float(rng.uniform(0.42, 0.6)), float(rng.uniform(0.0, 0.12)))
    nails = Surface(np.clip(_palette(tone)[-6:, 12:20] * (1.12, 1.05, 1.05), 0, 0.9).astype(np.float32), 0.25, 0.5)
    lifted, middle = (mesh.vertices + 0.15 * mesh.normals).astype(np.float32), np.full_like(uv, 0.5)
    parts = [
        Thing(Mesh(bumped.vertices, bumped.normals, bumped.uv, bumped.faces[~nail]), surface),
        Thing(Mesh(lifted, mesh.normals, middle, mesh.faces[nail]), nails),
    ]
    return [part for part in parts if len(part.mesh.faces)]


def _palette(tone: float) -> np.ndarray:
    """Linear colours (32, 32, 3): columns from the back's to the palm's, rows from creases to plain skin."""
    at = tone * (len(_BACKS) - 1)
    stops = np.arange(len(_BACKS))
    back, palm = (
        linear(np.array([np.interp(at, stops, table[:, channel]) for channel in range(3)]))
        for table in (_BACKS, _PALMS)
    )
    across, down = np.linspace(0, 1, _PALETTE)[None, :, None], np.linspace(0, 1, _PALETTE)[:, None, None]
    plain = back * (1 - across) + palm * across
    deep = plain * (0.42, 0.28, 0.24)  # light that went through skin twice
    return np.asarray(deep * (1 - down) + plain * down * 1.08, dtype=np.float32)


def _creases(flat: Flat, palmar: np.ndarray) -> np.ndarray:
    """How deep in a crease each vertex lies, 0..1: at the joints of the fingers and along the lines of the palm."""
    rest, heads, tails = flat.points, flat.heads, flat.tails
    depth = np.zeros(len(rest))
    for bone in (name for name in heads if name.startswith("finger")):
        along = tails[bone] - heads[bone]
        along = along / np.linalg.norm(along)
        towards = rest - heads[bone]
        past = towards @ along
        near = np.linalg.norm(towards - past[:, None] * along, axis=1) < 14
        sharp = np.exp(-((past / 0.9) ** 2)) * (0.1 + 0.55 * palmar)
        depth = np.maximum(depth, near * sharp)
    knuckles = np.array([heads[f"finger{i}-1"] for i in (2, 5)])
    size = np.array([abs(knuckles[1, 0] - knuckles[0, 0]) * 1.3, abs(knuckles[:, 1].mean() - heads["wrist"][1])])
    for line in _LINES:
        corners = np.array(line) * size
        away = np.min([_distance(rest[:, :2], a, b) for a, b in pairwise(corners)], axis=0)
        depth = np.maximum(depth, np.exp(-((away / 0.8) ** 2)) * palmar * (rest[:, 2] > -8))
    return depth


def _distance(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """From points (n, 2) to the piece of a line between two others."""
    along = b - a
    share = np.clip((points - a) @ along / (along @ along), 0, 1)
    return np.linalg.norm(points - a - share[:, None] * along, axis=1)


def _tips(flat: Flat) -> np.ndarray:
    """1 at the fingertips, 0 from some 20 mm beside them."""
    ends = [flat.tails[f"finger{i}-3"] for i in range(1, 6)]
    nearest = np.min([np.linalg.norm(flat.points - end, axis=1) for end in ends], axis=0)
    return np.asarray(np.exp(-((nearest / 14) ** 2)))


def _nails(flat: Flat) -> np.ndarray:
    """1 on the nails, 0 elsewhere."""
    rest, normals = flat.points, flat.normals
    found = np.zeros(len(rest))
    for i in range(1, 6):
        head, tail = flat.heads[f"finger{i}-3"], flat.tails[f"finger{i}-3"]
        along = (tail - head) / np.linalg.norm(tail - head)
        up = normals[np.linalg.norm(rest - tail, axis=1) < 12].mean(axis=0) if i == 1 else np.array([0.0, 0.0, 1.0])
        up = up - (up @ along) * along
        up /= np.linalg.norm(up)
        side = np.cross(along, up)
        past = (rest - head) @ along / np.linalg.norm(tail - head)
        aside = (rest - head) @ side
        inside = ((past - 0.72) / 0.32) ** 2 + (aside / 5.5) ** 4 < 1
        found = np.maximum(found, inside & (normals @ up < -0.35) & (np.linalg.norm(rest - tail, axis=1) < 20))
    return found


def _waves(points: np.ndarray, rng: np.random.Generator, lengths: tuple[float, ...]) -> np.ndarray:
    """Smooth noise over space with a standard deviation near 1, of waves of several ``lengths`` (mm)."""
    total = np.zeros(len(points))
    for length in lengths:
        directions = rng.normal(size=(6, 3)) * 2 * np.pi / length
        total += np.sin(points @ directions.T + rng.uniform(0, 2 * np.pi, 6)).sum(axis=1)
    return total / np.sqrt(3 * len(lengths))
