"""A hand that holds pills or lies beside them: the rigged CC0 hand of the MakeHuman project, posed, smoothed and given skin.

Frame of the hand: origin in the middle of the palm, X towards the thumb's side, Y from the wrist to the fingers,
Z out of the palm; mm. It is a right hand; mirrored in X it is a left one.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from pillapp.paths import measuring_data_dir
from pillapp.training.datasets import DataSetError
from pillapp.training.render.mesh import smooth_mesh
from pillapp.training.render.skin import Flat, map_skin, skin_things
from pillapp.training.render.stage import Thing
from pillapp.training.render.subdivide import subdivision

_MM: Final = 100.0  # the body is modelled in decimetres
_LEVELS: Final = 2  # of smoothing: a vertex every 1.2 mm
_PAD: Final = 6.0  # mm from the bone's end to the skin of a fingertip
# Of a pinch: the thumb's first and further joints, the forefinger's first and second, and how far the thumb turns over.
_PINCH: Final = np.array([-0.2, 0.3, 0.8, 0.8, 0.6])
_PINCH_LIMITS: Final = ((-0.9, 0.5), (-0.2, 1.0), (0.2, 1.3), (0.2, 1.4), (0.0, 1.3))
FINGERS: Final = ("finger1", "finger2", "finger3", "finger4", "finger5")  # thumb first


@dataclass(frozen=True, slots=True)
class Grip:
    """How a hand is held, in radians: ``curl`` of the three joints of each finger (5, 3), ``spread`` of the fingers.

    ``cup`` folds the palm lengthwise, ``oppose`` turns the thumb over it.
    """

    curl: tuple[tuple[float, float, float], ...]
    spread: float
    cup: float
    oppose: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """A posed hand in its own frame: ``things`` to render, its skin's ``vertices`` (n, 3) mm, and its fingertips.

    ``tips`` (5, 3) are the middles of the fingertips' pads, thumb first.
    """

    things: tuple[Thing, ...]
    vertices: np.ndarray
    tips: np.ndarray


class HandRig:
    """The hand's mesh and bones; reading it takes a second, posing it some milliseconds."""

    def __init__(self, folder: Path) -> None:
        vertices, quads = _read_obj(folder / "base.obj")
        skeleton = json.loads((folder / "default.mhskel").read_text(encoding="utf-8"))
        weights = json.loads((folder / "default_weights.mhw").read_text(encoding="utf-8"))["weights"]
        ends = {name: vertices[members].mean(axis=0) for name, members in skeleton["joints"].items()}
        names = [n for n in weights if n.endswith(".R") and n.startswith(("lowerarm", "wrist", "metacarpal", "finger"))]
        share = np.zeros((len(vertices), len(names)))
        for column, name in enumerate(names):
            members = np.array(weights[name])
            share[members[:, 0].astype(int), column] = members[:, 1]
        quads = quads[(share[quads].sum(axis=2) > 0.5).all(axis=1)]
        used, quads = np.unique(quads, return_inverse=True)
        axes, origin = _hand_frame(ends)

        def local(points: np.ndarray) -> np.ndarray:
            return np.asarray((points - origin) @ axes.T * _MM)

        self._smooth, quads = subdivision(quads.reshape(-1, 4), len(used), _LEVELS)
        self._faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        self._names = [name.removesuffix(".R") for name in names]
        self._parents = {n: str(skeleton["bones"][f"{n}.R"]["parent"]).removesuffix(".R") for n in self._names}
        self.heads = {n: local(ends[f"{n}.R____head"]) for n in self._names}
        self.tails = {n: local(ends[f"{n}.R____tail"]) for n in self._names}
        self._rest = local(vertices[used])
        total = share[used].sum(axis=1, keepdims=True)
        self._share = share[used] / total
        points = self._smooth @ self._rest
        self._skin = map_skin(Flat(points, smooth_mesh(points, self._faces).normals, self.heads, self.tails))

    def pose(self, grip: Grip, tone: float, rng: np.random.Generator, left: bool = False) -> Hand:
        """The hand held like ``grip``, with skin of a ``tone`` from 0 (light) to 1 (dark)."""
        moves = self._moves(grip)
        coarse = np.zeros_like(self._rest)
        for column, name in enumerate(self._names):
            turn, shift = moves[name]
            coarse += self._share[:, column : column + 1] * (self._rest @ turn.T + shift)
        vertices, faces = self._smooth @ coarse, self._faces
        tips = np.array([self._tip(finger, moves) for finger in FINGERS])
        if left:
            vertices, tips, faces = vertices * (-1, 1, 1), tips * (-1, 1, 1), faces[:, ::-1]
        things = skin_things(smooth_mesh(vertices, faces), self._skin, tone, rng)
        return Hand(tuple(things), vertices, tips)

    def pinch(self, gap: float, rng: np.random.Generator) -> Grip:
        """Thumb and forefinger closed to ``gap`` mm between their pads, the other fingers loosely curled."""
        from scipy.optimize import minimize  # a second to import

        loose = rng.uniform(0.5, 1.0)
        others = tuple((loose * 0.8, loose, loose * 0.6) for _ in range(3))

        def grip(joints: np.ndarray) -> Grip:
            thumb, bend, knuckle, middle, oppose = (float(value) for value in joints)
            return Grip(((thumb, bend, 0.7 * bend), (knuckle, middle, 0.5 * middle), *others), 0.0, 0.1, oppose)

        def effort(joints: np.ndarray) -> float:
            moves = self._moves(grip(joints))
            apart = float(np.linalg.norm(self._tip("finger1", moves) - self._tip("finger2", moves)))
            return (apart - gap) ** 2 + 4.0 * float(((joints - _PINCH) ** 2).sum())

        return grip(minimize(effort, _PINCH, bounds=_PINCH_LIMITS, options={"maxiter": 12}).x)

    def _tip(self, finger: str, moves: dict[str, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        bone = f"{finger}-3"
        turn, shift = moves[bone]
        inwards = np.cross(_flex_axis(self.heads[bone], self.tails[bone]), self.tails[bone] - self.heads[bone])
        inwards /= np.linalg.norm(inwards)
        pad = self.heads[bone] + 0.75 * (self.tails[bone] - self.heads[bone]) + _PAD * inwards
        return np.asarray(turn @ pad + shift)

    def _moves(self, grip: Grip) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each bone the rotation (3, 3) and then the shift (3,) that take its rest to its place."""
        moves: dict[str, tuple[np.ndarray, np.ndarray]] = {}

        def move(name: str) -> tuple[np.ndarray, np.ndarray]:
            if name not in self._names:
                return np.eye(3), np.zeros(3)
            if name not in moves:
                turn, shift = move(self._parents[name])
                head = self.heads[name]
                own = self._own_turn(name, grip)
                moves[name] = (turn @ own, turn @ (head - own @ head) + shift)
            return moves[name]

        for name in self._names:
            move(name)
        return moves

    def _own_turn(self, name: str, grip: Grip) -> np.ndarray:
        head, tail = self.heads[name], self.tails[name]
        if name.startswith("finger"):
            finger, joint = int(name[6]) - 1, int(name[8]) - 1
            turn = _rotation(_flex_axis(head, tail), grip.curl[finger][joint])
            if joint == 0 and finger > 0:
                turn = _rotation(np.array([0.0, 0.0, 1.0]), grip.spread * (finger - 2)) @ turn
            elif joint == 0:
                turn = _rotation(np.array([0.0, 1.0, 0.0]), -grip.oppose) @ turn
            return turn
        if name.startswith("metacarpal"):  # the outer ones fold towards the middle
            side = {"metacarpal1": -0.5, "metacarpal3": 0.5, "metacarpal4": 1.0}.get(name, 0.0)
            return _rotation(np.array([0.0, 1.0, 0.0]), grip.cup * side)
        return np.eye(3)


@lru_cache(maxsize=1)
def load_hand() -> HandRig:
    """The hand of the data folder.

    Raises:
        DataSetError: it is not there.
    """
    folder = measuring_data_dir() / "hand"
    if not (folder / "base.obj").exists():
        raise DataSetError(f"{folder} is missing: set PILLAPP_DATA to the folder that holds hand/")
    return HandRig(folder)


def _flex_axis(head: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """The axis a bone turns about towards the palm (+Z)."""
    axis = np.cross(tail - head, (0.0, 0.0, 1.0))
    return np.asarray(axis / np.linalg.norm(axis))


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """A turn about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _hand_frame(ends: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows X, Y, Z of the hand's frame and its origin, in the body's units; joints are those of the right hand."""
    knuckles = {finger: ends[f"{finger}-1.R____head"] for finger in FINGERS}
    wrist = ends["wrist.R____head"]
    along = knuckles["finger3"] - wrist
    along = along / np.linalg.norm(along)
    out = np.cross(knuckles["finger2"] - knuckles["finger5"], along)
    out /= np.linalg.norm(out)
    # relaxed fingers curl to the side of the palm
    tips = np.mean([ends[f"{finger}-3.R____tail"] - knuckles[finger] for finger in FINGERS[1:]], axis=0)
    if tips @ out < 0:
        out = -out
    middle = np.mean([wrist, *[knuckles[finger] for finger in FINGERS[1:]]], axis=0)
    return np.array([np.cross(along, out), along, out]), np.asarray(middle)


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and the quads (m, 4) of the group ``body``."""
    vertices: list[Any] = []
    quads: list[Any] = []
    group = ""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            kind, *values = line.split() or [""]
            if kind == "v":
                vertices.append([float(value) for value in values])
            elif kind == "g":
                group = values[0]
            elif kind == "f" and group == "body":
                quads.append([int(value.split("/")[0]) - 1 for value in values])
    return np.array(vertices), np.array(quads)
