"""Pills come to rest on what is below them: they neither hang in the air nor sink into it."""

import numpy as np
import pytest

pytest.importorskip("mujoco", reason="MuJoCo is not installed (training group)")

from pillapp.training.render.hand import Grip, load_hand
from pillapp.training.render.holders import blister, counting_tray
from pillapp.training.render.layouts import NOTHING, poured, scattered, touching
from pillapp.training.render.mesh import pill_mesh
from pillapp.training.render.piles import Pose, settle
from pillapp.training.render.poses import tipped
from pillapp.training.render.sets import hand_terrain
from tests.conftest import needs_data
from tests.training.render.stubs import capsule, tablet

MODELS = [tablet(""), capsule(""), tablet("", long_mm=14, short_mm=7)]


def points(model, pose):
    return pill_mesh(model, 24).vertices @ pose.rotation.T + pose.shift


def test_a_dropped_pill_rests_on_the_table():
    (pose,) = settle([(MODELS[0], Pose(tipped(0.5, 0.2), np.array([0, 0, 12.0])))])
    assert abs(points(MODELS[0], pose)[:, 2].min()) < 0.1
    assert abs(pose.rotation[2, 2]) > 0.99  # flat
    assert settle([]) == []


def test_scattered_pills_stay_apart():
    pills = scattered(MODELS * 3, 60.0, NOTHING, np.random.default_rng(1))
    assert len(pills) == 9
    for i, (model, pose) in enumerate(pills):
        assert abs(points(model, pose)[:, 2].min()) < 0.3
        for other, beside in pills[:i]:
            reach = (model.short_mm + other.short_mm) / 2 - 0.2
            assert np.linalg.norm(pose.shift[:2] - beside.shift[:2]) > reach


@pytest.mark.parametrize("make", [touching, lambda models, rng: poured(models, 15.0, rng)])
def test_pills_pushed_together_meet_but_do_not_enter_each_other(make):
    model = MODELS[0]
    pills = make([model] * 12, np.random.default_rng(2))
    centres = np.array([pose.shift for _, pose in pills])
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + 100 * np.eye(12)
    # one over the other at the least: both are as thick as two half pills
    assert apart.min() > 0.9 * model.thick_mm
    assert (apart.min(axis=1) < 1.15 * model.long_mm).mean() > 0.7
    assert min(points(model, pose)[:, 2].min() for _, pose in pills) > -0.3


def test_pills_lie_in_the_tray_not_below_it():
    _, terrain = counting_tray(np.random.default_rng(3))
    for model, pose in poured([MODELS[0]] * 5, 30.0, np.random.default_rng(4), terrain):
        assert points(model, pose)[:, 2].min() > 1.0  # mm, the floor of the tray is 1.5 thick


def test_pills_of_a_blister_lie_between_foil_and_film():
    (foil, film), pills, _ = blister(MODELS[2], np.random.default_rng(5))
    assert film.film
    assert len(pills) >= 1
    for model, pose in pills:
        pill = points(model, pose)
        assert pill[:, 2].min() > foil.mesh.vertices[:, 2].min()
        assert pill[:, 2].max() < film.mesh.vertices[:, 2].max()


@needs_data("hand")
def test_pills_lie_on_the_palm():
    hand = load_hand().pose(Grip(((0.2, 0.2, 0.2),) * 5, 0.0, 0.2), 0.3, np.random.default_rng(6))
    skin = hand.vertices - (0, 0, hand.vertices[:, 2].min())
    on_it = 0
    for model, pose in poured([MODELS[0]] * 3, 15.0, np.random.default_rng(7), hand_terrain(skin)):
        pill = points(model, pose)
        near = skin[np.linalg.norm(skin[:, :2] - pose.shift[:2], axis=1) < 3, 2]
        if len(near) and pose.shift[2] > 15:
            on_it += 1
            assert -2.0 < pill[:, 2].min() - near.max() < 8.0
    assert on_it >= 2


@needs_data("hand")
@pytest.mark.parametrize("gap", [3.0, 8.0])
def test_a_pinch_leaves_room_for_the_pill(gap):
    rig = load_hand()
    tips = rig.pose(rig.pinch(gap, np.random.default_rng(1)), 0.5, np.random.default_rng(1)).tips
    assert np.linalg.norm(tips[0] - tips[1]) == pytest.approx(gap, abs=1.0)
