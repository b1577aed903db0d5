"""What naming pills is worth: ``main.py evaluate identification``, beside what could be known at best and simpler ways.

Every figure is measured against the whole official catalogue, on pictures nothing was fitted on. Intervals are the middle
95 % of 1,000 resamples of whole products: a quarter of the Korean crops show one product.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from pillapp.identify.evidence import Scores, default_weights, score
from pillapp.identify.frame_scale import SizedPill, with_frame_scale
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.rank import decide
from pillapp.paths import models_dir
from pillapp.training.attribute_reader.evaluate import attribute_table
from pillapp.training.identification.errors import count_causes, mistakes, write_sheets
from pillapp.training.identification.lists import short_lists
from pillapp.training.identification.own_pictures import own_galleries
from pillapp.training.identification.reading import plain_reading, ready_made
from pillapp.training.identification.samples import (
    Sample,
    cpu_observer,
    korean_photos,
    official_index,
    one_by_one,
    reference_pictures,
)
from pillapp.training.identification.table import Table
from pillapp.training.identification.truth import Truth
from pillapp.training.reader.evaluate import Texts, rank_texts
from pillapp.training.reader.sights import hospital_pictures
from pillapp.vision.engines import choose_engine
from pillapp.vision.imprint import ImprintReader

Say = Callable[[str], None]
LOOKS = ("shape", "colour", "aspect", "form", "line")


def evaluate(count: int, say: Say, baseline: int = 0, errors: Path | None = None) -> dict[str, Any]:
    """Say all figures as tables and give them back.

    Args:
        count: official pictures to use.
        say: gets one line at a time.
        baseline: so many crops of the Korean photos are also shown to a ready-made text reader.
        errors: folder for sheets of wrong first names, for the eye; none are written without it.
    """
    index, observer = official_index(), cpu_observer()
    truth = Truth()
    korean = list(korean_photos(observer))
    known = [sample for sample in korean if sample.item_seq in truth.rows]
    pictures = [p for p in reference_pictures("measure", observer, count) if p.item_seq in truth.rows]
    sides = [side for picture in pictures for side in one_by_one(picture)]
    both = [picture for picture in pictures if len(picture.observations) == 2]
    pairs = truth.pairs(known, index)
    pictured = zip(known, own_galleries(known), strict=True)
    alone = [score(sample.observations, index) for sample in known]
    scored = {
        "aihub_korean, one side": (known, alone),
        "the same, scale from the frame": (known, _framed(korean, known, index)),
        "the same, one own picture of each product": (known, [score(s.observations, index, g) for s, g in pictured]),
        "aihub_korean, two sides (pairs of crops)": (pairs, [score(p.observations, index) for p in pairs]),
        "mfds_reference, one side": (sides, [score(s.observations, index) for s in sides]),
        "mfds_reference, both sides": (both, [score(b.observations, index) for b in both]),
    }
    figures: dict[str, Any] = {}
    table = Table(index, truth, say, figures)
    table.head()
    for title, (samples, scores) in scored.items():
        table.add(title, samples, scores)
    table.add("aihub_korean, imprint alone", known, [_only(s, ("imprint",)) for s in alone], ceiling=False)
    table.add("aihub_korean, looks alone", known, [_only(s, LOOKS) for s in alone], ceiling=False)
    if baseline:
        some = [int(i) for i in np.random.default_rng(0).permutation(len(known))[:baseline]]
        crops = [known[i] for i in some]
        table.add("some of aihub_korean, one side", crops, [alone[i] for i in some], ceiling=False)
        table.add_named("the same, RapidOCR among rows of that shape and colour", ready_made(crops, truth, index))
    table.states()

    say("\n| photos | short list | pills | top-1 | top-5 | IDENTIFIED | right |\n|---|---|--:|--:|--:|--:|--:|")
    for title in ("aihub_korean, one side", "mfds_reference, both sides"):
        figures[title]["short_lists"] = short_lists(title, *scored[title], index, say)
    say("")
    figures["attributes"] = attribute_table({"aihub_korean": known, "mfds_reference measure": sides}, index, say)
    one_sided = {"aihub_korean": "aihub_korean, one side", "mfds_reference measure": "mfds_reference, one side"}
    figures["reading"] = _reading({name: scored[title] for name, title in one_sided.items()}, truth, index, say)

    say("\n| wrong first names | pills | causes |\n|---|--:|---|")
    for title, (samples, scores) in scored.items():
        wrong = mistakes(samples, scores, truth, index)
        causes = count_causes(wrong)
        say(f"| {title} | {len(wrong)} | {', '.join(f'{cause} {n}' for cause, n in causes.items())} |")
        figures[title]["causes"] = causes
        if errors and wrong:
            write_sheets(wrong, truth, errors, title.split(" (")[0].replace(",", "").replace(" ", "-"))
    return figures


def _reading(
    sets: dict[str, tuple[Sequence[Sample], Sequence[Scores]]], truth: Truth, index: AppearanceIndex, say: Say
) -> dict[str, dict[str, float]]:
    """Plain texts against the file's, as read and as shown once a name is known; ranks of texts of another country's pills."""
    say(
        "\n| photos | sides with text | read to the letter | wrong characters | shown to the letter | wrong characters |"
    )
    say("|---|--:|--:|--:|--:|--:|")
    figures: dict[str, dict[str, float]] = {}
    weights = default_weights()
    for name, (samples, scores) in sets.items():
        named = [decide(s, sample.observations, index, weights) for sample, s in zip(samples, scores, strict=True)]
        read = plain_reading(samples, [sample.observations[0].imprint for sample in samples], truth, index)
        shown = plain_reading(samples, [one.texts[0] for one in named], truth, index)
        say(
            f"| {name} | {read.sides} | {read.exact:.3f} | {read.characters:.3f} | {shown.exact:.3f} | {shown.characters:.3f} |"
        )
        figures[name] = asdict(read)
        figures[f"{name}, as shown"] = asdict(shown)
    hospital = list(hospital_pictures("cpu"))
    texts = Texts(text for sight in hospital for text in sight.texts)
    ranks = [
        r.rank
        for r in rank_texts(
            hospital, ImprintReader(choose_engine("cpu").engine, models_dir() / "imprint_reader"), texts
        )
    ]
    tops = {f"top{n}": float(np.mean([rank <= n for rank in ranks])) for n in (1, 5)}
    say(
        f"\nimprint_photos: {len(ranks)} sides, right text first {tops['top1']:.3f}, among five {tops['top5']:.3f} of {len(texts.sides):,}"
    )
    figures["imprint_photos"] = {"sides": len(ranks), **tops}
    return figures


def _framed(everything: Sequence[Sample], known: Sequence[Sample], index: AppearanceIndex) -> list[Scores]:
    """Scores of the known pills with what the other pills of their photo, known or not, say of the scale."""
    wanted = {id(sample) for sample in known}
    scored = []
    for _, photo in groupby(everything, key=lambda sample: sample.photo):
        pills = list(photo)
        sized = [SizedPill(pill.observations[0], score(pill.observations, index)) for pill in pills]
        told = with_frame_scale(sized, index, default_weights())
        scored += [scores for pill, scores in zip(pills, told, strict=True) if id(pill) in wanted]
    return scored


def _only(scores: Scores, kinds: Sequence[str]) -> Scores:
    """The scores with all evidence left out but some kinds."""
    every = ("imprint", "shape", "colour", "aspect", "size", "form", "line", "embedding")
    nothing: dict[str, Any] = {kind: np.zeros_like(scores.imprint) for kind in every if kind not in kinds}
    return replace(scores, **nothing)
