"""Crops: one side of one pill as a camera near it sees it, with the place of every character."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pillapp.appearance.values import Form, Glyph, PillModel
from pillapp.training.render.camera import Camera
from pillapp.training.render.ground import random_ground
from pillapp.training.render.lighting import develop, random_lighting
from pillapp.training.render.mesh import pill_mesh, side_points
from pillapp.training.render.poses import about_x, about_z, tipped
from pillapp.training.render.stage import Thing, expose, labels
from pillapp.training.render.surface import pill_surface

SIZE: Final = 160  # px, both ways
SAMPLES: Final = 16  # the noise left is that of a phone indoors
_LEAST_FACING: Final = 0.3  # a character seen more from the side than this share of its area is no character any more


@dataclass(frozen=True, slots=True)
class Character:
    """One character in a picture: its middle and the corners of its ink (x, y in px, clockwise from its upper left)."""

    text: str
    centre: tuple[float, float]
    corners: tuple[tuple[float, float], ...]

    @property
    def angle(self) -> float:
        """How far it is turned clockwise, radians."""
        (x1, y1), (x2, y2) = self.corners[:2]
        return float(np.arctan2(y2 - y1, x2 - x1))


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """``picture`` (size, size, 3) uint8 RGB and ``mask`` (size, size) bool, true where the pill is seen.

    ``text`` is the whole imprint of the side that is seen, lines parted by a line feed; ``characters`` (and emblems,
    whose text is empty) are those turned to the camera.
    """

    item_seq: str
    picture: np.ndarray
    mask: np.ndarray
    back: bool
    text: str
    characters: tuple[Character, ...]
    mm_per_px: float


def render_crop(
    model: PillModel, back: bool, rng: np.random.Generator, textures: np.ndarray | None, size: int = SIZE
) -> Crop:
    """One side of a pill on a table, turned any way, under random light."""
    rotation = _lying(model, back, rng)
    cells = int(np.clip(size * 0.7, 24, 150))
    mesh = pill_mesh(model, cells)
    low = float((mesh.vertices @ rotation.T)[:, 2].min())
    shift = np.array([0.0, 0.0, -low])
    mesh = mesh.moved(rotation, shift)
    camera = _camera(model, rng, size)
    things = [
        random_ground(rng, max(model.long_mm, 6.0) * rng.uniform(2, 12), textures),
        Thing(mesh, pill_surface(model), label=1),
    ]
    lighting = random_lighting(rng, camera, textures)
    mask = labels(things, camera) == 1
    light = expose(things, lighting, camera, SAMPLES, int(rng.integers(2**31)))
    return Crop(
        item_seq=model.item_seq,
        picture=develop(light, mask, lighting, rng),
        mask=mask,
        back=back,
        text=side_text(model, back),
        characters=seen_characters(model, back, rotation, shift, camera),
        mm_per_px=camera.mm_per_px,
    )


def side_text(model: PillModel, back: bool) -> str:
    """The imprint of a side, one line of text per line of the imprint; emblems say nothing."""
    glyphs = (model.back if back else model.front).glyphs
    lines: dict[int, str] = {}
    for glyph in glyphs:
        lines[glyph.line] = lines.get(glyph.line, "") + glyph.text
    return "\n".join(text for _, text in sorted(lines.items()) if text)


def seen_characters(
    model: PillModel, back: bool, rotation: np.ndarray, shift: np.ndarray, camera: Camera
) -> tuple[Character, ...]:
    """The characters of a side of a pill that was moved, as they lie in the picture."""

    def placed(glyph: Glyph) -> np.ndarray:
        points = np.vstack([[glyph.centre], glyph.corners()])
        return camera.project(side_points(model, points, back=back) @ rotation.T + shift)

    found = []
    for glyph in (model.back if back else model.front).glyphs:
        places = placed(glyph)
        if _area(places[1:]) < _LEAST_FACING * glyph.size[0] * glyph.size[1] / camera.mm_per_px**2:
            continue
        centre, *corners = ((float(x), float(y)) for x, y in places)
        found.append(Character(glyph.text, centre, tuple(corners)))
    return tuple(found)


def _area(corners: np.ndarray) -> float:
    """Area of a polygon (n, 2), positive where it runs clockwise with y down."""
    x, y = corners.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _lying(model: PillModel, back: bool, rng: np.random.Generator) -> np.ndarray:
    """How a pill lies on a table with a side up: a capsule has rolled a little, a domed tablet leans a little."""
    round_body = model.form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    roll = rng.normal(0, np.deg2rad(14 if round_body else 1.5))
    lean = tipped(rng.normal(0, np.deg2rad(1.5)), roll)
    return about_z(rng.uniform(0, 2 * np.pi)) @ lean @ about_x(np.pi if back else 0.0)


def _camera(model: PillModel, rng: np.random.Generator, size: int) -> Camera:
    distance = np.exp(rng.uniform(np.log(70), np.log(350)))
    tilt, turn = abs(rng.normal(0, np.deg2rad(13))), rng.uniform(0, 2 * np.pi)
    tilt = min(tilt, np.deg2rad(45))
    seen_mm = model.long_mm / rng.uniform(0.6, 0.88)
    target = np.array([*rng.normal(0, 0.02 * seen_mm, 2), model.thick_mm / 2])
    offset = np.array([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)]) * distance
    origin = target + offset
    sharp_mm = rng.uniform(0.0, 0.25)  # blur at the table of the width a phone's lens gives near by
    return Camera(
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (float(target[0]), float(target[1]), float(target[2])),
        roll=rng.uniform(0, 2 * np.pi),
        fov=float(2 * np.arctan(seen_mm / 2 / distance)),
        width=size,
        height=size,
        aperture=max(0.01, sharp_mm / 2 * distance / max(model.thick_mm, 1.0)),
    )
