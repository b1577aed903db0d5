"""One picture and where it came from."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture as a person would see it: EXIF orientation applied, no alpha, eight bits.

    ``pixels`` is RGB, shape (height, width, 3), uint8, and never written to. ``source`` is a path, a camera or a stream.
    ``captured_at`` is ``time.monotonic()`` seconds, for telling live frames apart.
    """

    pixels: np.ndarray
    source: str
    captured_at: float = 0.0

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])
