"""Several frames of a picture that holds still as one: less noise, no flicker, no shadow of a passing hand."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.capture.frame import Frame

MOST_FRAMES: Final = 5


def merge_steady(frames: Sequence[Frame]) -> Frame:
    """The median of the newest frames of one size, under the newest's name and time; a single frame stays as it is.

    Only for frames that show the same: what moves is blurred or vanishes.
    """
    newest = frames[-1]
    alike = [frame for frame in frames[-MOST_FRAMES:] if frame.pixels.shape == newest.pixels.shape]
    if len(alike) < 3:
        return newest
    pixels = np.median(np.stack([frame.pixels for frame in alike]), axis=0).astype(np.uint8)
    return Frame(pixels, newest.source, newest.captured_at)
