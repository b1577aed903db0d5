"""The tables of ``main.py evaluate identification``: how often pills are named right, and what the states are worth."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pillapp.identify.evidence import Scores
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.values import State
from pillapp.training.identification.naming import Named, calibration_error, name, place, plain, share
from pillapp.training.identification.samples import Sample
from pillapp.training.identification.truth import Truth


class Table:
    """Adds a row of figures per set, and keeps what the states need."""

    def __init__(
        self, index: AppearanceIndex, truth: Truth, say: Callable[[str], None], figures: dict[str, Any]
    ) -> None:
        self._index, self._truth, self._say, self._figures = index, truth, say, figures
        self._named: dict[str, list[Named]] = {}

    def head(self) -> None:
        """Say what the columns are."""
        self._say("| photos | pills | top-1 | top-5 | top-10 | per product: top-1 | top-5 | ceiling: top-1 | top-5 |")
        self._say("|---|--:|---|---|--:|---|--:|--:|--:|")

    def add(self, title: str, samples: Sequence[Sample], scored: Sequence[Scores], ceiling: bool = True) -> None:
        """Name all samples by their scores and say how often that was right."""
        pairs = list(zip(samples, scored, strict=True))
        named = [name(sample, scores, self._index) for sample, scores in pairs]
        if not ceiling:
            self.add_named(title, named)
            return
        self._named[title] = named
        self.add_named(
            title,
            named,
            [
                place(sample, replace(scores, imprint=self._truth.perfect(sample, self._index)), self._index)
                for sample, scores in pairs
            ],
        )

    def add_named(self, title: str, named: Sequence[Named], perfect: Sequence[Named] = ()) -> None:
        """Say how often pills named one way or another were named right, beside a ``perfect`` reader if there is one."""
        tops = [share(named, n) for n in (1, 5, 10)]
        row: dict[str, Any] = {
            "pills": len(named),
            **{f"top{n}": plain(top) for n, top in zip((1, 5, 10), tops, strict=True)},
        }
        best = ["", ""]
        if perfect:
            limits = [share(perfect, n) for n in (1, 5)]
            best = [f"{crop.value:.3f} / {product:.3f}" for crop, product in limits]
            row["ceiling"] = {f"top{n}": plain(top) for n, top in zip((1, 5), limits, strict=True)}
        self._figures[title] = row
        (one, one_product), (five, five_product), (ten, _) = tops
        self._say(
            f"| {title} | {len(named)} | {one} | {five} | {ten.value:.3f} | {one_product:.3f} | {five_product:.3f} | "
            f"{best[0]} | {best[1]} |"
        )

    def states(self) -> None:
        """Say how often each state is given, and how often it keeps its word."""
        self._say(
            "\n| photos | IDENTIFIED | right | AMBIGUOUS | set, mean | median | set holds it | UNKNOWN | calibration error |"
        )
        self._say("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for title, named in self._named.items():
            by_state = {state: [one for one in named if one.state is state] for state in State}
            certain, open_ = by_state[State.IDENTIFIED], by_state[State.AMBIGUOUS]
            right = sum(one.place == 0 for one in certain)
            sizes = np.array([one.likely for one in open_], float)
            held = np.array([one.place < one.likely for one in open_], float)
            holds, mean, median = (
                (float(held.mean()), float(sizes.mean()), float(np.median(sizes)))
                if open_
                else (float("nan"), float("nan"), float("nan"))
            )
            error = calibration_error(named)
            shares = {state: len(some) / len(named) for state, some in by_state.items()}
            self._say(
                f"| {title} | {shares[State.IDENTIFIED]:.3f} | {right} of {len(certain)} | {shares[State.AMBIGUOUS]:.3f} | "
                f"{mean:.1f} | {median:.0f} | {holds:.3f} | {shares[State.UNKNOWN]:.3f} | {error:.3f} |"
            )
            self._figures[title]["states"] = {
                "identified": round(shares[State.IDENTIFIED], 4),
                "identified_right": right,
                "identified_n": len(certain),
                "ambiguous": round(shares[State.AMBIGUOUS], 4),
                "set_size": round(mean, 2),
                "set_size_median": round(median, 1),
                "set_holds": round(holds, 4),
                "unknown": round(shares[State.UNKNOWN], 4),
                "calibration_error": round(error, 4),
            }
