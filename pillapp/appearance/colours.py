"""From official colour names to the colours of bodies and inks."""

from typing import Final

import numpy as np

from pillapp.appearance.choice import Usual, measured
from pillapp.catalog.values import Appearance

CLEAR: Final = "투명"
Rgb = tuple[float, float, float]


def known_colours() -> frozenset[str]:
    """Colour names there is a colour for."""
    return frozenset(measured()["colours"])


def body_colours(row: Appearance, pick: Usual) -> tuple[Rgb, Rgb]:
    """Linear sRGB of the front and the back, or of cap and body."""
    named = [name for name in row.colours_front if name in known_colours()]
    opaque = [name for name in named if name != CLEAR] or named or ["하양"]
    clear = CLEAR in named and opaque[0] in measured()["transparent_colours"]
    front = _colour(opaque[0], clear, pick)
    behind = [name for name in row.colours_back if name in known_colours() and name != CLEAR]
    # without a colour of its own the back repeats the front, unless two colours are given for a layered tablet
    second = behind[0] if behind else (opaque[1] if len(opaque) > 1 else None)
    back = front if second is None or second == opaque[0] else _colour(second, False, pick)
    return front, back


def _colour(name: str, clear: bool, pick: Usual) -> Rgb:
    entry = measured()["transparent_colours" if clear else "colours"][name]
    return lab_to_linear(pick.colour(entry["mean"], entry["covariance"]))


def ink_colour(body: Rgb, pick: Usual) -> Rgb:
    """Linear sRGB of print on a body of this colour."""
    dark = float(np.dot(body, (0.2126, 0.7152, 0.0722))) < 0.12
    inks = measured()["ink"]["dark" if dark else "light"]
    return lab_to_linear(np.array(inks[pick.share([ink["share"] for ink in inks])]["lab"]))


def lab_to_linear(lab: np.ndarray) -> Rgb:
    """CIE Lab (D65) as linear sRGB, clipped to what a surface can reflect."""
    fy = (lab[0] + 16) / 116
    f = np.array([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * (0.95047, 1.0, 1.08883)
    matrix = np.array([(3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570)])
    r, g, b = np.clip(matrix @ xyz, 0.004, 0.95)
    return float(r), float(g), float(b)
