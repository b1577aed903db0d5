"""What a scene shows before a camera looks: pills in one of the layouts, the table, things and hands about them."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.values import PillModel
from pillapp.training.render.bystanders import random_bystander
from pillapp.training.render.hand import Grip, Hand, HandRig
from pillapp.training.render.holders import blister, counting_tray
from pillapp.training.render.layouts import NOTHING, Placed, Taken, free_spot, poured, scattered, touching
from pillapp.training.render.piles import Pose, Terrain
from pillapp.training.render.poses import about_z, tipped, turned_to
from pillapp.training.render.props import Props
from pillapp.training.render.stage import Thing
from pillapp.training.render.supply import Supply

# One scene in three has no pill: what is taken for pills has to be seen as often as pills, and hands are taken most.
LAYOUTS: Final = {
    "empty": 0.03,
    "things": 0.09,
    "hand": 0.20,
    "single": 0.05,
    "scatter": 0.13,
    "crowd": 0.06,
    "touching": 0.10,
    "heap": 0.09,
    "palm": 0.10,
    "pinch": 0.04,
    "tray": 0.04,
    "blister": 0.07,
}
# How many pills a layout holds, and how long they are in the picture (px of 416).
_COUNTS: Final = {
    "single": (1, 1), "scatter": (2, 15), "crowd": (20, 80), "touching": (3, 40), "heap": (5, 120), "palm": (1, 25),
    "tray": (5, 110), "pinch": (1, 1), "blister": (1, 1),
}  # fmt: skip
_PILL_SHARE: Final = (0.08, 0.24)  # of the picture's width
_CELLS_PER_MM: Final = 12.0  # of the pills' fields: more than their pixels show
_HAND_CELL: Final = 1.5  # mm of the ground that pills on a hand roll over


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """``pills`` and other ``things``; the camera should look at ``middle`` (3,) and see about ``view`` mm around it."""

    layout: str
    pills: Placed
    things: list[Thing]
    view: float
    middle: np.ndarray


def random_setting(supply: Supply, props: Props, rng: np.random.Generator) -> Setting:
    """A setting of a random layout; layouts that need a hand become others where there is none."""
    layout = str(rng.choice(list(LAYOUTS), p=list(LAYOUTS.values())))
    hand = props.hand
    if hand is None:
        layout = {"hand": "things", "palm": "heap", "pinch": "single"}.get(layout, layout)
    elif layout == "hand":
        return bare_hand(hand, rng)
    if layout in ("empty", "things"):
        return _without_pills(layout, rng)
    models = _assortment(supply, rng, *_COUNTS[layout])
    if hand is not None and layout == "palm":
        return _palm(hand, models, rng)
    if hand is not None and layout == "pinch":
        return _pinch(hand, models[0], rng)
    if layout == "tray":
        return _tray(models, rng)
    if layout == "blister":
        return _blister(models[0], rng)
    return _table(layout, models, hand, rng)


def _assortment(supply: Supply, rng: np.random.Generator, low: int, high: int) -> list[PillModel]:
    """Pills of one kind or of a few, few more often than many."""
    count = round(np.exp(rng.uniform(np.log(low), np.log(high))))
    kinds = max(1, min(count, int(rng.choice([1, 2, 4, 7], p=[0.35, 0.2, 0.25, 0.2]))))
    models = [supply.pill(rng, _CELLS_PER_MM) for _ in range(kinds)]
    return [models[int(rng.integers(kinds))] for _ in range(count)]


def _without_pills(layout: str, rng: np.random.Generator) -> Setting:
    view = float(np.exp(rng.uniform(np.log(50), np.log(350))))
    things: list[Thing] = []
    if layout == "things":
        things, _ = _bystanders(int(rng.integers(1, 7)), 0.5 * view, NOTHING, rng)
    return Setting(layout, [], things, view, np.zeros(3))


def _table(layout: str, models: list[PillModel], hand: HandRig | None, rng: np.random.Generator) -> Setting:
    """Pills on the table, often with other things about them, now and then with a hand at the border."""
    view = _view(models, rng) / (2.0 if layout == "single" else 1.0)
    reach, pills, taken, things = 0.55 * view, [], NOTHING, []
    if layout == "touching":
        pills = touching(models, rng)
    elif layout == "heap":
        pills = poured(models, models[0].long_mm * rng.uniform(1.2, 3.0), rng)
    if hand is not None and rng.random() < 0.1:
        own, place = _beside(hand, view, rng)
        if _free(place, _places(pills)):
            things, taken = own, place
    if not pills:
        pills = scattered(models, reach if layout != "single" else 0.2 * view, taken, rng)
    if rng.random() < 0.4:
        more, _ = _bystanders(int(rng.integers(1, 4)), reach, np.vstack([taken, _places(pills)]), rng)
        things = things + more
    return Setting(layout, pills, things, view, np.zeros(3))


def _tray(models: list[PillModel], rng: np.random.Generator) -> Setting:
    """Pills in a counting tray."""
    tray, terrain = counting_tray(rng)
    spread = min(terrain.width, terrain.depth) * rng.uniform(0.2, 0.55)
    pills = poured(models, spread, rng, terrain)
    return Setting("tray", pills, [tray], min(_view(models, rng) * 1.4, 1.2 * terrain.width), np.zeros(3))


def _blister(model: PillModel, rng: np.random.Generator) -> Setting:
    """A strip of pills on the table."""
    things, pills, width = blister(model, rng)
    taken = np.array([(0.0, 0.0, 0.75 * width)])
    if rng.random() < 0.3:
        more, _ = _bystanders(2, 1.3 * width, taken, rng)
        things = things + more
    return Setting("blister", pills, things, width * rng.uniform(0.7, 1.8), np.zeros(3))


def bare_hand(rig: HandRig, rng: np.random.Generator) -> Setting:
    """A hand without pills: any grip, any side, on the table or over it."""
    grip = [_open(rng), _cupped(rng), rig.pinch(float(rng.uniform(0, 20)), rng)][rng.integers(3)]
    lean = tipped(rng.normal(0, 0.25), rng.normal(0, 0.4) + np.pi * int(rng.integers(2)))
    hand = _posed(rig, grip, rng)
    things, points = _put(hand, about_z(rng.uniform(0, 2 * np.pi)) @ lean, _lift(rng))
    fingers = points[hand.vertices[:, 1] > -50]  # mm; not the arm
    focus = fingers[int(rng.integers(len(fingers)))]
    return Setting("hand", [], things, float(rng.uniform(70, 280)), focus)


def _palm(rig: HandRig, models: list[PillModel], rng: np.random.Generator) -> Setting:
    """Pills on the palm of an open or a hollow hand; those that fell off it are gone."""
    hand = _posed(rig, _cupped(rng) if rng.random() < 0.6 else _open(rng), rng)
    lean = about_z(rng.uniform(0, 2 * np.pi)) @ tipped(rng.normal(0, 0.08), rng.normal(0, 0.08))
    things, points = _put(hand, lean, 0.0)
    palm = points[np.linalg.norm(points[:, :2], axis=1) < 15, 2].max()
    pills = poured(models, float(rng.uniform(10, 32)), rng, hand_terrain(points))
    pills = [(model, pose) for model, pose in pills if pose.shift[2] > 0.5 * palm]
    lift = np.array([0.0, 0.0, _lift(rng)])
    pills = [(model, Pose(pose.rotation, pose.shift + lift)) for model, pose in pills]
    things = [replace(thing, mesh=thing.mesh.moved(np.eye(3), lift)) for thing in things]
    return Setting("palm", pills, things, float(rng.uniform(90, 230)), np.array([0.0, 0.0, palm + lift[2]]))


def _pinch(rig: HandRig, model: PillModel, rng: np.random.Generator) -> Setting:
    """A pill held between thumb and forefinger."""
    hand = _posed(rig, rig.pinch(model.thick_mm, rng), rng)
    turn = about_z(rng.uniform(0, 2 * np.pi)) @ tipped(rng.normal(0, 0.5), rng.normal(0, 0.9))
    held = turned_to(_unit(hand.tips[1] - hand.tips[0])) @ about_z(rng.uniform(0, 2 * np.pi))
    low = float((hand.vertices @ turn.T)[:, 2].min())
    shift = np.array([0.0, 0.0, _lift(rng) + 20 - low])
    things = [replace(thing, mesh=thing.mesh.moved(turn, shift)) for thing in hand.things]
    place = turn @ hand.tips[:2].mean(axis=0) + shift
    # brought over the middle of the table
    home = np.array([*-place[:2], 0.0])
    things = [replace(thing, mesh=thing.mesh.moved(np.eye(3), home)) for thing in things]
    place = place + home
    return Setting("pinch", [(model, Pose(turn @ held, place))], things, float(rng.uniform(50, 160)), place)


def _view(models: list[PillModel], rng: np.random.Generator) -> float:
    """How many mm the picture shows, for pills of usual sizes in pixels."""
    return max(m.long_mm for m in models) / float(np.exp(rng.uniform(*np.log(_PILL_SHARE))))


def _bystanders(count: int, reach: float, taken: Taken, rng: np.random.Generator) -> tuple[list[Thing], Taken]:
    """Things that find room within ``reach`` mm both ways, and what is taken with them."""
    things: list[Thing] = []
    for _ in range(count):
        bystander = random_bystander(rng)
        spot = free_spot(bystander.radius, reach + 0.5 * bystander.radius, taken, rng)
        if spot is not None:
            things += bystander.placed(*spot, rng.uniform(0, 2 * np.pi))
            taken = np.vstack([taken, (*spot, bystander.radius)])
    return things, taken


def _beside(rig: HandRig, view: float, rng: np.random.Generator) -> tuple[list[Thing], Taken]:
    """A hand on the table whose fingers reach into the picture."""
    hand = _posed(rig, _open(rng), rng)
    things, points = _put(hand, tipped(np.pi * int(rng.integers(2)), 0.0), 0.0)
    far = points[:, 1].max()
    turn, shift = about_z(rng.uniform(0, 2 * np.pi)), np.array([0.0, -far - view * rng.uniform(-0.1, 0.4), 0.0])
    things = [replace(t, mesh=t.mesh.moved(np.eye(3), shift).moved(turn, np.zeros(3))) for t in things]
    seen = (points + shift) @ turn.T
    return things, np.column_stack([seen[::30, :2], np.full(len(seen[::30]), 5.0)])


def _places(pills: Placed) -> Taken:
    """The table that pills take."""
    return np.array([(*pose.shift[:2], 0.6 * model.long_mm) for model, pose in pills]).reshape(-1, 3)


def _free(places: Taken, taken: Taken) -> bool:
    away = np.linalg.norm(places[:, None, :2] - taken[None, :, :2], axis=2)
    return bool((away > places[:, None, 2] + taken[None, :, 2]).all())


def _posed(rig: HandRig, grip: Grip, rng: np.random.Generator) -> Hand:
    return rig.pose(grip, float(rng.random()), rng, left=bool(rng.random() < 0.5))


def _put(hand: Hand, turn: np.ndarray, lift: float) -> tuple[list[Thing], np.ndarray]:
    """The hand turned and ``lift`` mm over the table: its things and the points (n, 3) of its skin."""
    points = hand.vertices @ turn.T
    shift = np.array([0.0, 0.0, lift - points[:, 2].min()])
    return [replace(thing, mesh=thing.mesh.moved(turn, shift)) for thing in hand.things], points + shift


def hand_terrain(points: np.ndarray) -> Terrain:
    """The upper side of a hand as pills feel it."""
    half = np.abs(points[:, :2]).max(axis=0) + 2 * _HAND_CELL
    columns, rows = np.ceil(2 * half / _HAND_CELL).astype(int)
    heights = np.zeros((rows, columns), np.float32)
    column = ((points[:, 0] + half[0]) / (2 * half[0]) * (columns - 1)).round().astype(int)
    row = ((half[1] - points[:, 1]) / (2 * half[1]) * (rows - 1)).round().astype(int)
    np.maximum.at(heights, (row, column), points[:, 2])
    closed = cv2.morphologyEx(heights, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return Terrain(np.asarray(closed), float(2 * half[0]), float(2 * half[1]))


def _open(rng: np.random.Generator) -> Grip:
    bend = abs(rng.normal(0.12, 0.1))
    return _grip(bend, 0.08, rng)


def _cupped(rng: np.random.Generator) -> Grip:
    return _grip(float(rng.uniform(0.3, 0.6)), 0.02, rng)


def _grip(bend: float, spread: float, rng: np.random.Generator) -> Grip:
    fingers = tuple(_joints(bend * rng.uniform(0.8, 1.2), rng) for _ in range(4))
    return Grip((_joints(0.5 * bend, rng), *fingers), spread * rng.uniform(0, 1.5), 0.7 * bend, bend)


def _joints(bend: float, rng: np.random.Generator) -> tuple[float, float, float]:
    a, b, c = bend * rng.uniform(0.7, 1.3, 3) * (1.0, 1.1, 0.8)
    return float(a), float(b), float(c)


def _lift(rng: np.random.Generator) -> float:
    """How high a hand is held over the table, mm: half of the time it rests on it."""
    return float(rng.choice([0.0, rng.uniform(20, 200)]))


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / np.linalg.norm(vector))
