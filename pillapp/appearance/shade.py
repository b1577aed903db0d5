"""Quick shading of one side: some lamps over its height field, a gloss, darker grooves. No renderer, a few milliseconds."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.values import Face, Material, PillModel

_SHARPNESS: Final = (60.0, 6.0)  # exponent of the highlight on the smoothest and on the roughest surface
_GLINT: Final = 0.22  # brightness of a full gloss's highlight, of a lamp of strength 1
_GROOVE_MM: Final = 0.18  # how far a groove's walls keep light from its bottom


@dataclass(frozen=True, slots=True)
class Lamp:
    """``direction`` (x right, y down, z to the eye) points to the lamp; ``strength`` is what it gives a surface facing it."""

    direction: tuple[float, float, float]
    strength: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Light:
    """Lamps, and what comes from everywhere (``ambient``)."""

    lamps: tuple[Lamp, ...]
    ambient: float


# One soft lamp from the upper left, as drawings of a relief have it.
DRAWING_LIGHT: Final = Light((Lamp((-0.42, -0.52, 0.74), 0.68), Lamp((0.5, 0.1, 0.85), 0.12)), 0.34)


def random_light(rng: np.random.Generator) -> Light:
    """A lamp or a few from anywhere above, of any hardness: a lamp with an extent is several close together."""
    ambient = rng.uniform(0.15, 0.55)
    lamps: list[Lamp] = []
    count = int(rng.integers(1, 4))
    for _ in range(count):
        turn, up = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(18, 80))
        tint = np.exp(rng.normal(0, 0.04, 3))
        strength = (1 - ambient) * rng.uniform(0.6, 1.2) / count
        soft = rng.uniform(0.02, 0.3)
        for _ in range(3):
            direction = np.array([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)])
            direction += rng.normal(0, soft, 3)
            direction[2] = max(direction[2], 0.05)
            x, y, z = direction / np.linalg.norm(direction)
            lamps.append(Lamp((x, y, z), strength / 3, (tint[0], tint[1], tint[2])))
    return Light(tuple(lamps), ambient)


def shade(face: Face, material: Material, cells_per_mm: float, light: Light = DRAWING_LIGHT) -> np.ndarray:
    """A side seen from straight above: sRGB 0..1, float32 (h, w, 3), also outside its outline."""
    surface = face.height * cells_per_mm
    normal_x, normal_y, normal_z = _normals(surface)
    # grooves see less of the room; what lies deeper than its surroundings is darker
    deeper = cv2.GaussianBlur(face.height, (0, 0), max(0.6, _GROOVE_MM * cells_per_mm)) - face.height
    open_ = np.clip(1 - 2.6 * deeper / _GROOVE_MM, 0.55, 1.1)
    lit = np.empty_like(face.albedo)
    lit[:] = (light.ambient * (0.6 + 0.4 * normal_z) * open_)[..., None]
    glint = np.zeros_like(face.albedo)
    exponent = _SHARPNESS[0] + (_SHARPNESS[1] - _SHARPNESS[0]) * material.roughness
    for lamp in light.lamps:
        x, y, z = lamp.direction
        facing = normal_x * x + normal_y * y + normal_z * z
        # light goes through a clear shell and comes out on the far side
        through = material.translucency * 0.5
        diffuse = np.maximum(facing, 0) * (1 - through) + through * (0.55 - 0.45 * facing)
        tint = np.array(lamp.tint, np.float32)
        lit += (lamp.strength * diffuse * open_)[..., None] * tint
        if material.gloss > 0:
            hx, hy, hz = np.array([x, y, z + 1]) / np.linalg.norm([x, y, z + 1])
            half = np.maximum(normal_x * hx + normal_y * hy + normal_z * hz, 0)
            glint += (lamp.strength * material.gloss * _GLINT * cv2.pow(half, exponent))[..., None] * tint
    lit *= face.albedo
    lit += glint
    return np.asarray(cv2.pow(np.clip(lit, 0, 1), 1 / 2.2), dtype=np.float32)


def _normals(surface: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit normals of a height field in cells, y down."""
    slope_x = cv2.Sobel(surface, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(surface, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    length = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
    return -slope_x * length, -slope_y * length, length


def side_view(model: PillModel, *, back: bool, light: Light = DRAWING_LIGHT) -> tuple[np.ndarray, np.ndarray]:
    """One side of a pill shaded: sRGB uint8 (h, w, 3) and its coverage float32 (h, w) in 0..1."""
    face, coverage = (model.back, model.coverage_back) if back else (model.front, model.coverage_front)
    rgb = shade(face, model.material, model.cells_per_mm, light)
    return cv2.convertScaleAbs(rgb, alpha=255), coverage
