"""The official colours (색상) of a pill, in one or two parts."""

from dataclasses import dataclass
from typing import Final

import numpy as np

COLOURS: Final = (
    "하양", "노랑", "주황", "분홍", "빨강", "갈색", "연두", "초록", "청록", "파랑", "남색", "자주", "보라", "회색", "검정", "투명",
)  # fmt: skip
# Chance that the file names a colour nobody would see.
MISNAMED: Final = 0.03
# Two halves that agree less than this (sum of the smaller probabilities) are two colours, not light and shade.
AGREE: Final = 0.35


@dataclass(frozen=True, slots=True)
class ColourReading:
    """``names`` are the official colours, one or two; ``parts`` their probabilities over :data:`COLOURS`, one row a part."""

    names: tuple[str, ...]
    parts: tuple[tuple[float, ...], ...]


def read_colours(halves: np.ndarray) -> ColourReading:
    """The colours of a pill from what is believed of both ends of its long axis: (2, 16) over COLOURS."""
    halves = (1 - MISNAMED) * halves / halves.sum(axis=1, keepdims=True) + MISNAMED / len(COLOURS)
    parts = halves
    if np.minimum(*halves).sum() >= AGREE or halves[0].argmax() == halves[1].argmax():
        both = np.sqrt(halves[0] * halves[1])
        parts = (both / both.sum())[None]
    names = tuple(dict.fromkeys(COLOURS[int(part.argmax())] for part in parts))
    return ColourReading(names, tuple(tuple(float(p) for p in part) for part in parts))


def linear(pixels: np.ndarray) -> np.ndarray:
    """sRGB 0..255 as linear light 0..1, float32 (IEC 61966-2-1)."""
    values = np.asarray(pixels, dtype=np.float32) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)
