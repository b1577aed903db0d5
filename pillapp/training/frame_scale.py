"""What pills of one frame tell of each other's size: fitted on made-up frames of official pictures (``train scale``).

The official pictures carry a ruler, so the size of each pill as the program sees it is known in mm. A frame is three or four
products of them at one scale, each off by as much as a camera a little off the vertical makes it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from pillapp.identify.evidence import Weights, default_weights, score
from pillapp.identify.frame_scale import SizedPill, SizeNoise, with_frame_scale
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import product_probabilities
from pillapp.training.datasets import mfds_rows, read_rgb, training_set
from pillapp.training.identification.samples import cpu_observer, degrade, official_index
from pillapp.training.looks.reference_pictures import px_per_mm
from pillapp.vision.detect import Detection
from pillapp.vision.observe import Observer
from pillapp.vision.studio import pill_boxes

PILLS: Final = (3, 4)  # in a frame
CAMERA: Final = 0.02  # spread of the scale between pills of a frame
ROUNDS: Final = 3  # frames that each pill is put into
SPREADS: Final = (0.03, 0.05, 0.07, 0.1, 0.14)
MISLED: Final = (0.1, 0.3)
MISMEASURED: Final = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A pill whose product is known (its place in the index); its outline is in mm instead of pixels."""

    pill: SizedPill
    product: int


def fit(count: int, say: Callable[[str], None]) -> None:
    """Say how well each :class:`SizeNoise` names the pills of made-up frames, the best one last."""
    index, weights = official_index(), default_weights()
    frames = list(made_up_frames(list(_known_pills(cpu_observer(), index, count)), np.random.default_rng(5)))
    say(f"{len(frames)} frames; without a scale: {_fitness(frames, index, weights, None):.4f} mean log probability")
    tried = []
    for values in product(SPREADS, MISLED, MISMEASURED):
        noise = SizeNoise(*values)
        tried.append((_fitness(frames, index, weights, noise), noise))
        say(f"{noise}: {tried[-1][0]:.4f}")
    best, noise = max(tried, key=lambda one: one[0])
    say(f"best, for identify/frame_scale.py: {noise} ({best:.4f})")


def made_up_frames(pills: Sequence[Known], rng: np.random.Generator) -> Iterator[list[Known]]:
    """Frames of three or four of the pills, every pill in :data:`ROUNDS` of them, each a little off the frame's scale."""
    for _ in range(ROUNDS):
        order = rng.permutation(len(pills))
        while len(order) >= PILLS[0]:
            chosen, order = np.split(order, [int(rng.integers(PILLS[0], PILLS[1] + 1))])
            yield [_scaled(pills[i], float(np.exp(rng.normal(0, CAMERA)))) for i in chosen]


def _known_pills(observer: Observer, index: AppearanceIndex, count: int) -> Iterator[Known]:
    """One side each of ``count`` official pictures that have a ruler, degraded as counter photos are."""
    place = {item_seq: i for i, item_seq in enumerate(index.item_seqs)}
    folder = training_set("mfds_reference") / "images"
    rng = np.random.default_rng(11)
    rows = [row for row in mfds_rows() if row["item_seq"] in place]
    found = 0
    for number in rng.permutation(len(rows)):
        picture = read_rgb(folder / rows[number]["file"])
        scale, boxes = px_per_mm(picture), pill_boxes(picture)
        if scale is None or not boxes:
            continue
        box = boxes[int(rng.integers(len(boxes)))]
        degraded, moved = degrade(picture, box, rng)
        # a turned ellipse's box keeps its diagonal, so the boxes tell how much smaller the picture has become
        shrunk = float(np.hypot(moved[2] - moved[0], moved[3] - moved[1]) / np.hypot(box[2] - box[0], box[3] - box[1]))
        seen = observer.observe(degraded, Detection(moved, 0.9))
        pill = SizedPill(seen, score((seen,), index))
        yield _scaled(Known(pill, place[rows[number]["item_seq"]]), 1 / (scale * shrunk))
        found += 1
        if found == count:
            return


def _scaled(known: Known, by: float) -> Known:
    """The same pill, its outline so many times as large."""
    front = known.pill.front
    shape = replace(front.shape, long_px=front.shape.long_px * by, short_px=front.shape.short_px * by)
    return replace(known, pill=replace(known.pill, front=replace(front, shape=shape)))


def _fitness(
    frames: Sequence[Sequence[Known]], index: AppearanceIndex, weights: Weights, noise: SizeNoise | None
) -> float:
    """Mean log probability of the right product; ``noise`` None: sizes do not count."""
    logs = []
    for frame in frames:
        pills = [known.pill for known in frame]
        told = with_frame_scale(pills, index, weights, noise) if noise else [pill.scores for pill in pills]
        for known, scores in zip(frame, told, strict=True):
            probability = product_probabilities(scores.total(weights), index)[known.product]
            logs.append(float(np.log(probability + 1e-9)))
    return float(np.mean(logs))
