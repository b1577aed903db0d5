import json

import cv2
import numpy as np
import pytest

from pillapp.appearance.choice import QUANTILES
from pillapp.appearance.outline import outline
from pillapp.appearance.values import Form
from pillapp.paths import models_dir
from pillapp.training.looks.fit import ENOUGH, fit_colours, fit_inks, quantiles
from pillapp.training.looks.ink import measure_strokes
from pillapp.training.looks.letters import CELLS_PER_MM, SeenText, TextLine
from pillapp.training.looks.reference_pictures import PicturedSide, polygon_mask
from pillapp.training.looks.shapes import fit_roundness
from pillapp.training.looks.surface import capsule_joint, matte_lab, rim_relief, score_line
from pillapp.vision.colour import COLOURS

SCALE = 18.0


def side(points, rgb=None, size=None):
    """A pictured side with a rim (n, 2) in mm."""
    half = np.abs(points).max(axis=0)
    shape = tuple(int(2 * h * SCALE) + 17 for h in half[::-1])
    middle = (np.array(shape[::-1]) - 1) / 2
    pixels = points * SCALE + middle
    picture = np.full((*shape, 3), 200, np.uint8) if rgb is None else rgb(shape)
    long_mm, short_mm = 2 * half
    where = (float(middle[0]), float(middle[1]))
    return PicturedSide(picture, polygon_mask(pixels, shape), pixels, pixels, SCALE, where, 0.0, long_mm, short_mm)


def disc(radius=4.0):
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    return radius * np.column_stack([np.cos(turn), np.sin(turn)])


@pytest.mark.parametrize(("shape", "roundness"), [("장방형", 0.3), ("장방형", -0.2), ("타원형", 0.6), ("사각형", 0.4)])
def test_the_roundness_a_pill_was_drawn_with_is_found_again(shape, roundness):
    fit = fit_roundness(shape, outline(shape, 12.0, 7.0, roundness).astype(np.float64))
    assert fit.roundness == pytest.approx(roundness, abs=0.11)
    assert fit.iou > 0.985


def test_the_step_and_length_of_a_cap_are_measured_and_which_end_it_is():
    top = [(-9, 0), (-7, -3.2), (1, -3.2), (1.001, -3.0), (7, -3.0), (9, 0)]
    points = np.array(top + [(x, -y) for x, y in top[::-1][1:-1]], np.float64)
    joint = capsule_joint(side(points))
    assert joint.cap_share == pytest.approx(10 / 18, abs=0.02)
    assert joint.step_mm == pytest.approx(0.2, abs=0.03)
    assert joint.cap_left
    assert not capsule_joint(side(points * (-1, 1))).cap_left


def dome_shading(bevel):
    """A pill with a flat face and a rim that falls at 45 degrees, lit from the upper left."""

    def paint(shape):
        y, x = np.mgrid[: shape[0], : shape[1]] - (np.array(shape)[:, None, None] - 1) / 2
        radius = np.hypot(x, y) / (4.0 * SCALE)
        slope = np.clip((radius - (1 - bevel)) / (0.2 * bevel), 0, 1)
        facing = (-(x + y) / np.sqrt(2) / np.maximum(np.hypot(x, y), 1) * slope + 1) / np.hypot(slope, 1)
        light = np.clip(0.25 + 0.35 * facing, 0, 1) ** (1 / 2.2)
        return np.repeat(np.uint8(np.round(255 * light))[..., None], 3, axis=2)

    return paint


@pytest.mark.parametrize("bevel", [0.2, 0.4])
def test_the_bevel_is_where_the_light_begins_to_change_with_the_direction(bevel):
    relief = rim_relief(side(disc(), dome_shading(bevel)), 4.0)
    assert relief.bevel == pytest.approx(bevel, abs=0.06)
    assert relief.dome < 0.06


def test_a_score_line_is_found_and_its_width_measured():
    def paint(shape):
        picture = np.full((*shape, 3), 200, np.uint8)
        picture[10:-10, shape[1] // 2 - 3 : shape[1] // 2 + 4] = 150
        return picture

    line = score_line(side(disc(), paint))
    assert line.width_mm == pytest.approx(7 / SCALE, abs=0.13)
    assert line.reach > 0.8
    assert score_line(side(disc())) is None


def written(stroke):
    """A bar of 0.4 by 2 mm on a pill, drawn by ``stroke(picture, box)``."""
    rgb = np.full((220, 220, 3), 190, np.uint8)
    mask = polygon_mask(disc() * CELLS_PER_MM + 109.5, (220, 220))
    for centre in (90, 130):
        stroke(rgb, (slice(86, 134), slice(centre - 5, centre + 5)))
    centres = (np.array([(89.5, 109.5), (129.5, 109.5)]) - 109.5) / CELLS_PER_MM
    return SeenText(rgb, mask, 0, (TextLine(centres, -1.0, 1.0),), 2, 2)


def test_ink_is_told_from_a_groove():
    def ink(rgb, box):
        rgb[box] = (30, 30, 60)

    def groove(rgb, box):
        rows, columns = box
        rgb[rows, columns.start : columns.start + 4] = 150
        rgb[rows, columns.stop - 4 : columns.stop] = 235

    printed, pressed = measure_strokes(written(ink)), measure_strokes(written(groove))
    assert printed.printed
    assert not pressed.printed
    assert printed.width == pytest.approx(10 / 48, abs=0.05)
    assert printed.ink[0] < 20 < pressed.body[0]


def test_the_colour_of_a_body_is_that_of_its_matte_middle():
    rgb = np.full((120, 200, 3), (200, 90, 80), np.uint8)
    mask: np.ndarray = np.zeros((120, 200), np.uint8)
    cv2.ellipse(mask, (100, 60), (90, 50), 0, 0, 360, 1, -1)
    rgb[40:46, 60:90] = 255  # a highlight
    rgb[mask == 0] = (191, 206, 225)
    wanted = cv2.cvtColor(np.float32([[[200, 90, 80]]]) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert matte_lab(rgb, mask > 0) == pytest.approx(wanted, abs=0.5)


def test_few_pictures_of_a_colour_borrow_the_spread_of_the_others():
    rng = np.random.default_rng(1)
    many = list(rng.normal((50, 10, 10), (4, 2, 2), (40, 3)))
    fitted = fit_colours({"노랑": many, "남색": many[: ENOUGH - 1]})
    assert not fitted["노랑"]["pooled"]
    assert fitted["남색"]["pooled"]
    assert fitted["남색"]["covariance"] == fitted["노랑"]["covariance"]


def test_inks_are_gathered_by_what_they_look_like():
    inks = fit_inks([(20, 0, 0)] * 6 + [(24, 0, 0)] * 4 + [(90, 0, 2)] * 10)
    assert [(ink["name"], ink["share"]) for ink in inks] == [("black", 0.5), ("white", 0.5)]


def test_the_shipped_measurements_are_whole():
    card = json.loads((models_dir() / "appearance.json").read_text(encoding="utf-8"))
    assert set(card["colours"]) >= set(COLOURS)
    for entry in card["colours"].values():
        assert np.linalg.eigvalsh(entry["covariance"]).min() > 0
    assert set(card["printed_share"]) == {form.value for form in Form}

    def scalars(value):
        if isinstance(value, dict):
            if "quantiles" in value:
                yield value
            else:
                for inner in value.values():
                    yield from scalars(inner)

    found = list(scalars(card))
    assert len(found) > 30
    for scalar in found:
        assert len(scalar["quantiles"]) == len(QUANTILES)
        assert sorted(scalar["quantiles"]) == scalar["quantiles"]
        assert scalar["n"] > 0


def test_quantiles_are_those_the_drawing_reads():
    assert quantiles(range(101))["quantiles"] == [100 * q for q in QUANTILES]
