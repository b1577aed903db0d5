"""Smoothing of coarse meshes of quads (Catmull and Clark 1978) as one matrix, made once and applied to every pose."""

import numpy as np
from scipy import sparse


def subdivision(quads: np.ndarray, count: int, levels: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    """The matrix that takes ``count`` vertices to the refined ones, and the refined quads (m, 4)."""
    matrix = sparse.identity(count, format="csr")
    for _ in range(levels):
        step, quads = _once(quads, matrix.shape[0])
        matrix = step @ matrix
    return matrix, quads


def _once(quads: np.ndarray, count: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    faces = len(quads)
    ends = np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2)
    edges, of_side = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    of_side = of_side.reshape(-1, 4)
    face_of_side = np.repeat(np.arange(faces), 4)
    sides = np.bincount(of_side.ravel(), minlength=len(edges))  # 1 at the border of the mesh, else 2

    def averages(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
        sums = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        total = np.maximum(np.asarray(sums.sum(axis=1)).ravel(), 1)
        return sparse.diags(1 / total) @ sums

    face_points = averages(np.repeat(np.arange(faces), 4), quads.ravel(), (faces, count))
    middles = averages(np.repeat(np.arange(len(edges)), 2), edges.ravel(), (len(edges), count))
    beside = averages(of_side.ravel(), face_of_side, (len(edges), faces)) @ face_points
    inner = sparse.diags((sides == 2).astype(float))
    edge_points = middles + inner @ (beside - middles) * 0.5

    vertex_faces = averages(quads.ravel(), face_of_side, (count, faces)) @ face_points
    vertex_edges = averages(edges.ravel(), np.repeat(np.arange(len(edges)), 2), (count, len(edges))) @ middles
    valence = np.bincount(edges.ravel(), minlength=count).astype(float)
    border = np.zeros(count, bool)
    border[edges[sides == 1].ravel()] = True
    share = np.where(border, 0.0, 1 / np.maximum(valence, 1))
    identity = sparse.identity(count)
    vertex_points = sparse.diags(share) @ (vertex_faces + 2 * vertex_edges) + sparse.diags(1 - 3 * share) @ identity
    matrix = sparse.vstack([vertex_points, edge_points, face_points]).tocsr()
    edge_at, face_at = count + of_side, count + len(edges) + np.arange(faces)
    corners = [np.column_stack([quads[:, k], edge_at[:, k], face_at, edge_at[:, k - 1]]) for k in range(4)]
    return matrix, np.concatenate(corners)
