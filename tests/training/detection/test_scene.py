import numpy as np
import pytest

from pillapp.training.detection.scene import MIN_VISIBLE, Camera, Canvas, draw_camera, lay_pill, take_photo

STRAIGHT = Camera(shadow=(0.3, 0.3), softness=0.2, darkness=0.5, tilt=0.0, light=0.0)


def disc(size=60):
    y, x = np.mgrid[0:size, 0:size] - (size - 1) / 2
    alpha = ((x**2 + y**2) < (size / 2 - 2) ** 2) * 255
    return np.dstack([np.full((size, size, 3), 200), alpha]).astype(np.uint8)


def capsule():
    pill = np.zeros((30, 80, 4), np.uint8)
    pill[2:-2, 2:-2] = (180, 40, 40, 255)
    return pill


def canvas(size=200):
    return Canvas(np.full((size, size, 3), 128, np.float32))


@pytest.mark.parametrize("seed", range(12))
def test_every_box_fits_what_is_seen_of_its_pill(seed):
    rng = np.random.default_rng(seed)
    camera = draw_camera(rng)
    scene = canvas()
    patch = lay_pill(capsule(), rng.uniform(20, 120), rng.uniform(0, 6), camera, 12, rng.uniform(0, 0.8))
    scene.paste(patch, 100, 100, camera, 10, pill=True)
    (box,) = scene.boxes() * 200
    ys, xs = np.nonzero(scene.owner == 1)
    np.testing.assert_allclose(box, [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], atol=1e-3)


def test_a_hidden_pill_has_no_label_and_a_half_hidden_one_a_smaller_box():
    scene = canvas()
    pill = lay_pill(disc(), 60, 0, STRAIGHT, 0, 0)
    scene.paste(pill, 60, 100, STRAIGHT, 8, pill=True)
    scene.paste(pill, 90, 100, STRAIGHT, 8, pill=True)
    first, second = scene.boxes() * 200
    assert first[2] - first[0] < second[2] - second[0]
    scene.paste(pill, 60, 100, STRAIGHT, 8, pill=True)
    scene.paste(pill, 90, 100, STRAIGHT, 8, pill=True)
    assert len(scene.boxes()) == 2


def test_something_that_is_no_pill_covers_but_is_not_labelled():
    scene = canvas()
    pill = lay_pill(disc(), 60, 0, STRAIGHT, 0, 0)
    scene.paste(pill, 100, 100, STRAIGHT, 8, pill=False)
    assert len(scene.boxes()) == 0
    scene.paste(pill, 100, 100, STRAIGHT, 8, pill=True)
    scene.paste(lay_pill(disc(), 80, 0, STRAIGHT, 0, 0), 100, 100, STRAIGHT, 8, pill=False)
    assert len(scene.boxes()) == 0


def test_a_pill_mostly_out_of_the_picture_is_not_labelled():
    scene = canvas()
    pill = lay_pill(disc(), 60, 0, STRAIGHT, 0, 0)
    scene.paste(pill, -24, 100, STRAIGHT, 8, pill=True)
    scene.paste(pill, 190, 100, STRAIGHT, 8, pill=True)
    (box,) = scene.boxes()
    assert box[2] == 1.0
    assert 0 < MIN_VISIBLE < 0.5


def test_an_oblique_view_flattens_the_top_and_shows_a_side_below():
    above = lay_pill(disc(), 60, 0, STRAIGHT, 20, 0)
    oblique = lay_pill(disc(), 60, 0, Camera((0.1, 0.1), 0.2, 0.5, 0.9, 0.0), 20, 0)
    flat = lay_pill(disc(), 60, 0, Camera((0.1, 0.1), 0.2, 0.5, 0.9, 0.0), 0, 0)
    assert flat.shape[0] < above.shape[0]
    assert oblique.shape[0] > flat.shape[0]
    assert oblique[-8, oblique.shape[1] // 2, 3] == 255


def test_a_shadow_darkens_the_ground_on_the_side_away_from_the_light():
    scene = canvas()
    scene.paste(lay_pill(disc(), 60, 0, STRAIGHT, 0, 0), 100, 100, STRAIGHT, 20, pill=True)
    assert scene.pixels[126, 126].mean() < scene.pixels[74, 74].mean()


@pytest.mark.parametrize("seed", range(6))
def test_a_photo_keeps_its_size_and_range(seed):
    photo = take_photo(np.random.default_rng(seed), np.full((48, 64, 3), 150, np.float32))
    assert photo.shape == (48, 64, 3)
    assert photo.dtype == np.uint8
