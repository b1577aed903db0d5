"""How near the rendered catalogue is to real pills: silhouettes, colours, realism, and sheets to look at.

Silhouettes and colours are measured on rows of ``mfds_reference`` nothing was fitted on (``measure``), silhouettes also on
those that were (``train``). Realism is measured on train rows, on products the network that judges has not seen. Intervals are
the middle 95 % of 1,000 resamples of the products.
"""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import cv2
import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.colours import CLEAR
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.catalog.values import Appearance
from pillapp.paths import models_dir
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import mfds_measuring_rows, mfds_rows, training_set, work_dir
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.training.looks.colour_difference import ciede2000
from pillapp.training.looks.reference_pictures import ReferencePicture, read_pictures
from pillapp.training.looks.sheets import pairs_sheet, realism_sheet
from pillapp.training.looks.silhouettes import Contradiction, Silhouette, contradictions, silhouettes
from pillapp.training.looks.surface import CELLS_PER_MM, body_colour, matte_lab
from pillapp.vision.engines import choose_engine

Say = Callable[[str], None]
Known = list[tuple[ReferencePicture, Appearance]]
REALISM_COUNT: Final = 600  # samples of each kind, both halves together
NEAR_SCALE: Final = 0.05  # a picture whose mean axis is within this of the file's is at the ruler's scale


def evaluate(say: Say, limit: int | None = None) -> dict[str, Any]:
    """Measure everything and say it; ``limit`` takes that many rows of each use and fewer realism samples.

    Raises:
        DataSetError: the pictures or the official file are missing.
    """
    counts = Counter(row.item_seq for row in catalogue_appearances())
    rows = {row.item_seq: row for row in catalogue_appearances() if counts[row.item_seq] == 1}
    reader = choose_engine("cpu").engine.load(models_dir() / "imprint_reader")
    found: dict[str, Any] = {}
    odd: list[Contradiction] = []
    known: dict[str, Known] = {}
    for use, labels in (("measure", mfds_measuring_rows()), ("train", mfds_rows())):
        refused: Counter[str] = Counter()
        pictures = read_pictures(labels[:limit], training_set("mfds_reference"), refused)
        known[use] = [(p, rows[p.row["item_seq"]]) for p in pictures if p.row["item_seq"] in rows]
        say(f"{use}: {len(known[use])} pictures with one row in the official file; left out: {dict(refused)}")
        found[use] = {"pictures": len(known[use]), "left_out": dict(refused)}
        found[use]["silhouettes"] = silhouette_table([s for pair in known[use] for s in silhouettes(*pair)], say)
        found[use]["scale"] = _scale(known[use], say)
        odd += [each for pair in known[use] for each in contradictions(*pair, reader.infer)]
    found["contradictions"] = _list_contradictions(odd, sum(len(pairs) for pairs in known.values()), say)
    gain = white_gain(known["train"])
    found["colours"] = colour_table(known["measure"], gain, say)
    found["realism"] = realism(known["train"], REALISM_COUNT if limit is None else 4 * limit, say)
    pairs_sheet(known["train"], work_dir() / "sheets")
    return found


def median_estimate(values: Sequence[float], products: Sequence[str]) -> Estimate:
    """The median with its bootstrap interval over products."""
    groups: dict[str, list[float]] = {}
    for value, product in zip(values, products, strict=True):
        groups.setdefault(product, []).append(value)
    stacks = [np.array(group) for group in groups.values()]
    rng = np.random.default_rng(0)
    medians = [
        np.median(np.concatenate([stacks[i] for i in rng.integers(0, len(stacks), len(stacks))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(medians, (2.5, 97.5))
    return Estimate(float(np.median(values)), float(low), float(high))


def silhouette_table(found: Sequence[Silhouette], say: Say) -> dict[str, Any]:
    """Median intersection over union, all and by shape."""
    say("| shape | sides | scale of the areas | its ellipse | scale of the ruler | its ellipse |")
    say("|---|--:|---|---|---|---|")
    table: dict[str, Any] = {}
    shapes = [shape for shape, _ in Counter(s.shape for s in found).most_common()]
    for shape in ("all", *shapes):
        group = [s for s in found if shape in ("all", s.shape)]
        products = [s.item_seq for s in group]
        figures = {
            name: median_estimate([getattr(s, name) for s in group], products)
            for name in ("scaled", "ellipse_scaled", "ruler", "ellipse")
        }
        say(f"| {shape} | {len(group)} | " + " | ".join(str(figure) for figure in figures.values()) + " |")
        table[shape] = {"sides": len(group)} | {name: asdict(figure) for name, figure in figures.items()}
    return table


def _scale(pairs: Known, say: Say) -> dict[str, float]:
    """How far pictures are off the scale of their own ruler."""
    ratios = np.array(
        [
            np.sqrt(p.front.long_mm * p.front.short_mm / (row.long_mm * row.short_mm))
            for p, row in pairs
            if row.long_mm and row.short_mm
        ]
    )
    found = {
        "median": float(np.median(ratios)),
        "at_scale": float((np.abs(ratios - 1) < NEAR_SCALE).mean()),
        "ten_percent_small": float((np.abs(ratios - 0.905) < NEAR_SCALE * 0.9).mean()),
    }
    say(
        f"pictured size over official size: median {found['median']:.3f}; within 5 % of 1: {found['at_scale']:.2f} of the "
        f"pictures, within 4.5 % of 0.905: {found['ten_percent_small']:.2f}"
    )
    return found


def _list_contradictions(odd: Sequence[Contradiction], pictures: int, say: Say) -> dict[str, Any]:
    path = work_dir() / "contradictions.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["item_seq", "name", "kind", "file", "picture"])
        writer.writerows([[o.item_seq, o.name, o.kind, o.file, o.picture] for o in odd])
    kinds = dict(Counter(o.kind for o in odd).most_common())
    products = len({o.item_seq for o in odd})
    say(f"{products} of {pictures} rows contradict their own picture: {kinds} (listed in {path.name})")
    return {"products": products, "pictures": pictures, "kinds": kinds, "rows": [asdict(o) for o in odd]}


def _drawn_lab(row: Appearance, *, back: bool, gain: np.ndarray) -> np.ndarray:
    """The colour of a drawn side, measured as on a picture, after ``gain`` on its linear RGB."""
    rgb, cover = side_view(build(row, typical_finish(row), CELLS_PER_MM), back=back)
    balanced = np.clip((rgb.astype(np.float64) / 255) ** 2.2 * gain, 0, 1) ** (1 / 2.2)
    return matte_lab(np.round(balanced * 255).astype(np.uint8), cover > 0.5)


def white_gain(pairs: Known) -> np.ndarray:
    """What brings the drawn white pill to the pictured one's median, on linear RGB (3,): the drawing's light taken out."""
    white = [(p, row) for p, row in pairs if _plain_colour(row) == "하양"]
    pictured = np.median([body_colour(p.front) for p, _ in white], axis=0)
    drawn = np.median([_drawn_lab(row, back=False, gain=np.ones(3)) for _, row in white[:60]], axis=0)
    light = [
        np.asarray(cv2.cvtColor(np.array([[lab]], np.float32), cv2.COLOR_LAB2RGB))[0, 0].clip(0, 1) ** 2.2
        for lab in (pictured, drawn)
    ]
    return np.asarray(light[0] / light[1])


def _plain_colour(row: Appearance) -> str | None:
    """The one colour of a row, None where it has several."""
    names = set(row.colours_front) | set(row.colours_back)
    return next(iter(names)) if len(names) == 1 and CLEAR not in names else None


def colour_table(pairs: Known, gain: np.ndarray, say: Say) -> dict[str, Any]:
    """Median CIEDE2000 between drawn and pictured bodies of one colour, all and by colour name."""
    found: list[tuple[str, str, float]] = []
    for picture, row in pairs:
        name = _plain_colour(row)
        if name is not None:
            for side, back in ((picture.front, False), (picture.back, True)):
                difference = float(ciede2000(_drawn_lab(row, back=back, gain=gain), body_colour(side)))
                found.append((name, row.item_seq, difference))
    say("| colour | sides | median ΔE (CIEDE2000) |")
    say("|---|--:|---|")
    table: dict[str, Any] = {}
    for name in ("all", *(colour for colour, _ in Counter(f[0] for f in found).most_common())):
        group = [f for f in found if name in ("all", f[0])]
        figure = median_estimate([f[2] for f in group], [f[1] for f in group])
        say(f"| {name} | {len(group)} | {figure.value:.1f} ({figure.low:.1f}-{figure.high:.1f}) |")
        table[name] = {"sides": len(group)} | asdict(figure)
    return table


def realism(pairs: Known, count: int, say: Say) -> dict[str, Any]:
    """AUC of a small network that tells drawn from real, by kind of drawing, and what it looks at."""
    from pillapp.training.looks import realism_samples as samples
    from pillapp.training.looks.realism import critic_auc, gradient_map, looks_at, train_critic

    rows = samples.whole([row for _, row in pairs])
    studio = samples.studio([p for p, _ in pairs], count // 2)
    photographs = samples.photographs(count // 2)
    real = studio + photographs
    drawn = {
        "path traced": samples.traced(rows, count, say),
        "quick shading": samples.quick(rows, count),
        "flat text on an ellipse": samples.flat(rows, count),
    }
    say(
        "| told from photographs and studio cut-outs | AUC on unseen products | from photographs | from studio cut-outs |"
    )
    say("|---|---|---|---|")
    found: dict[str, Any] = {}
    maps = {}
    for name, pictures in drawn.items():
        critic = train_critic(real, pictures)
        figures = [critic_auc(critic, group, pictures) for group in (real, photographs, studio)]
        say(f"| {name} | " + " | ".join(str(figure) for figure in figures) + " |")
        keys = ("auc", "from_photographs", "from_studio")
        found[name] = {key: asdict(figure) for key, figure in zip(keys, figures, strict=True)}
        found[name]["looks_at"] = looks_at(critic, pictures)
        maps[name] = gradient_map(critic, pictures)
    yardstick = critic_auc(train_critic(studio, photographs), studio, photographs)
    say(f"| yardstick: studio cut-outs told from photographs | {yardstick} | | |")
    found["studio told from photographs"] = asdict(yardstick)
    say("| drawing | region | share of the pill | mean change of the logit once blurred away | towards real |")
    say("|---|---|--:|--:|--:|")
    for name in drawn:
        for region, figure in found[name]["looks_at"].items():
            say(
                f"| {name} | {region} | {figure['share']:.2f} | {figure['moves']:.2f} | {figure['towards_real']:+.2f} |"
            )
    realism_sheet(drawn, maps, work_dir() / "sheets" / "pairs-realism.png")
    return found
