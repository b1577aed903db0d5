"""Millimetres from the mat, on photos drawn with a known camera."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillapp.vision.mat import MATS, marker_bits
from pillapp.vision.scale import PlaneScale, find_mat
from tests.vision.mat_photos import Ellipse, photograph

A4 = MATS["A4"]
PILLS = (
    Ellipse(60, 60, 8, 8),
    Ellipse(120, 80, 17.2, 6.4, 30),
    Ellipse(160, 50, 11, 7.5, 75),
    Ellipse(90, 95, 5.5, 5.5),
)
angles = st.floats(0, 360)


def test_sizes_are_right_to_a_percent_from_any_side() -> None:
    rng = np.random.default_rng(5)
    errors = []
    for number in range(6):
        photo = photograph(
            MATS["A5"],
            PILLS,
            size=(2000, 1500),
            tilt=rng.uniform(0, 35),
            roll=rng.uniform(0, 360),
            towards=rng.uniform(0, 360),
            distance=rng.uniform(270, 320),
            blur=rng.uniform(0.4, 2.5),
            noise=rng.uniform(1, 8),
            seed=number,
        )
        seen = find_mat(photo.pixels)
        assert seen is not None
        assert seen.mat is MATS["A5"]
        for pill in PILLS:
            long, short = seen.scale.size_mm(*photo.mask(pill))
            errors += [abs(long / pill.long - 1), abs(short / pill.short - 1)]
    assert np.median(errors) < 0.01
    assert max(errors) < 0.03


@settings(max_examples=8)
@given(
    tilt=st.floats(0, 30), roll=angles, towards=angles, hidden=st.sets(st.integers(0, 15), max_size=10), paper=st.sampled_from(list(MATS))
)  # fmt: skip
def test_the_place_on_the_mat_is_known_though_markers_are_hidden(
    tilt: float, roll: float, towards: float, hidden: set[int], paper: str
) -> None:
    mat = MATS[paper]
    photo = photograph(
        mat, size=(1200, 900), tilt=tilt, roll=roll, towards=towards, distance=1.6 * mat.width, hidden=sorted(hidden)
    )
    seen = find_mat(photo.pixels)
    in_sight = [
        marker
        for place, marker in enumerate(mat.markers)
        if place not in hidden and (np.abs(photo.place(marker.corners) - (600, 450)) < (590, 440)).all()
    ]
    assert seen is not None or len(in_sight) < 4
    if seen is not None and len(in_sight) >= 4:
        assert seen.mat is mat
        corners = np.concatenate([marker.corners for marker in in_sight])
        assert np.abs(seen.scale.to_mm(photo.place(corners)) - corners).max() < 1.0


def test_a_webcam_sees_the_mat_too() -> None:
    seen = find_mat(photograph(A4, size=(640, 480), distance=430, blur=0.8, noise=6, tilt=12).pixels)
    assert seen is not None
    assert seen.markers >= 12
    assert seen.scale.mm_per_px((320, 240)) == pytest.approx(2 * 430 * np.tan(np.deg2rad(22.5)) / 640, rel=0.03)


def test_one_marker_is_enough_from_above_and_refused_from_the_side() -> None:
    others = [i for i in range(16) if i != 5]
    above = find_mat(photograph(A4, hidden=others).pixels)
    assert above is not None
    assert above.scale.mm_per_px((800, 600)) == pytest.approx(2 * 420 * np.tan(np.deg2rad(22.5)) / 1600, rel=0.02)
    assert find_mat(photograph(A4, hidden=others, tilt=32, towards=20).pixels) is None


def test_markers_that_lie_elsewhere_are_not_believed() -> None:
    flat = photograph(A4).pixels
    assert find_mat(flat) is not None
    shuffled = flat.copy()
    half = flat.shape[1] // 2
    shuffled[:, :half], shuffled[:, half:] = flat[:, half:], flat[:, :half]  # two sheets of paper, as it were
    assert find_mat(shuffled) is None


def test_a_lens_that_bends_lines_is_noticed() -> None:
    photo = photograph(A4, size=(1600, 1200), distance=430).pixels
    lens = np.array([(1900.0, 0, 800), (0, 1900.0, 600), (0, 0, 1)])
    bent = cv2.undistort(photo, lens, np.array([1.6, 0, 0, 0]))
    assert find_mat(bent) is None


@given(st.integers(16, 400), st.integers(16, 400), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_noise_is_no_mat(width: int, height: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert find_mat(picture) is None


def test_a_marker_of_no_mat_is_left_alone() -> None:
    paper = np.full((400, 400, 3), 255, np.uint8)
    paper[140:260, 140:260] = (np.kron(marker_bits(17), np.ones((20, 20))) * 255).astype(np.uint8)[..., None]
    assert find_mat(paper) is None


def test_a_bare_marker_is_print_and_a_pill_on_it_is_not() -> None:
    on_markers = [Ellipse(m.x + 6 + i, m.y + 10 - i, 6 + i, 6) for i, m in enumerate(A4.markers[1:4])]
    photo = photograph(A4, (*PILLS, *on_markers), tilt=20, roll=8)
    seen = find_mat(photo.pixels)
    assert seen is not None
    assert not any(seen.is_print(photo.pixels, photo.box(pill)) for pill in (*PILLS, *on_markers))
    for marker in A4.markers[4:]:
        part = photo.place(marker.corners.mean(axis=0) + [(-5, -5), (1, 1), (-1, 4), (5, 3)])
        (x1, y1), (x2, y2) = part.min(axis=0), part.max(axis=0)
        assert seen.is_print(photo.pixels, (x1, y1, x2, y2))


@pytest.mark.parametrize(("tilt", "towards", "roll"), [(30, 0, 0), (35, 120, 45), (30, 250, 200)])
def test_a_tilted_picture_is_straightened_without_turning_it(tilt: float, towards: float, roll: float) -> None:
    pill = Ellipse(100, 70, 8, 8)
    photo = photograph(MATS["A5"], [pill], tilt=tilt, towards=towards, roll=roll, distance=300)
    seen = find_mat(photo.pixels)
    assert seen is not None
    mask, origin = photo.mask(pill)
    height, width = mask.shape
    crop = photo.pixels[origin[1] : origin[1] + height, origin[0] : origin[0] + width]
    straight, inside = seen.scale.straighten(crop, mask, origin)
    assert straight.shape[:2] == inside.shape
    _, (a, b), _ = cv2.minAreaRect(np.argwhere(mask).astype(np.float32))
    assert min(a, b) / max(a, b) < 0.9
    _, (a, b), _ = cv2.minAreaRect(np.argwhere(inside).astype(np.float32))
    assert min(a, b) / max(a, b) > 0.96
    assert inside.sum() == pytest.approx(mask.sum(), rel=0.03)
    colour = straight[inside].mean(axis=0)
    assert np.abs(colour - crop[mask].mean(axis=0)).max() < 3


def test_a_picture_from_above_stays_as_it_is() -> None:
    crop, mask = np.zeros((9, 7, 3), np.uint8), np.ones((9, 7), bool)
    straight, inside = PlaneScale.uniform(0.1).straighten(crop, mask, (5, 5))
    assert straight is crop
    assert inside is mask


@settings(max_examples=300)
@example(0.5, 51.0, 0.9447353624091112, 37.0, 0)
@given(st.floats(0.02, 0.5), st.floats(50, 120), st.floats(0.4, 1.0), st.floats(0, 180), st.integers(0, 50))
def test_a_told_scale_counts_pixels(mm_per_px: float, long: float, aspect: float, turn: float, origin: int) -> None:
    y, x = np.mgrid[0:140, 0:140] - 70.0
    along = x * np.cos(np.deg2rad(turn)) + y * np.sin(np.deg2rad(turn))
    across = y * np.cos(np.deg2rad(turn)) - x * np.sin(np.deg2rad(turn))
    mask = (2 * along / long) ** 2 + (2 * across / (long * aspect)) ** 2 <= 1
    scale = PlaneScale.uniform(mm_per_px)
    sides = scale.size_mm(mask, (origin, 2 * origin))
    # an almost round pill has no axis that pixels tell: what is measured lies between both
    between = long * (1 - aspect) if aspect > 0.9 else 0.0
    assert np.array(sides) / mm_per_px == pytest.approx([long, long * aspect], abs=2 + between)
    assert scale.mm_per_px((origin, 3.0)) == pytest.approx(mm_per_px)


def test_a_square_is_measured_along_its_sides() -> None:
    y, x = np.mgrid[0:200, 0:200] - 100.0
    cos, sin = np.cos(np.deg2rad(25)), np.sin(np.deg2rad(25))
    inside = (np.abs(x * cos + y * sin) <= 40) & (np.abs(y * cos - x * sin) <= 40)
    assert PlaneScale.uniform(0.1).size_mm(inside, (0, 0)) == pytest.approx((8.0, 8.0), abs=0.15)
