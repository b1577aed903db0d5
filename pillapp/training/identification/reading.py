"""Reading on the pills that are named: plain texts beside the file's, and a ready-made reader with a filter of looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from pillapp.catalog.imprint_text import fold_lookalikes
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.values import State
from pillapp.training.identification.naming import NOWHERE, Named
from pillapp.training.identification.samples import Sample
from pillapp.training.identification.truth import Truth
from pillapp.training.reader.ocr_baseline import OcrBaseline
from pillapp.vision.segment import Cutout
from pillapp.vision.shape import SHAPES


@dataclass(frozen=True, slots=True)
class PlainReading:
    """``sides`` that carry text, the share read ``exact`` to the letter, and wrong ``characters`` per character of the file."""

    sides: int
    exact: float
    characters: float


def plain_reading(
    samples: Sequence[Sample], texts: Sequence[str], truth: Truth, index: AppearanceIndex
) -> PlainReading:
    """The texts of first sides against the file's text of the side that fits best; spaces, O and 0, I and 1 are one."""
    exact, wrong, length = [], 0, 0
    for sample, shown in zip(samples, texts, strict=True):
        text = fold_lookalikes(truth.text(*truth.side(sample.item_seq, sample.observations[0], index)))
        if text:
            read = fold_lookalikes(shown)
            exact.append(read == text)
            wrong += Levenshtein.distance(read, text)
            length += len(text)
    return PlainReading(len(exact), float(np.mean(exact)), wrong / length)


def ready_made(samples: Sequence[Sample], truth: Truth, index: AppearanceIndex) -> list[Named]:
    """Products by RapidOCR's text: those whose shape and colour agree with what was seen, by edit distance."""
    ocr = OcrBaseline()
    folded = [[fold_lookalikes(row.imprint_front), fold_lookalikes(row.imprint_back)] for row in truth.appearances]
    named = []
    for sample in samples:
        seen = sample.observations[0]
        read = fold_lookalikes(ocr.text(Cutout(seen.crop, seen.mask, (0, 0), seen.polygon, seen.outline_trusted)))
        colour = int(np.array(seen.colours.parts).mean(axis=0).argmax())
        fits = (index.shape == SHAPES.index(seen.shape.name)) & index.colours[:, :, colour].any(axis=1)
        alike = np.full(len(index.item_seqs), -1.0)
        for row in np.flatnonzero(fits):
            best = max(fuzz.ratio(read, text) for text in folded[row])
            alike[index.product[row]] = max(alike[index.product[row]], best)
        own = alike[index.item_seqs.index(sample.item_seq)]
        others = np.delete(alike, index.item_seqs.index(sample.item_seq))
        # of products that are equally alike any may be named: the place in the middle
        place = int((others > own).sum() + (others == own).sum() / 2) if own >= 0 else NOWHERE
        first = index.item_seqs[int(alike.argmax())]
        named.append(Named(sample.item_seq, place, float(alike.max()) / 100, State.AMBIGUOUS, 0, first))
    return named
