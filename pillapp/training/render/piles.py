"""How pills come to lie: dropped, pushed together or poured, and left to a physics engine until they rest.

Pills are convex hulls to the engine. A unit of its world is a centimetre, a density 1: with its constants made for things
of a metre, a pill then is such a thing, and a second of its time is a tenth of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pillapp.appearance.values import PillModel
from pillapp.training.datasets import DataSetError
from pillapp.training.render.mesh import pill_mesh
from pillapp.training.render.variant import INSTALL_LINE

_UNIT: Final = 10.0  # mm
_STEP: Final = 0.006  # s of the engine's time
_HULL_CELLS: Final = 10  # 40 corners around the rim: within 0.02 mm of a tablet of 9 mm
_FRICTION: Final = (0.5, 0.005, 0.0005)  # sliding, spinning, rolling: coated tablets on paper
_DRAG: Final = (0.02, 0.004)  # of moving and of turning; pills bounce little
_RESTING: Final = 0.02  # units a second


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where a pill is: ``rotation`` (3, 3) and then ``shift`` (3,) mm take its own frame to the world's."""

    rotation: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """What pills fall on besides the table: heights (h, w) mm above it over ``width`` x ``depth`` mm around the origin.

    Row 0 lies at the far edge (largest y). Nothing falls below z = 0.
    """

    heights: np.ndarray
    width: float
    depth: float


def settle(
    pills: Sequence[tuple[PillModel, Pose]], terrain: Terrain | None = None, pull: float = 0.0, seconds: float = 4.0
) -> list[Pose]:
    """Let pills fall from where they are until they rest, at most ``seconds`` of the engine's time.

    ``pull`` is a push towards the middle as a share of their weight, given for the first half of the time.

    Raises:
        DataSetError: the physics engine is not installed.
    """
    try:
        import mujoco
    except ImportError as error:
        raise DataSetError(f"MuJoCo is not installed; install it with:\n  {INSTALL_LINE}") from error
    if not pills:
        return []
    model = _world(mujoco, pills, terrain).compile()
    data = mujoco.MjData(model)
    weight = model.body_mass[1:, None] * 9.81
    steps = round(seconds / _STEP)
    for step in range(steps):
        if pull > 0:
            share = pull if step < steps / 2 else 0.0
            away = data.xpos[1:, :2]
            far = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 0.5)
            data.xfrc_applied[1:, :2] = -share * weight * away / far
        mujoco.mj_step(model, data)
        if step % 25 == 24 and step > steps / 4 and (pull == 0 or step > steps / 2) and _still(data):
            break
    return [
        Pose(np.array(data.xmat[body]).reshape(3, 3), np.array(data.xpos[body]) * _UNIT)
        for body in range(1, len(pills) + 1)
    ]


def _still(data: Any) -> bool:
    return bool(np.abs(data.qvel).max() < _RESTING)


def _world(mujoco: Any, pills: Sequence[tuple[PillModel, Pose]], terrain: Terrain | None) -> Any:
    spec = mujoco.MjSpec()
    spec.option.timestep = _STEP
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.iterations = 12
    spec.option.ls_iterations = 8
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[500, 500, 1], friction=_FRICTION)
    if terrain is not None:
        rows, columns = terrain.heights.shape
        # the engine stretches heights to 0..1
        low, top = float(terrain.heights.min()) / _UNIT, float(terrain.heights.max()) / _UNIT
        spec.add_hfield(
            name="terrain",
            nrow=rows,
            ncol=columns,
            size=[terrain.width / 2 / _UNIT, terrain.depth / 2 / _UNIT, max(top - low, 1e-3), 1.0],
            # the engine's first row is the near one
            userdata=terrain.heights[::-1].ravel(),
        )
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname="terrain", pos=[0, 0, low], friction=_FRICTION
        )
    known: dict[int, str] = {}
    for model, pose in pills:
        name = known.get(id(model))
        if name is None:
            name = known[id(model)] = f"pill{len(known)}"
            spec.add_mesh(name=name, uservert=(pill_mesh(model, _HULL_CELLS).vertices / _UNIT).ravel())
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(pose.rotation, dtype=np.float64).ravel())
        body = spec.worldbody.add_body(pos=pose.shift / _UNIT, quat=quaternion)
        body.add_joint(type=mujoco.mjtJoint.mjJNT_FREE, damping=_DRAG[0])
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, density=1.0, friction=_FRICTION, solref=[0.02, 1.0]
        )
    return spec
