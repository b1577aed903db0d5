"""What a pharmacy's own pictures would be: crops of Korean photos that show other pills beside the one that is named."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pillapp.identify.gallery import EMPTY, Gallery
from pillapp.training.identification.samples import Sample

SEED: Final = 29


def mix_of(photo: str) -> str:
    """Which pills lie together in a photo of ``aihub_korean``: photos of one mix are one scene from several angles."""
    return photo.split("_")[0]


def own_galleries(samples: Sequence[Sample]) -> list[Gallery]:
    """For each sample, one picture of every product that is seen in another mix: which one is drawn."""
    rng = np.random.default_rng(SEED)
    galleries = []
    of_product: dict[str, list[int]] = {}
    for number, sample in enumerate(samples):
        of_product.setdefault(sample.item_seq, []).append(number)
    for sample in samples:
        chosen = []
        for numbers in of_product.values():
            others = [n for n in numbers if mix_of(samples[n].photo) != mix_of(sample.photo)]
            if others:
                chosen.append(int(rng.choice(others)))
        vectors = [samples[n].observations[0].embedding for n in chosen]
        pictured = tuple(samples[n].item_seq for n in chosen)
        galleries.append(Gallery(np.stack(vectors), pictured) if chosen else EMPTY)
    return galleries
