"""What the official row leaves open — dome, stroke, typeface, pressed or printed, the very colour — and where it comes from.

Sizes, shapes, colours, strokes and the lay-out of text follow distributions measured on real pictures (``models/appearance.json``;
``models/appearance.md`` tells how). What pictures from above do not show was set by eye and says so here: how far letters
lean and stretch, gloss, roughness, mottle and translucency, how deep a groove of a certain contrast is. Drawings for the
screen take the usual value of each, training draws every pill anew.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pillapp.appearance.choice import Drawn, Usual, measured
from pillapp.appearance.colours import CLEAR, body_colours, ink_colour
from pillapp.appearance.typefaces import ENGRAVED, Typeface, hangul_face, printed_face
from pillapp.appearance.values import Form
from pillapp.catalog.values import Appearance

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
    quarter on a capsule. ``beside``: single characters stand left and right of a round pill's upright score line, not above and below
    a lying one; ``beside_words`` is the same for longer parts.
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
    beside_words: bool
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
    return _finish(row, Usual())


def random_finish(
    row: Appearance,
    rng: np.random.Generator,
    engraved: tuple[Typeface, ...] = (ENGRAVED,),
    printed: tuple[Typeface, ...] = (),
    serif: tuple[Typeface, ...] = (),
    hangul: tuple[Typeface, ...] = (),
) -> Finish:
    """Everything drawn anew; the typefaces given are drawn from too."""
    return _finish(row, Drawn(rng, engraved, (printed_face(), *printed), serif, (hangul_face(), *hangul)))


def _finish(row: Appearance, pick: Usual) -> Finish:
    card = measured()

    def value(*keys: str) -> float:
        found: Any = card
        for key in keys:
            found = found[key]
        return pick.value(found["quantiles"])

    form = form_of(row)
    capsule = form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    front, back = body_colours(row, pick)
    shape = row.shape if row.shape in card["roundness"] else "타원형"
    outlines = "roundness_soft" if form is Form.SOFT_CAPSULE and shape in card["roundness_soft"] else "roundness"
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
        text=_text_style(row, form, front, value, pick),
    )


def _gloss(form: Form, pick: Usual) -> float:
    low, high = {
        Form.TABLET: (0.0, 0.1),
        Form.COATED: (0.05, 0.5),
        Form.SUGAR_COATED: (0.3, 0.9),
        Form.HARD_CAPSULE: (0.4, 0.9),
        Form.SOFT_CAPSULE: (0.6, 1.0),
    }[form]
    return pick.between(low, high)


def _text_style(row: Appearance, form: Form, body: tuple[float, float, float], value: Any, pick: Usual) -> TextStyle:
    card = measured()
    long = bool(row.long_mm and row.short_mm and row.long_mm > LONG_FROM * row.short_mm)
    capsule = form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    printed = capsule or pick.chance(card["printed_share"][form.value])  # gelatine cannot be pressed
    arcs = card["arc_share"]["by_letters"]
    shape = f"{'long' if long else 'round'}.{'capsule' if capsule and long else 'tablet'}.1"
    kind = "printed" if printed else "debossed"
    stroke = value("stroke", kind) * (1.0 if printed else _FLOOR)
    return TextStyle(
        latin=pick.face(printed),
        hangul=pick.hangul(),
        printed=printed,
        ink=ink_colour(body, pick),
        cap_height=value("cap_height_of", shape),
        pitch=value(f"letter_pitch_{kind}"),
        stroke=stroke,
        stretch=pick.between(0.85, 1.1),
        slant=pick.between(0.1, 0.3) if pick.chance(card["letters"][kind]["slanted"]) else 0.0,
        depth=float(np.clip(value("relief_contrast") * _DEPTH_PER_CONTRAST, 0.1, 0.9)),
        offset=(value("text_offset"), value("text_offset")),
        arc=row.shape == "원형" and pick.chance(arcs["5+ printed" if printed else "5+ pressed"]["share"]),
        arc_below=pick.chance(card["arc_share"]["below"]["share"]),
        arc_short=row.shape == "원형" and pick.chance(arcs["4"]["share"]),
        across=form is Form.HARD_CAPSULE and pick.chance(card["across_share"]["share"]),
        beside=pick.chance(card["beside_share"]["1"]["share"]),
        beside_words=pick.chance(card["beside_share"]["2+"]["share"]),
        wrap=pick.chance(0.15),
        emblem_seed=pick.seed(row),
        emblem_scale=value("mark_size"),
    )
