"""A pill's box with what lies about it, and exactly which pixels are the pill: from rendered scenes and from composites."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import DataSetError, work_dir
from pillapp.training.detection.cutouts import CutoutStore, build_cutouts
from pillapp.training.detection.scene import Canvas, draw_camera, lay_pill, light_pill, take_photo
from pillapp.training.render.scenes import SeenPill
from pillapp.training.render.shards import read_scenes
from pillapp.training.surfaces import draw_surface, load_textures, take_texture
from pillapp.vision.segment import Window, window_of

SCENE_SHARE: Final = 0.55
HELD_OUT: Final = 12  # every twelfth scene is kept out of training, as the detector's are
_LEAST_PX: Final = 20  # both ways; what is smaller has no outline to speak of
_LEAST_SEEN: Final = 0.3
_JITTER: Final = 0.05  # how far a side of the detector's box is off, share of the box
_AROUND: Final = 1.6  # part of a scene that is kept around a pill, in boxes


@dataclass(frozen=True, slots=True, eq=False)
class ScenePill:
    """A part of a scene: ``pixels`` uint8 RGB (h, w, 3), ``mask`` bool (h, w) and the pill's ``box`` there; what the pill is."""

    pixels: np.ndarray
    mask: np.ndarray
    box: tuple[float, float, float, float]
    pill: SeenPill


def scene_pills(held: bool) -> list[ScenePill]:
    """Pills of the rendered scenes of one half that are large enough and not hidden.

    Raises:
        DataSetError: no scene was rendered.
    """
    found = []
    for number, scene in enumerate(read_scenes(work_dir() / "renders")):
        if (number % HELD_OUT == 0) != held:
            continue
        height, width = scene.mask.shape
        for pill in scene.pills:
            x1, y1, x2, y2 = pill.box
            if pill.visible < _LEAST_SEEN or min(x2 - x1, y2 - y1) < _LEAST_PX:
                continue
            pad_x, pad_y = (_AROUND - 1) / 2 * (x2 - x1) + 4, (_AROUND - 1) / 2 * (y2 - y1) + 4
            left, top = max(0, int(x1 - pad_x)), max(0, int(y1 - pad_y))
            right, bottom = min(width, int(x2 + pad_x)), min(height, int(y2 + pad_y))
            part = np.ascontiguousarray(scene.picture[top:bottom, left:right])
            mask = scene.mask[top:bottom, left:right] == pill.label
            found.append(ScenePill(part, mask, (x1 - left, y1 - top, x2 - left, y2 - top), pill))
    if not found:
        raise DataSetError("no scene was rendered: run main.py train render --scenes 2400 first")
    return found


class OutlineSampler:
    """Draws windows with their masks, all by one generator."""

    def __init__(self, scenes: list[ScenePill], held: bool) -> None:
        self._scenes = scenes
        self._store: CutoutStore = build_cutouts()
        self._choices = self._store.choices(held)
        self._textures = load_textures()

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A window float32 (4, side, side) and its mask float32 (side, side)."""
        if rng.random() < SCENE_SHARE:
            seen = self._scenes[int(rng.integers(len(self._scenes)))]
            return self._window(rng, take_photo(rng, seen.pixels.astype(np.float32)), seen.mask, seen.box)
        pixels, mask = self._composite(rng)
        ys, xs = np.nonzero(mask)
        if not len(xs):
            return self.draw(rng)
        box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
        return self._window(rng, pixels, mask, box)

    def _composite(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A pill in the middle of 160 px, others about it, under or over it; the picture and its mask."""
        side = 160
        table = take_texture(rng, self._textures, side, side) if rng.random() < 0.5 else draw_surface(rng, side, side)
        canvas, camera = Canvas(np.asarray(table, np.float32)), draw_camera(rng)
        long = float(np.exp(rng.uniform(np.log(30), np.log(105))))
        others = int(rng.choice([0, 1, 2, 4], p=[0.5, 0.2, 0.15, 0.15]))
        mine = int(rng.integers(others + 1))
        kind = int(self._choices[rng.integers(len(self._choices))])
        for number in range(others + 1):
            own = kind if number == mine or rng.random() < 0.6 else int(self._choices[rng.integers(len(self._choices))])
            cutout = self._store[own]
            short = long * min(cutout.shape[:2]) / max(cutout.shape[:2])
            wall = 0.0 if short < 0.45 * long else rng.uniform(0.2, 0.5) * short
            lean = rng.uniform(0, 0.7) if rng.random() < 0.2 else 0.0
            patch = lay_pill(light_pill(cutout, rng, camera), long, rng.uniform(0, 2 * np.pi), camera, wall, lean)
            x = y = side / 2
            if number != mine:
                away, way = rng.uniform(0.7, 1.3) * (long + short) / 2, rng.uniform(0, 2 * np.pi)
                x, y = side / 2 + away * np.cos(way), side / 2 + away * np.sin(way)
            canvas.paste(patch, x, y, camera, 0.35 * short, pill=True)
        mask = canvas.owner == mine + 1
        return take_photo(rng, canvas.pixels), cv2.morphologyEx(
            mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3))
        ) > 0

    def _window(
        self, rng: np.random.Generator, pixels: np.ndarray, mask: np.ndarray, box: tuple[float, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        x1, y1, x2, y2 = box
        off = rng.normal(0, _JITTER / 2, 4).clip(-_JITTER, _JITTER) * (x2 - x1, y2 - y1, x2 - x1, y2 - y1)
        guessed = (x1 + off[0], y1 + off[1], x2 + off[2], y2 + off[3])
        window: Window = window_of(np.ascontiguousarray(pixels), guessed)
        wanted = window.shown(mask.astype(np.float32))
        picture = window.picture
        if rng.random() < 0.5:
            picture, wanted = picture[:, :, ::-1], wanted[:, ::-1]
        if rng.random() < 0.5:
            picture, wanted = picture[:, ::-1], wanted[::-1]
        if rng.random() < 0.5:
            picture, wanted = picture.transpose(0, 2, 1), wanted.T
        return np.ascontiguousarray(picture), np.ascontiguousarray(wanted, dtype=np.float32)
