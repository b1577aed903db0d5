"""What one training step shows: a side on some table under some light, through some camera, with an outline not quite right."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pillapp.catalog.values import Appearance
from pillapp.training.attribute_reader.sides import Sides, answers_of
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.detection.scene import take_photo
from pillapp.training.outline.samples import ScenePill, scene_pills
from pillapp.training.surfaces import draw_surface, take_texture
from pillapp.vision.attributes import LONG_PX, VIEW, attribute_view, view_of
from pillapp.vision.colour import COLOURS
from pillapp.vision.shape import SHAPES

_ROUND: Final = 0.9  # breadth over length from which a pill may lie any way round
_HALVES: Final = slice(len(SHAPES), len(SHAPES) + 2 * len(COLOURS))
_SEEN: Final = 0.9  # share of a pill in a scene, from which it tells its colours and shape
_LEAST_PX: Final = 44  # of the part of a scene around it
_TINT: Final = 0.2  # spread of the log gain of red, green and blue of a coloured table
_BLACK_BODY: Final = np.array([0.10, 0.0, -0.14])  # log gain of red, green, blue of a light one step warmer


@dataclass(frozen=True, slots=True, eq=False)
class SceneViews:
    """Pills of rendered scenes: each seen with what lies about it, and its ``answers`` (n, sum(PARTS))."""

    pills: tuple[ScenePill, ...]
    answers: np.ndarray


def scene_views() -> SceneViews:
    """Pills of the training half of the rendered scenes that are seen nearly whole and large enough."""
    rows: dict[str, list[Appearance]] = {}
    for row in catalogue_appearances():
        rows.setdefault(row.item_seq, []).append(row)
    pills, answers = [], []
    for seen in scene_pills(held=False):
        of_product = rows[seen.pill.item_seq]
        if seen.pill.visible < _SEEN or min(seen.mask.shape) < _LEAST_PX or len(of_product) != 1:
            continue
        if of_product[0].shape not in SHAPES:
            continue
        answer = answers_of(of_product[0], not seen.pill.front, None)
        one, other = answer[_HALVES].reshape(2, -1)
        if (one != other).any():
            answer[_HALVES] = 0  # which end is which is not known in a scene
        pills.append(seen)
        answers.append(answer)
    return SceneViews(tuple(pills), np.stack(answers))


def scene_sample(rng: np.random.Generator, scenes: SceneViews, number: int) -> tuple[np.ndarray, np.ndarray]:
    """One pill of a scene as :func:`sample` gives it."""
    seen = scenes.pills[number]
    photo = take_photo(rng, seen.pixels.astype(np.float32))
    view = attribute_view(photo, guessed(rng, seen.mask.astype(np.uint8) * np.uint8(255)) > 127)
    for axis in (1, 2):  # both ends of such pills are alike
        if rng.random() < 0.5:
            view = np.flip(view, axis)
    return np.ascontiguousarray(view), scenes.answers[number]


def sample(rng: np.random.Generator, sides: Sides, number: int, textures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One picture for the network (4, VIEW, VIEW) and its answers (sum(PARTS),)."""
    rgba, answers = sides.pixels[number], sides.answers[number].copy()
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
        answers[_HALVES] = answers[_HALVES].reshape(2, -1)[::-1].ravel()
    if rng.random() < 0.5:
        rgba = rgba[::-1]
    patch, outline = _lie(rng, np.ascontiguousarray(rgba))
    picture = _table(rng, textures)
    picture = _shadow(rng, picture, outline)
    cover = patch[:, :, 3:].astype(np.float32) / 255
    picture = picture * (1 - cover) + patch[:, :, :3] * cover
    seen = photograph(rng, picture)
    return view_of(seen, guessed(rng, outline)), answers


def _lie(rng: np.random.Generator, rgba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The side turned and seen a little obliquely, as long as it is shown, RGBA; and its outline uint8."""
    solid = rgba[:, :, 3] > 127
    breadth = np.ptp(np.flatnonzero(solid.any(axis=1))) + 1
    turn = rng.uniform(0, 360) if breadth > _ROUND * LONG_PX else rng.normal(0, 3)
    tilt = np.deg2rad(min(abs(rng.normal(0, 14)), 40))
    way = rng.uniform(0, np.pi)
    axes = np.array([[np.cos(way), -np.sin(way)], [np.sin(way), np.cos(way)]])
    squash = axes @ np.diag([np.cos(tilt), 1.0]) @ axes.T
    spin = cv2.getRotationMatrix2D((0, 0), turn, rng.uniform(0.94, 1.06))[:, :2]
    view = squash @ spin
    middle = np.array([VIEW / 2, VIEW / 2])
    matrix = np.column_stack([view, middle - view @ middle + rng.normal(0, 1.0, 2)])
    patch: np.ndarray = cv2.warpAffine(rgba, matrix, (VIEW, VIEW), flags=cv2.INTER_LINEAR)
    return patch, np.ascontiguousarray(patch[:, :, 3])


def _table(rng: np.random.Generator, textures: np.ndarray) -> np.ndarray:
    """What it lies on, float32 (VIEW, VIEW, 3) 0..255; as often as not of a colour of its own, which is not the light's."""
    picture = take_texture(rng, textures, VIEW, VIEW) if rng.random() < 0.45 else draw_surface(rng, VIEW, VIEW)
    if rng.random() < 0.5:
        picture = picture * np.exp(rng.normal(0, _TINT, 3))
    return picture


def _shadow(rng: np.random.Generator, picture: np.ndarray, outline: np.ndarray) -> np.ndarray:
    shift = rng.normal(0, 0.05 * LONG_PX, 2)
    moved = cv2.warpAffine(outline, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]), (VIEW, VIEW))
    soft = cv2.GaussianBlur(moved.astype(np.float32) / 255, (0, 0), rng.uniform(1, 6))
    return np.asarray(picture * (1 - rng.uniform(0, 0.7) * soft[:, :, None]))


def photograph(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """The light's colour over pill and table alike, exposure, tone, lost detail, noise, JPEG; uint8."""
    gain = np.exp(rng.normal(0, 1.0) * _BLACK_BODY + rng.normal(0, 0.05, 3) + rng.normal(-0.05, 0.2))
    bright = np.clip(picture * gain, 0, None) / 255
    tone = np.where(bright > 0.8, 0.8 + 0.2 * (1 - np.exp(-(bright - 0.8) / 0.2)), bright)  # a camera's shoulder
    picture = 255 * np.clip(tone, 0, 1) ** np.exp(rng.normal(0, 0.15))
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + (picture - grey) * rng.uniform(0.75, 1.3)  # as cameras soften or strengthen colours
    if rng.random() < 0.6:
        picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), np.exp(rng.uniform(np.log(0.4), np.log(2.2))))
    picture = picture + rng.normal(0, rng.uniform(0, 7), picture.shape)
    seen = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 92))])[1]
        seen = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    return seen


def guessed(rng: np.random.Generator, outline: np.ndarray) -> np.ndarray:
    """The outline as a program finds it: a little too large or too small, now and then with the shadow."""
    solid: np.ndarray = np.where(outline > 127, 255, 0).astype(np.uint8)
    wrong = int(rng.choice([-2, -1, 0, 1, 2, 3], p=[0.08, 0.2, 0.32, 0.22, 0.12, 0.06]))
    if wrong:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(wrong) + 1,) * 2)
        solid = cv2.dilate(solid, kernel) if wrong > 0 else cv2.erode(solid, kernel)
    if rng.random() < 0.15:
        dx, dy = rng.integers(-4, 5, 2)
        moved = np.roll(solid, (int(dy), int(dx)), (0, 1))
        solid = np.maximum(solid, moved)
    return solid
