"""Pills cut out of studio pictures, kept in one flat file that worker processes map into memory.

``epillid`` pictures stand on black, official reference pictures on a blue (sometimes grey or pink) millimetre grid,
``nlm_reference`` ones on grey with a ruler: a colour distance from the background is enough, and what is not a clean
convex shape is left out.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import held_out, mfds_rows, training_set, work_dir

LONGEST_SIDE: Final = 176  # px; larger pills in a composite are rare and are enlarged
GRID_WIDTH: Final = 1000  # px official pictures are brought to before they are cut
MIN_SOLIDITY: Final = 0.955  # area over convex hull: pills are convex, a pill with a ruler or its neighbour is not


def cut_from_black(image: np.ndarray, longest: int = LONGEST_SIDE) -> np.ndarray | None:
    """The pill (h, w, 4) RGBA of a BGR picture on black, at most ``longest`` px long; None if there is no clean one."""
    return _cut(image, (image.max(axis=2) > 22).astype(np.uint8), longest)


def cut_from_grid(image: np.ndarray, longest: int = LONGEST_SIDE) -> list[np.ndarray | None]:
    """Left and right pill (RGBA) of an official picture: both sides on an even, faintly lined background."""
    scale = GRID_WIDTH / image.shape[1]
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
    background = np.median(lab.reshape(-1, 3), axis=0)
    # a shadow has the background's hue and is darker; a pill differs in hue or is lighter
    hue_distance = np.linalg.norm(lab[:, :, 1:] - background[1:], axis=2)
    pill = (hue_distance > 8) | (lab[:, :, 0] > background[0] + 9)
    mask = cv2.morphologyEx(pill.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    middle = image.shape[1] // 2
    return [
        _cut(image[:, part], mask[:, part], longest, forbid_border=True)
        for part in (slice(0, middle), slice(middle, None))
    ]


def cut_from_grey(image: np.ndarray, longest: int = LONGEST_SIDE) -> list[np.ndarray]:
    """Both sides (RGBA) of a BGR picture of ``nlm_reference``, side by side or one below the other; empty if not clean.

    The two often touch, so what stands out is cut in the middle; of both ways to cut the one is right whose halves are alike
    and each its own mirror image.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
    border = np.concatenate([lab[:8].reshape(-1, 3), lab[:, :8].reshape(-1, 3), lab[:, -8:].reshape(-1, 3)])
    pills = (np.linalg.norm(lab - np.median(border, axis=0), axis=2) > 11).astype(np.uint8)
    pills = cv2.morphologyEx(pills, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))  # takes the ruler away
    rows, columns = np.flatnonzero(pills.any(axis=1)), np.flatnonzero(pills.any(axis=0))
    if not len(rows):
        return []
    x, y = int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2
    whole = slice(None)
    ways = [
        [_cut(image[part], pills[part], longest) for part in parts]
        for parts in (
            ((whole, slice(0, x)), (whole, slice(x, None))),
            ((slice(0, y), whole), (slice(y, None), whole)),
        )
    ]
    clean = [[side for side in sides if side is not None] for sides in ways]
    return max((sides for sides in clean if len(sides) == 2), key=_alike, default=[])


def _alike(sides: list[np.ndarray]) -> float:
    """How much two cut-outs look like two sides of one pill."""
    solid = [side[:, :, 3] > 127 for side in sides]
    mirrored = sum(min(float((mask == mask[turn]).mean()) for mask in solid) for turn in (np.s_[::-1], np.s_[:, ::-1]))
    one, other = (sorted(mask.shape) for mask in solid)
    return mirrored - sum(abs(a / b - 1) for a, b in zip(one, other, strict=True))


def _cut(image: np.ndarray, mask: np.ndarray, longest: int, forbid_border: bool = False) -> np.ndarray | None:
    contours, _ = cv2.findContours(np.ascontiguousarray(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(contour)
    area, hull_area = cv2.contourArea(contour), cv2.contourArea(hull)
    x, y, w, h = cv2.boundingRect(contour)
    at_border = x <= 1 or y <= 1 or x + w >= image.shape[1] - 1 or y + h >= image.shape[0] - 1
    if area < 900 or area < MIN_SOLIDITY * hull_area or max(w, h) > 6 * min(w, h) or (forbid_border and at_border):
        return None
    alpha: np.ndarray = np.zeros(image.shape[:2], np.uint8)
    cv2.drawContours(alpha, [hull], -1, 255, cv2.FILLED)
    # the hull mends an edge nibbled by the threshold; the outermost pixels are mixed with the background
    alpha = cv2.erode(alpha, np.ones((3, 3), np.uint8))
    rgba = np.dstack([image[:, :, ::-1], alpha])[y : y + h, x : x + w]
    # a margin keeps the edge soft when the cut-out is turned
    rgba = cv2.copyMakeBorder(rgba, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    rgba[:2, :, 3] = rgba[-2:, :, 3] = 0
    rgba[:, :2, 3] = rgba[:, -2:, 3] = 0
    scale = longest / max(rgba.shape[:2])
    if scale < 1:
        rgba = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return rgba


def _sources() -> Iterator[tuple[str, np.ndarray]]:
    """Every (product key, cut-out) of the training sets."""
    folder = training_set("epillid")
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            image = cv2.imread(str(folder / row["file"]))
            pill = None if image is None else cut_from_black(image)
            if pill is not None:
                yield f"epillid/{row['product']}", pill
    folder = training_set("mfds_reference") / "images"
    for row in mfds_rows():
        image = cv2.imread(str(folder / row["file"]))
        if image is not None:
            for pill in cut_from_grid(image):
                if pill is not None:
                    yield f"mfds/{row['item_seq']}", pill


@dataclass(frozen=True)
class CutoutStore:
    """Cut-outs mapped from disk: ``index`` (n, 5) int64 holds offset, height, width, product number, held-out flag."""

    pixels: np.ndarray
    index: np.ndarray

    def __getitem__(self, i: int) -> np.ndarray:
        offset, height, width = (int(v) for v in self.index[i, :3])
        return self.pixels[offset : offset + height * width * 4].reshape(height, width, 4)

    def choices(self, held_out: bool) -> np.ndarray:
        """Indices of the cut-outs of one half."""
        return np.flatnonzero(self.index[:, 4] == int(held_out))

    def of_product(self, product: int) -> np.ndarray:
        """Indices of all cut-outs of a product."""
        return np.flatnonzero(self.index[:, 3] == product)


def build_cutouts(folder: Path | None = None) -> CutoutStore:
    """Cut everything out once; later calls map the files that are there."""
    folder = folder or work_dir() / "cutouts"
    pixels_path, index_path = folder / "pixels.npy", folder / "index.npy"
    if not index_path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        chunks: list[np.ndarray] = []
        rows: list[tuple[int, int, int, int, int]] = []
        products: dict[str, int] = {}
        offset = 0
        for key, rgba in _sources():
            product = products.setdefault(key, len(products))
            rows.append((offset, rgba.shape[0], rgba.shape[1], product, int(held_out(key))))
            chunks.append(np.ascontiguousarray(rgba).reshape(-1))
            offset += rgba.size
        np.save(pixels_path, np.concatenate(chunks))
        np.save(index_path, np.array(rows, dtype=np.int64))
    return CutoutStore(np.load(pixels_path, mmap_mode="r"), np.load(index_path))
