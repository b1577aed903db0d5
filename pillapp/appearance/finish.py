"""What the official row leaves open — dome, stroke, typeface, pressed or printed, the very colour — and where it comes from.

The distributions were measured on real pictures (``models/appearance.json``; ``models/appearance.md`` tells how). Drawings
for the screen take the usual value of each, training draws every pill anew.
"""

import json
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from pillapp.appearance.typefaces import ENGRAVED, Typeface, hangul_face, printed_face
from pillapp.appearance.values import Form
from pillapp.catalog.values import Appearance
from pillapp.paths import models_dir

CLEAR: Final = "투명"
# The quantiles every scalar of models/appearance.json is kept as.
QUANTILES: Final = (0.02, 0.10, 0.25, 0.50, 0.75, 0.90, 0.98)
LONG_FROM: Final = 1.25  # long axis over short from which a pill counts as long
_COATED: Final = ("코팅", "장용성", "서방성", "캡슐")
# Pressed grooves are not measured in depth, only in contrast: this turns one into the other (share of the stroke's width).
_DEPTH_PER_CONTRAST: Final = 1.1
# A groove was measured from wall to wall; the walls slant, and its floor, which is what is drawn, is narrower.
_FLOOR: Final = 0.72


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the imprint looks.

    ``cap_height`` and ``offset`` (x, y) are shares of the short axis; ``pitch`` is the distance of neighbouring letters
    and ``stroke`` their strokes' width, shares of the cap height; ``stretch`` widens letters, ``slant`` leans them;
    ``depth`` of pressed strokes is a share of their width. ``arc``: the first line of a round pill runs along the rim,
    with ``arc_below`` the last one too; ``arc_short`` is the same choice for short texts. ``across``: turned a
    quarter on a capsule. ``beside``: parts of a round pill left and right of an upright score line, not above and below.
    ``wrap``: words of a long pill go on lines of their own. ``emblem_scale``: share of the short axis for one that stands alone.
    """

    latin: Typeface
    hangul: Typeface
    printed: bool
    ink: tuple[float, float, float]
    cap_height: float
    pitch: float
    stroke: float
    stretch: float
    slant: float
    depth: float
    offset: tuple[float, float]
    arc: bool
    arc_below: bool
    arc_short: bool
    across: bool
    beside: bool
    wrap: bool
    emblem_seed: int
    emblem_scale: float


@dataclass(frozen=True, slots=True)
class Finish:
    """All that is chosen for one pill.

    ``dome`` is a dome's height as a share of the thickness, ``bevel`` the width of the slope at the rim as a share of half
    the short axis, ``roundness`` as :func:`pillapp.appearance.outline.rim_field` has it. ``cap_share`` is how much of a
    capsule its cap covers, ``step_mm`` how much wider the cap is. ``front`` and ``back`` are the linear sRGB colours of the
    sides, or of cap and body. ``mottle`` is how uneven the surface is (share of its reflectance).
    """

    dome: float
    bevel: float
    roundness: float
    cap_share: float
    step_mm: float
    score_width_mm: float
    score_reach: float
    front: tuple[float, float, float]
    back: tuple[float, float, float]
    mottle: float
    gloss: float
    roughness: float
    translucency: float
    grain_seed: int
    text: TextStyle


def form_of(row: Appearance) -> Form:
    """How the pill is made, from the official 제형."""
    form = row.form
    if "캡슐" in form or "스팬슐" in form:
        return Form.SOFT_CAPSULE if "연질" in form else Form.HARD_CAPSULE
    if "당의" in form:
        return Form.SUGAR_COATED
    return Form.COATED if any(word in form for word in _COATED) else Form.TABLET


def typical_finish(row: Appearance) -> Finish:
    """The usual value of everything: what the screen shows."""
    return _finish(row, _Usual())


def random_finish(
    row: Appearance,
    rng: np.random.Generator,
    engraved: tuple[Typeface, ...] = (ENGRAVED,),
    printed: tuple[Typeface, ...] = (),
    hangul: tuple[Typeface, ...] = (),
) -> Finish:
    """Everything drawn anew; the typefaces given are drawn from too."""
    return _finish(row, _Random(rng, engraved, (printed_face(), *printed), (hangul_face(), *hangul)))


class _Usual:
    """Picks medians and the likelier of two."""

    def value(self, quantiles: list[float]) -> float:
        return quantiles[QUANTILES.index(0.50)]

    def chance(self, share: float) -> bool:
        return share > 0.5

    def between(self, low: float, high: float) -> float:
        return (low + high) / 2

    def colour(self, mean: list[float], covariance: list[list[float]]) -> np.ndarray:
        return np.array(mean)

    def face(self, printed: bool) -> Typeface:
        return printed_face() if printed else ENGRAVED

    def hangul(self) -> Typeface:
        return hangul_face()

    def seed(self, row: Appearance) -> int:
        return zlib.crc32(row.item_seq.encode())

    def share(self, weights: list[float]) -> int:
        return int(np.argmax(weights))


class _Random(_Usual):
    """Draws everything from its distribution."""

    def __init__(
        self,
        rng: np.random.Generator,
        engraved: tuple[Typeface, ...],
        printed: tuple[Typeface, ...],
        hangul: tuple[Typeface, ...],
    ):
        self._rng, self._engraved, self._printed, self._hangul = rng, engraved, printed, hangul

    def value(self, quantiles: list[float]) -> float:
        return float(np.interp(self._rng.uniform(), QUANTILES, quantiles))

    def chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def between(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def colour(self, mean: list[float], covariance: list[list[float]]) -> np.ndarray:
        return self._rng.multivariate_normal(mean, covariance, method="cholesky")

    def face(self, printed: bool) -> Typeface:
        if not printed and self._rng.random() < 0.5:
            return ENGRAVED
        among = self._printed if printed else self._engraved
        return among[int(self._rng.integers(len(among)))]

    def hangul(self) -> Typeface:
        return self._hangul[int(self._rng.integers(len(self._hangul)))]

    def seed(self, row: Appearance) -> int:
        return int(self._rng.integers(2**31))

    def share(self, weights: list[float]) -> int:
        return int(self._rng.choice(len(weights), p=np.array(weights) / np.sum(weights)))


@lru_cache(maxsize=1)
def _measured() -> dict[str, Any]:
    measured: dict[str, Any] = json.loads((models_dir() / "appearance.json").read_text(encoding="utf-8"))
    return measured


def known_colours() -> frozenset[str]:
    """Colour names there is a colour for."""
    return frozenset(_measured()["colours"])


def _finish(row: Appearance, pick: _Usual) -> Finish:
    measured = _measured()

    def value(*keys: str) -> float:
        found: Any = measured
        for key in keys:
            found = found[key]
        return pick.value(found["quantiles"])

    form = form_of(row)
    capsule = form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    front, back = _colours(row, form, pick)
    shape = row.shape if row.shape in measured["roundness"] else "타원형"
    outlines = "roundness_soft" if form is Form.SOFT_CAPSULE and shape in measured["roundness_soft"] else "roundness"
    clear = CLEAR in row.colours_front
    return Finish(
        dome=0.0 if capsule else value("dome_of", form.value),
        bevel=0.0 if capsule else value("bevel_of", form.value),
        roundness=value(outlines, shape),
        cap_share=value("capsule", "cap_share"),
        step_mm=value("capsule", "step_mm"),
        score_width_mm=value("score_width_mm"),
        score_reach=value("score_reach"),
        front=front,
        back=back,
        mottle=pick.between(0.0, 0.02) if capsule else pick.between(0.004, 0.05),
        gloss=_gloss(form, pick),
        roughness=pick.between(0.12, 0.35) if capsule else pick.between(0.3, 0.65),
        translucency=(0.75 if clear else 0.25) if form is Form.SOFT_CAPSULE else (0.35 if clear else 0.0),
        grain_seed=pick.seed(row),
        text=_text_style(row, form, front, value, measured, pick),
    )


def _gloss(form: Form, pick: _Usual) -> float:
    low, high = {
        Form.TABLET: (0.0, 0.1),
        Form.COATED: (0.05, 0.5),
        Form.SUGAR_COATED: (0.3, 0.9),
        Form.HARD_CAPSULE: (0.4, 0.9),
        Form.SOFT_CAPSULE: (0.6, 1.0),
    }[form]
    return pick.between(low, high)


def _text_style(
    row: Appearance, form: Form, body: tuple[float, float, float], value: Any, measured: Any, pick: _Usual
) -> TextStyle:
    long = bool(row.long_mm and row.short_mm and row.long_mm > LONG_FROM * row.short_mm)
    capsule = form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    printed = capsule or pick.chance(measured["printed_share"][form.value])  # gelatine cannot be pressed
    arcs = measured["arc_share"]["by_letters"]
    shape = f"{'long' if long else 'round'}.{'capsule' if capsule and long else 'tablet'}.1"
    kind = "printed" if printed else "debossed"
    stroke = value("stroke", kind) * (1.0 if printed else _FLOOR)
    return TextStyle(
        latin=pick.face(printed),
        hangul=pick.hangul(),
        printed=printed,
        ink=_ink(body, measured, pick),
        cap_height=value("cap_height_of", shape),
        pitch=value(f"letter_pitch_{kind}"),
        stroke=stroke,
        stretch=pick.between(0.85, 1.1),
        slant=pick.between(0.1, 0.3) if pick.chance(0.06) else 0.0,
        depth=float(np.clip(value("relief_contrast") * _DEPTH_PER_CONTRAST, 0.1, 0.9)),
        offset=(value("text_offset"), value("text_offset")),
        arc=row.shape == "원형" and pick.chance(arcs["5+ printed" if printed else "5+ pressed"]["share"]),
        arc_below=pick.chance(0.4),
        arc_short=row.shape == "원형" and pick.chance(arcs["4"]["share"]),
        across=form is Form.HARD_CAPSULE and pick.chance(measured["across_share"]["share"]),
        beside=pick.chance(0.6),
        wrap=pick.chance(0.15),
        emblem_seed=pick.seed(row),
        emblem_scale=value("mark_size"),
    )


def _colours(
    row: Appearance, form: Form, pick: _Usual
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    named = [name for name in row.colours_front if name in known_colours()]
    opaque = [name for name in named if name != CLEAR] or named or ["하양"]
    clear = CLEAR in named and opaque[0] in _measured()["transparent_colours"]
    front = _colour(opaque[0], clear, pick)
    behind = [name for name in row.colours_back if name in known_colours() and name != CLEAR]
    # without a colour of its own the back repeats the front, unless two colours are given for a layered tablet
    second = behind[0] if behind else (opaque[1] if len(opaque) > 1 else None)
    back = front if second is None or second == opaque[0] else _colour(second, False, pick)
    return front, back


def _colour(name: str, clear: bool, pick: _Usual) -> tuple[float, float, float]:
    entry = _measured()["transparent_colours" if clear else "colours"][name]
    return lab_to_linear(pick.colour(entry["mean"], entry["covariance"]))


def _ink(body: tuple[float, float, float], measured: Any, pick: _Usual) -> tuple[float, float, float]:
    dark = float(np.dot(body, (0.2126, 0.7152, 0.0722))) < 0.12
    inks = measured["ink"]["dark" if dark else "light"]
    return lab_to_linear(np.array(inks[pick.share([ink["share"] for ink in inks])]["lab"]))


def lab_to_linear(lab: np.ndarray) -> tuple[float, float, float]:
    """CIE Lab (D65) as linear sRGB, clipped to what a surface can reflect."""
    fy = (lab[0] + 16) / 116
    f = np.array([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * (0.95047, 1.0, 1.08883)
    matrix = np.array([(3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570)])
    r, g, b = np.clip(matrix @ xyz, 0.004, 0.95)
    return float(r), float(g), float(b)
