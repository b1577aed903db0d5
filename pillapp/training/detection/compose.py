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
from pillapp.training.detection.scene import MIN_VISIBLE, Camera, Canvas, draw_camera, lay_pill, light_pill, take_photo
from pillapp.training.surfaces import Surfaces, draw_print, draw_surface, load_surfaces, make_finger, take_texture

GROUPS: Final = {"train": 20_000_000, "held": 30_000_000, "hard": 40_000_000}  # first seed of each
LAYOUTS: Final = {
    "empty": 0.10,
    "single": 0.10,
    "scatter": 0.30,
    "crowd": 0.14,
    "touching": 0.14,
    "heap": 0.12,
    "blister": 0.04,
    "row": 0.06,
}


SIZES: Final = ((448, 448), (384, 512), (512, 384))  # height, width


class Composer:
    """Builds pictures from cut-outs and surfaces of one half (training or held out)."""

    def __init__(self, store: CutoutStore, surfaces: Surfaces, held: bool) -> None:
        self._store = store
        self._surfaces = surfaces.half(held)
        self._choices = store.choices(held)

    def hard_picture(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A picture of what is easily taken for pills (prints, weave, hands, clutter), mostly without any; see `picture`."""
        height, width = SIZES[rng.choice(3)]
        kind = rng.choice(["print", "drawn", "texture", "scene"], p=[0.42, 0.14, 0.16, 0.28])
        if kind == "print":
            canvas = Canvas(draw_print(rng, height, width))
        elif kind == "drawn":
            canvas = Canvas(draw_surface(rng, height, width))
        elif kind == "texture":
            canvas = Canvas(take_texture(rng, self._surfaces.textures, height, width))
        else:
            canvas = self._scene(rng, height, width)
        camera = draw_camera(rng)
        for _ in range(int(rng.integers(0, 7))):
            self._bystander(rng, canvas, camera)
        if rng.random() < 0.35:
            self._pills(rng, canvas, camera, str(rng.choice(["single", "scatter", "touching"])))
        return take_photo(rng, canvas.pixels), canvas.boxes()

    def picture(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One picture, uint8 RGB (h, w, 3), and its boxes (n, 4) x1 y1 x2 y2 in 0..1."""
        height, width = SIZES[rng.choice(3, p=[0.4, 0.35, 0.25])]
        canvas = self._background(rng, height, width)
        camera = draw_camera(rng)
        layout = rng.choice(list(LAYOUTS), p=list(LAYOUTS.values()))
        if canvas.fixed and layout in ("blister", "crowd"):
            layout = "scatter"
        for _ in range(rng.choice([0, 1, 2, 4], p=[0.55, 0.2, 0.15, 0.1])):
            self._bystander(rng, canvas, camera)
        if layout != "empty":
            self._pills(rng, canvas, camera, str(layout))
        return take_photo(rng, canvas.pixels), canvas.boxes()

    def _background(self, rng: np.random.Generator, height: int, width: int) -> Canvas:
        kind = rng.choice(["drawn", "texture", "scene"], p=[0.42, 0.36, 0.22])
        if kind == "drawn":
            return Canvas(draw_surface(rng, height, width))
        if kind == "texture":
            return Canvas(take_texture(rng, self._surfaces.textures, height, width))
        return self._scene(rng, height, width)

    def _scene(self, rng: np.random.Generator, height: int, width: int) -> Canvas:
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
        part = rng.uniform(0.35, 1)
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

    def _pills(self, rng: np.random.Generator, canvas: Canvas, camera: Camera, layout: str) -> None:
        height, width = canvas.owner.shape
        count, length = {
            "single": (1, rng.uniform(60, 380)),
            "scatter": (int(rng.integers(2, 13)), np.exp(rng.uniform(np.log(22), np.log(150)))),
            "crowd": (int(rng.integers(15, 70)), np.exp(rng.uniform(np.log(17), np.log(50)))),
            "touching": (int(rng.integers(3, 30)), np.exp(rng.uniform(np.log(24), np.log(120)))),
            "heap": (int(rng.integers(5, 45)), np.exp(rng.uniform(np.log(26), np.log(110)))),
            "blister": (int(rng.integers(4, 15)), rng.uniform(36, 90)),
            "row": (int(rng.integers(2, 7)), rng.uniform(40, 130)),
        }[layout]
        kinds = rng.choice(self._choices, max(1, int(rng.choice([1, 2, 4, count], p=[0.35, 0.2, 0.2, 0.25]))))
        lengths = length * np.exp(rng.normal(0, 0.22, len(kinds)))
        thick = rng.uniform(0.22, 0.5, len(kinds))
        if layout == "blister":
            _draw_foil(rng, canvas)
        placed: list[tuple[float, float, float]] = [
            ((a + c) / 2, (b + d) / 2, 0.5 * max(c - a, d - b)) for a, b, c, d in canvas.fixed
        ]
        labelled_by_scene = len(placed)
        centre = rng.uniform(0.3, 0.7, 2) * (width, height)
        angle, columns = rng.uniform(0, 2 * np.pi), int(rng.integers(2, 6))
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
            if layout in ("blister", "row"):
                turn = angle + rng.normal(0, 0.06)
            if layout == "blister":
                offset = np.array([number % columns - columns / 2, number // columns - 1]) * length * 1.45
                x, y = centre + offset
            elif layout == "row":
                offset = (number - count / 2) * length * 1.1 * np.array([np.cos(angle + 1.57), np.sin(angle + 1.57)])
                x, y = centre + offset
            else:
                spot = _find_spot(
                    rng, placed, 0.25 * (long + short), layout, centre, (width, height), labelled_by_scene
                )
                if spot is None:
                    continue
                x, y = spot
            placed.append((x, y, 0.25 * (long + short)))
            # a capsule's outline is its own side: only flat pills get a wall
            wall = 0.0 if short < 0.45 * long else thick[kind] * short
            patch = lay_pill(light_pill(cutout, rng, camera), long, turn, camera, wall, lean)
            canvas.paste(patch, x, y, camera, thick[kind] * short, pill=True)
            if layout == "blister":
                _draw_window(rng, canvas, x, y, long)


def _find_spot(
    rng: np.random.Generator,
    placed: list[tuple[float, float, float]],
    radius: float,
    layout: str,
    centre: np.ndarray,
    size: tuple[int, int],
    keep_clear_of: int,
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
        distances = [np.hypot(x - px, y - py) / (radius + r) for px, py, r in placed]
        if any(d < 1.2 for d in distances[:keep_clear_of]) or any(d < 1 + gap for d in distances[keep_clear_of:]):
            continue
        return float(x), float(y)
    return None


def _draw_foil(rng: np.random.Generator, canvas: Canvas) -> None:
    """Crinkled blister foil over the whole background."""
    height, width = canvas.owner.shape
    crinkle = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(1, 4))
    crinkle = crinkle * (rng.uniform(10, 45) / max(float(crinkle.std()), 1e-6))
    tint = np.array([1, 1, 1]) + rng.normal(0, 0.04, 3)
    canvas.pixels[:] = np.clip((rng.uniform(120, 210) + crinkle)[:, :, None] * tint, 0, 255)


def _draw_window(rng: np.random.Generator, canvas: Canvas, x: float, y: float, length: float) -> None:
    """The clear dome of a blister over one pill: a rim and a gloss line."""
    radius = 0.62 * length
    layer: np.ndarray = np.zeros(canvas.owner.shape, np.float32)
    cv2.circle(layer, (round(x), round(y)), round(radius), 1.0, max(1, round(length * 0.05)), cv2.LINE_AA)
    start = rng.uniform(0, 360)
    cv2.ellipse(
        layer,
        (round(x), round(y)),
        (round(radius * 0.8),) * 2,
        0,
        start,
        start + rng.uniform(20, 80),
        1.6,
        max(1, round(length * 0.06)),
        cv2.LINE_AA,
    )
    layer = cv2.GaussianBlur(layer, (0, 0), max(0.6, length * 0.02))
    canvas.pixels += layer[:, :, None] * rng.uniform(15, 70)


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
        _composers[held] = Composer(build_cutouts(), load_surfaces(), held)
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            for _ in pool.imap_unordered(_render, tasks, chunksize=16):
                pass
    return paths
