"""A model follows its official row, and says what the row does not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillapp.appearance.build import build
from pillapp.appearance.finish import Finish, random_finish, typical_finish
from pillapp.appearance.outline import SHAPES, outline
from pillapp.appearance.values import Face, Form, Gap, PillModel
from pillapp.catalog.values import Appearance

ROW = Appearance(1, "1", "약", "원형", ("하양",), (), "AB분할선10", "", "", "", 8.0, 8.0, 3.0, "나정")
CAPSULE = replace(
    ROW, shape="장방형", form="경질캡슐제, 산제", colours_front=("빨강",), colours_back=("파랑",), long_mm=18.0, short_mm=6.2,
    imprint_front="AB CD",
)  # fmt: skip


def usual(row: Appearance, **changes: object) -> PillModel:
    finish = typical_finish(row)
    return build(row, replace(finish, mottle=0.0, text=replace(finish.text, **changes)), 16.0)  # type: ignore[arg-type]


def relief(face: Face) -> np.ndarray:
    return face.debossed + face.printed


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("roundness", [-0.4, 0.0, 0.3, 1.0])
def test_every_outline_fills_its_official_axes(shape: str, roundness: float) -> None:
    points = outline(shape, 12.0, 7.0, roundness)
    assert np.allclose(points.max(axis=0), (6.0, 3.5), atol=0.03)
    assert np.allclose(points.min(axis=0), (-6.0, -3.5), atol=0.03)
    hull = cv2.convexHull(points)
    assert cv2.contourArea(points) > 0.995 * cv2.contourArea(hull)


def test_sizes_are_the_official_ones() -> None:
    model = usual(replace(ROW, shape="장방형", long_mm=15.2, short_mm=6.1, thick_mm=5.0, imprint_front=""))
    assert model.coverage_front.sum() / model.cells_per_mm**2 == pytest.approx(cv2.contourArea(model.outline), rel=0.01)
    assert np.ptp(model.outline, axis=0) == pytest.approx((15.2, 6.1), abs=0.05)
    assert 2 * model.front.height.max() == pytest.approx(5.0, abs=0.1)
    assert model.gaps == ()


def test_the_text_is_on_its_side_and_every_character_where_its_label_says() -> None:
    model = usual(replace(ROW, imprint_front="K7", imprint_back="Q"))
    assert [g.text for g in model.front.glyphs] == ["K", "7"]
    assert [g.text for g in model.back.glyphs] == ["Q"]
    for face in (model.front, model.back):
        boxed = np.zeros(face.height.shape, np.uint8)
        for glyph in face.glyphs:
            cv2.fillPoly(boxed, [np.round(model.to_cells(glyph.corners())).astype(np.int32)], 1)
        assert (relief(face) * boxed).sum() > 0.97 * relief(face).sum()
        assert (relief(face) > 0.5).sum() > 40


def test_pressed_text_lies_deeper_and_printed_text_only_has_another_colour() -> None:
    row = replace(ROW, imprint_front="HH")
    blank = usual(replace(row, imprint_front=""))
    pressed, printed = usual(row, printed=False), usual(row, printed=True)
    ink = relief(pressed.front) > 0.9
    assert (blank.front.height - pressed.front.height)[ink].min() > 0.02
    assert np.array_equal(printed.front.height, blank.front.height)
    assert np.abs(printed.front.albedo - blank.front.albedo)[relief(printed.front) > 0.9].min() > 0.2


def test_parts_lie_on_both_sides_of_the_score_line() -> None:
    beside = usual(ROW, beside_words=True).front
    assert [g.text for g in beside.glyphs] == ["A", "B", "1", "0"]
    assert [np.sign(g.centre[0]) for g in beside.glyphs] == [-1, -1, 1, 1]
    (line,) = beside.score_lines
    assert line.start[0] == line.end[0] == 0
    above = usual(ROW, beside_words=False).front
    assert [np.sign(g.centre[1]) for g in above.glyphs] == [-1, -1, 1, 1]
    (line,) = above.score_lines
    assert line.start[1] == line.end[1] == 0


def test_single_characters_usually_stand_beside_the_line_and_longer_parts_above_it() -> None:
    single = usual(replace(ROW, imprint_front="S분할선P")).front
    assert [np.sign(g.centre[0]) for g in single.glyphs] == [-1, 1]
    longer = usual(replace(ROW, imprint_front="DC분할선LX")).front
    assert [np.sign(g.centre[1]) for g in longer.glyphs] == [-1, -1, 1, 1]


@pytest.mark.parametrize(("line", "count"), [("", 0), ("-", 1), ("+", 2), ("기타", 0)])
def test_score_lines_are_those_of_the_row(line: str, count: int) -> None:
    model = usual(replace(ROW, imprint_front="", line_front=line))
    assert len(model.front.score_lines) == count
    assert (model.front.scored.max() > 0.9) == (count > 0)
    assert model.back.score_lines == ()


def test_a_capsule_has_two_colours_a_step_and_its_words_on_its_halves() -> None:
    model = usual(CAPSULE)
    assert model.form is Form.HARD_CAPSULE
    rows, columns = model.front.height.shape
    left, right = (model.back.albedo[rows // 2, columns // 2 + way * columns // 3] for way in (-1, 1))
    assert left[0] > left[2]
    assert right[2] > right[0]
    width = (model.coverage_front > 0.5).sum(axis=0)
    assert width[columns // 4] > width[3 * columns // 4]
    assert [np.sign(g.centre[0]) for g in model.front.glyphs] == [-1, -1, 1, 1]


def test_text_along_the_rim_stands_on_a_circle() -> None:
    model = usual(replace(ROW, imprint_front="ABCDE10"), arc=True, arc_below=True)
    above, below = model.front.glyphs[:5], model.front.glyphs[5:]
    radii = [np.hypot(*g.centre) for g in model.front.glyphs]
    assert np.std(radii) < 0.08 * np.mean(radii)
    assert [g.angle for g in above] == sorted(g.angle for g in above)
    assert [g.angle for g in below] == sorted((g.angle for g in below), reverse=True)
    assert max(g.centre[1] for g in above) < min(g.centre[1] for g in below)
    straight = usual(replace(ROW, imprint_front="ABCDE10"), arc=False).front.glyphs
    assert {g.angle for g in straight} == {0.0}
    assert [g.line for g in straight] == [0] * 5 + [1] * 2


def test_an_emblem_is_drawn_and_labelled_as_one() -> None:
    model = usual(replace(ROW, imprint_front="마크"))
    assert [g.text for g in model.front.glyphs] == [""]
    assert relief(model.front).sum() > 50


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"shape": ""}, Gap.NO_SHAPE),
        ({"shape": "별모양"}, Gap.UNKNOWN_SHAPE),
        ({"shape": "기타"}, Gap.UNKNOWN_SHAPE),
        ({"long_mm": None}, Gap.NO_SIZE),
        ({"long_mm": 300.0, "short_mm": 300.0}, Gap.IMPOSSIBLE_SIZE),
        ({"long_mm": 0.0}, Gap.IMPOSSIBLE_SIZE),
        ({"thick_mm": None}, Gap.NO_THICKNESS),
        ({"thick_mm": 0.0}, Gap.IMPOSSIBLE_SIZE),
        ({"colours_front": ()}, Gap.NO_COLOUR),
        ({"colours_front": ("무지개",)}, Gap.UNKNOWN_COLOUR),
        ({"imprint_front": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}, Gap.IMPRINT_TOO_LONG),
        ({"imprint_front": "？"}, Gap.UNKNOWN_CHARACTER),
        ({"imprint_front": "𓀀"}, Gap.UNKNOWN_CHARACTER),
    ],
)
def test_what_a_row_lacks_is_said(change: dict[str, object], gap: Gap) -> None:
    model = usual(replace(ROW, **change))  # type: ignore[arg-type]
    assert gap in model.gaps
    assert model.coverage_front.max() == 1


@st.composite
def rows(draw: st.DrawFn) -> Appearance:
    size = st.one_of(st.none(), st.floats(-5, 400, allow_nan=False))
    text = st.one_of(
        st.text(st.sampled_from("AΛ0½-./ 분할선마크십자가각㎎▽？\u3000"), max_size=24),
        st.text(max_size=8),
    )
    colours = st.lists(st.sampled_from(["하양", "투명", "검정", "남색", "", "옅은"]), max_size=3).map(tuple)
    return Appearance(
        1, "1", "약", draw(st.sampled_from([*SHAPES, "", "?"])), draw(colours), draw(colours), draw(text), draw(text),
        draw(st.sampled_from(["", "-", "+", "기타"])), "", draw(size), draw(size), draw(size),
        draw(st.sampled_from(["나정", "필름코팅정", "당의정", "경질캡슐제, 산제", "연질캡슐제, 액상", ""])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows(), st.integers(0, 10_000))
def test_nothing_a_row_holds_breaks_the_drawing(row: Appearance, seed: int) -> None:
    finishes: list[Finish] = [typical_finish(row), random_finish(row, np.random.default_rng(seed))]
    for finish in finishes:
        model = build(row, finish, 6.0)
        for face in (model.front, model.back):
            assert np.isfinite(face.height).all()
            assert face.height.min() >= 0
            assert 0 <= face.albedo.min() <= face.albedo.max() <= 1
            assert face.height.shape == model.coverage_front.shape
        assert model.thick_mm > 0
        if row.long_mm is None:
            assert Gap.NO_SIZE in model.gaps
        if row.thick_mm is None and model.form is not Form.HARD_CAPSULE:
            assert Gap.NO_THICKNESS in model.gaps
        if not row.colours_front:
            assert Gap.NO_COLOUR in model.gaps


def test_the_same_seed_gives_the_same_pill_and_another_one_another() -> None:
    first, again, other = (
        build(ROW, random_finish(ROW, np.random.default_rng(seed)), 8.0).front.albedo for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)
