"""What a short list is worth, and what it may cost: random prescriptions and stocks that hold the right product, or don't."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from pillapp.identify.evidence import Scores, default_weights
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import product_probabilities
from pillapp.identify.top import top
from pillapp.identify.values import State
from pillapp.training.identification.naming import Named, name, share
from pillapp.training.identification.samples import Sample

SIZES: Final = (10, 300)  # a prescription, a small stock


def short_lists(
    title: str,
    samples: Sequence[Sample],
    scored: Sequence[Scores],
    index: AppearanceIndex,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Say the figures of every kind of list as rows of a table and give them back."""
    figures = {}
    rng = np.random.default_rng(0)
    by_kind: dict[str, list[Named]] = {}
    for sample, scores in zip(samples, scored, strict=True):
        for kind, listed in _lists(sample, scores, index, rng):
            by_kind.setdefault(kind, []).append(name(sample, scores, index, listed))
    for kind, named in by_kind.items():
        certain = [one for one in named if one.state is State.IDENTIFIED]
        right = sum(one.place == 0 for one in certain)
        one, five = (share(named, n)[0].value for n in (1, 5))
        certain_share = len(certain) / len(named)
        say(
            f"| {title} | {kind} | {len(named)} | {one:.3f} | {five:.3f} | {certain_share:.3f} | {right} of {len(certain)} |"
        )
        figures[kind] = {
            "top1": round(one, 4),
            "top5": round(five, 4),
            "identified_n": len(certain),
            "identified_right": right,
        }
    return figures


def _lists(
    sample: Sample, scores: Scores, index: AppearanceIndex, rng: np.random.Generator
) -> Iterator[tuple[str, np.ndarray | None]]:
    """Random lists; the worst one lacks the right product and holds the likeliest wrong one."""
    m = len(index.item_seqs)
    right = index.item_seqs.index(sample.item_seq)
    first, second = top(product_probabilities(scores.total(default_weights()), index), 2)
    wrong = int(second if first == right else first)
    yield "no list", None
    for size in SIZES:
        drawn = rng.choice(m, size + 2, replace=False)
        others = drawn[(drawn != right) & (drawn != wrong)]
        yield f"{size}, right one on it", _marked(m, [*others[: size - 1], right])
        yield f"{size}, without it", _marked(m, list(drawn[drawn != right][:size]))
        yield f"{size}, without it, the first wrong name on it", _marked(m, [*others[: size - 1], wrong])


def _marked(m: int, chosen: Sequence[int]) -> np.ndarray:
    listed = np.zeros(m, bool)
    listed[list(chosen)] = True
    return listed
