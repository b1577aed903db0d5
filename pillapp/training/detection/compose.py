"""Composites: cut-out pills on real and drawn surfaces, under one light, one shadow and one camera per picture.

A picture is decided by its number alone (``seed + number``), so a run can be stopped and taken up again.
"""

import multiprocessing
import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import format_yolo_boxes, read_bgr, work_dir
from pillapp.training.detection.cutouts import CutoutStore, build_cutouts
from pillapp.training.detection.hands import load_hands, reach_in
from pillapp.training.detection.scene import MIN_VISIBLE, Camera, Canvas, draw_camera, lay_pill, light_pill, take_photo
from pillapp.training.detection.strip import draw_strip, view_of
from pillapp.training.detection.tray import pack_pills
from pillapp.training.prints import draw_print
from pillapp.training.surfaces import (
    Surfaces,
    draw_surface,
    draw_tray,
    load_surfaces,
    make_finger,
    take_texture,
)

GROUPS: Final = {"train": 20_000_000, "held": 30_000_000, "hard": 40_000_000}  # first seed of each
LAYOUTS: Final = {
    "empty": 0.08,
    "single": 0.08,
    "scatter": 0.23,
    "crowd": 0.11,
    "touching": 0.12,
    "heap": 0.11,
    "blister": 0.09,
    "row": 0.06,
    "pack": 0.12,
}
HAND: Final = 0.22  # share of pictures with a hand, and of hard pictures twice of it
ON_HAND: Final = 0.6  # share of those in which the pills lie on it
PARTS: Final = (0.35, 1.0)  # of a real photo's height that makes a background
CLOSE_PARTS: Final = (0.12, 0.35)  # the same from near by: fingers as broad as pills are long
CLOSE: Final = 0.5  # share of a hard picture's photos seen so
DARK: Final = 0.25  # share of hard pictures in poor light, and the least of the light that is left
DARKEST: Final = 0.25


SIZES: Final = ((448, 448), (384, 512), (512, 384))  # height, width


class Composer:
    """Builds pictures from cut-outs and surfaces of one half (training or held out)."""

    def __init__(self, store: CutoutStore, surfaces: Surfaces, held: bool) -> None:
        self._store = store
        self._surfaces = surfaces.half(held)
        self._choices = store.choices(held)
        self._hands = load_hands(held)

    def hard_picture(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A picture of what is easily taken for pills (prints, weave, hands, clutter), mostly without any; see `picture`."""
        height, width = SIZES[rng.choice(3)]
        kind = rng.choice(["print", "drawn", "texture", "scene"], p=[0.34, 0.12, 0.18, 0.36])
        if kind == "print":
            canvas = Canvas(draw_print(rng, height, width))
        elif kind == "drawn":
            canvas = Canvas(draw_surface(rng, height, width))
        elif kind == "texture":
            canvas = Canvas(take_texture(rng, self._surfaces.textures, height, width))
        else:
            canvas = self._scene(rng, height, width, CLOSE_PARTS if rng.random() < CLOSE else PARTS)
        camera = draw_camera(rng)
        palm = None
        for _ in range(int(rng.choice([0, 1, 2], p=[1 - 2 * HAND, 1.5 * HAND, 0.5 * HAND]))):
            palm = self._hand(rng, canvas, camera)
        for _ in range(int(rng.integers(0, 7)) if palm is None else int(rng.integers(0, 3))):
            self._bystander(rng, canvas, camera)
        if rng.random() < 0.12 and not canvas.fixed:  # a strip would hide labelled pills of the scene
            self._strip(rng, canvas, camera)
        elif rng.random() < 0.35:
            self._pills(rng, canvas, camera, str(rng.choice(["single", "scatter", "touching"])), palm)
        if rng.random() < DARK:
            canvas.pixels *= np.exp(rng.uniform(np.log(DARKEST), 0))
        return take_photo(rng, canvas.pixels), canvas.boxes()

    def picture(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One picture, uint8 RGB (h, w, 3), and its boxes (n, 4) x1 y1 x2 y2 in 0..1."""
        height, width = SIZES[rng.choice(3, p=[0.4, 0.35, 0.25])]
        camera = draw_camera(rng)
        layout = rng.choice(list(LAYOUTS), p=list(LAYOUTS.values()))
        if layout == "pack":
            canvas = Canvas(draw_tray(rng, height, width))
            pack_pills(rng, canvas, camera, self._store, self._choices)
            return take_photo(rng, canvas.pixels), canvas.boxes()
        canvas = self._background(rng, height, width)
        if canvas.fixed and layout in ("blister", "crowd"):
            layout = "scatter"
        palm = None
        if rng.random() < HAND:
            hand = self._hand(rng, canvas, camera)
            palm = hand if rng.random() < ON_HAND else None
        for _ in range(rng.choice([0, 1, 2, 4], p=[0.55, 0.2, 0.15, 0.1])):
            self._bystander(rng, canvas, camera)
        if layout == "blister":
            self._strip(rng, canvas, camera)
        elif layout != "empty":
            self._pills(rng, canvas, camera, str(layout), palm)
        return take_photo(rng, canvas.pixels), canvas.boxes()

    def _background(self, rng: np.random.Generator, height: int, width: int) -> Canvas:
        kind = rng.choice(["drawn", "texture", "scene"], p=[0.42, 0.36, 0.22])
        if kind == "drawn":
            return Canvas(draw_surface(rng, height, width))
        if kind == "texture":
            return Canvas(take_texture(rng, self._surfaces.textures, height, width))
        return self._scene(rng, height, width, PARTS)

    def _scene(self, rng: np.random.Generator, height: int, width: int, parts: tuple[float, float]) -> Canvas:
        """A piece of a real labelled photo. Half of the time its own pills are painted over: an empty hand or desk."""
        scene = self._surfaces.scenes[rng.integers(len(self._surfaces.scenes))]
        image = np.ascontiguousarray(read_bgr(scene.path)[:, :, ::-1])
        h, w = image.shape[:2]
        boxes = scene.boxes * (w, h, w, h)
        if len(boxes) <= 4 and rng.random() < 0.5:
            hole = np.zeros((h, w), np.uint8)
            for x1, y1, x2, y2 in boxes:
                pad = 0.3 * max(x2 - x1, y2 - y1) + 3
                cv2.rectangle(hole, (int(x1 - pad), int(y1 - pad)), (int(x2 + pad), int(y2 + pad)), 255, -1)
            image, boxes = cv2.inpaint(image, hole, 5, cv2.INPAINT_TELEA), boxes[:0]
        part = rng.uniform(*parts)
        cut_h, cut_w = int(h * part), int(min(w, h * part * width / height))
        top, left = int(rng.integers(0, h - cut_h + 1)), int(rng.integers(0, w - cut_w + 1))
        pixels = cv2.resize(image[top : top + cut_h, left : left + cut_w], (width, height)).astype(np.float32)
        canvas = Canvas(pixels)
        for x1, y1, x2, y2 in boxes:
            seen = np.clip([x1 - left, y1 - top, x2 - left, y2 - top], 0, [cut_w, cut_h, cut_w, cut_h])
            share = (seen[2] - seen[0]) * (seen[3] - seen[1]) / max((x2 - x1) * (y2 - y1), 1e-6)
            box = seen * np.array([width / cut_w, height / cut_h] * 2)
            if share >= MIN_VISIBLE:
                canvas.fixed.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
            elif share > 0:  # too little left to call it a pill, too much to call it none: blur it away
                a, b, c, d = (int(v) for v in box)
                canvas.pixels[b : d + 1, a : c + 1] = canvas.pixels[b : d + 1, a : c + 1].mean(axis=(0, 1))
        return canvas

    def _bystander(self, rng: np.random.Generator, canvas: Canvas, camera: Camera) -> None:
        """Something that is not a pill: a coin, a nut, a tool, a letter, a finger."""
        height, width = canvas.owner.shape
        item = None
        if rng.random() < 0.35:
            item = make_finger(rng, self._surfaces.scenes)
        if item is None:
            item = self._surfaces.stamps[rng.integers(len(self._surfaces.stamps))]
        long = np.exp(rng.uniform(np.log(18), np.log(220)))
        patch = lay_pill(item, long, rng.uniform(0, 2 * np.pi), camera, 0, 0)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        if any(a - long / 2 < x < c + long / 2 and b - long / 2 < y < d + long / 2 for a, b, c, d in canvas.fixed):
            return  # would hide a labelled pill of the scene
        canvas.paste(patch, x, y, camera, 0.12 * long, pill=False)

    def _hand(self, rng: np.random.Generator, canvas: Canvas, camera: Camera) -> np.ndarray | None:
        """A hand reaching in: where it is (h, w) bool; None where it would hide a labelled pill of the scene."""
        height, width = canvas.owner.shape
        hand = reach_in(rng, self._hands[rng.integers(len(self._hands))], height, width)
        solid = hand[:, :, 3] > 127
        if any(solid[int(b) : int(d) + 1, int(a) : int(c) + 1].any() for a, b, c, d in canvas.fixed):
            return None
        canvas.paste(hand, width / 2, height / 2, camera, rng.uniform(4, 30), pill=False)
        return np.asarray(solid)

    def _strip(self, rng: np.random.Generator, canvas: Canvas, camera: Camera) -> None:
        """A blister strip: a pill in every full pocket, and the gloss of the domes over all."""
        height, width = canvas.owner.shape
        cutout = self._store[self._choices[rng.integers(len(self._choices))]]
        slim = min(cutout.shape[:2]) / max(cutout.shape[:2])
        strip = draw_strip(rng, slim, np.exp(rng.uniform(np.log(24), np.log(110))))
        angle = rng.uniform(0, 2 * np.pi)
        long = max(strip.foil.shape[:2])
        centre = rng.uniform(0.3, 0.7, 2) * (width, height)
        foil = lay_pill(strip.foil, long, angle, camera, 0, 0)
        canvas.paste(foil, float(centre[0]), float(centre[1]), camera, rng.uniform(1, 6), pill=False)
        view = view_of(angle, camera)
        middle = np.array(strip.foil.shape[1::-1]) / 2
        side = rng.random() < 0.8  # all pills of a strip lie alike
        for at in strip.full:
            turn = angle + (np.pi / 2 if strip.upright else 0.0) + (0.0 if side else np.pi) + rng.normal(0, 0.04)
            patch = lay_pill(light_pill(cutout, rng, camera), strip.pill_px, turn, camera, 0.0, 0.0)
            x, y = (float(v) for v in view @ (np.array(at) - middle) + centre)
            canvas.paste(patch, x, y, camera, 0.1 * strip.pill_px, pill=True)
        shift = centre - view @ middle
        gloss = cv2.warpAffine(strip.gloss, np.column_stack([view, shift]), (width, height))
        canvas.pixels += gloss[:, :, None]

    def _pills(
        self, rng: np.random.Generator, canvas: Canvas, camera: Camera, layout: str, palm: np.ndarray | None
    ) -> None:
        """Pills in a layout; with a ``palm`` (h, w) bool all lie on it."""
        height, width = canvas.owner.shape
        count, length = {
            "single": (1, rng.uniform(60, 380)),
            "scatter": (int(rng.integers(2, 13)), np.exp(rng.uniform(np.log(22), np.log(150)))),
            "crowd": (int(rng.integers(15, 70)), np.exp(rng.uniform(np.log(17), np.log(50)))),
            "touching": (int(rng.integers(3, 30)), np.exp(rng.uniform(np.log(24), np.log(120)))),
            "heap": (int(rng.integers(5, 45)), np.exp(rng.uniform(np.log(26), np.log(110)))),
            "row": (int(rng.integers(2, 7)), rng.uniform(40, 130)),
        }[layout]
        kinds = rng.choice(self._choices, max(1, int(rng.choice([1, 2, 4, count], p=[0.35, 0.2, 0.2, 0.25]))))
        lengths = length * np.exp(rng.normal(0, 0.22, len(kinds)))
        thick = rng.uniform(0.22, 0.5, len(kinds))
        if palm is not None:  # a few, as large as on a hand of that size
            count = min(count, int(rng.integers(1, 14)))
            length = np.sqrt(palm.sum()) * rng.uniform(0.07, 0.28)
            lengths = length * np.exp(rng.normal(0, 0.22, len(kinds)))
        placed: list[tuple[float, float, float]] = [
            ((a + c) / 2, (b + d) / 2, 0.5 * max(c - a, d - b)) for a, b, c, d in canvas.fixed
        ]
        labelled_by_scene = len(placed)
        centre = rng.uniform(0.3, 0.7, 2) * (width, height)
        if palm is not None and palm.any():
            rows, columns = np.nonzero(palm)
            some = int(rng.integers(len(rows)))
            centre = np.array([columns[some], rows[some]], np.float64)
        angle = rng.uniform(0, 2 * np.pi)
        for number in range(count):
            kind = int(rng.integers(len(kinds)))
            cutout = self._store[kinds[kind]]
            if rng.random() < 0.5:  # the other side, if there is one
                sides = self._store.of_product(int(self._store.index[kinds[kind], 3]))
                cutout = self._store[int(sides[rng.integers(len(sides))])]
            long = float(lengths[kind])
            short = long * min(cutout.shape[:2]) / max(cutout.shape[:2])
            lean, turn = 0.0, rng.uniform(0, 2 * np.pi)
            if layout == "heap" and rng.random() < 0.5:
                lean = rng.uniform(0, 0.9)
            if layout == "row":
                turn = angle + rng.normal(0, 0.06)
                offset = (number - count / 2) * length * 1.1 * np.array([np.cos(angle + 1.57), np.sin(angle + 1.57)])
                x, y = centre + offset
            else:
                spot = _find_spot(
                    rng, placed, 0.25 * (long + short), layout, centre, (width, height), labelled_by_scene, palm
                )
                if spot is None:
                    continue
                x, y = spot
            placed.append((x, y, 0.25 * (long + short)))
            # a capsule's outline is its own side: only flat pills get a wall
            wall = 0.0 if short < 0.45 * long else thick[kind] * short
            patch = lay_pill(light_pill(cutout, rng, camera), long, turn, camera, wall, lean)
            canvas.paste(patch, x, y, camera, thick[kind] * short, pill=True)


def _find_spot(
    rng: np.random.Generator,
    placed: list[tuple[float, float, float]],
    radius: float,
    layout: str,
    centre: np.ndarray,
    size: tuple[int, int],
    keep_clear_of: int,
    within: np.ndarray | None,
) -> tuple[float, float] | None:
    """A place for the next pill; None where there is none. Pills the photo brought (the first ones) stay uncovered."""
    for _ in range(12):
        if layout == "heap":
            spread = radius * rng.uniform(0.8, 3.2)
            x, y = rng.normal(centre, spread)
            gap = -np.inf
        elif layout == "touching" and len(placed) > keep_clear_of and rng.random() < 0.9:
            px, py, other = placed[int(rng.integers(keep_clear_of, len(placed)))]
            direction = rng.uniform(0, 2 * np.pi)
            reach = (radius + other) * rng.uniform(0.94, 1.06)
            x, y = px + reach * np.cos(direction), py + reach * np.sin(direction)
            gap = -0.12
        else:
            x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
            gap = 0.05
        if not (-0.2 * radius < x < size[0] + 0.2 * radius and -0.2 * radius < y < size[1] + 0.2 * radius):
            continue
        if within is not None and not _inside(within, x, y):
            continue
        distances = [np.hypot(x - px, y - py) / (radius + r) for px, py, r in placed]
        if any(d < 1.2 for d in distances[:keep_clear_of]) or any(d < 1 + gap for d in distances[keep_clear_of:]):
            continue
        return float(x), float(y)
    return None


def _inside(mask: np.ndarray, x: float, y: float) -> bool:
    height, width = mask.shape
    return 0 <= x < width and 0 <= y < height and bool(mask[int(y), int(x)])


_composers: dict[bool, Composer] = {}  # filled before the workers fork, so they share it


def _render(task: tuple[Path, int, str]) -> int:
    path, seed, group = task
    cv2.setNumThreads(1)
    composer, rng = _composers[group == "held"], np.random.default_rng(seed)
    photo, boxes = composer.hard_picture(rng) if group == "hard" else composer.picture(rng)
    cv2.imwrite(str(path), photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    path.with_suffix(".txt").write_text(format_yolo_boxes(boxes))
    return len(boxes)


def composite_path(number: int, group: str) -> Path:
    """Where composite ``number`` of a group lies; its label file stands beside it with the suffix .txt."""
    return work_dir() / "composites" / group / f"{number // 1000:03d}" / f"{number:06d}.jpg"


def compose(count: int, group: str) -> list[Path]:
    """Render composites ``0 … count-1`` of a group (a key of :data:`GROUPS`) that are not there yet; returns all paths."""
    paths = [composite_path(i, group) for i in range(count)]
    for folder in {p.parent for p in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    tasks = [(p, GROUPS[group] + i, group) for i, p in enumerate(paths) if not p.with_suffix(".txt").exists()]
    if tasks:
        held = group == "held"
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)  # a process forked from one whose OpenCV has threads waits for them forever
        _composers[held] = Composer(build_cutouts(), load_surfaces(), held)
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            for _ in pool.imap_unordered(_render, tasks, chunksize=16):
                pass
        cv2.setNumThreads(threads)
    return paths
