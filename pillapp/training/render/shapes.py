"""Meshes of made things: turned on a lathe, cut from a sheet, or drawn as a relief."""

import numpy as np

from pillapp.training.render.mesh import Mesh, smooth_mesh


def lathe(profile: np.ndarray, segments: int = 40) -> Mesh:
    """A profile (n, 2) of radius and height, mm, turned about Z; points are joined by edges, not rounded.

    The outside lies to the right of the way along the profile; ``uv`` runs around and along it.
    """
    turn = np.linspace(0, 2 * np.pi, segments + 1)
    # both ends of every piece of the profile have vertices of their own: edges stay edges
    ends = np.repeat(profile, 2, axis=0)[1:-1]
    along = np.diff(profile, axis=0)
    lengths = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
    outwards = np.repeat(np.column_stack([along[:, 1], -along[:, 0]]) / lengths[:, None], 2, axis=0)
    way = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    level = np.ones((len(turn), 1))
    vertices = np.stack([cos * ends[:, 0], sin * ends[:, 0], level * ends[:, 1]], axis=-1)
    normals = np.stack([cos * outwards[:, 0], sin * outwards[:, 0], level * outwards[:, 1]], axis=-1)
    uv = np.stack(
        [np.broadcast_to((turn / (2 * np.pi))[:, None], vertices.shape[:2]), level * np.repeat(way, 2)[1:-1]], axis=-1
    )
    index = np.arange(vertices.shape[0] * vertices.shape[1]).reshape(vertices.shape[:2])
    a, b = index[:-1, 0::2].ravel(), index[:-1, 1::2].ravel()
    d, c = index[1:, 0::2].ravel(), index[1:, 1::2].ravel()
    faces = np.concatenate([np.column_stack([a, d, c]), np.column_stack([a, c, b])])
    return Mesh(
        vertices.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        uv.reshape(-1, 2).astype(np.float32),
        faces.astype(np.uint32),
    )


def rounded(profile: np.ndarray, radius: float, steps: int = 4) -> np.ndarray:
    """A profile (n, 2) whose inner corners are replaced by curves that begin ``radius`` mm before them."""
    points = [profile[0]]
    for before, corner, after in zip(profile[:-2], profile[1:-1], profile[2:], strict=True):
        start, end = (
            corner + (other - corner) * min(0.45, radius / max(float(np.linalg.norm(other - corner)), 1e-9))
            for other in (before, after)
        )
        for t in np.linspace(0, 1, steps + 1):
            points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end)
    return np.array([*points, profile[-1]])


def relief(heights: np.ndarray, width: float, depth: float) -> Mesh:
    """A sheet of ``width`` x ``depth`` mm around the origin whose height is drawn: (h, w) mm, row 0 at the far edge."""
    rows, columns = heights.shape
    x, y = np.meshgrid(np.linspace(-width / 2, width / 2, columns), np.linspace(depth / 2, -depth / 2, rows))
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    faces = np.concatenate([np.column_stack([a, d, c]), np.column_stack([a, c, b])])
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    uv = np.stack([u, v], axis=-1).reshape(-1, 2).astype(np.float32)
    return smooth_mesh(np.stack([x, y, heights], axis=-1).reshape(-1, 3), faces, uv)


def block(width: float, depth: float, height: float) -> Mesh:
    """A box that stands on z = 0, mm."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (-0.5, 0.5) for x in (-0.5, 0.5)]) * (width, depth, height)
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
    vertices = np.concatenate([corners[list(side)] for side in sides])  # corners of its own for every side
    first = 4 * np.arange(6)[:, None]
    faces = np.concatenate([first + [0, 1, 2], first + [0, 2, 3]])
    uv = np.tile(np.array([(0, 0), (0, 1), (1, 1), (1, 0)], dtype=np.float32), (6, 1))
    return smooth_mesh(vertices, faces, uv)
