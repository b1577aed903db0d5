"""What a pill looks like as a whole, as a vector: two pictures of one side of a product lie close together.

One small network sees the pill alone, without its table. A pill has no upright: a long one is shown both ways round, a round
one in four quarter turns, and the vectors are averaged.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.engines import Engine
from pillapp.vision.model_card import read_card
from pillapp.vision.upright import upright

VIEW: Final = 96  # px, both ways, of the network's picture
LONG_PX: Final = 84.0  # the pill's long axis there
WIDTH: Final = 128  # numbers in a vector
ROUND: Final = 0.9  # breadth over length from which a pill may lie any way round
NEUTRAL: Final = 128  # grey where the pill is not


def embedding_view(crop: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What the network sees of a pill: float32 (4, VIEW, VIEW), RGB 0..1 on grey, and the outline.

    Args:
        crop: RGB uint8 (h, w, 3).
        mask: bool (h, w), the pill.
    """
    return view_of(*upright(crop, mask, VIEW, LONG_PX))


def view_of(shown: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """The network's picture of a pill that lies in place: ``shown`` RGB uint8 and ``outline`` uint8, both VIEW square."""
    alone = np.where((outline > 127)[:, :, None], shown, NEUTRAL)
    return np.concatenate([alone.transpose(2, 0, 1), outline[None]]).astype(np.float32) / np.float32(255)


def turns_of(view: np.ndarray) -> list[np.ndarray]:
    """A view (4, VIEW, VIEW) in all the ways the pill may lie."""
    _, _, width, height = cv2.boundingRect((view[3] > 0.5).astype(np.uint8))
    step = 1 if height >= ROUND * width else 2
    return [np.rot90(view, turn, (1, 2)) for turn in range(0, 4, step)]


class Embedder:
    """Runs the network in ``weights`` (path without suffix). One thread owns it.

    ``version`` names the network: vectors of two versions have nothing to do with each other.

    Raises:
        ModelError: weights or card missing or damaged.
    """

    def __init__(self, engine: Engine, weights: Path) -> None:
        card = read_card(weights)
        card.check_file(".onnx")
        self.version = card.name
        self._session = engine.load(weights)

    def embed_all(self, pills: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """Vectors of length 1, float32 (n, WIDTH), of pills: each a crop, RGB uint8 (h, w, 3), and its mask, bool (h, w)."""
        if not pills:
            return np.zeros((0, WIDTH), np.float32)
        turned = [turns_of(embedding_view(crop, mask)) for crop, mask in pills]
        seen = self._session.infer(np.stack([view for views in turned for view in views]))
        starts = np.cumsum([0, *(len(views) for views in turned[:-1])])
        return normalised(np.add.reduceat(seen, starts, axis=0))


def normalised(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) brought to length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
