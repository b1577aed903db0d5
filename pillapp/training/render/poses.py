"""Rotations of things, as matrices (3, 3) for column vectors."""

import numpy as np


def about_x(angle: float) -> np.ndarray:
    """A turn about the X axis (radians)."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([(1, 0, 0), (0, cos, -sin), (0, sin, cos)])


def about_z(angle: float) -> np.ndarray:
    """A turn about the Z axis (radians), counter-clockwise from above."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([(cos, -sin, 0), (sin, cos, 0), (0, 0, 1)])


def tipped(pitch: float, roll: float) -> np.ndarray:
    """A turn about the Y axis (``pitch``) after one about the X axis (``roll``), radians."""
    cos, sin = np.cos(pitch), np.sin(pitch)
    return np.array([(cos, 0, sin), (0, 1, 0), (-sin, 0, cos)]) @ about_x(roll)


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Any rotation, all as likely (the orthogonal part of a Gaussian matrix)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else q[:, [1, 0, 2]])
