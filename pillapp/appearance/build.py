"""From an official row and a finish to the solid: outline, height fields, colours and imprint of both sides."""

from typing import Final

import cv2
import numpy as np

from pillapp.appearance.colours import CLEAR, known_colours
from pillapp.appearance.finish import Finish, form_of
from pillapp.appearance.layout import lay_out
from pillapp.appearance.outline import SHAPES, Field, rim_field, trace
from pillapp.appearance.spelling import logo_written, side_text
from pillapp.appearance.surface import MARGIN_MM, WRITABLE_TURN, Body, make_face
from pillapp.appearance.values import Form, Gap, Material, PillModel
from pillapp.catalog.values import Appearance

CELLS_PER_MM: Final = 24.0
# No pill people swallow is smaller or larger (the official file's own range is 3.05 to 41 mm).
_SIZES_MM: Final = (1.5, 45.0)
# Usual sizes (mm) where the row has none: medians of the official file by form.
_USUAL_LONG: Final = {Form.HARD_CAPSULE: 17.6, Form.SOFT_CAPSULE: 14.0}
_USUAL_LONG_TABLET: Final = 9.0
_USUAL_ASPECT: Final = {"원형": 1.0, "장방형": 0.44, "타원형": 0.58}
_USUAL_THICKNESS: Final = 0.45  # of the short axis
_THINNEST: Final = 0.12  # of the short axis


def build(row: Appearance, finish: Finish, cells_per_mm: float = CELLS_PER_MM) -> PillModel:
    """The pill a row describes. Nothing a row holds makes this fail; what is missing or cannot be is in ``gaps``."""
    form = form_of(row)
    gaps = _colour_gaps(row)
    shape = _shape(row, form, gaps)
    long_mm, short_mm, thick_mm = _sizes(row, form, shape, gaps)
    rim = rim_field(shape, long_mm, short_mm, finish.roundness)
    if form is Form.HARD_CAPSULE:
        rim = _capsule_rim(long_mm, short_mm, finish)
    outline = trace(rim, max(long_mm, short_mm))
    half = np.abs(outline).max(axis=0) + MARGIN_MM
    columns, rows = (2 * np.ceil(half * cells_per_mm).astype(int) + 1).tolist()
    x = (np.arange(columns, dtype=np.float32) - columns // 2)[None] / cells_per_mm
    y = (np.arange(rows, dtype=np.float32) - rows // 2)[:, None] / cells_per_mm
    level = np.asarray(rim(x, y), dtype=np.float32)
    if form is Form.HARD_CAPSULE:  # written on unrolled
        writable = (long_mm / 2, short_mm / 2 * WRITABLE_TURN)
        inside: Field = _sheet(*writable)
    else:
        writable, inside = (long_mm / 2, short_mm / 2), rim
    faces = []
    for back in (False, True):
        imprint, line = logo_written(row.sides[back]), row.line_back if back else row.line_front
        # the back is seen turned about the long axis: its y runs the other way
        seen: Field = (lambda u, v: inside(u, -v)) if back else inside
        layout = lay_out(side_text(imprint, line), finish, form, writable, seen)
        gaps.extend(layout.gaps)
        body = Body(form, shape, long_mm, short_mm, thick_mm, level[::-1] if back else level, x, y)
        faces.append(make_face(body, layout, finish, cells_per_mm, back=back))
    cover = coverage(outline, (rows, columns), cells_per_mm)
    return PillModel(
        item_seq=row.item_seq,
        name=row.name,
        form=form,
        long_mm=long_mm,
        short_mm=short_mm,
        thick_mm=thick_mm,
        outline=outline,
        coverage_front=cover,
        coverage_back=np.ascontiguousarray(cover[::-1]),
        cells_per_mm=cells_per_mm,
        front=faces[0],
        back=faces[1],
        material=Material(finish.gloss, finish.roughness, finish.translucency),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def long_axis_mm(row: Appearance) -> float:
    """The long axis that the pill of a row will have."""
    form = form_of(row)
    return _sizes(row, form, _shape(row, form, []), [])[0]


def _colour_gaps(row: Appearance) -> list[Gap]:
    names = row.colours_front + row.colours_back
    gaps = [] if row.colours_front else [Gap.NO_COLOUR]
    if any(name not in known_colours() and name != CLEAR for name in names):
        gaps.append(Gap.UNKNOWN_COLOUR)
    return gaps


def _shape(row: Appearance, form: Form, gaps: list[Gap]) -> str:
    if row.shape in SHAPES and row.shape != "기타":
        return row.shape
    if form is Form.HARD_CAPSULE:
        return "장방형"  # whatever the file says: there is only one kind
    gaps.append(Gap.UNKNOWN_SHAPE if row.shape else Gap.NO_SHAPE)
    return "타원형" if row.shape else "원형"


def _sizes(row: Appearance, form: Form, shape: str, gaps: list[Gap]) -> tuple[float, float, float]:
    def sane(value: float | None, low: float = _SIZES_MM[0]) -> float | None:
        if value is None:
            return None
        if not low <= value <= _SIZES_MM[1]:
            gaps.append(Gap.IMPOSSIBLE_SIZE)
            return None
        return value

    long_mm, short_mm = sane(row.long_mm), sane(row.short_mm)
    aspect = _USUAL_ASPECT.get(shape, 0.85)
    round_tablet = shape == "원형" and form is not Form.HARD_CAPSULE  # one axis says it all
    if long_mm is None or (short_mm is None and not round_tablet):
        gaps.append(Gap.NO_SIZE)
    if long_mm is None:
        long_mm = short_mm / aspect if short_mm else _USUAL_LONG.get(form, _USUAL_LONG_TABLET)
    if short_mm is None:
        short_mm = long_mm * aspect
    if short_mm > long_mm:
        long_mm, short_mm = short_mm, long_mm
    if short_mm < 0.15 * long_mm:
        gaps.append(Gap.IMPOSSIBLE_SIZE)
        short_mm = long_mm * aspect
    thick_mm = sane(row.thick_mm, 0.5)
    if form is Form.HARD_CAPSULE:
        return long_mm, short_mm, short_mm  # a tube: its thickness is its width
    if thick_mm is None:
        gaps.append(Gap.NO_THICKNESS)
        thick_mm = _USUAL_THICKNESS * short_mm
    # thicker than wide: the file's axes and thickness are swapped, or the pill is a ball
    return long_mm, short_mm, float(np.clip(thick_mm, _THINNEST * short_mm, 1.2 * short_mm))


def _capsule_rim(long_mm: float, short_mm: float, finish: Finish) -> Field:
    """Two round-ended tubes; the cap at the left is ``step_mm`` wider than the body."""
    radius = short_mm / 2
    body = max(radius - finish.step_mm, 0.8 * radius)
    joint = (finish.cap_share - 0.5) * long_mm

    def field(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = np.broadcast_arrays(x, y)
        own = np.where(x < joint, radius, body)
        end = np.maximum(np.abs(x) - (long_mm / 2 - own), 0)
        return np.asarray(np.hypot(end, y) / own)

    return field


def _sheet(half_width: float, half_height: float) -> Field:
    """A rectangle to write on."""
    return lambda x, y: np.maximum(np.abs(x) / half_width, np.abs(y) / half_height)


def coverage(outline: np.ndarray, size: tuple[int, ...], cells_per_mm: float) -> np.ndarray:
    """How much of each cell of a grid of ``size`` (h, w) an outline (n, 2) in mm covers, 0..1."""
    fine = 4  # filling draws the edge too: half a fine cell too much is little
    fill: np.ndarray = np.zeros((size[0] * fine, size[1] * fine), np.uint8)
    middle = np.array([size[1] // 2, size[0] // 2])
    points = np.round(((outline * cells_per_mm + middle + 0.5) * fine - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(fill, [points], 255, cv2.LINE_8, 4)
    return cv2.resize(fill, (size[1], size[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
