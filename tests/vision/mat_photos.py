"""Photos of the mat as a camera would take them, with pills (ellipses) of known size on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pillapp.vision.mat import MARKER_MM, Mat, marker_bits

DRAWN = 8  # px per mm of the flat drawing that photos are warped from
PILL_COLOURS = ((252, 250, 245), (240, 200, 90), (225, 120, 130), (120, 150, 90))


@dataclass(frozen=True)
class Ellipse:
    """A pill in mm on the mat: middle, sides and the direction of the long one in degrees."""

    x: float
    y: float
    long: float
    short: float
    turn: float = 0.0

    def rim(self) -> np.ndarray:
        t = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        a = np.deg2rad(self.turn)
        flat = np.column_stack([np.cos(t) * self.long / 2, np.sin(t) * self.short / 2])
        return flat @ np.array([(np.cos(a), np.sin(a)), (-np.sin(a), np.cos(a))]) + (self.x, self.y)


@dataclass(frozen=True)
class MatPhoto:
    pixels: np.ndarray  # RGB uint8
    to_px: np.ndarray  # (3, 3) mm on the mat → px

    def place(self, points: np.ndarray) -> np.ndarray:
        return cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), self.to_px).reshape(-1, 2)

    def mask(self, pill: Ellipse) -> tuple[np.ndarray, tuple[int, int]]:
        """Which pixels around the pill have their middle on it, and the first of those pixels."""
        left, top, right, bottom = (int(v) for v in self.box(pill))
        x, y = np.meshgrid(np.arange(left - 2, right + 4), np.arange(top - 2, bottom + 4))
        back = np.linalg.inv(self.to_px)
        mm = cv2.perspectiveTransform(np.stack([x, y], -1).astype(np.float64), back) - (pill.x, pill.y)
        a = np.deg2rad(pill.turn)
        along, across = mm @ (np.cos(a), np.sin(a)), mm @ (-np.sin(a), np.cos(a))
        return (2 * along / pill.long) ** 2 + (2 * across / pill.short) ** 2 <= 1, (left - 2, top - 2)

    def box(self, pill: Ellipse) -> tuple[float, float, float, float]:
        points = self.place(pill.rim())
        return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def photograph(
    mat: Mat,
    pills: Sequence[Ellipse] = (),
    *,
    size: tuple[int, int] = (1600, 1200),
    tilt: float = 0.0,
    roll: float = 0.0,
    towards: float = 0.0,
    distance: float = 420.0,
    blur: float = 0.6,
    noise: float = 3.0,
    hidden: Sequence[int] = (),
    seed: int = 0,
) -> MatPhoto:
    """The mat seen by a camera with a field of view of 45° that looks at its middle.

    ``tilt`` (degrees) is off the vertical, in the direction ``towards``; ``roll`` turns the camera; ``distance`` is in
    mm. ``hidden`` markers (by place in the mat's list) lie under something brown.
    """
    rng = np.random.default_rng(seed)
    flat, to_mm = _drawing(mat, pills, hidden)
    width, height = size
    focal = width / 2 / np.tan(np.deg2rad(22.5))
    lens = np.array([(focal, 0, width / 2), (0, focal, height / 2), (0, 0, 1)])
    axis = np.deg2rad(towards)
    lean, _ = cv2.Rodrigues(np.deg2rad(tilt) * np.array([np.cos(axis), np.sin(axis), 0.0]))
    turn, _ = cv2.Rodrigues(np.deg2rad(roll) * np.array([0.0, 0.0, 1.0]))
    move = np.array([(1, 0, -mat.width / 2), (0, 1, -mat.height / 2), (0, 0, 1)])
    pose = (turn @ lean)[:, :2]
    to_px = lens @ np.column_stack([pose, (0.0, 0.0, distance)]) @ move
    to_px /= to_px[2, 2]
    seen = cv2.warpPerspective(
        flat, to_px @ to_mm, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(120, 96, 74)
    )
    seen = cv2.GaussianBlur(seen, (0, 0), blur).astype(np.float32)
    shade = np.linspace(0.82, 1.0, width, dtype=np.float32)[None, :, None]
    noisy = np.clip(seen * shade + rng.normal(0, noise, seen.shape), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", noisy[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return MatPhoto(np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1]), to_px)


def _drawing(mat: Mat, pills: Sequence[Ellipse], hidden: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The flat sheet and the matrix that takes its pixels to mm."""
    sheet = np.full((round(mat.height * DRAWN), round(mat.width * DRAWN), 3), 250, np.uint8)
    to_mm = np.array([(1 / DRAWN, 0, 0.5 / DRAWN), (0, 1 / DRAWN, 0.5 / DRAWN), (0, 0, 1)])
    left, top, right, bottom = (round(v * DRAWN) for v in mat.area)
    sheet[top:bottom, left:right] = 228
    for place, marker in enumerate(mat.markers):
        bits = np.kron(marker_bits(marker.number), np.ones((8, 8))) * 240 + 8
        whole = cv2.resize(bits, (round(MARKER_MM * DRAWN),) * 2, interpolation=cv2.INTER_NEAREST)
        matrix = np.array([(1.0, 0, marker.x * DRAWN), (0, 1, marker.y * DRAWN)])
        drawn = cv2.warpAffine(whole, matrix, sheet.shape[1::-1], borderValue=-1)
        inside = drawn >= 0
        sheet[inside] = drawn[inside].astype(np.uint8)[:, None]
        if place in hidden:
            x, y = int(marker.x * DRAWN), int(marker.y * DRAWN)
            cv2.circle(sheet, (x + 5 * DRAWN, y + 5 * DRAWN), 7 * DRAWN, (150, 110, 80), -1)
    for number, pill in enumerate(pills):
        points = [np.round((pill.rim() * DRAWN - 0.5) * 256).astype(np.int32)]
        colour = PILL_COLOURS[number % len(PILL_COLOURS)]
        cv2.fillPoly(sheet, points, colour, lineType=cv2.LINE_AA, shift=8)
    return sheet, to_mm
