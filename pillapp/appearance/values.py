"""What the room hands out: one pill as solid geometry, in millimetres, built from one official row.

Frame of a side: x to the right along the long axis, y *down*, both in mm from the middle of the pill, as one looks at
that side. Frame of the pill: X right, Y *up*, Z towards the one who looks at the front. The back is what one sees after
turning the pill about its X axis: a point (x, y) of the front lies at (x, -y, +height), of the back at (x, y, -height).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

# Every drawing is shown with these words.
DRAWN: Final = "식약처 정보로 그린 그림"


class Form(StrEnum):
    """How a pill is made."""

    TABLET = "나정"
    COATED = "필름코팅정"
    SUGAR_COATED = "당의정"
    HARD_CAPSULE = "경질캡슐"
    SOFT_CAPSULE = "연질캡슐"


class Gap(StrEnum):
    """What a row does not say, or says in a way that cannot be: the drawing assumes a usual value and tells so.

    The value is the sentence for the screen. A row with any gap is no training picture.
    """

    NO_SHAPE = "모양이 적혀 있지 않아 원형으로 그렸습니다"
    UNKNOWN_SHAPE = "알 수 없는 모양이라 타원형으로 그렸습니다"
    NO_SIZE = "길이가 적혀 있지 않아 흔한 크기로 그렸습니다"
    IMPOSSIBLE_SIZE = "적힌 크기가 알약일 수 없어 흔한 크기로 그렸습니다"
    NO_THICKNESS = "두께가 적혀 있지 않아 흔한 두께로 그렸습니다"
    NO_COLOUR = "색이 적혀 있지 않아 하양으로 그렸습니다"
    UNKNOWN_COLOUR = "알 수 없는 색 이름은 빼고 그렸습니다"
    IMPRINT_TOO_LONG = "식별문자가 알약에 다 들어가지 않아 줄여서 그렸습니다"
    UNKNOWN_CHARACTER = "글꼴에 없는 글자는 빼고 그렸습니다"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of the imprint, or an emblem (``text`` empty, 마크).

    ``centre`` is the middle of its ink and ``size`` the ink's width and height before it is turned, all mm in the frame
    of the side; ``angle`` is how far it is turned clockwise, in radians. ``line`` numbers the lines of a side.
    """

    text: str
    line: int
    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float

    def corners(self) -> np.ndarray:
        """The four corners (4, 2) of its box, mm in the frame of the side."""
        half = np.array(self.size) / 2 * [(-1, -1), (1, -1), (1, 1), (-1, 1)]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.asarray(half @ np.array([(cos, sin), (-sin, cos)]) + self.centre)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A groove to break the pill along, from ``start`` to ``end``; all mm in the frame of the side."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    depth: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One side of a pill as fields on the pill's grid, (h, w) float32 each.

    ``height`` is mm above the middle plane, with everything pressed into it; outside the outline it goes on as at the
    rim. ``albedo`` (h, w, 3) is linear sRGB reflectance. ``debossed``, ``printed`` and ``scored`` are 0..1.
    """

    height: np.ndarray
    albedo: np.ndarray
    debossed: np.ndarray
    printed: np.ndarray
    scored: np.ndarray
    glyphs: tuple[Glyph, ...]
    score_lines: tuple[ScoreLine, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """How the surface takes light, each 0..1: ``gloss`` (a coat over it), ``roughness``, ``translucency`` (soft capsules)."""

    gloss: float
    roughness: float
    translucency: float


@dataclass(frozen=True, slots=True, eq=False)
class PillModel:
    """One pill: what the official row says of it, and what was drawn from distributions where the row is silent.

    ``outline`` (n, 2) float32 is the rim as a closed convex polygon in the frame of the front (mm, y down); the back's
    is the same with y negated. ``coverage_front`` and ``coverage_back`` (h, w) float32 are 1 inside it, 0 outside, soft
    between. Grids have ``cells_per_mm`` cells a millimetre, the middle of the pill is the middle of the grid.
    ``gaps`` tells what had to be assumed: a model with gaps must not be shown as known, nor trained on.
    """

    item_seq: str
    name: str
    form: Form
    long_mm: float
    short_mm: float
    thick_mm: float
    outline: np.ndarray
    coverage_front: np.ndarray
    coverage_back: np.ndarray
    cells_per_mm: float
    front: Face
    back: Face
    material: Material
    gaps: tuple[Gap, ...]

    def to_cells(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) mm of a side's frame as grid positions x, y (cell centres are whole numbers)."""
        middle = (np.array(self.front.height.shape[::-1]) - 1) / 2
        return np.asarray(np.asarray(points, np.float64) * self.cells_per_mm + middle)
