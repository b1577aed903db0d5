"""Composites: cut-out pills on real and drawn surfaces, under one light, one shadow and one camera per picture.

A picture is decided by its number alone (``seed + number``), so a run can be stopped and taken up again.
"""

import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.cutouts import CutoutStore, build_cutouts
from pillapp.training.datasets import format_yolo_boxes, read_bgr, work_dir
from pillapp.training.surfaces import Surfaces, draw_print, draw_surface, load_surfaces, make_finger, take_texture

GROUPS: Final = {"train": 20_000_000, "held": 30_000_000, "hard": 40_000_000}  # first seed of each
MIN_VISIBLE: Final = 0.25  # a pill less visible than this is not labelled: nobody could count it
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


@dataclass(frozen=True, slots=True)
class Camera:
    """One light and one point of view for a whole picture.

    ``shadow`` is the offset of a shadow in units of pill height, ``softness`` its blur in the same units; ``tilt`` is
    the angle from the vertical in radians: it squashes what lies flat along y and shows sides below.
    """

    shadow: tuple[float, float]
    softness: float
    darkness: float
    tilt: float
    light: float  # direction the light comes from, radians in the picture


def draw_camera(rng: np.random.Generator) -> Camera:
    """Half the pictures are taken from straight above, the others obliquely up to 60°."""
    light = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(0.1, 0.9)
    return Camera(
        shadow=(-reach * np.cos(light), -reach * np.sin(light)),
        softness=rng.uniform(0.08, 0.5),
        darkness=rng.uniform(0.1, 0.7),
        tilt=0.0 if rng.random() < 0.45 else rng.uniform(0.1, 1.05),
        light=light,
    )


class Canvas:
    """A picture being built: ``pixels`` float32 RGB (h, w, 3), ``owner`` int16 (h, w): 0 or the pill seen there."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.owner: np.ndarray = np.zeros(pixels.shape[:2], np.int16)
        self.areas: list[int] = []  # full area of each pill, seen or not
        self.fixed: list[tuple[float, float, float, float]] = []  # pixel boxes the background brought along

    def paste(self, rgba: np.ndarray, x: float, y: float, camera: Camera, height: float, pill: bool) -> None:
        """Put an RGBA patch with its centre at (x, y), its shadow first; its top is ``height`` px above the ground."""
        self._shade(rgba[:, :, 3], x + camera.shadow[0] * height, y + camera.shadow[1] * height, camera, height)
        view = self._overlap(rgba.shape[:2], x, y)
        if pill:
            self.areas.append(int((rgba[:, :, 3] > 127).sum()))
        if view is None:
            return
        here, there = view
        patch = rgba[there]
        alpha = patch[:, :, 3:].astype(np.float32) / 255
        self.pixels[here] = self.pixels[here] * (1 - alpha) + patch[:, :, :3] * alpha
        self.owner[here][patch[:, :, 3] > 127] = len(self.areas) if pill else 0

    def _shade(self, alpha: np.ndarray, x: float, y: float, camera: Camera, height: float) -> None:
        sigma = max(0.6, camera.softness * height)
        margin = int(3 * sigma) + 1
        soft = cv2.copyMakeBorder(alpha, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
        soft = cv2.GaussianBlur(soft, (0, 0), sigma)
        view = self._overlap(soft.shape, x, y)
        if view is not None:
            here, there = view
            self.pixels[here] *= 1 - camera.darkness * soft[there][:, :, None].astype(np.float32) / 255

    def _overlap(
        self, shape: tuple[int, ...], x: float, y: float
    ) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
        left, top = round(x - shape[1] / 2), round(y - shape[0] / 2)
        x1, y1 = max(left, 0), max(top, 0)
        x2, y2 = min(left + shape[1], self.owner.shape[1]), min(top + shape[0], self.owner.shape[0])
        if x1 >= x2 or y1 >= y2:
            return None
        return (slice(y1, y2), slice(x1, x2)), (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))

    def boxes(self) -> np.ndarray:
        """Boxes (n, 4), as shares of width and height, of what is seen of each pill; hidden pills are left out."""
        height, width = self.owner.shape
        found = [np.array(self.fixed, np.float32).reshape(-1, 4) / (width, height, width, height)]
        for number, area in enumerate(self.areas, 1):
            mask = self.owner == number
            seen = int(mask.sum())
            if seen < 12 or seen < MIN_VISIBLE * area:
                continue
            ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            box = np.array([[xs[0], ys[0], xs[-1] + 1, ys[-1] + 1]], np.float32)
            found.append(box / (width, height, width, height))
        return np.concatenate(found).astype(np.float32)


def lay_pill(
    cutout: np.ndarray, length: float, angle: float, camera: Camera, thickness: float, lean: float
) -> np.ndarray:
    """A cut-out lying on the surface as the camera sees it, RGBA with a margin.

    Args:
        cutout: RGBA seen from above.
        length: its long side in the picture, px.
        angle: its turn on the surface, radians.
        camera: its tilt squashes the pill along y and shows its side below.
        thickness: of the visible side wall, in px seen straight from the side.
        lean: extra tilt of this pill alone, as pills on others have.
    """
    h, w = cutout.shape[:2]
    scale = length / max(h, w)
    tilt = min(camera.tilt + lean, 1.25)
    squash = np.cos(tilt)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    view = np.array([[1, 0], [0, squash]]) @ turn
    half = np.abs(view) @ (w / 2, h / 2) + 2
    wall = round(thickness * np.sin(tilt))
    out_w, out_h = int(2 * half[0]) + 1, int(2 * half[1]) + 1
    shift = np.array([out_w / 2, out_h / 2]) - view @ (w / 2, h / 2)
    source = cutout
    if scale < 0.5:  # warpAffine does not average: shrink first
        source = cv2.resize(cutout, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        view = view @ np.diag([w / source.shape[1], h / source.shape[0]])
    matrix = np.column_stack([view, shift])
    top = cv2.warpAffine(source, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    if wall < 1:
        return top
    patch = np.zeros((out_h + wall, out_w, 4), np.uint8)
    solid = top[:, :, 3] > 127
    if not solid.any():
        return top
    rim = top[:, :, :3][solid].mean(axis=0)
    alpha = np.zeros((out_h + wall, out_w), np.uint8)
    for step in range(wall + 1):
        np.maximum(alpha[step : step + out_h], top[:, :, 3], out=alpha[step : step + out_h])
    across = np.cos(np.linspace(0, np.pi, out_w) - camera.light)
    shade = 0.62 + 0.2 * across
    patch[:, :, :3] = np.clip(rim * shade[None, :, None], 0, 255)
    patch[:, :, 3] = alpha
    face = top[:, :, 3:].astype(np.float32) / 255
    upper = patch[:out_h, :, :3]
    patch[:out_h, :, :3] = upper * (1 - face) + top[:, :, :3] * face
    return patch


def _shaded(cutout: np.ndarray, rng: np.random.Generator, camera: Camera) -> np.ndarray:
    """The cut-out under this picture's light: a gradient across it and now and then a gloss spot."""
    h, w = cutout.shape[:2]
    y, x = np.mgrid[-1 : 1 : complex(0, h), -1 : 1 : complex(0, w)].astype(np.float32)
    toward = x * np.cos(camera.light) + y * np.sin(camera.light)
    gain = 1 + rng.uniform(0, 0.22) * toward - rng.uniform(0, 0.15) * (x**2 + y**2)
    # studio pictures show white pills as grey; a photo exposed for them does not
    exposure = rng.uniform(0.85, 1.3) if cutout[h // 2, w // 2, :3].min() > 140 else rng.uniform(0.8, 1.15)
    rgb = cutout[:, :, :3] * (gain * exposure)[:, :, None]
    if rng.random() < 0.25:
        at = rng.uniform(0.1, 0.6)
        spot = np.exp(
            -((x - at * np.cos(camera.light)) ** 2 + (y - at * np.sin(camera.light)) ** 2) / rng.uniform(0.01, 0.12)
        )
        rgb = rgb + spot[:, :, None] * rng.uniform(40, 200)
    return np.dstack([np.clip(rgb, 0, 255).astype(np.uint8), cutout[:, :, 3]])


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
            patch = lay_pill(_shaded(cutout, rng, camera), long, turn, camera, wall, lean)
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


def take_photo(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """The camera's faults, last: uneven light, white balance, exposure, gamma, blur, noise, JPEG. Returns uint8 RGB."""
    height, width = pixels.shape[:2]
    lamp = cv2.resize(rng.normal(0, 1, (2, 2)).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    picture = pixels * (1 + rng.uniform(0, 0.22) * lamp)[:, :, None]
    if rng.random() < 0.25:
        y, x = np.mgrid[-1 : 1 : complex(0, height), -1 : 1 : complex(0, width)].astype(np.float32)
        picture = picture * (1 - rng.uniform(0.1, 0.6) * (x**2 + y**2) / 2)[:, :, None]
    picture = picture * np.exp(rng.normal(0, 0.07, 3)) * np.exp(rng.normal(0, 0.18))
    picture = 255 * (np.clip(picture, 0, 255) / 255) ** np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.55:
        picture = cv2.GaussianBlur(picture, (0, 0), np.exp(rng.uniform(np.log(0.4), np.log(2.6))))
    if rng.random() < 0.1:
        long = int(rng.integers(3, 11))
        kernel = np.zeros((long, long), np.float32)
        ends = (np.array([np.cos(a := rng.uniform(0, np.pi)), np.sin(a)]) * long / 2).round().astype(int)
        middle = np.array([long // 2, long // 2])
        cv2.line(kernel, tuple(int(v) for v in middle - ends), tuple(int(v) for v in middle + ends), 1.0)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    if rng.random() < 0.7:
        noise = rng.normal(0, rng.uniform(0.5, 9), (height, width, 1 if rng.random() < 0.5 else 3))
        picture = picture + noise
    photo = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        photo = cv2.imdecode(cv2.imencode(".jpg", photo, quality)[1], cv2.IMREAD_COLOR)
    return photo


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
