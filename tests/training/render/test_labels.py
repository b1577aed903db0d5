"""Labels are proved on pictures: ink is found where characters are said to be, masks are what is seen."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("mitsuba", reason="Mitsuba is not installed (training group)")

from pillapp.training.render.camera import Camera
from pillapp.training.render.crops import render_crop, seen_characters
from pillapp.training.render.ground import flat_sheet
from pillapp.training.render.mesh import pill_mesh
from pillapp.training.render.piles import Pose
from pillapp.training.render.poses import about_x, about_z, tipped
from pillapp.training.render.scenes import take
from pillapp.training.render.sets import Setting
from pillapp.training.render.stage import Lamp, Lighting, Thing, expose, labels
from pillapp.training.render.surface import Surface, encoded, pill_surface, plain
from tests.training.render.stubs import capsule, tablet

EVEN = Lighting((Lamp((100, 80, 400), (0, 0, 0), (200, 200), (2, 2, 2)),), np.full((24, 48, 3), 0.6, np.float32))
BLACK_TABLE = Thing(flat_sheet(400, 400, 0.0), Surface(plain((0.002, 0.002, 0.002)), 1.0, 0.0))


def above(tilt=0.0, roll=0.0, size=160, view=12.0):
    origin = (150 * np.sin(tilt), 0.0, 2 + 150 * np.cos(tilt))
    return Camera(origin, (0.0, 0.0, 2.0), roll, 2 * np.arctan(view / 2 / 150), size, size)


def stood(model, rotation):
    mesh = pill_mesh(model, 100)
    shift = np.array([0, 0, -float((mesh.vertices @ rotation.T)[:, 2].min())])
    return mesh.moved(rotation, shift), shift


def ink_centres(light, mask):
    """The centres of mass (n, 2) of what is dark on a pill, px."""
    inside = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    dark = (light.mean(axis=2) < 0.35 * np.median(light[mask].mean(axis=1))) & inside
    _, _, stats, middles = cv2.connectedComponentsWithStats(dark.astype(np.uint8))
    return middles[1:][stats[1:, cv2.CC_STAT_AREA] > 15] + 0.5


@pytest.mark.parametrize(
    ("model", "back", "turn", "tilt", "roll"),
    [
        (tablet("OX"), False, 0.0, 0.0, 0.0),
        (tablet("OX"), False, 2.1, 0.5, 0.7),
        (tablet("", "OX"), True, -0.8, -0.4, 3.0),
        (capsule("OX"), False, 0.6, 0.3, 1.2),
        (tablet("OX", long_mm=15, short_mm=9), False, 1.0, 0.6, 0.0),
    ],
)
def test_characters_lie_on_the_ink(model, back, turn, tilt, roll):
    rotation = about_z(turn) @ tipped(0.03, 0.05) @ about_x(np.pi if back else 0.0)
    mesh, shift = stood(model, rotation)
    camera = above(tilt, roll, view=1.25 * model.long_mm)
    things = [BLACK_TABLE, Thing(mesh, pill_surface(model), 1)]
    mask = labels(things, camera) == 1
    found = ink_centres(expose(things, EVEN, camera, 16, 1), mask)
    said = seen_characters(model, back, rotation, shift, camera)
    assert [c.text for c in said] == ["O", "X"]
    assert len(found) == 2
    for character in said:  # O and X are even all around: their mass is in the middle
        assert np.linalg.norm(found - character.centre, axis=1).min() < 1.5
        assert cv2.pointPolygonTest(np.float32(character.corners), character.centre, False) > 0


def test_letters_are_not_mirrored_and_stand_as_the_angle_says():
    model = tablet("F")
    rotation = about_z(0.9)
    mesh, shift = stood(model, rotation)
    camera = above(0.2, 0.4)
    things = [BLACK_TABLE, Thing(mesh, pill_surface(model), 1)]
    light = expose(things, EVEN, camera, 16, 1)
    (character,) = seen_characters(model, False, rotation, shift, camera)
    upright = np.float32([(0, 0), (30, 0), (30, 40)])
    warp = cv2.getAffineTransform(np.float32(character.corners[:3]), upright)
    ink = cv2.warpAffine(1 - np.clip(light.mean(axis=2) / 0.3, 0, 1), warp, (30, 40))
    # F: its stem is left, its arms are above
    assert ink[:, :10].sum() > 1.8 * ink[:, 20:].sum()
    assert ink[:20, 12:].sum() > 1.5 * ink[20:, 12:].sum()
    # the camera stands at +X: the pill's own X, turned by 0.9, would point down
    assert character.angle == pytest.approx(np.pi / 2 - 0.9 + 0.4, abs=0.05)


@pytest.mark.parametrize("tilt", [0.0, 0.8])
def test_the_mask_of_a_pill_is_its_silhouette(tilt):
    model = tablet("", long_mm=14, short_mm=7)
    mesh, _ = stood(model, about_z(0.4))
    camera = above(tilt, view=20)
    things = [BLACK_TABLE, Thing(mesh, pill_surface(model), 1)]
    mask = labels(things, camera) == 1
    bright = expose(things, EVEN, camera, 16, 1).mean(axis=2) > 0.06
    assert (mask & bright).sum() / (mask | bright).sum() > 0.97


def test_overlapping_pills_share_no_pixel_and_leave_none_out():
    models = [tablet("", long_mm=10, short_mm=10), tablet("", long_mm=12, short_mm=8)]
    poses = [Pose(about_z(0.3), np.array([-2.0, 0, 2.0])), Pose(tipped(0.3, 0.0), np.array([3.5, 0, 5.2]))]
    camera = above(0.3, view=26)

    def shot(pick):
        pills = [(models[i], poses[i]) for i in pick]
        return take(Setting("touching", pills, [BLACK_TABLE], 26.0, np.zeros(3)), camera, None, rng())

    both, lower, upper = shot([0, 1]), shot([0]), shot([1])
    np.testing.assert_array_equal(both.mask > 0, (lower.mask > 0) | (upper.mask > 0))
    np.testing.assert_array_equal(both.mask == 2, upper.mask == 1)  # nothing covers it
    first, second = both.pills
    assert second.visible > 0.99
    hidden = ((lower.mask == 1) & (upper.mask == 1)).sum() / (lower.mask == 1).sum()
    assert first.visible == pytest.approx(1 - hidden, abs=0.01)
    ys, xs = np.nonzero(both.mask == 1)
    assert first.box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert first.front
    assert second.front


def test_a_pill_is_seen_through_film_and_hidden_by_anything_else():
    mesh, _ = stood(tablet(""), np.eye(3))
    pill = Thing(mesh, pill_surface(tablet("")), 1)
    sheet = Thing(flat_sheet(6, 6, 8.0), Surface(plain((0.5, 0.5, 0.5))))
    camera = above()
    alone = labels([BLACK_TABLE, pill], camera)
    np.testing.assert_array_equal(labels([BLACK_TABLE, pill, replace(sheet, film=True)], camera), alone)
    assert 0 < (labels([BLACK_TABLE, pill, sheet], camera) == 1).sum() < 0.8 * (alone == 1).sum()


def test_a_crop_shows_one_whole_pill_and_is_the_same_for_the_same_seed():
    one, other = (render_crop(tablet("FR"), False, np.random.default_rng(5), None, 64) for _ in range(2))
    np.testing.assert_array_equal(one.picture, other.picture)
    assert one.characters == other.characters
    assert one.text == "FR"
    assert 0.15 < one.mask.mean() < 0.8
    assert not one.mask[[0, -1]].any()
    across = np.sqrt(one.mask.sum() * 4 / np.pi) * one.mm_per_px
    assert across == pytest.approx(10.0, rel=0.12)


def test_lit_pictures_are_neither_black_nor_burnt():
    picture = render_crop(capsule(), False, np.random.default_rng(3), None, 48).picture
    assert 20 < picture.mean() < 240
    assert encoded(np.array([0.0, 0.5, 2.0])).tolist() == [0, 188, 255]


def rng():
    return np.random.default_rng(2)
