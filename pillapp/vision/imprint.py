"""Reading the imprint of one pill: a heat map of characters, searched over the ways the pill may lie.

The network knows characters that stand upright (±20°). A round pill is therefore shown in twelve rotations, a long one
along its axis (both ways up, small and large) and across it; the best views are kept side by side and never merged. The rim of
a round pill is also shown laid out straight, for text along it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.vision.engines import Engine
from pillapp.vision.model_card import read_card
from pillapp.vision.unroll import PX_PER_RADIAN, PX_PER_RADIUS, STRIP_SHAPE, unroll

# O reads as 0 and I as 1: on a pill they are the same strokes. Two more classes: any Hangul syllable, and a logo.
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
HANGUL: Final = len(ALPHABET)
MARK: Final = HANGUL + 1
CLASSES: Final = MARK + 1
STRIDE: Final = 4
MULTIPLE: Final = 16  # sides of every canvas are multiples of this: the network halves them four times
ROUND_SIDE: Final = 160  # px, canvas of a round pill
ROUND_FILL: Final = 148  # px, its diameter there
LONG_SHAPE: Final = (144, 320)  # px, height and width of the canvas of a long pill
LONG_FILL: Final = (132, 304)
SMALL_SHAPE: Final = (112, 240)  # its canvas where it is shown smaller
LONG_ASPECT: Final = 1.25  # from here a pill's axis can be told and text runs along it (or across)
ROTATIONS: Final = 12
KEPT_VIEWS: Final = 3
MAX_CHARACTERS: Final = 18  # per view; the longest common imprints have 16
MIN_EXISTENCE: Final = 0.06
HALF_ARC: Final = np.deg2rad(130)  # text along a rim reaches this far to each side of its middle, at most
SAME_PLACE: Final = 14.0  # px of a round canvas between two characters that cannot both be there
LEAST_BENT: Final = 1.0  # sure characters along the rim, from which it is looked at as text
BENT_TRUST: Final = 0.8  # letters along the rim add to a straight view: text is there only where they add much
SHOWN_EXISTENCE: Final = 0.5  # what the screen shows


@dataclass(frozen=True, slots=True)
class View:
    """Characters seen in one rotation of the pill.

    ``angle``: degrees the pill was turned by. ``xy`` (n, 2): centres in pixels of the view; ``existence`` (n,): that
    there is a character at all, 0..1; ``log_p`` (n, CLASSES): log-probability of each class, given that there is one.
    """

    angle: float
    xy: np.ndarray
    existence: np.ndarray
    log_p: np.ndarray


@dataclass(frozen=True, slots=True)
class ImprintReading:
    """What one side of a pill says: the best views first, a plain guess for the screen, and how sure it is (0..1).

    No views: there was nothing to look at. Views without characters: looked, and the side seems blank.
    """

    views: tuple[View, ...]
    text: str
    confidence: float


class ImprintReader:
    """Reads imprints with the network in ``weights`` (path without suffix). One thread owns it.

    Raises:
        ModelError: weights or card missing or damaged.
    """

    def __init__(self, engine: Engine, weights: Path) -> None:
        card = read_card(weights)
        card.check_file(".onnx")
        self.name = card.name
        self._session = engine.load(weights)

    def read(self, crop: np.ndarray, mask: np.ndarray) -> ImprintReading:
        """Read one pill: ``crop`` RGB uint8 (H, W, 3), ``mask`` (H, W) true on the pill."""
        pill = _lay(crop, mask)
        if pill is None:
            return ImprintReading((), "", 0.0)
        views: list[View] = []
        for batch, angles in _batches(pill):
            heat = self._session.infer(batch)
            views += [find_characters(heat[i], angles[i]) for i in range(len(angles))]
        found = sorted([(evidence(view), view) for view in views], key=lambda pair: -pair[0])[:KEPT_VIEWS]
        if not pill.long:
            heat = self._session.infer(rim_strips(pill))
            bent = [bent_view(find_characters(heat[i], 0.0), views, over=bool(i)) for i in range(len(heat))]
            found += [(BENT_TRUST * evidence(view), view) for view in bent if view is not None]
            found.sort(key=lambda pair: -pair[0])
        kept = tuple(view for _, view in found)
        text, confidence = plain_text(kept[0])
        return ImprintReading(kept, text, confidence)


@dataclass(frozen=True, slots=True, eq=False)
class _Pill:
    """A pill to be shown: ``grey`` float32 and ``solid`` uint8 (h, w), how it lies in them."""

    grey: np.ndarray
    solid: np.ndarray
    centre: tuple[float, float]
    width: float
    height: float
    angle: float

    @property
    def long(self) -> bool:
        return self.width >= LONG_ASPECT * self.height

    @property
    def round_scale(self) -> float:
        return ROUND_FILL / self.width


def _lay(crop: np.ndarray, mask: np.ndarray) -> _Pill | None:
    solid = np.ascontiguousarray(mask, dtype=np.uint8)
    centre, (width, height), angle = lie_of(solid)
    if height < 4:
        return None
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return _Pill(grey, solid, centre, width, height, angle)


def canvases(crop: np.ndarray, mask: np.ndarray) -> list[tuple[np.ndarray, list[float]]]:
    """Batches (n, 1, h, w) float32 to show the network, each with the rotation of its pictures in degrees."""
    pill = _lay(crop, mask)
    return [] if pill is None else _batches(pill)


def _batches(pill: _Pill) -> list[tuple[np.ndarray, list[float]]]:
    if not pill.long:
        angles = [360.0 * k / ROTATIONS for k in range(ROTATIONS)]
        return [(_turned(pill, pill.round_scale, angles, (ROUND_SIDE, ROUND_SIDE)), angles)]
    scale = min(LONG_FILL[1] / pill.width, LONG_FILL[0] / pill.height)
    along, across = [pill.angle, pill.angle + 180], [pill.angle + 90, pill.angle + 270]
    small = scale / 1.35  # big thin letters are read better small
    return [
        (_turned(pill, scale, along, LONG_SHAPE), along),
        (_turned(pill, small, along, SMALL_SHAPE), along),
        (_turned(pill, small, across, SMALL_SHAPE[::-1]), across),
    ]


def rim_strips(pill: _Pill) -> np.ndarray:
    """The rim of a round pill laid out straight, read from outside and from the middle: (2, 1, h, w) float32."""
    scale = pill.round_scale
    middle = (pill.centre[0] * scale, pill.centre[1] * scale)
    strip = unroll(_even(pill, scale), middle, (pill.width + pill.height) / 4 * scale)
    return np.ascontiguousarray(np.stack([strip, strip[::-1, ::-1]])[:, None])


def bent_view(strip: View, views: Sequence[View], *, over: bool) -> View | None:
    """One more way to see a round pill: letters along its rim set straight, above (``over``: below) what else is upright.

    ``strip`` is what was seen in a strip of :func:`rim_strips`, the second one if ``over``; ``views`` are the pill's
    straight views. Of two letters in one place the surer one stays. None where the rim says nothing.
    """
    height, width = STRIP_SHAPE
    along = width - strip.xy[:, 0] if over else strip.xy[:, 0]
    outward = height - strip.xy[:, 1] if over else strip.xy[:, 1]
    sure = _certainty(strip)
    if sure.sum() < LEAST_BENT:
        return None
    direction = along / PX_PER_RADIAN
    middle = float(np.angle((sure * np.exp(1j * direction)).sum()))
    off = (direction - middle + np.pi) % (2 * np.pi) - np.pi
    wanted = np.rad2deg(middle) - (180 if over else 0)
    straight = min(views, key=lambda view: abs((view.angle - wanted + 180) % 360 - 180))
    reach = (1 - outward / PX_PER_RADIUS) * ROUND_FILL / 2
    seen_at = direction - np.deg2rad(straight.angle)
    place = ROUND_SIDE / 2 + reach[:, None] * np.column_stack([np.sin(seen_at), -np.cos(seen_at)])
    x = ROUND_SIDE / 2 + (-1 if over else 1) * off * PX_PER_RADIAN * 0.6
    y = np.full(len(x), ROUND_SIDE / 2 + (1 if over else -1) * ROUND_FILL / 2)
    everything = np.concatenate([place, straight.xy])
    sureness = np.concatenate([np.where(np.abs(off) < HALF_ARC, sure, 0), _certainty(straight)])
    kept: list[int] = []
    for i in np.argsort(-sureness, kind="stable"):
        if sureness[i] > 0 and all(np.hypot(*(everything[i] - everything[k])) > SAME_PLACE for k in kept):
            kept.append(int(i))
    return View(
        straight.angle,
        np.concatenate([np.column_stack([x, y]), straight.xy])[kept].astype(np.float32),
        np.concatenate([strip.existence, straight.existence])[kept],
        np.concatenate([strip.log_p, straight.log_p])[kept],
    )


def lie_of(mask: np.ndarray) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Centre, length and breadth (px) of a mask, and the direction of its length in degrees clockwise from the x axis.

    The direction is that of the second moments: unlike the smallest rectangle it does not tip over on an oval.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return (0.0, 0.0), (0.0, 0.0), 0.0
    x, y = columns - columns.mean(), rows - rows.mean()
    angle = 0.5 * np.arctan2(2 * (x * y).mean(), (x * x).mean() - (y * y).mean())
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    u, v = (along.max() + along.min()) / 2, (across.max() + across.min()) / 2
    centre = (
        float(columns.mean() + u * np.cos(angle) - v * np.sin(angle)),
        float(rows.mean() + u * np.sin(angle) + v * np.cos(angle)),
    )
    return centre, (float(np.ptp(along)) + 1, float(np.ptp(across)) + 1), float(np.rad2deg(angle))


def _even(pill: _Pill, scale: float) -> np.ndarray:
    """The pill at ``scale``, evened out."""
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC  # warping does not average
    small = cv2.resize(pill.grey, None, fx=scale, fy=scale, interpolation=shrink)
    mask = cv2.resize(pill.solid, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    return even_out(small, mask)


def _turned(pill: _Pill, scale: float, angles: list[float], shape: tuple[int, int]) -> np.ndarray:
    """The pill at ``scale``, turned by each of ``angles`` onto a canvas of ``shape``: (n, 1, h, w)."""
    even = _even(pill, scale)
    height, width = shape
    middle = (pill.centre[0] * scale, pill.centre[1] * scale)
    batch = np.empty((len(angles), 1, height, width), np.float32)
    for i, angle in enumerate(angles):
        matrix = cv2.getRotationMatrix2D(middle, angle, 1.0)
        matrix[0, 2] += width / 2 - middle[0]
        matrix[1, 2] += height / 2 - middle[1]
        batch[i, 0] = cv2.warpAffine(even, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return batch


def even_out(grey: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Local contrast of a pill: grey (h, w) 0..1 less the mean around each pixel, over the spread; 0 off the pill."""
    solid = (mask > 0).astype(np.float32)
    sigma = 0.09 * max(4.0, float(np.sqrt(solid.sum())))
    weight = cv2.GaussianBlur(solid, (0, 0), sigma)
    local = cv2.GaussianBlur(grey * solid, (0, 0), sigma) / np.maximum(weight, 1e-3)
    rest = (grey - local) * solid
    inner = cv2.erode(solid, np.ones((3, 3), np.uint8), iterations=max(1, round(sigma / 2))) > 0
    spread = float(rest[inner].std()) if inner.any() else 0.0
    return np.asarray(np.clip(rest / (spread + 0.006), -4, 4), dtype=np.float32)


def find_characters(heat: np.ndarray, angle: float) -> View:
    """Peaks of one heat map (1 + CLASSES, h, w) of logits: existence first, then the classes."""
    existence = 1 / (1 + np.exp(-heat[0]))
    peaks = (existence == cv2.dilate(existence, np.ones((3, 3), np.uint8))) & (existence >= MIN_EXISTENCE)
    rows, columns = np.nonzero(peaks)
    kept: list[int] = []
    for i in np.argsort(-existence[rows, columns], kind="stable"):
        # neighbours may be equally high where the engine computes in half precision
        if all(abs(rows[i] - rows[k]) > 1 or abs(columns[i] - columns[k]) > 1 for k in kept):
            kept.append(int(i))
        if len(kept) == MAX_CHARACTERS:
            break
    rows, columns = rows[kept], columns[kept]
    logits = heat[1:, rows, columns].T
    log_p = (
        logits - logits.max(axis=1, keepdims=True, initial=-np.inf) if len(rows) else np.zeros((0, CLASSES), np.float32)
    )
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    xy = (np.column_stack([columns, rows]).astype(np.float32) + 0.5) * STRIDE
    return View(angle, xy, existence[rows, columns].astype(np.float32), log_p.astype(np.float32))


def _certainty(view: View) -> np.ndarray:
    """How sure each character of a view is (n,): that it is there, and which."""
    return np.asarray(view.existence**2 * np.exp(view.log_p[:, :MARK]).max(axis=1, initial=0.0))


def evidence(view: View) -> float:
    """How much a view looks like upright text: sure characters of a sure class."""
    return float(_certainty(view).sum())


def reading_order(xy: np.ndarray, line_height: float) -> np.ndarray:
    """Indices of points (n, 2) line by line, left to right; a line is what lies within half a ``line_height``."""
    remaining = list(np.argsort(xy[:, 1], kind="stable"))
    order: list[int] = []
    while remaining:
        top = xy[remaining[0], 1]
        line = [i for i in remaining if xy[i, 1] - top <= 0.5 * line_height]
        order += sorted(line, key=lambda i: float(xy[i, 0]))
        remaining = [i for i in remaining if i not in line]
    return np.array(order, dtype=np.int64)


def plain_text(view: View) -> tuple[str, float]:
    """The likeliest characters of a view in reading order and their mean probability; "" and 0 where none is sure."""
    sure = np.flatnonzero((view.existence >= SHOWN_EXISTENCE) & (view.log_p.argmax(axis=1) != MARK))
    if not len(sure):
        return "", 0.0
    xy = view.xy[sure]
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy)) * 1e6
    pitch = float(np.median(gaps.min(axis=1))) if len(xy) > 1 else 30.0
    order = reading_order(xy, 1.2 * pitch)
    best = view.log_p[sure].argmax(axis=1)
    characters = []
    for position, i in enumerate(order):
        if position:
            previous = order[position - 1]
            if xy[i, 0] - xy[previous, 0] > 2.0 * pitch or xy[i, 0] < xy[previous, 0]:
                characters.append(" ")
        characters.append("?" if best[i] == HANGUL else ALPHABET[int(best[i])])
    certainty = view.existence[sure] * np.exp(view.log_p[sure].max(axis=1))
    return _choose_lookalikes("".join(characters)), float(certainty.mean())


def _choose_lookalikes(text: str) -> str:
    """0 and 1 stand for O and I too: beside letters only, letters are meant."""
    words = []
    for word in text.split(" "):
        others = [c for c in word if c not in "01"]
        letters = bool(others) and all(c.isalpha() for c in others)
        words.append(word.replace("0", "O").replace("1", "I") if letters else word)
    return " ".join(words)
