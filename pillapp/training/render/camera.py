"""The camera of a rendered picture: where it stands, and where a point of the scene appears in its picture."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Camera:
    """A thin-lens camera in a world of mm with Z up.

    ``fov`` is the horizontal angle of view in radians, ``roll`` turns the picture clockwise (radians), ``aperture`` is
    the radius of the lens in mm (0: everything sharp); it is focused on ``target``.
    """

    origin: tuple[float, float, float]
    target: tuple[float, float, float]
    roll: float
    fov: float
    width: int
    height: int
    aperture: float = 0.0

    @property
    def distance(self) -> float:
        """From the lens to the target, mm."""
        return float(np.linalg.norm(np.subtract(self.target, self.origin)))

    @property
    def focal_px(self) -> float:
        """Distance of the picture plane in pixels."""
        return float(self.width / 2 / np.tan(self.fov / 2))

    @property
    def mm_per_px(self) -> float:
        """What one pixel covers at the target, across the line of sight."""
        return self.distance / self.focal_px

    def axes(self) -> np.ndarray:
        """Rows: right, down and forward in the world (3, 3)."""
        forward = np.subtract(self.target, self.origin)
        forward = forward / np.linalg.norm(forward)
        # seen from straight above, north is up
        north = np.array([0.0, 1.0, 0.0]) if abs(forward[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
        right = np.cross(forward, north)
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        return np.array([cos * right - sin * down, sin * right + cos * down, forward])

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 3) mm as places (n, 2) in the picture; pixel (0, 0) covers 0..1, so its middle is (0.5, 0.5)."""
        seen = (np.asarray(points, dtype=np.float64) - self.origin) @ self.axes().T
        middle = np.array([self.width, self.height]) / 2
        return np.asarray(seen[:, :2] / seen[:, 2:] * self.focal_px + middle)

    def to_ground(self, places: np.ndarray, height: float = 0.0) -> np.ndarray:
        """Where the rays through places (n, 2) of the picture meet the plane z = ``height``: (n, 3) mm."""
        middle = np.array([self.width, self.height]) / 2
        offsets = (np.asarray(places, dtype=np.float64) - middle) / self.focal_px
        rays = np.column_stack([offsets, np.ones(len(offsets))]) @ self.axes()
        return np.asarray(self.origin + rays * ((height - self.origin[2]) / rays[:, 2])[:, None])
