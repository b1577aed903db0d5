"""What pills lie on and beside: textures, wallpapers and small things from Debian packages, drawn surfaces, and skin.

The packages are installed by name (``packaging/debian-training.sh``); nothing of them is copied into the project, only the trained
weights have seen them.
"""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.training.datasets import (
    DataSetError,
    LabelledPhoto,
    held_out,
    labelled_photos,
    read_bgr,
    training_set,
    work_dir,
)

INSTALL_LINE: Final = "packaging/debian-training.sh"
_TEXTURES: Final = Path("/usr/share/games/nexuiz/data/textures.pk3")
_WALLPAPERS: Final = (Path("/usr/share/wallpapers"), Path("/usr/share/backgrounds/gnome"))
_STAMPS: Final = Path("/usr/share/tuxpaint/stamps")
TEXTURE_SIDE: Final = 384  # px, square
STAMP_SIDE: Final = 224  # px, longest side
_NOT_A_SURFACE: Final = re.compile(
    r"_(norm|gloss|glow|bump|local|shirt|pants|luma|refl)\.|sky|/env|sfx|flags|sign|effects|liquid"
)


@dataclass(frozen=True)
class Surfaces:
    """``textures`` (n, 384, 384, 3) RGB mapped from disk, ``stamps`` RGBA cut-outs, ``scenes`` real labelled photos."""

    textures: np.ndarray
    stamps: tuple[np.ndarray, ...]
    scenes: tuple[LabelledPhoto, ...]

    def half(self, held: bool) -> "Surfaces":
        """Stamps and scenes of one half; held-out pictures use every twelfth texture, training pictures all of them."""
        pick = [i for i in range(len(self.textures)) if (i % 12 == 0) == held]
        return Surfaces(
            self.textures[pick] if held else self.textures,
            tuple(s for i, s in enumerate(self.stamps) if (i % 12 == 0) == held),
            tuple(s for s in self.scenes if held_out(s.scene) == held),
        )


def load_surfaces() -> Surfaces:
    """Textures, stamps and scenes together.

    Raises:
        DataSetError: a package is not installed; the message says what installs it.
    """
    textures = load_textures()
    stamps = [s for s in map(read_stamp, sorted(_STAMPS.rglob("*.png"))) if s is not None]
    return Surfaces(textures, tuple(stamps), tuple(labelled_photos(training_set("hands_and_desks"))))


def load_textures() -> np.ndarray:
    """Photographs of surfaces, (n, 384, 384, 3) RGB uint8; read from their packages once, then mapped from disk.

    Raises:
        DataSetError: a package is not installed; the message says what installs it.
    """
    if not (_TEXTURES.exists() and _STAMPS.is_dir() and all(folder.is_dir() for folder in _WALLPAPERS)):
        raise DataSetError(f"background packages are missing; install them with:\n  {INSTALL_LINE}")
    path = work_dir() / "surfaces" / "textures.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.stack(list(_read_textures())))
    return np.asarray(np.load(path, mmap_mode="r"))


def _read_textures() -> Iterable[np.ndarray]:
    rng = np.random.default_rng(1)
    with zipfile.ZipFile(_TEXTURES) as archive:
        names = sorted(
            n for n in archive.namelist() if re.search(r"\.(jpg|tga|png)$", n) and not _NOT_A_SURFACE.search(n)
        )
        for i in rng.permutation(len(names))[:900]:
            image = cv2.imdecode(np.frombuffer(archive.read(names[i]), np.uint8), cv2.IMREAD_COLOR)
            if image is not None and min(image.shape[:2]) >= 128:
                yield _square(image)
    for folder in _WALLPAPERS:
        for file in sorted(p for p in folder.rglob("*") if p.suffix in {".jpg", ".png", ".webp"}):
            image = cv2.imread(str(file))
            if image is not None and min(image.shape[:2]) >= 600:
                side = min(image.shape[:2])
                for _ in range(3):
                    x, y = rng.integers(0, image.shape[1] - side + 1), rng.integers(0, image.shape[0] - side + 1)
                    part = int(side * rng.uniform(0.4, 1))
                    yield _square(image[y : y + part, x : x + part])


def _square(image: np.ndarray) -> np.ndarray:
    side = min(image.shape[:2])
    image = cv2.resize(image[:side, :side], (TEXTURE_SIDE, TEXTURE_SIDE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image[:, :, ::-1])


def read_stamp(path: Path) -> np.ndarray | None:
    """A cut-out picture, RGBA uint8, at most :data:`STAMP_SIDE` long; None where the file has no transparency."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4 or image[:, :, 3].max() < 128:
        return None
    scale = min(1.0, STAMP_SIDE / max(image.shape[:2]))
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)


def draw_surface(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A drawn surface (height, width, 3) float32 RGB 0..255: plain, gradient, paper, grain, weave, lines or tiles."""
    base = any_colour(rng)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    kind = rng.choice(
        ["plain", "paper", "grain", "weave", "ruled", "tiles", "blobs"], p=[0.34, 0.2, 0.1, 0.14, 0.08, 0.06, 0.08]
    )
    pattern: np.ndarray
    if kind == "plain":
        pattern = np.zeros((height, width), np.float32)
    elif kind == "paper":
        pattern = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(0.5, 2.5))
    elif kind == "grain":
        bend = cv2.resize(rng.normal(0, 1, (5, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        pattern = (
            np.sin(u / rng.uniform(2, 14) + bend * rng.uniform(1, 5)) * 0.6 + np.sin(u / rng.uniform(1, 3) + bend) * 0.3
        )
    elif kind == "weave":
        period = rng.uniform(1.2, 8)
        pattern = np.sin(u / period) * np.sin(v / period * rng.uniform(0.7, 1.4))
        pattern = np.sign(pattern) * np.abs(pattern) ** rng.uniform(0.4, 1.5)
    elif kind == "ruled":
        pattern = -(np.mod(u, rng.uniform(14, 60)) < rng.uniform(0.8, 3)).astype(np.float32) * 2
    elif kind == "tiles":
        side = rng.uniform(20, 130)
        pattern = (np.mod(np.floor(u / side) + np.floor(v / side), 2) - 0.5).astype(np.float32) * 2
    else:
        cells = int(rng.integers(6, 26))
        pattern = cv2.resize(
            rng.normal(0, 1, (cells, cells)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    tint = any_colour(rng) - base if rng.random() < 0.3 else np.full(3, 255.0) * rng.choice([-1, 1])
    picture = base + pattern[:, :, None] * tint * rng.uniform(0.01, 0.14)
    return np.clip(picture, 0, 255).astype(np.float32)


def draw_tray(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A counting tray or mat (height, width, 3) float32 RGB 0..255: one even colour, pale, dark or bright, often with a rim."""
    value = rng.choice([rng.uniform(175, 250), rng.uniform(15, 70), rng.uniform(60, 200)], p=[0.5, 0.25, 0.25])
    hue, saturation = rng.uniform(0, 360), rng.choice([rng.uniform(0, 0.08), rng.uniform(0.2, 0.8)], p=[0.7, 0.3])
    colour = cv2.cvtColor(np.array([[[hue, saturation, value / 255]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0] * 255
    tray: np.ndarray = np.full((height, width, 3), colour, np.float32)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(0.4, 2))
    tray += (fine * rng.uniform(0, 6))[:, :, None]
    if rng.random() < 0.5:  # the rim: a wall of another brightness, and what the tray stands on
        margin = rng.uniform(-0.04, 0.1, 4) * (height, height, width, width)
        corners = np.array(
            [
                [margin[2], margin[0]],
                [width - margin[3], margin[0]],
                [width - margin[3], height - margin[1]],
                [margin[2], height - margin[1]],
            ]
        )
        corners = corners + rng.normal(0, 0.01 * width, (4, 2))
        inner = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(inner, corners.round().astype(np.int32), 255)
        wall = cv2.dilate(inner, np.ones((2 * int(rng.integers(3, 22)) + 1,) * 2, np.uint8)) > inner
        outside = draw_surface(rng, height, width)
        outside[wall] = colour * rng.uniform(0.6, 1.15)
        soft = cv2.GaussianBlur(inner, (0, 0), rng.uniform(0.5, 2))[:, :, None].astype(np.float32) / 255
        tray = tray * soft + outside * (1 - soft)
    return np.clip(tray, 0, 255).astype(np.float32)


def any_colour(rng: np.random.Generator) -> np.ndarray:
    """Mostly near-grey, light more often than dark, as counters, trays and paper are."""
    value = rng.choice([rng.uniform(190, 252), rng.uniform(20, 252)])
    saturation = rng.choice([rng.uniform(0, 0.12), rng.uniform(0.1, 0.8)], p=[0.6, 0.4])
    hsv = np.array([[[rng.uniform(0, 360), saturation, value / 255]]], np.float32)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float64) * 255


def take_texture(rng: np.random.Generator, textures: np.ndarray, height: int, width: int) -> np.ndarray:
    """A random piece of a texture, turned, enlarged and brought to a photo's brightness; float32 RGB 0..255."""
    texture = np.rot90(textures[rng.integers(len(textures))], int(rng.integers(4)))
    part = int(TEXTURE_SIDE * rng.uniform(0.35, 1))
    x, y = rng.integers(0, TEXTURE_SIDE - part + 1, 2)
    picture = cv2.resize(np.ascontiguousarray(texture[y : y + part, x : x + part]), (width, height)).astype(np.float32)
    if rng.random() < 0.6:  # game textures are dark: counters are not
        picture *= rng.uniform(70, 215) / max(picture.mean(), 8)
    if rng.random() < 0.3:
        picture = picture * 0.5 + picture.mean(axis=2, keepdims=True) * 0.5
    return np.clip(picture, 0, 255)


def skin_mask(image: np.ndarray) -> np.ndarray:
    """Where an RGB photo (h, w, 3) uint8 is skin-coloured (bool)."""
    ycrcb = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2YCrCb)
    return (ycrcb[:, :, 1] > 138) & (ycrcb[:, :, 1] < 178) & (ycrcb[:, :, 2] > 85) & (ycrcb[:, :, 2] < 125)


def make_finger(rng: np.random.Generator, scenes: tuple[LabelledPhoto, ...]) -> np.ndarray | None:
    """A round-ended piece of real skin with a finger's shading, RGBA uint8; None where the scene shows no skin."""
    scene = scenes[rng.integers(len(scenes))]
    image = np.ascontiguousarray(read_bgr(scene.path)[:, :, ::-1])
    skin = skin_mask(image)
    height, width = skin.shape
    for x1, y1, x2, y2 in scene.boxes * (width, height, width, height):
        skin[max(0, int(y1) - 6) : int(y2) + 7, max(0, int(x1) - 6) : int(x2) + 7] = False
    skin[[0, -1]] = skin[:, [0, -1]] = False  # nothing beyond the edge of the photo
    inside = cv2.distanceTransform(skin.astype(np.uint8), cv2.DIST_L2, 3)
    if inside.max() < 24:
        return None
    ys, xs = np.nonzero(inside > 0.6 * inside.max())
    k = rng.integers(len(xs))
    half = int(inside[ys[k], xs[k]] * 0.7)
    patch = image[ys[k] - half : ys[k] + half, xs[k] - half : xs[k] + half]
    thick = int(rng.uniform(50, 110))
    long = int(thick * rng.uniform(2.2, 5))
    patch = cv2.resize(patch, (long, thick), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    across = np.linspace(-1, 1, thick, dtype=np.float32)[:, None]
    shade = 1 - rng.uniform(0.1, 0.45) * np.abs(across - rng.uniform(-0.6, 0.6)) ** 2
    x = np.arange(long, dtype=np.float32)[None, :]
    for _ in range(int(rng.integers(0, 4))):  # creases of a knuckle
        at, bend = rng.uniform(0.2, 0.9) * long, rng.uniform(-6, 6)
        shade = shade * (1 - rng.uniform(0.05, 0.3) * np.exp(-(((x - at - bend * across**2) / rng.uniform(1, 3)) ** 2)))
    patch = np.clip(patch * np.broadcast_to(shade, (thick, long))[:, :, None], 0, 255)
    alpha = np.zeros((thick, long), np.uint8)
    radius = thick // 2
    cv2.rectangle(alpha, (radius, 0), (long if rng.random() < 0.7 else long - radius, thick), 255, -1)
    cv2.circle(alpha, (radius, radius), radius, 255, -1)
    cv2.circle(alpha, (long - radius, radius), radius, 255, -1)
    if rng.random() < 0.35:  # a nail
        colour = tuple(float(c) for c in np.clip(patch.mean(axis=(0, 1)) * rng.uniform(1.0, 1.2), 0, 255))
        patch = np.ascontiguousarray(patch)
        cv2.ellipse(
            patch,
            (int(radius * 0.9), radius),
            (int(radius * 0.7), int(radius * 0.55)),
            0,
            0,
            360,
            colour,
            -1,
            cv2.LINE_AA,
        )
    return np.dstack([patch.astype(np.uint8), alpha])
