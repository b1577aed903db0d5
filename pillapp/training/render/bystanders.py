"""Small things that are no pills and lie where pills lie: coins, buttons, beads, caps, bottles, pens, spatulas, notes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.values import Face, Form, Material, PillModel
from pillapp.training.prints import draw_motifs
from pillapp.training.render.mesh import Mesh, joined, pill_mesh, pill_texture
from pillapp.training.render.poses import about_z, tipped
from pillapp.training.render.shapes import block, lathe, relief, rounded
from pillapp.training.render.stage import Thing
from pillapp.training.render.surface import Surface, plain
from pillapp.vision.colour import linear

_RELIEF: Final = 10.0  # cells a mm of coins and buttons
# Diameter and thickness in mm and the metal of Korean coins (Bank of Korea), then of a euro, a cent and a quarter.
_COINS: Final = (
    ("500", 26.5, 2.0, (0.62, 0.60, 0.56)),
    ("100", 24.0, 1.8, (0.62, 0.60, 0.56)),
    ("50", 21.6, 1.5, (0.62, 0.58, 0.50)),
    ("10", 18.0, 1.2, (0.60, 0.30, 0.17)),
    ("1", 23.25, 2.3, (0.66, 0.52, 0.28)),
    ("2", 18.75, 1.7, (0.56, 0.28, 0.15)),
    ("25", 24.26, 1.75, (0.63, 0.61, 0.58)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Bystander:
    """Things around the origin that stand on z = 0 and stay within ``radius`` mm of it."""

    things: tuple[Thing, ...]
    radius: float

    def placed(self, x: float, y: float, turn: float) -> list[Thing]:
        """The things at a place of the table (mm), turned about the vertical (radians)."""
        shift = np.array([x, y, 0.0])
        return [replace(thing, mesh=thing.mesh.moved(about_z(turn), shift)) for thing in self.things]


def random_bystander(rng: np.random.Generator) -> Bystander:
    """Any of them."""
    makers: tuple[Callable[[np.random.Generator], Bystander], ...] = (
        coin,
        button,
        beads,
        bottle,
        cap,
        pen,
        spatula,
        note,
    )
    return makers[rng.choice(len(makers), p=[0.22, 0.16, 0.12, 0.12, 0.12, 0.1, 0.06, 0.1])](rng)


def coin(rng: np.random.Generator) -> Bystander:
    """A coin with a raised rim, a number or a head, worn and stained."""
    value, diameter, thickness, metal = _COINS[rng.integers(len(_COINS))]
    distance, _ = _disc(diameter)
    ink: np.ndarray = np.zeros(distance.shape, np.uint8)
    middle = distance.shape[0] // 2
    if rng.random() < 0.6:
        scale = diameter * _RELIEF / 100
        (wide, high), _ = cv2.getTextSize(value, cv2.FONT_HERSHEY_DUPLEX, scale, 4)
        at = (middle - wide // 2, middle + high // 2)
        cv2.putText(ink, value, at, cv2.FONT_HERSHEY_DUPLEX, scale, 255, max(2, round(3 * scale)), cv2.LINE_AA)
    else:  # a head in profile is a large blob with a smaller one above
        size = diameter * _RELIEF
        cv2.ellipse(
            ink, (middle, round(middle + 0.2 * size)), (round(0.2 * size), round(0.16 * size)), 0, 0, 360, 190, -1
        )
        cv2.ellipse(
            ink, (middle, round(middle - 0.06 * size)), (round(0.14 * size), round(0.2 * size)), 8, 0, 360, 255, -1
        )
    raised = cv2.GaussianBlur(ink.astype(np.float32) / 255, (0, 0), 1.5) * 0.16
    raised = raised + 0.18 * _band(distance, diameter / 2 - 0.45, 0.4)
    letters = np.sin(np.arctan2(*np.indices(distance.shape) - middle) * 90) > 0.2
    raised = raised + 0.08 * _band(distance, diameter / 2 - 2.0, 0.6) * letters
    stains = cv2.GaussianBlur(rng.standard_normal(distance.shape, dtype=np.float32), (0, 0), 18)
    tone = np.clip(1 + 0.25 * stains / stains.std() - 1.2 * cv2.GaussianBlur(raised, (0, 0), 6), 0.25, 1.2)
    albedo = np.clip(np.array(metal, np.float32) * tone[:, :, None], 0.02, 0.95).astype(np.float32)
    body = _plate(diameter, thickness / 2 - 0.15 + raised, albedo, thickness)
    surface = Surface(pill_texture(body), float(rng.uniform(0.22, 0.5)), 0.0, metallic=0.95)
    return _lying(body, surface, diameter / 2)


def button(rng: np.random.Generator) -> Bystander:
    """A button with two or four holes, of plastic, wood or metal."""
    diameter = float(rng.uniform(9, 24))
    distance, cells = _disc(diameter)
    rim, hole = rng.uniform(0.08, 0.2) * diameter, rng.uniform(0.045, 0.065) * diameter
    height = 1.0 + 0.5 * _band(distance, diameter / 2 - rim / 2, rim / 2) * rng.uniform(0.3, 1.5)
    count = int(rng.choice([2, 4]))
    holes = np.zeros(distance.shape, np.float32)
    for turn in np.arange(count) * 2 * np.pi / count + np.pi / 4:
        at = 0.13 * diameter * np.array([np.cos(turn), np.sin(turn)])
        away = np.hypot(cells[0] - at[0], cells[1] - at[1])
        holes = np.maximum(holes, np.clip((hole - away) * 6 + 0.5, 0, 1))
    colour = _colour(rng)
    albedo = np.clip(colour * (1 - 0.96 * holes[:, :, None]), 0.005, 1).astype(np.float32)
    body = _plate(diameter, height * (1 - 0.9 * holes), albedo, 2.4)
    surface = Surface(pill_texture(body), float(rng.uniform(0.1, 0.5)), float(rng.uniform(0, 0.8)))
    return _lying(body, surface, diameter / 2)


def beads(rng: np.random.Generator) -> Bystander:
    """A handful of beads with a hole through them, round or flat."""
    radius = float(rng.uniform(2.0, 4.5))
    hole, flat = rng.uniform(0.15, 0.3) * radius, rng.uniform(0.6, 1.0)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 15)
    shell = np.column_stack([hole + (radius - hole) * np.cos(turn), flat * radius * np.sin(turn)])
    mesh = lathe(rounded(np.vstack([shell, [(hole, -flat * radius)]]), 0.2), 24)
    gloss, roughness = float(rng.uniform(0.2, 1)), float(rng.uniform(0.05, 0.4))
    colours = [plain(_colour(rng)) for _ in range(int(rng.integers(1, 4)))]
    things = []
    places: list[np.ndarray] = []
    spread = float(rng.uniform(3, 9)) * radius
    for _ in range(int(rng.integers(3, 14))):
        place = rng.uniform(-spread, spread, 2)
        if all(np.linalg.norm(place - other) > 2.02 * radius for other in places):
            places.append(place)
            # most lie on their side, as round beads roll
            stand = tipped(float(rng.choice([0.0, np.pi / 2])) if flat < 0.85 else rng.uniform(0, np.pi), 0.0)
            moved = mesh.moved(about_z(rng.uniform(0, 6.3)) @ stand, np.zeros(3))
            moved = moved.moved(np.eye(3), np.array([*place, -moved.vertices[:, 2].min()]))
            things.append(Thing(moved, Surface(colours[int(rng.integers(len(colours)))], roughness, gloss)))
    return Bystander(tuple(things), spread * 1.42 + radius)


def bottle(rng: np.random.Generator) -> Bystander:
    """A pill bottle with a label, standing or lying."""
    radius, height = float(rng.uniform(16, 32)), float(rng.uniform(50, 100))
    neck = radius * rng.uniform(0.6, 0.85)
    outside = rounded(
        np.array([(0, 0), (radius, 0), (radius, 0.8 * height), (neck, 0.88 * height), (neck, height), (0, height)]), 4.0
    )
    glass = np.array([(0.36, 0.11, 0.02), (0.85, 0.85, 0.83), (0.75, 0.77, 0.8)][rng.integers(3)])
    lid_colour = _colour(rng)
    label = linear(draw_motifs(rng, 96, 256))
    paper = lathe(np.array([(radius + 0.15, 0.15 * height), (radius + 0.15, 0.68 * height)]), 48)
    paper = replace(paper, uv=(paper.uv * (1, -1) + (0, 1)).astype(np.float32))
    parts = [
        Thing(lathe(outside, 48), Surface(plain(glass), 0.2, 0.6)),
        Thing(paper, Surface(label.astype(np.float32), 0.4, 0.2)),
        Thing(_cap_mesh(neck + 1.5, 0.22 * height, height * 0.9), Surface(plain(lid_colour), 0.35, 0.2)),
    ]
    if rng.random() < 0.35:
        return Bystander(tuple(parts), radius + 1)
    fallen = tipped(np.pi / 2, 0.0)
    shift = np.array([-0.55 * height, 0, radius + 0.15])
    return Bystander(
        tuple(replace(part, mesh=part.mesh.moved(fallen, shift)) for part in parts),
        float(np.hypot(0.6 * height, radius)),
    )


def cap(rng: np.random.Generator) -> Bystander:
    """The cap of a bottle, closed side up or open side up."""
    radius, height = float(rng.uniform(9, 22)), float(rng.uniform(7, 18))
    mesh = _cap_mesh(radius, height, 0.0)
    if rng.random() < 0.5:
        mesh = mesh.moved(tipped(np.pi, 0.0), np.array([0, 0, height]))
    surface = Surface(plain(_colour(rng)), float(rng.uniform(0.2, 0.6)), float(rng.uniform(0, 0.5)))
    return Bystander((Thing(mesh, surface),), radius + 1)


def pen(rng: np.random.Generator) -> Bystander:
    """A ball pen or a pencil, lying."""
    radius, length = float(rng.uniform(3.5, 6)), float(rng.uniform(125, 150))
    profile = [
        (0, 0),
        (0.5, 0),
        (1.2, 4),
        (radius * 0.8, 16),
        (radius, 22),
        (radius, length - 6),
        (radius * 0.7, length),
    ]
    mesh = lathe(rounded(np.array([*profile, (0, length)]), 1.5), 8 if rng.random() < 0.3 else 28)
    stripes = np.repeat(np.array([_colour(rng) for _ in range(3)]), [6, 40, int(rng.integers(4, 20))], axis=0)
    surface = Surface(stripes[:, None].astype(np.float32), float(rng.uniform(0.1, 0.4)), float(rng.uniform(0.2, 1)))
    mesh = mesh.moved(tipped(np.pi / 2, 0.0), np.array([-length / 2, 0, radius]))
    return Bystander((Thing(mesh, surface),), length / 2)


def spatula(rng: np.random.Generator) -> Bystander:
    """A counting spatula: a thin blade that widens to its straight edge."""
    length, wide = float(rng.uniform(110, 170)), float(rng.uniform(14, 28))
    blade = block(length, 1.0, 1.6)
    share = blade.vertices[:, 0] / length + 0.5
    vertices = blade.vertices * np.column_stack(
        [np.ones_like(share), wide * (0.45 + 0.55 * share**2), np.ones_like(share)]
    )
    steel = rng.random() < 0.5
    surface = (
        Surface(plain((0.6, 0.6, 0.6)), 0.3, 0.0, metallic=0.95)
        if steel
        else Surface(plain(_colour(rng)), 0.3, float(rng.uniform(0, 0.6)))
    )
    return Bystander((Thing(replace(blade, vertices=vertices.astype(np.float32)), surface),), length / 2)


def note(rng: np.random.Generator) -> Bystander:
    """A printed slip of paper, bent a little."""
    width, depth = float(rng.uniform(40, 110)), float(rng.uniform(25, 80))
    v, u = np.mgrid[-1:1:24j, -1:1:24j]
    along = u * np.cos(turn := rng.uniform(0, np.pi)) + v * np.sin(turn)
    heights = 0.1 + rng.uniform(0, 4.0) * np.clip(along - rng.uniform(-0.3, 0.6), 0, None) ** 2
    picture = linear(draw_motifs(rng, 200, 280)) * 0.9
    return Bystander(
        (Thing(relief(heights, width, depth), Surface(picture.astype(np.float32), 0.8, 0.0)),),
        float(np.hypot(width, depth) / 2),
    )


def _cap_mesh(radius: float, height: float, bottom: float) -> Mesh:
    """A ribbed cap, open below."""
    thin = 1.2
    outside = [(radius, 0), (radius, height), (0, height)]
    inside = [(0, height - thin), (radius - thin, height - thin), (radius - thin, 0), (radius, 0)]
    mesh = joined([lathe(rounded(np.array(outside), 1.2), 144), lathe(np.array(inside), 48)])
    ribs = np.cos(np.arctan2(mesh.vertices[:, 1], mesh.vertices[:, 0]) * 36)
    grooved = np.where(np.hypot(*mesh.vertices[:, :2].T) > radius - 0.4, 1 - 0.012 * (1 + ribs), 1.0)
    vertices = mesh.vertices * np.column_stack([grooved, grooved, np.ones_like(grooved)]) + (0, 0, bottom)
    return replace(mesh, vertices=vertices.astype(np.float32))


def _disc(diameter: float) -> tuple[np.ndarray, np.ndarray]:
    """The grid of a disc: distances (n, n) from its middle and places (2, n, n) y before x, mm."""
    side = 2 * round(diameter / 2 * _RELIEF + 2) + 1
    cells = (np.indices((side, side)) - side // 2) / _RELIEF
    return np.hypot(cells[0], cells[1]).astype(np.float32), cells


def _band(distance: np.ndarray, middle: float, half: float) -> np.ndarray:
    """1 within ``half`` mm of a circle, soft over a tenth of a millimetre."""
    return np.clip((half - np.abs(distance - middle)) / 0.1 + 0.5, 0, 1)


def _plate(diameter: float, height: np.ndarray, albedo: np.ndarray, thickness: float) -> PillModel:
    """A round plate with the same relief on both sides, as the pill it is to the mesh maker."""
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    outline = (np.column_stack([np.cos(turn), np.sin(turn)]) * diameter / 2).astype(np.float32)
    nothing = np.zeros(height.shape, np.float32)
    face = Face(height.astype(np.float32), albedo, nothing, nothing, nothing, (), ())
    return PillModel(
        "", "", Form.TABLET, diameter, diameter, thickness, outline, nothing, nothing, _RELIEF, face, face,
        Material(0.0, 0.5, 0.0), (),
    )  # fmt: skip


def _lying(body: PillModel, surface: Surface, radius: float) -> Bystander:
    mesh = pill_mesh(body, 90)
    return Bystander((Thing(mesh.moved(np.eye(3), np.array([0, 0, -mesh.vertices[:, 2].min()])), surface),), radius)


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Linear sRGB of plastic: any hue, white and black most often."""
    if rng.random() < 0.45:
        return np.full(3, rng.choice([rng.uniform(0.55, 0.85), rng.uniform(0.01, 0.06), rng.uniform(0.1, 0.5)]))
    hsv = np.array([[[rng.uniform(0, 360), rng.uniform(0.3, 0.95), rng.uniform(0.25, 0.95)]]], np.float32)
    return linear(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] * 255).astype(np.float64)
