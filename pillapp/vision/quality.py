"""Whether the picture of a pill is good enough to read it: sharp, lit, without glare, large enough."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np

# Where half of the imprints that are read in good pictures are lost; `main.py train quality` measures it on degraded
# official pictures and prints the curves. Darkness alone loses hardly any down to 15: below that nothing was measured.
LEAST_SHARPNESS: Final = 1.0
MOST_GLARE: Final = 0.15
LEAST_LIGHT: Final = 15.0
LEAST_SHORT_PX: Final = 20.0
_CALM_PX: Final = 1.0  # blur before sharpness is measured: a camera's noise is no detail
_SIDE: Final = 160  # px, the crop's long side where sharpness is measured


class Flaw(StrEnum):
    """What is wrong with a picture of a pill. The value is the word for the screen."""

    BLURRED = "흐림"
    GLARE = "반사"
    DARK = "어두움"
    SMALL = "너무 작음"


@dataclass(frozen=True, slots=True)
class Quality:
    """``sharpness``: variance of the Laplacian on the pill, scaled to 160 px; ``glare``: share of it that is blown out;
    ``light``: CIE L* (0..100) of its brighter parts; ``short_px``: its short side in pixels of the photo."""

    sharpness: float
    glare: float
    light: float
    short_px: float

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What hides the imprint, worst to mend first."""
        found = []
        if self.short_px < LEAST_SHORT_PX:
            found.append(Flaw.SMALL)
        if self.light < LEAST_LIGHT:
            found.append(Flaw.DARK)
        if self.sharpness < LEAST_SHARPNESS:
            found.append(Flaw.BLURRED)
        if self.glare > MOST_GLARE:
            found.append(Flaw.GLARE)
        return tuple(found)


def measure_quality(crop: np.ndarray, mask: np.ndarray) -> Quality:
    """Look at one pill: ``crop`` RGB uint8 (h, w, 3), ``mask`` bool (h, w)."""
    scale = _SIDE / max(crop.shape[:2])
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask.astype(np.uint8), (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    if not inside.any():
        return Quality(0.0, 0.0, 0.0, 0.0)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    calm = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _CALM_PX)
    lightness = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 0][inside].astype(np.float32) / 2.55
    core = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    ys, xs = np.nonzero(mask)
    (_, sides, _) = cv2.minAreaRect(np.column_stack([xs, ys]).astype(np.float32))
    return Quality(
        sharpness=float(cv2.Laplacian(calm, cv2.CV_32F)[core].var()) if core.any() else 0.0,
        glare=float((grey[inside] >= 252).mean()),
        light=float(np.percentile(lightness, 75)),
        short_px=float(min(sides)),
    )
