"""What the official file leaves open about a pill's look, measured on real pictures: ``main.py train appearance``.

Reads the ``train`` rows of ``mfds_reference`` and writes ``models/appearance.json``; ``models/appearance.md`` tells how each
key is measured. Scalars are kept as quantiles, colours as means and covariances in CIE Lab (D65).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from pillapp.appearance.choice import QUANTILES
from pillapp.appearance.colours import CLEAR
from pillapp.appearance.finish import LONG_FROM, form_of
from pillapp.appearance.values import Form
from pillapp.catalog.imprint_text import has_mark, has_score_line
from pillapp.catalog.values import Appearance
from pillapp.identify.characters import encode
from pillapp.paths import models_dir
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import mfds_rows, training_set
from pillapp.training.looks.ink import Strokes, mark_size, measure_strokes
from pillapp.training.looks.letters import Infer, SeenText, read_text
from pillapp.training.looks.reference_pictures import PicturedSide, ReferencePicture, read_pictures
from pillapp.training.looks.shapes import fit_roundness
from pillapp.training.looks.surface import body_colour, capsule_joint, rim_relief, score_line
from pillapp.vision.colour import COLOURS
from pillapp.vision.engines import choose_engine

# Of colours no one-coloured picture of the set has: the term's usual sRGB.
UNSEEN: Final = {"청록": (0.15, 0.55, 0.55), "남색": (0.12, 0.16, 0.40), "자주": (0.50, 0.12, 0.35)}
ENOUGH: Final = 8  # pictures of a colour before its own covariance is believed
TWO_COLOURS: Final = 20.0  # Lab distance from which the halves of a capsule are told apart
DARK_BODY: Final = 41.0  # L*, about a luminance of 0.12
# Rough places of inks in Lab; what is printed goes to the nearest and is averaged there.
INKS: Final = {
    "black": (25, 0, 0), "grey": (55, 0, 0), "white": (85, 0, 5), "red": (45, 45, 25), "brown": (40, 15, 20),
    "orange": (60, 25, 45), "yellow": (80, 0, 50), "green": (45, -25, 10), "blue": (40, 0, -30),
}  # fmt: skip
LEAST_INK: Final = 0.03  # share of sides below which an ink is dropped
# Counted by eye on the 77 unscored round sides with at least four letters: (text along the rim, sides).
ARCS: Final = {"4": (5, 40), "5+ pressed": (24, 28), "5+ printed": (1, 9)}
# Of 21 of those pressed ones with two lines: the second one follows the rim as well.
ARCS_BELOW: Final = (7, 21)
# Counted by eye on 96 tablets and 64 capsules with letters, taken at random: legible sides, and those with slanted letters
# and with serifs.
LETTERS: Final = {"debossed": (80, 3, 0), "printed": (60, 1, 1)}
# Counted by eye on the 72 round sides with a score line and text on both sides of it: (parts left and right, sides).
BESIDE: Final = {"1": (38, 43), "2+": (4, 29)}
Values = dict[str, list[float]]


@dataclass
class Measurements:
    """Everything measured so far, by the key it goes to."""

    values: Values = field(default_factory=lambda: defaultdict(list))
    colours: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    clear_colours: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    inks: dict[str, list[tuple[float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    printed: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    across: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    cap_left: list[bool] = field(default_factory=list)


def measure(pictures: Sequence[ReferencePicture], rows: dict[str, Appearance], infer: Infer) -> Measurements:
    """Measure all pictures whose product the official file describes; ``rows`` by item_seq, ``infer`` the imprint reader."""
    found = Measurements()
    for picture in pictures:
        row = rows.get(picture.row["item_seq"])
        if row is None:
            continue
        form = form_of(row)
        _sizes(found, picture, row)
        _colours(found, picture, row, form)
        for side, text, line in (
            (picture.front, row.imprint_front, row.line_front),
            (picture.back, row.imprint_back, row.line_back),
        ):
            scored = has_score_line(text) or bool(line)
            _solid(found, side, row, form, blank=not text and not scored)
            if scored and line != "+" and "십자" not in text and (seen_line := score_line(side)) is not None:
                found.values["score_width_mm"].append(seen_line.width_mm)
                found.values["score_reach"].append(seen_line.reach)
            if has_mark(text) and not encode(text).classes[:-1] and not scored:
                size = mark_size(side)
                if size is not None:
                    found.values["mark_size"].append(size)
            seen = read_text(side, text, infer)
            if seen is not None and seen.lines:
                _text(found, seen, side, form, scored)
    return found


def _sizes(found: Measurements, picture: ReferencePicture, row: Appearance) -> None:
    long_mm, short_mm = row.long_mm, row.short_mm
    if not long_mm or not short_mm:
        return
    for side in (picture.front, picture.back):
        axes = (side.long_mm, side.short_mm)
        if row.shape == "원형":
            axes = (sum(axes) / 2, sum(axes) / 2)
        found.values["size_ratio.long"].append(axes[0] / long_mm)
        found.values["size_ratio.short"].append(axes[1] / short_mm)


def _colours(found: Measurements, picture: ReferencePicture, row: Appearance, form: Form) -> None:
    front, back = row.colours_front, row.colours_back or row.colours_front
    if CLEAR in front and len(front) == 2 and form is Form.SOFT_CAPSULE:
        other = next(name for name in front if name != CLEAR)
        found.clear_colours[other] += [body_colour(side) for side in (picture.front, picture.back)]
    if len(front) != 1 or len(back) != 1:
        return
    if front == back:
        found.colours[front[0]] += [body_colour(side) for side in (picture.front, picture.back)]
    elif form is Form.HARD_CAPSULE:
        # which half is the front is told by the one-coloured pills of the two names: see _halves
        for side in (picture.front, picture.back):
            halves = [body_colour(side, part) for part in ("left", "right")]
            if np.linalg.norm(halves[0] - halves[1]) > TWO_COLOURS:
                found.colours[f"{front[0]}|{back[0]}"].append(np.concatenate(halves))


def _solid(found: Measurements, side: PicturedSide, row: Appearance, form: Form, *, blank: bool) -> None:
    if form is Form.HARD_CAPSULE:
        joint = capsule_joint(side)
        if joint is not None:
            found.values["capsule.cap_share"].append(joint.cap_share)
            found.values["capsule.step_mm"].append(joint.step_mm)
            found.cap_left.append(joint.cap_left)
        return
    if row.shape and row.shape != "기타":
        fit = fit_roundness(row.shape, side.outline_mm())
        key = "roundness_soft" if form is Form.SOFT_CAPSULE else "roundness"
        found.values[f"{key}.{row.shape}"].append(fit.roundness)
    if blank and row.shape == "원형" and row.thick_mm and form is not Form.SOFT_CAPSULE:
        relief = rim_relief(side, row.thick_mm)
        if relief is not None:
            for form_key in ("bevel", f"bevel_of.{form.value}"):
                found.values[form_key].append(relief.bevel)
            for form_key in ("dome", f"dome_of.{form.value}"):
                found.values[form_key].append(relief.dome)


def _text(found: Measurements, seen: SeenText, side: PicturedSide, form: Form, scored: bool) -> None:
    strokes = measure_strokes(seen)
    if strokes is None:
        return
    capsule = form in (Form.HARD_CAPSULE, Form.SOFT_CAPSULE)
    printed = capsule or strokes.printed  # a shell cannot be pressed, however faint its print is pictured
    found.printed[form.value].append(printed)
    if form is Form.HARD_CAPSULE:
        letters = "1-3" if seen.wanted <= 3 else "4-6" if seen.wanted <= 6 else "7+"
        found.across[letters].append(seen.turn != 0)
    kind = "printed" if printed else "debossed"
    found.values[f"stroke.{kind}"].append(strokes.width)
    if printed:
        _ink(found, strokes)
    else:
        found.values["relief_contrast"].append(strokes.relief)
    length = "long" if side.long_mm > LONG_FROM * side.short_mm else "round"
    shape = f"{length}.{'capsule' if capsule else 'tablet'}"
    lines = "1" if len(seen.lines) == 1 else "2+"
    for line in seen.lines:
        share = line.cap_mm / side.short_mm
        found.values[f"cap_height.{length}"].append(share)
        found.values[f"cap_height_of.{shape}.{lines}"].append(share)
        found.values[f"cap_height_{kind}.{length}"].append(share)
        gaps = np.diff(line.centres[:, 0]) / line.cap_mm
        if not scored:
            found.values["letter_pitch"] += [float(gap) for gap in gaps if gap < 1.6 * gaps.min()]
            found.values[f"letter_pitch_{kind}"] += [float(gap) for gap in gaps if gap < 1.6 * gaps.min()]
    if not scored and not capsule and seen.turn == 0 and seen.found == seen.wanted:
        x = (min(line.centres[0, 0] for line in seen.lines) + max(line.centres[-1, 0] for line in seen.lines)) / 2
        y = (min(line.top for line in seen.lines) + max(line.bottom for line in seen.lines)) / 2
        found.values["text_offset"] += [float(x) / side.short_mm, float(y) / side.short_mm]


def _ink(found: Measurements, strokes: Strokes) -> None:
    found.inks["dark" if strokes.body[0] < DARK_BODY else "light"].append(strokes.ink)


def quantiles(values: Sequence[float]) -> dict[str, Any]:
    """How many values, and their :data:`~pillapp.appearance.finish.QUANTILES`."""
    found = np.quantile(np.array(values, np.float64), QUANTILES)
    return {"n": len(values), "quantiles": [round(float(v), 4) + 0.0 for v in found]}


def fit_colours(samples: dict[str, list[np.ndarray]]) -> dict[str, Any]:
    """Median and covariance per colour; colours with few pictures get the pooled covariance (``"pooled": true``)."""
    pooled = np.mean([np.cov(np.array(v).T) for v in samples.values() if len(v) >= ENOUGH], axis=0)
    fitted: dict[str, Any] = {}
    for name, values in samples.items():
        stack = np.array(values)
        own = len(values) >= ENOUGH
        covariance = np.cov(stack.T) if own else pooled
        fitted[name] = {
            "n": len(values),
            "mean": [round(float(v), 2) for v in np.median(stack, axis=0)],
            "covariance": [[round(float(v), 3) for v in line] for line in covariance],
            "pooled": not own,
        }
    return fitted


def _halves(colours: dict[str, list[np.ndarray]]) -> tuple[dict[str, list[np.ndarray]], list[bool]]:
    """One-coloured samples joined by the halves of two-coloured capsules, and whether the front colour is at the left."""
    plain = {name: list(values) for name, values in colours.items() if "|" not in name}
    means = {name: np.median(np.array(values), axis=0) for name, values in plain.items()}
    left: list[bool] = []
    for pair, values in colours.items():
        names = pair.split("|")
        if len(names) != 2 or any(name not in means for name in names):
            continue
        for halves in values:
            parts = halves[:3], halves[3:]
            straight = sum(float(np.linalg.norm(parts[i] - means[names[i]])) for i in (0, 1))
            crossed = sum(float(np.linalg.norm(parts[1 - i] - means[names[i]])) for i in (0, 1))
            left.append(straight <= crossed)
            for name, part in zip(names, parts if straight <= crossed else parts[::-1], strict=True):
                plain[name].append(part)
    return plain, left


def fit_inks(inks: Sequence[tuple[float, float, float]]) -> list[dict[str, Any]]:
    """The inks of some sides: each the median of what is nearest to one of :data:`INKS`, most frequent first."""
    stack, anchors = np.array(inks), np.array(list(INKS.values()))
    nearest = np.linalg.norm(stack[:, None] - anchors[None], axis=2).argmin(axis=1)
    found = []
    for i, name in enumerate(INKS):
        share = float((nearest == i).mean())
        if share >= LEAST_INK:
            lab = [round(float(v), 1) for v in np.median(stack[nearest == i], axis=0)]
            found.append({"name": name, "lab": lab, "share": round(share, 3), "n": int((nearest == i).sum())})
    return sorted(found, key=lambda ink: -ink["share"])


def _share(seen: Sequence[bool]) -> float:
    return round(float(np.mean(seen)), 3)


def summarise(found: Measurements) -> dict[str, Any]:
    """The content of ``models/appearance.json``."""
    card: dict[str, Any] = {"source": "mfds_reference, train rows"}
    plain, front_left = _halves(found.colours)
    card["colours"] = fit_colours(plain)
    pooled = next(iter(entry["covariance"] for entry in card["colours"].values() if entry["pooled"]), None)
    for name in (name for name in COLOURS if name not in card["colours"]):
        rgb = np.array([[UNSEEN.get(name, (0.82, 0.74, 0.50))]], np.float32)
        lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0, 0]
        mean = [round(float(v), 2) for v in lab]
        card["colours"][name] = {"n": 0, "mean": mean, "covariance": pooled, "pooled": True}
    card["transparent_colours"] = fit_colours(found.clear_colours)
    card["printed_share"] = {form: _share(seen) for form, seen in found.printed.items()}
    card["printed_n"] = {form: len(seen) for form, seen in found.printed.items()}
    card["ink"] = {ground: fit_inks(inks) for ground, inks in found.inks.items()}
    arcs = {key: {"n": n, "share": round(seen / n, 3)} for key, (seen, n) in ARCS.items()}
    many = [ARCS["5+ pressed"], ARCS["5+ printed"]]
    card["arc_share"] = {"share": round(sum(s for s, _ in many) / sum(n for _, n in many), 3), "by_letters": arcs}
    below, second_lines = ARCS_BELOW
    card["arc_share"]["below"] = {"n": second_lines, "share": round(below / second_lines, 3)}
    card["beside_share"] = {key: {"n": n, "share": round(seen / n, 3)} for key, (seen, n) in BESIDE.items()}
    card["letters"] = {
        kind: {"n": n, "slanted": round(slanted / n, 3), "serif": round(serif / n, 3)}
        for kind, (n, slanted, serif) in LETTERS.items()
    }
    every = [turned for seen in found.across.values() for turned in seen]
    by_letters = {key: {"n": len(seen), "share": _share(seen)} for key, seen in sorted(found.across.items())}
    card["across_share"] = {"n": len(every), "share": _share(every), "by_letters": by_letters}
    for key, values in sorted(found.values.items()):
        place = card
        *groups, last = key.split(".", 1) if key.count(".") < 2 else (key.split(".", 1)[0], key.split(".", 1)[1])
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = quantiles(values)
    card["capsule"]["cap_left"] = {"n": len(found.cap_left), "share": _share(found.cap_left)}
    card["capsule"]["front_colour_left"] = {"n": len(front_left), "share": _share(front_left)}
    return card


def fit(say: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything and write ``models/appearance.json``.

    Raises:
        DataSetError: the training pictures are missing.
    """
    refused: Counter[str] = Counter()
    pictures = list(read_pictures(mfds_rows(), training_set("mfds_reference"), refused))
    say(f"{len(pictures)} pictures read; left out: {dict(refused)}")
    counts = Counter(row.item_seq for row in catalogue_appearances())
    rows = {row.item_seq: row for row in catalogue_appearances() if counts[row.item_seq] == 1}
    reader = choose_engine("cpu").engine.load(models_dir() / "imprint_reader")
    card = summarise(measure(pictures, rows, reader.infer))
    card["pictures"] = {"read": len(pictures), "left_out": dict(refused)}
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (models_dir() / "appearance.json").write_text(text + "\n", encoding="utf-8")
    for key in ("printed_share", "cap_height", "letter_pitch", "stroke", "capsule", "roundness", "bevel", "dome"):
        say(f"{key} {json.dumps(card[key], ensure_ascii=False)}")
    return card
