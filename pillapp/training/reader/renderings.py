"""Sides of pills as the imprint reader sees them, with the place of every character, and the files that keep them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

LEVELS: Final = 31.0  # evened-out grey is stored as int8 of this many steps per unit
IGNORED: Final = -1  # class of a character that may or may not be called one: turned too far, or unknown


@dataclass(frozen=True, slots=True)
class Rendering:
    """``pixels`` int8 (h, w); ``characters`` (n, 4) float32: centre x, y, height in px, class (or :data:`IGNORED`)."""

    pixels: np.ndarray
    characters: np.ndarray


def save_renderings(path: Path, pictures: list[Rendering]) -> None:
    """Store renderings in one file, written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes = np.array([p.pixels.shape for p in pictures], dtype=np.int32)
    counts = np.array([len(p.characters) for p in pictures], dtype=np.int32)
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        pixels=np.concatenate([p.pixels.reshape(-1) for p in pictures]),
        shapes=shapes,
        counts=counts,
        characters=np.concatenate([p.characters for p in pictures]),
    )
    part.replace(path)


def load_renderings(path: Path) -> list[Rendering]:
    """Read what :func:`save_renderings` wrote."""
    with np.load(path) as file:
        pixels, shapes, counts, characters = file["pixels"], file["shapes"], file["counts"], file["characters"]
    pixel_ends = np.cumsum(shapes[:, 0] * shapes[:, 1])
    character_ends = np.cumsum(counts)
    return [
        Rendering(
            pixels[end - h * w : end].reshape(h, w),
            characters[last - count : last],
        )
        for (h, w), end, count, last in zip(shapes, pixel_ends, counts, character_ends, strict=True)
    ]
