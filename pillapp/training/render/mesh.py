"""A pill as a closed mesh: both faces from their height fields, a wall between their rims, and its picture as texture.

A square grid is bent into a disc (Shirley and Chiu's concentric map, 1997) and the disc into the outline, so rows of
vertices run around the pill, the last one exactly on the rim.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.values import Face, PillModel

_EDGE_ANGLE: Final = np.deg2rad(30)  # a face that meets the wall more bluntly than this has an edge one can see
_LEAST_WALL: Final = 0.15  # mm; a lower wall is the equator of a dome, not a side


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in mm: ``vertices``, ``normals`` (n, 3) and ``uv`` (n, 2) float32, ``faces`` (m, 3) uint32.

    ``uv`` is (0, 0) at the upper left corner of the texture and (1, 1) at the lower right one.
    """

    vertices: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    faces: np.ndarray

    def moved(self, rotation: np.ndarray, shift: np.ndarray) -> "Mesh":
        """The mesh turned by a matrix (3, 3), then shifted (3,) mm."""
        vertices = (self.vertices @ rotation.T + shift).astype(np.float32)
        return Mesh(vertices, (self.normals @ rotation.T).astype(np.float32), self.uv, self.faces)


def smooth_mesh(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray | None = None) -> Mesh:
    """A mesh whose normals (n, 3) are the means of the triangles around each vertex, weighted by area."""
    vertices, faces = vertices.astype(np.float32), faces.astype(np.uint32)
    normals = _vertex_normals(vertices, faces)
    return Mesh(vertices, normals, np.zeros((len(vertices), 2), np.float32) if uv is None else uv, faces)


def joined(meshes: list[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.uv for m in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=True)]).astype(np.uint32),
    )


def pill_mesh(model: PillModel, cells: int) -> Mesh:
    """The closed mesh of a pill with ``cells`` x ``cells`` squares a side, in the frame of the pill.

    Its texture is :func:`pill_texture`.
    """
    front_xy = _bent_grid(model.outline, cells)
    back_xy = front_xy * (1, -1)  # the same places of the pill, in the frame of the back
    side = cells + 1
    index = np.arange(side * side).reshape(side, side)
    squares = [part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])]
    corner = np.stack(squares, axis=-1)
    # y points down in the grid and up in the pill: this order makes the front's triangles face +Z
    face = np.concatenate([corner[:, [0, 3, 2]], corner[:, [0, 2, 1]]])
    front_height, back_height = _sample(model, model.front, front_xy), _sample(model, model.back, back_xy)
    front = np.column_stack([front_xy * (1, -1), front_height])
    back = np.column_stack([back_xy, -back_height])
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    height = front_height[rim] + back_height[rim]
    uv = np.concatenate([_texture_places(model, front_xy, 0.0), _texture_places(model, back_xy, 0.5)])

    vertices = np.concatenate([front, back])
    faces = np.concatenate([face, face[:, ::-1] + len(front)])
    upper, lower = rim, rim + len(front)
    if np.median(height) > _LEAST_WALL and _has_edge(front[rim], _vertex_normals(front, face)[rim]):
        # vertices of its own give the wall its own normals, and the half way row each colour its own half
        middle = (vertices[upper] + vertices[lower]) / 2
        rows = [vertices[upper], middle, middle, vertices[lower]]
        wall_uv = [uv[upper], uv[upper], uv[lower], uv[lower]]
        first = len(vertices) + len(rim) * np.arange(4)
        around = np.arange(len(rim))
        upper_wall = _strip(first[0] + around, first[1] + around)
        lower_wall = _strip(first[2] + around, first[3] + around)
        vertices, uv = np.concatenate([vertices, *rows]), np.concatenate([uv, *wall_uv])
        faces = np.concatenate([faces, upper_wall, lower_wall])
        normals = _vertex_normals(vertices, faces)
        outwards = normals[first[0] : first[1]] + normals[first[2] : first[3]]
        outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
        normals[first[0] :] = np.tile(outwards, (4, 1))
    else:
        faces = np.concatenate([faces, _strip(upper, lower)])
        normals = _vertex_normals(vertices, faces)
        outwards = normals[upper] + normals[lower]
        outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
        normals[upper] = normals[lower] = outwards
    return Mesh(vertices.astype(np.float32), normals, uv.astype(np.float32), faces.astype(np.uint32))


def pill_texture(model: PillModel) -> np.ndarray:
    """The albedo of both faces side by side, front left: (h, 2w, 3) float32 linear sRGB."""
    return np.hstack([model.front.albedo, model.back.albedo]).astype(np.float32)


def side_points(model: PillModel, points: np.ndarray, *, back: bool) -> np.ndarray:
    """Points (n, 2) mm in the frame of a side as points (n, 3) mm on its surface in the frame of the pill."""
    points = np.asarray(points, dtype=np.float64)
    height = _sample(model, model.back if back else model.front, points)
    return np.column_stack([points, -height]) if back else np.column_stack([points * (1, -1), height])


def _bent_grid(outline: np.ndarray, cells: int) -> np.ndarray:
    """The vertices ((cells + 1)^2, 2), mm in the frame of the front, row by row; the border lies on the outline."""
    # Rows twice as dense at the rim as in the middle: there the surface bends, in the middle it carries the text.
    line = np.linspace(-1, 1, cells + 1)
    line = np.sign(line) * (1.35 * np.abs(line) - 0.35 * line**2)
    y, x = (part.ravel() for part in np.meshgrid(line, line, indexing="ij"))
    wide = np.abs(x) >= np.abs(y)
    radius = np.where(wide, np.abs(x), np.abs(y))
    # a right angle of the disc for every quarter of the square
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(wide, np.pi / 4 * y / x, np.pi / 2 - np.pi / 4 * x / y)
    turn = np.where(radius > 0, turn, 0.0) + np.where(np.where(wide, x, y) < 0, np.pi, 0.0)
    polygon = np.asarray(outline, dtype=np.float64)
    centre = (polygon.min(axis=0) + polygon.max(axis=0)) / 2
    half = (polygon.max(axis=0) - polygon.min(axis=0)) / 2
    direction = np.column_stack([np.cos(turn), np.sin(turn)]) * half
    return np.asarray(centre + direction * (radius * _reach(polygon - centre, direction))[:, None])


def _reach(polygon: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """How many times each direction (n, 2) fits between the origin and the rim of a convex polygon around it."""
    angle = np.arctan2(polygon[:, 1], polygon[:, 0])
    polygon = polygon[np.argsort(angle)]
    angle = np.sort(angle)
    after = np.searchsorted(angle, np.arctan2(direction[:, 1], direction[:, 0])) % len(polygon)
    start, end = polygon[after - 1], polygon[after]
    edge = end - start
    across = direction[:, 0] * edge[:, 1] - direction[:, 1] * edge[:, 0]
    return np.asarray((start[:, 0] * edge[:, 1] - start[:, 1] * edge[:, 0]) / across)


def _sample(model: PillModel, face: Face, points: np.ndarray) -> np.ndarray:
    cells = model.to_cells(points).astype(np.float32)
    field = np.ascontiguousarray(face.height, dtype=np.float32)
    picked = cv2.remap(field, cells[None, :, 0], cells[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picked[0], dtype=np.float64)


def _texture_places(model: PillModel, points: np.ndarray, left: float) -> np.ndarray:
    h, w = model.front.height.shape
    places = (model.to_cells(points) + 0.5) / (w, h)
    return np.asarray(places * (0.5, 1.0) + (left, 0.0))


def _strip(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Triangles (2n, 3) of the band between two closed rows of vertices that run clockwise as the front is seen."""
    next_upper, next_lower = np.roll(upper, -1), np.roll(lower, -1)
    return np.concatenate(
        [np.column_stack([upper, next_lower, lower]), np.column_stack([upper, next_upper, next_lower])]
    )


def _has_edge(rim: np.ndarray, normals: np.ndarray) -> bool:
    """Whether a face meets the upright wall at an angle, for most of the rim."""
    outwards = rim[:, :2] - rim[:, :2].mean(axis=0)
    outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
    lean = (normals[:, :2] * outwards).sum(axis=1)
    return bool(np.median(np.arccos(np.clip(lean, -1, 1))) > _EDGE_ANGLE)


def _vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    areas = np.cross(b - a, c - a)
    corners = faces.ravel()
    sums = np.stack([np.bincount(corners, np.repeat(areas[:, k], 3), len(vertices)) for k in range(3)], axis=-1)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), dtype=np.float32)
