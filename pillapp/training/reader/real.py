"""Real pictures for the imprint reader, labelled by what is known of them: the text, but not where each letter is.

The network itself finds the letters: those of the known text are assigned to the places it sees, and a word counts only
when all of its letters were found. Everything else it sees on such a picture is neither right nor wrong.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.catalog.imprint_text import has_mark, mark_spellings
from pillapp.catalog.values import Side
from pillapp.identify.characters import encode, spellings
from pillapp.identify.text_fit import Costs, assign, places_of
from pillapp.training.catalogue_sides import sides_by_text
from pillapp.training.datasets import mfds_rows, training_set, work_dir
from pillapp.training.detection.cutouts import cut_from_black, cut_from_grey, cut_from_grid
from pillapp.training.reader.renderings import IGNORED, LEVELS, Rendering, load_renderings, save_renderings
from pillapp.vision.imprint import MARK, ROUND_FILL, ROUND_SIDE, STRIDE, View, canvases, find_characters
from pillapp.vision.unroll import unroll

MIN_GAIN: Final = 1.2  # mean gain of a word's letters for it to be believed
MIN_EXISTENCE: Final = 0.15  # of each of its letters
LEAST_BENT_LETTERS: Final = 3  # in a strip of the rim, shorter words are found by chance


@dataclass(frozen=True, slots=True)
class RealSide:
    """One side seen upright: ``pixels`` int8 (h, w), what is on it, and whether that is on this side alone."""

    pixels: np.ndarray
    side: Side
    complete: bool


def real_sides() -> list[RealSide]:
    """Sides of the training sets whose text is known; cut out once, read from the work folder afterwards."""
    path = work_dir() / "reader" / "real.npz"
    texts = path.with_suffix(".json")
    if not texts.exists():
        found = list(_cut_sides())
        save_renderings(path, [Rendering(s.pixels, np.zeros((0, 4), np.float32)) for s in found])
        texts.write_text(json.dumps([[*s.side, s.complete] for s in found], ensure_ascii=False))
    pictures = load_renderings(path)
    labels = json.loads(texts.read_text())
    return [
        RealSide(p.pixels, Side(text, mark), known) for p, (text, mark, known) in zip(pictures, labels, strict=True)
    ]


def _cut_sides() -> Iterator[RealSide]:
    folder = training_set("mfds_reference") / "images"
    official = sides_by_text()
    for row in mfds_rows():
        image = cv2.imread(str(folder / row["file"]))
        if image is None:
            continue
        for text, pill in zip((row["print_front"], row["print_back"]), cut_from_grid(image, 400), strict=True):
            side = official.get((row["item_seq"], text), Side(text))
            a_picture = has_mark(text) and not mark_spellings(side.mark)  # where a logo is cannot be told
            if pill is not None and not (a_picture and not encode(text).classes[:-1]):
                yield from _upright(pill, side, complete=True)
    folder = training_set("epillid")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            image = cv2.imread(str(folder / row["file"])) if row["imprint"] else None
            pill = None if image is None else cut_from_black(image, 224)
            if pill is not None:
                yield from _upright(pill, Side(row["imprint"].replace(";", " ")), complete=False)
    folder = training_set("nlm_reference")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            image = cv2.imread(str(folder / "images" / row["file"])) if row["imprint"] else None
            for pill in () if image is None else cut_from_grey(image, 400):
                text = " ".join(dict.fromkeys(row["imprint"].split(";")))  # what is printed twice is named twice
                yield from _upright(pill, Side(text), complete=False)


def _upright(pill: np.ndarray, side: Side, complete: bool) -> Iterator[RealSide]:
    """The pill on the reader's own canvas, turned as little as possible."""
    batches = canvases(np.ascontiguousarray(pill[:, :, :3]), pill[:, :, 3] > 127)
    if batches:
        batch, angles = batches[0]
        turned = [abs((angle + 180) % 360 - 180) for angle in angles]
        even = batch[int(np.argmin(turned)), 0]
        yield RealSide(np.clip(np.round(even * LEVELS), -127, 127).astype(np.int8), side, complete)


def pseudo_label(side: RealSide, infer: Callable[[np.ndarray], np.ndarray]) -> Rendering | None:
    """Labels for a real side by the network as it is now; None where it does not find a single word of the text."""
    written = spellings(side.side)
    if not written[0].classes:
        return Rendering(side.pixels, np.zeros((0, 4), np.float32)) if side.complete else None
    view = find_characters(infer(side.pixels[None, None].astype(np.float32) / LEVELS)[0], 0.0)
    if not len(view.xy):
        return None
    # a logo is labelled as the letters it looks like, where those are seen
    found = max((find_words(*spelling, view) for spelling in written), key=_letters)
    if not found:
        return None
    height = _letter_height(view.xy[[place for place, _ in found]])
    rows = [(*view.xy[place], height, number) for place, number in found]
    used = {place for place, _ in found}
    rows += [(*view.xy[i], height, IGNORED) for i in range(len(view.xy)) if i not in used and view.existence[i] > 0.1]
    return Rendering(side.pixels, np.array(rows, np.float32))


def pseudo_labels(side: RealSide, infer: Callable[[np.ndarray], np.ndarray]) -> Iterator[Rendering]:
    """Labels for a real side, and for its unrolled rim where not every letter of the text stands upright in the middle."""
    straight = pseudo_label(side, infer)
    if straight is not None:
        yield straight
    letters = sum(kind != MARK for kind in encode(side.side.text).classes)
    known = 0 if straight is None else int((straight.characters[:, 3] >= 0).sum())
    if letters < LEAST_BENT_LETTERS or known >= letters or side.pixels.shape != (ROUND_SIDE, ROUND_SIDE):
        return
    strip = unroll(side.pixels.astype(np.float32), (ROUND_SIDE / 2, ROUND_SIDE / 2), ROUND_FILL / 2)
    for way in (strip, strip[::-1, ::-1]):
        bent = pseudo_label(RealSide(np.round(way).astype(np.int8), side.side, complete=False), infer)
        if bent is not None and (bent.characters[:, 3] >= 0).sum() >= LEAST_BENT_LETTERS:
            yield bent


def find_words(classes: tuple[int, ...], parts: tuple[int, ...], view: View) -> list[tuple[int, int]]:
    """(place, class) of every letter of the words that were found whole."""
    # not the fitted costs: what is believed here must not change with each fit
    seen = places_of(view, Costs())
    places, _ = assign(classes, seen)
    found: list[tuple[int, int]] = []
    for part in sorted(set(parts)):
        letters = [i for i in range(len(classes)) if parts[i] == part]
        if any(places[i] < 0 or view.existence[places[i]] < MIN_EXISTENCE for i in letters):
            continue
        if np.mean([seen.gains[places[i], classes[i]] for i in letters]) >= MIN_GAIN:
            found += [(int(places[i]), classes[i]) for i in letters]
    return found


def _letters(found: list[tuple[int, int]]) -> int:
    return sum(kind != MARK for _, kind in found)


def _letter_height(xy: np.ndarray) -> float:
    """About as high as letters are apart."""
    if len(xy) < 2:
        return 8.0 * STRIDE
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy)) * 1e6
    return float(np.clip(1.15 * np.median(gaps.min(axis=1)), 10, 80))
