"""What lies about the pills: photographs of surfaces and a hand, where they are installed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pillapp.training.datasets import DataSetError
from pillapp.training.render.hand import HandRig, load_hand
from pillapp.training.surfaces import load_textures
from pillapp.training.typefaces import TrainingFaces, training_faces


@dataclass(frozen=True, slots=True, eq=False)
class Props:
    """``textures`` (n, 384, 384, 3) uint8 RGB and the ``hand``, each None where it is missing.

    Without textures all tables are drawn, without the hand there are none, without further typefaces those of the program.
    """

    textures: np.ndarray | None = None
    hand: HandRig | None = None
    faces: TrainingFaces = field(default_factory=TrainingFaces)


def load_props(say: Callable[[str], None]) -> Props:
    """Everything that is there; ``say`` is told what is not."""
    textures, hand, faces = None, None, TrainingFaces()
    try:
        textures = load_textures()
    except DataSetError as error:
        say(f"all tables are drawn: {error}")
    try:
        hand = load_hand()
    except DataSetError as error:
        say(f"there are no hands: {error}")
    try:
        faces = training_faces()
    except DataSetError as error:
        say(f"imprints are in the program's own typefaces: {error}")
    return Props(textures, hand, faces)
