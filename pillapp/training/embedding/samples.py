"""What one training step shows: pairs of pictures of sides, among them sides that are hard to tell apart."""

from typing import Final

import cv2
import numpy as np

from pillapp.training.attribute_reader.samples import guessed, photograph
from pillapp.training.embedding.pictures import Pictures
from pillapp.vision.embed import LONG_PX, ROUND, VIEW, view_of

PAIRS: Final = 64  # of a step
ALIKE: Final = 8  # sides of a neighbourhood
NEAREST: Final = 40  # they are drawn from so many
BINS: Final = 4  # of each colour channel of the plain descriptor
_ASPECT: Final = 4.0  # what breadth over length counts beside the colours there


class PairSampler:
    """Draws steps: PAIRS sides in neighbourhoods of ALIKE that look alike, each side twice."""

    def __init__(self, pictures: Pictures, places: np.ndarray) -> None:
        self._pictures = pictures
        self._of_kind: dict[int, np.ndarray] = {}
        order = places[np.argsort(pictures.kind[places], kind="stable")]
        kinds, starts = np.unique(pictures.kind[order], return_index=True)
        for kind, group in zip(kinds, np.split(order, starts[1:]), strict=True):
            self._of_kind[int(kind)] = group
        self._kinds = kinds
        first = np.array([group[0] for group in self._of_kind.values()])
        self._plain = np.stack([plain(pictures.pixels[place]) for place in first])

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Views float32 (2 · PAIRS, 4, VIEW, VIEW), the two of a side one after the other, and their places (2 · PAIRS,)."""
        chosen: list[int] = []
        while len(chosen) < PAIRS:
            middle = int(rng.integers(len(self._kinds)))
            off = np.abs(self._plain - self._plain[middle]).sum(axis=1)
            near = np.argpartition(off, NEAREST)[:NEAREST]
            chosen += [middle, *(int(k) for k in rng.choice(near[near != middle], ALIKE - 1, replace=False))]
        places = []
        for number in chosen[:PAIRS]:
            group = self._of_kind[int(self._kinds[number])]
            places += list(rng.choice(group, 2, replace=len(group) < 2))
        return np.stack([seen(rng, self._pictures.pixels[place]) for place in places]), np.array(places)


def plain(rgba: np.ndarray) -> np.ndarray:
    """The plain descriptor (float32) that learned vectors are compared with: a colour histogram, and breadth over length."""
    solid = rgba[:, :, 3] > 127
    lab = cv2.cvtColor(np.ascontiguousarray(rgba[:, :, :3]), cv2.COLOR_RGB2LAB)[solid]
    bins = (lab.astype(int) * BINS) // 256
    counts = np.bincount(bins @ (BINS * BINS, BINS, 1), minlength=BINS**3).astype(np.float32)
    _, _, width, height = cv2.boundingRect(solid.astype(np.uint8))
    return np.append(counts / max(counts.sum(), 1), np.float32(_ASPECT * height / max(width, 1))).astype(np.float32)


def seen(rng: np.random.Generator, rgba: np.ndarray) -> np.ndarray:
    """One side through a counter's light and camera, a little oblique, its outline not quite right: (4, VIEW, VIEW)."""
    patch = _turned(rng, rgba)
    outline = np.ascontiguousarray(patch[:, :, 3])
    table = np.full((VIEW, VIEW, 3), rng.uniform(20, 250, 3) if rng.random() < 0.5 else rng.uniform(20, 250))
    cover = outline[:, :, None].astype(np.float32) / 255
    return view_of(photograph(rng, table * (1 - cover) + patch[:, :, :3] * cover), guessed(rng, outline))


def _turned(rng: np.random.Generator, rgba: np.ndarray) -> np.ndarray:
    """The side as it may lie, seen from not quite above."""
    _, _, width, height = cv2.boundingRect((rgba[:, :, 3] > 127).astype(np.uint8))
    any_way = height >= ROUND * width
    turn = rng.uniform(0, 360) if any_way else rng.normal(0, 3) + 180 * float(rng.integers(2))
    middle = VIEW / 2 + rng.normal(0, 1.0, 2)
    spin = cv2.getRotationMatrix2D((0, 0), turn, rng.uniform(0.93, 1.04))[:, :2]
    reach = LONG_PX / 2
    corners = np.array([(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)])
    moved = corners @ spin.T * (1 + rng.normal(0, 0.03, (4, 2))) + middle
    matrix = cv2.getPerspectiveTransform((corners + VIEW / 2).astype(np.float32), moved.astype(np.float32))
    return np.asarray(cv2.warpPerspective(rgba, matrix, (VIEW, VIEW), flags=cv2.INTER_LINEAR))
