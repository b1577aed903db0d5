"""What a pill looks like, its text aside: shape, colours, make and score line.

One small network sees the pill with a ring of what it lies on, turned along its long axis, and answers everything at once. It
learned under lights of all colours on tables of all colours, so what it says of a colour is a distribution: the table's part
in it is guessed, not known.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.colour import COLOURS
from pillapp.vision.engines import Engine
from pillapp.vision.model_card import read_card
from pillapp.vision.score_line import groove
from pillapp.vision.shape import SHAPES
from pillapp.vision.upright import upright

VIEW: Final = 96  # px, both ways, of the network's picture
LONG_PX: Final = 68.0  # the pill's long axis there
RING: Final = 0.16  # share of the long axis around the pill that is shown; what is further off is another matter
FORMS: Final = ("tablet", "hard capsule", "soft capsule")
LINES: Final = ("none", "line", "cross")
# What the network's outputs are, in order: shape, colours of the two halves, make, score line.
PARTS: Final = (len(SHAPES), len(COLOURS), len(COLOURS), len(FORMS), len(LINES))
STARTS: Final = tuple(itertools.accumulate(PARTS, initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class AttributeReading:
    """Probabilities, each summing to 1: ``shape`` over SHAPES, ``halves`` (2, 16) over COLOURS for both ends of the long axis,
    ``form`` over FORMS, ``line`` over LINES.
    """

    shape: np.ndarray
    halves: np.ndarray
    form: np.ndarray
    line: np.ndarray

    @property
    def form_name(self) -> str:
        """The likeliest of FORMS."""
        return FORMS[int(self.form.argmax())]


def attribute_view(crop: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """What the network sees of a pill: float32 (4, VIEW, VIEW), RGB 0..1 and the outline; beyond the ring all is 0.

    Args:
        crop: RGB uint8 (h, w, 3).
        mask: bool (h, w), the pill.
    """
    return view_of(*upright(crop, mask, VIEW, LONG_PX))


def view_of(shown: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """The network's picture of a pill that lies in place: ``shown`` RGB uint8 and ``outline`` uint8, both VIEW square."""
    reach = round(RING * LONG_PX)
    ring = cv2.dilate(outline, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    seen = np.where((ring > 127)[:, :, None], shown, 0)
    return np.concatenate([seen.transpose(2, 0, 1), outline[None]]).astype(np.float32) / np.float32(255)


class AttributeReader:
    """Runs the network in ``weights`` (path without suffix). One thread owns it.

    Raises:
        ModelError: weights or card missing or damaged.
    """

    def __init__(self, engine: Engine, weights: Path) -> None:
        card = read_card(weights)
        card.check_file(".onnx")
        self._log_prior = np.log(np.array(card.values["prior"], dtype=np.float64))
        self._heat = np.array(card.values["temperature"], dtype=np.float64)
        self._line = np.array(card.values["score_line"]["line"], dtype=np.float64)
        self._cross = np.array(card.values["score_line"]["cross"], dtype=np.float64)
        self._session = engine.load(weights)

    def read_all(self, pills: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[AttributeReading]:
        """Look at pills together, each a crop, RGB uint8 (h, w, 3), and its mask, bool (h, w).

        The answers are what they would be if all shapes, colours and makes were equally common: what is common is the
        catalogue's to say.
        """
        if not pills:
            return []
        views = np.stack([attribute_view(crop, mask) for crop, mask in pills])
        answers = []
        for view, logits in zip(views, self._session.infer(views), strict=True):
            parts = []
            for k, (start, end) in enumerate(itertools.pairwise(STARTS)):
                values = logits[start:end] / self._heat[k] - self._log_prior[start:end]
                weights = np.exp(values - values.max())
                parts.append(weights / weights.sum())
            line = self._score_line(logits, groove(view))
            answers.append(AttributeReading(parts[0], np.stack(parts[1:3]), parts[3], line))
        return answers

    def _score_line(self, logits: np.ndarray, grooves: np.ndarray) -> np.ndarray:
        """Chances (3,) over LINES from the network's logits and the grooves (2,)."""
        any_line = _logistic(float(self._line @ line_features(logits, grooves)))
        cross = _logistic(float(self._cross @ (1.0, grooves[1])))
        return np.array([1 - any_line, any_line * (1 - cross), any_line * cross])


def line_features(logits: np.ndarray, grooves: np.ndarray) -> np.ndarray:
    """What a score line is told by: 1, the network's word for it (logits (k,)), and the strongest groove of (2,).

    The network knows text from grooves but sees thin grooves badly; the grooves alone take some text for a line.
    """
    none, *some = logits[STARTS[4] : STARTS[5]]
    return np.array([1.0, np.logaddexp(*some) - none, grooves[0]])


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))
