"""What lies about the pills: photographs of surfaces and a hand, where they are installed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pillapp.training.datasets import DataSetError
from pillapp.training.render.hand import HandRig, load_hand
from pillapp.training.surfaces import load_textures


@dataclass(frozen=True, slots=True, eq=False)
class Props:
    """``textures`` (n, 384, 384, 3) uint8 RGB and the ``hand``, each None where it is missing.

    Without textures all tables are drawn, without the hand there are none.
    """

    textures: np.ndarray | None = None
    hand: HandRig | None = None


def load_props(say: Callable[[str], None]) -> Props:
    """Everything that is there; ``say`` is told what is not."""
    textures, hand = None, None
    try:
        textures = load_textures()
    except DataSetError as error:
        say(f"all tables are drawn: {error}")
    try:
        hand = load_hand()
    except DataSetError as error:
        say(f"there are no hands: {error}")
    return Props(textures, hand)
