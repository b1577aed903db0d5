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


def turned_to(direction: np.ndarray) -> np.ndarray:
    """The shortest turn that takes the Z axis to a unit direction (3,)."""
    x, y, z = direction
    if z < -0.9999:
        return about_x(np.pi)
    cross = np.array([(0, 0, x), (0, 0, y), (-x, -y, 0)])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + z))
