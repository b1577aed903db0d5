"""Scenes: many pills and what lies about them, with a mask, a box and the visible share of every pill."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from pillapp.training.render.camera import Camera
from pillapp.training.render.ground import random_ground
from pillapp.training.render.hand import HandRig
from pillapp.training.render.layouts import Placed
from pillapp.training.render.lighting import develop, random_lighting
from pillapp.training.render.mesh import Mesh, pill_mesh
from pillapp.training.render.props import Props
from pillapp.training.render.sets import Setting, bare_hand, random_setting
from pillapp.training.render.stage import Thing, expose, labels
from pillapp.training.render.supply import Supply
from pillapp.training.render.surface import Surface, pill_surface

SIZE: Final = 416  # px, both ways
SAMPLES: Final = 9  # multijittered in 3 x 3 cells


@dataclass(frozen=True, slots=True)
class SeenPill:
    """A pill of a scene: ``box`` x1 y1 x2 y2 in px around what is seen of it, ``visible`` the share of it that is seen.

    ``label`` is its number in the mask; ``front`` tells which side is turned to the camera.
    """

    item_seq: str
    label: int
    box: tuple[int, int, int, int]
    visible: float
    front: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """``picture`` (size, size, 3) uint8 RGB; ``mask`` (size, size) uint8, 0 or the label of the pill that is seen."""

    picture: np.ndarray
    mask: np.ndarray
    pills: tuple[SeenPill, ...]
    layout: str


def render_scene(supply: Supply, props: Props, rng: np.random.Generator, size: int = SIZE) -> Scene:
    """A scene of a random layout."""
    setting = random_setting(supply, props, rng)
    camera = random_camera(rng, setting.view, setting.middle, size)
    ground = random_ground(rng, setting.view * rng.uniform(0.8, 2.5), props.textures)
    return take(replace(setting, things=[ground, *setting.things]), camera, props.textures, rng)


def render_hand(rig: HandRig, props: Props, rng: np.random.Generator, size: int = SIZE) -> Scene:
    """A hand alone, to be laid over other pictures: ``mask`` is 1 where it is seen, there are no pills."""
    setting = bare_hand(rig, rng)
    camera = random_camera(rng, setting.view, setting.middle, size)
    mask = labels([replace(thing, label=1) for thing in setting.things], camera).astype(np.uint8)
    lighting = random_lighting(rng, camera, props.textures)
    light = expose(setting.things, lighting, camera, SAMPLES, int(rng.integers(2**31)))
    return Scene(develop(light, mask > 0, lighting, rng), mask, (), setting.layout)


def take(setting: Setting, camera: Camera, textures: np.ndarray | None, rng: np.random.Generator) -> Scene:
    """The picture of a setting under random light, and what is seen of each pill."""
    pills = setting.pills
    meshes = _pill_meshes(pills, camera)
    looks: dict[int, Surface] = {}
    things = list(setting.things)
    for label, ((model, _), mesh) in enumerate(zip(pills, meshes, strict=True), start=1):
        things.append(Thing(mesh, looks.setdefault(id(model), pill_surface(model)), label))
    mask = labels(things, camera).astype(np.uint8)
    lighting = random_lighting(rng, camera, textures)
    light = expose(things, lighting, camera, SAMPLES, int(rng.integers(2**31)))
    seen = []
    for label, ((model, pose), mesh) in enumerate(zip(pills, meshes, strict=True), start=1):
        ys, xs = np.nonzero(mask == label)
        if len(xs):
            box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)
            visible = min(1.0, len(xs) / _whole_area(mesh, camera))
            front = bool(pose.rotation[:, 2] @ (np.array(camera.origin) - pose.shift) > 0)
            seen.append(SeenPill(model.item_seq, label, box, visible, front))
    return Scene(develop(light, mask > 0, lighting, rng), mask, tuple(seen), setting.layout)


def random_camera(rng: np.random.Generator, view: float, middle: np.ndarray, size: int) -> Camera:
    """A phone or a webcam that sees ``view`` mm around the ``middle`` (3,), from above or from aslant."""
    distance = np.exp(rng.uniform(np.log(2.0), np.log(6.0))) * view
    tilt, turn = min(abs(rng.normal(0, np.deg2rad(28))), np.deg2rad(68)), rng.uniform(0, 2 * np.pi)
    target = middle + (*rng.normal(0, 0.04 * view, 2), 0.0)
    origin = target + distance * np.array([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)])
    return Camera(
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (float(target[0]), float(target[1]), float(target[2])),
        # seen from straight above there is no up; otherwise people hold their phones upright
        roll=float(rng.normal(0, 0.15)) if tilt > 0.3 else float(rng.uniform(0, 2 * np.pi)),
        fov=float(2 * np.arctan(view / 2 / distance)),
        width=size,
        height=size,
        aperture=float(rng.uniform(0.1, 1.5)),  # mm: the lenses of phones
    )


def _pill_meshes(pills: Placed, camera: Camera) -> list[Mesh]:
    """Every pill in its place, as fine as its pixels need."""
    own: dict[int, Mesh] = {}
    placed = []
    for model, pose in pills:
        if id(model) not in own:
            own[id(model)] = pill_mesh(model, int(np.clip(0.5 * model.long_mm / camera.mm_per_px, 12, 72)))
        placed.append(own[id(model)].moved(pose.rotation, pose.shift))
    return placed


def _whole_area(mesh: Mesh, camera: Camera) -> float:
    """How many pixels a pill would cover if nothing hid it and the picture had no border: pills are convex."""
    hull = cv2.convexHull(camera.project(mesh.vertices).astype(np.float32))
    return max(float(cv2.contourArea(hull)), 1.0)
