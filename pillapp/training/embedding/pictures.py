"""Sides of pills cut out and laid upright, with what is known of which of them show the same side of the same pill.

Pills of several labelers that bear one imprint in one shape and colour are one pill: only there does a set hold two photos
of two pills of a kind. Drawn sides are drawn twice, under different lights.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build, long_axis_mm
from pillapp.appearance.finish import random_finish
from pillapp.appearance.shade import random_light, side_view
from pillapp.training.catalogue_sides import SideSampler, catalogue_appearances
from pillapp.training.datasets import held_out, mfds_rows, read_rgb, training_set, work_dir
from pillapp.training.detection.cutouts import cut_from_black
from pillapp.training.studio_pictures import outlines
from pillapp.vision.embed import LONG_PX, VIEW
from pillapp.vision.segment import Cutout
from pillapp.vision.studio import pill_boxes
from pillapp.vision.upright import upright

DRAWN: Final = 3000  # sides, each drawn twice
ONE_IN: Final = 6  # of the pills of photos, kept out of training
GREY_GAP: Final = 12.0  # distance in Lab from the studio's grey that makes a pill
SOURCES: Final = ("nlm_reference", "epillid", "mfds_reference", "drawn")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One side: ``pixels`` uint8 (VIEW, VIEW, 4) RGBA upright; ``pill`` names the pill, ``side`` its side (0 front, 1 back);
    ``imprint`` is all that is known to be written on the pill, empty if nothing is known. ``photo`` tells photos apart.
    """

    pixels: np.ndarray
    source: str
    pill: str
    side: int
    imprint: str
    photo: str


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Many sides: ``pixels`` uint8 (n, VIEW, VIEW, 4); the rest (n,): ``source`` into SOURCES, ``kind`` of side (equal: the same
    side of the same pill), ``pill`` it is of, ``imprint`` (equal: perhaps the same pill; −1 unknown), ``held`` out of training.
    """

    pixels: np.ndarray
    source: np.ndarray
    kind: np.ndarray
    pill: np.ndarray
    imprint: np.ndarray
    held: np.ndarray

    def of(self, source: str, *, held: bool) -> np.ndarray:
        """Places of the pictures of one source and one half."""
        return np.flatnonzero((self.source == SOURCES.index(source)) & (self.held == held))


def load_pictures(say: Callable[[str], None]) -> Pictures:
    """All pictures; cut out and drawn once, read from the work folder afterwards."""
    folder = work_dir() / "embedding"
    pixels, facts = folder / "pixels.npy", folder / "facts.npz"
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        found: list[Picture] = []
        for name, source in (("nlm", _nlm), ("epillid", _epillid), ("mfds", _mfds), ("drawn", _drawn)):
            before = len(found)
            found += source()
            say(f"{name}: {len(found) - before} sides")
        _store(found, pixels, facts)
    with np.load(facts) as file:
        return Pictures(np.load(pixels, mmap_mode="r"), **{name: file[name] for name in file.files})


def _store(found: list[Picture], pixels: Path, facts: Path) -> None:
    kinds: dict[tuple[str, int], int] = {}
    pills: dict[str, int] = {}
    imprints: dict[str, int] = {"": -1}
    np.save(pixels, np.stack([one.pixels for one in found]))
    part = facts.with_suffix(".part.npz")
    np.savez(
        part,
        source=np.array([SOURCES.index(one.source) for one in found]),
        kind=np.array([kinds.setdefault((one.pill, one.side), len(kinds)) for one in found]),
        pill=np.array([pills.setdefault(one.pill, len(pills)) for one in found]),
        imprint=np.array([imprints.setdefault(one.imprint, len(imprints)) for one in found]),
        # by imprint where it is known: the same pill of another labeler must not be learned from either
        held=np.array([one.source != "drawn" and held_out(one.imprint or one.pill, ONE_IN) for one in found]),
    )
    part.replace(facts)


def _nlm() -> Iterator[Picture]:
    folder = training_set("nlm_reference")
    for row in _rows(folder):
        imprint = _imprint(row["imprint"])
        pill = f"{imprint}|{row['shape']}|{row['colour']}" if imprint else f"ndc {_ndc(row['ndc11'])}"
        rgb = read_rgb(folder / "images" / row["file"])
        boxes = _grey_studio(rgb)
        if len(boxes) != 2:
            continue
        for side, cut in enumerate(outlines().cut_all(rgb, boxes)):
            if cut.trusted:
                yield Picture(_rgba(cut), "nlm_reference", pill, side, imprint, row["file"])


def _epillid() -> Iterator[Picture]:
    """Products that ``nlm_reference`` does not show: the rest are the same pictures again."""
    nlm = training_set("nlm_reference")
    known = {_ndc(row["ndc11"]) for row in _rows(nlm)}
    known_imprints = {_imprint(row["imprint"]) for row in _rows(nlm)} - {""}
    folder = training_set("epillid")
    for row in _rows(folder):
        imprint = _imprint(row["imprint"])
        if row["product"] in known or imprint in known_imprints or not row["file"].startswith("segmented"):
            continue
        rgba = cut_from_black(np.ascontiguousarray(read_rgb(folder / row["file"])[:, :, ::-1]), 224)
        if rgba is not None:
            side = int(row["file"].rsplit("_", 1)[1][0])
            shown, outline = upright(np.ascontiguousarray(rgba[:, :, :3]), rgba[:, :, 3] > 127, VIEW, LONG_PX)
            yield Picture(np.dstack([shown, outline]), "epillid", f"ndc {row['product']}", side, imprint, row["file"])


def _mfds() -> Iterator[Picture]:
    folder = training_set("mfds_reference")
    for row in mfds_rows():
        rgb = read_rgb(folder / "images" / row["file"])
        boxes = sorted(pill_boxes(rgb))
        if len(boxes) != 2:
            continue
        for side, cut in enumerate(outlines().cut_all(rgb, boxes)):
            if cut.trusted:
                imprint = f"{row['print_front']} / {row['print_back']} / {row['shape']}"
                yield Picture(_rgba(cut), "mfds_reference", f"mfds {row['item_seq']}", side, imprint, row["file"])


def _drawn() -> Iterator[Picture]:
    rng = np.random.default_rng(17)
    sampler = SideSampler(catalogue_appearances())
    made = 0
    while made < DRAWN:
        row, back = sampler.draw(rng)
        scale = LONG_PX / long_axis_mm(row)
        if build(row, random_finish(row, rng), scale).gaps:
            continue
        made += 1
        for _ in range(2):
            model = build(row, random_finish(row, rng), scale)
            rgb, cover = side_view(model, back=back, light=random_light(rng))
            shown, outline = upright(rgb, cover > 0.5, VIEW, LONG_PX)
            written = f"{row.sides[0]} / {row.sides[1]} / {row.shape}"
            pill = f"drawn {written} {row.colours_front} {row.colours_back}"
            yield Picture(np.dstack([shown, outline]), "drawn", pill, int(back), written, "")


def _grey_studio(rgb: np.ndarray) -> list[tuple[float, float, float, float]]:
    """The two pills of a picture on grey, front first: above and below, or left and right."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    height, width = lab.shape[:2]
    corners = np.concatenate(
        [lab[y : y + 6, x : x + 8].reshape(-1, 3) for y in (2, height - 20) for x in (8, width - 12)]
    )
    different = (np.linalg.norm(lab - np.median(corners, axis=0), axis=2) > GREY_GAP).astype(np.uint8)
    different = cv2.morphologyEx(different, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(different)
    blobs = sorted(stats[1:], key=lambda blob: -blob[4])[:2]
    if len(blobs) < 2 or blobs[1][4] < 0.6 * blobs[0][4] or blobs[1][4] < 0.03 * height * width:
        return []
    boxes = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, _ in blobs]
    return sorted(boxes, key=lambda box: box[0] + box[1])


def _rgba(cut: Cutout) -> np.ndarray:
    shown, outline = upright(cut.crop, cut.mask, VIEW, LONG_PX)
    return np.dstack([shown, outline])


@lru_cache(maxsize=4)
def _rows(folder: Path) -> tuple[dict[str, str], ...]:
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _imprint(tokens: str) -> str:
    return " ".join(sorted(set(tokens.split(";")))).strip()


def _ndc(ndc11: str) -> str:
    """Labeler and product of an 11-digit code, as ``epillid`` writes them."""
    labeler, product, _ = ndc11.split("-")
    return f"{labeler.lstrip('0')}-{product.lstrip('0')}"
