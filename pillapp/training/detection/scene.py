"""A picture being composed: one light and one camera, a canvas that knows which pill is seen where, and the camera's faults."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

MIN_VISIBLE: Final = 0.25  # a pill less visible than this is not labelled: nobody could count it


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


def light_pill(cutout: np.ndarray, rng: np.random.Generator, camera: Camera) -> np.ndarray:
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


def take_photo(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """The camera's faults, last: uneven light, white balance, exposure, gamma, blur, noise, JPEG. Returns uint8 RGB."""
    height, width = pixels.shape[:2]
    lamp = cv2.resize(rng.normal(0, 1, (2, 2)).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    picture = pixels * (1 + rng.uniform(0, 0.22) * lamp)[:, :, None]
    if rng.random() < 0.25:
        y, x = np.mgrid[-1 : 1 : complex(0, height), -1 : 1 : complex(0, width)].astype(np.float32)
        picture = picture * (1 - rng.uniform(0.1, 0.6) * (x**2 + y**2) / 2)[:, :, None]
    if rng.random() < 0.1:  # a cheap lens: the middle of another colour than the rim
        y, x = np.mgrid[-1 : 1 : complex(0, height), -1 : 1 : complex(0, width)].astype(np.float32)
        far = np.clip(np.hypot(x - rng.normal(0, 0.2), y - rng.normal(0, 0.2)), 0, 1.3)[:, :, None]
        picture = picture * (1 + far * rng.normal(0, 0.12, 3))
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
