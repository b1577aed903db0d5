"""What lights a picture: lamps and surroundings as over counters, desks and hands, and the camera's exposure for them."""

from typing import Final

import cv2
import numpy as np

from pillapp.training.render.camera import Camera
from pillapp.training.render.stage import Lamp, Lighting
from pillapp.training.render.surface import encoded
from pillapp.training.surfaces import take_texture
from pillapp.vision.colour import linear

_MAP: Final = (24, 48)  # rows and columns of the surroundings: no more detail than gloss on a pill can show
_SPARK: Final = 4.0  # times as bright as the pixels around it
_BLACK_BODIES: Final = ((1.0, 0.72, 0.42), (1.0, 0.84, 0.64), (1.0, 0.94, 0.86), (1.0, 1.0, 1.0), (0.86, 0.93, 1.0))
"""Linear sRGB of light of about 2,700, 3,500, 4,500, 6,500 and 8,000 K (Planck's law), brightest channel 1."""


def random_lighting(rng: np.random.Generator, camera: Camera, textures: np.ndarray | None) -> Lighting:
    """Lamps at the distances of real ones, out of the camera's sight, and surroundings.

    The irradiance of the table is near pi/2: a white table is near 0.5.
    """
    count = int(rng.choice([0, 1, 2, 3], p=[0.06, 0.5, 0.3, 0.14]))
    ambient = rng.uniform(0.1, 0.5) if count else rng.uniform(0.5, 0.8)
    shares = rng.dirichlet(np.full(count, 1.5)) if count else np.zeros(0)
    lamps = tuple(_lamp(rng, camera, np.pi / 2 * (1 - ambient) * 1.6 * share) for share in shares)
    return Lighting(lamps, (_surroundings(rng, textures) * ambient).astype(np.float32))


def develop(light: np.ndarray, pills: np.ndarray, lighting: Lighting, rng: np.random.Generator) -> np.ndarray:
    """The picture a camera makes of the light: uint8 RGB (h, w, 3).

    ``pills`` (h, w) bool is what to expose for. The shoulder (1 - e^-x) keeps white pills from burning out, and a part
    of the lamps' colour stays, as automatic white balance leaves it.
    """
    cast = lighting.surroundings.mean(axis=(0, 1)) + sum(np.array(lamp.radiance) * 1e-3 for lamp in lighting.lamps)
    # a lamp met by chance, through film or in a mirror, is no more than a bright spot
    calm = np.minimum(light, _SPARK * cv2.medianBlur(light, 3))
    balanced = calm / (cast / cast.mean()) ** rng.uniform(0.55, 1.0)
    grey = balanced.mean(axis=2)
    bright = float(np.percentile(grey, 90))
    pill = float(np.percentile(grey[pills], 85)) if pills.any() else bright
    wanted = max(pill, bright * rng.uniform(0.4, 0.85))
    return encoded(1 - np.exp(-balanced * (rng.uniform(0.9, 1.9) / max(wanted, 1e-4))))


def _lamp(rng: np.random.Generator, camera: Camera, irradiance: float) -> Lamp:
    """A desk lamp, a ceiling panel or a tube that gives the origin an irradiance when it hangs straight above."""
    while True:
        turn, rise = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(25, 85))
        distance = np.exp(rng.uniform(np.log(250), np.log(1800)))
        origin = distance * np.array([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)])
        wide = distance * np.exp(rng.uniform(np.log(0.05), np.log(0.7)))
        long = min(wide * float(rng.choice([1.0, rng.uniform(1.0, 5.0)])), 1.2 * distance)
        if not _in_sight(camera, origin, max(wide, long)):
            break
    colour = np.array(_BLACK_BODIES[rng.integers(len(_BLACK_BODIES))]) * np.exp(rng.normal(0, 0.03, 3))
    radiance = colour * irradiance * distance**2 / (wide * long)
    return Lamp(
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (0.0, 0.0, 0.0),
        (float(wide), float(long)),
        (float(radiance[0]), float(radiance[1]), float(radiance[2])),
    )


def _in_sight(camera: Camera, place: np.ndarray, size: float) -> bool:
    """Whether something of a ``size`` (mm, across) may reach into the camera's picture."""
    right, down, forward = camera.axes() @ (place - camera.origin)
    corner = camera.fov * 0.75  # from the middle of the picture to beyond its corner
    aside = float(np.hypot(right, down)) - size / 2 * np.sqrt(2)
    return bool(forward > -size and aside < max(forward, 0.0) * np.tan(min(corner, 1.5)))


def _surroundings(rng: np.random.Generator, textures: np.ndarray | None) -> np.ndarray:
    """Light from all directions with a mean near 1."""
    rows, columns = _MAP
    kind = rng.choice(["even", "gradient", "window", "room"], p=[0.15, 0.3, 0.3, 0.25])
    around: np.ndarray = np.ones((rows, columns, 3), np.float32)
    if kind == "room" and textures is not None:
        around = linear(cv2.GaussianBlur(take_texture(rng, textures, rows, columns), (0, 0), 0.7)) + 0.02
    elif kind != "even":
        up = np.linspace(1, -1, rows)[:, None, None]
        across = np.cos(np.linspace(0, 2 * np.pi, columns) + rng.uniform(0, 2 * np.pi))[None, :, None]
        around = (1 + rng.uniform(0, 0.9) * up + rng.uniform(0, 0.8) * across * (1 - np.abs(up))).astype(np.float32)
    if kind == "window":
        top, tall = int(rng.integers(1, rows // 3)), int(rng.integers(3, rows // 3))
        left, wide = int(rng.integers(columns - 6)), int(rng.integers(3, 10))
        around[top : top + tall, left : left + wide] *= rng.uniform(4, 20)
    tint = np.exp(rng.normal(0, 0.06, 3))
    around = np.clip(around, 0.02, None) * tint
    # directions near the poles count less: a row of the map covers the sine of its angle
    weight = np.sin((np.arange(rows) + 0.5) / rows * np.pi)[:, None, None]
    return np.asarray(around / (around * weight).mean() * weight.mean())
