"""Fit colours and shapes on the official product pictures: ``main.py train attributes``.

Reads the ``train`` rows of the ``mfds_reference`` set (both sides of a pill on a blue millimetre card), writes
``models/colours.json`` and ``models/shapes.json`` and prints how well shape and colour are read.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from pillapp.paths import models_dir
from pillapp.training.datasets import mfds_measuring_rows, mfds_rows, training_set
from pillapp.vision.colour import COLOURS, read_colours
from pillapp.vision.segment import Cutout, cut_out
from pillapp.vision.shape import SHAPES, measure_outline, read_shape, shape_features

# Fewer pictures than this do not give a covariance of their own; the pooled one stands in.
ENOUGH = 12
# No one-coloured picture of these in the set: the colour term's usual sRGB value stands in.
UNSEEN = {"청록": (0.15, 0.55, 0.55), "남색": (0.12, 0.16, 0.40), "자주": (0.50, 0.12, 0.35)}


@dataclass(frozen=True)
class Side:
    """One side of one official picture: its cut-out and the row's shape and colours."""

    cutout: Cutout
    shape: str
    colours: tuple[str, ...]


def sides(use: str) -> Iterator[Side]:
    """Both sides of every picture whose ``use`` column says so."""
    folder = training_set("mfds_reference")
    for row in mfds_rows() if use == "train" else mfds_measuring_rows():
        if row["shape"] not in SHAPES:
            continue
        picture = cv2.imread(str(folder / "images" / row["file"]))
        if picture is None:
            continue
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        named = f"{row['color1']},{row['color2']}".replace("|", ",").split(",")
        colours = tuple(c.strip() for c in named if c.strip() in COLOURS)
        for box in pill_boxes(rgb):
            yield Side(cut_out(rgb, box), row["shape"], colours)


def pill_boxes(rgb: np.ndarray) -> list[tuple[float, float, float, float]]:
    """The two pills on the blue card: what differs from the card's colour in Lab."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    card = np.median(lab.reshape(-1, 3), axis=0)
    height, width = lab.shape[:2]
    different = (np.linalg.norm(lab - card, axis=2) > 14).astype(np.uint8)
    different[: int(height * 0.12)] = different[int(height * 0.86) :] = 0
    different[:, int(width * 0.92) :] = 0
    different = cv2.morphologyEx(different, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(different)
    blobs = sorted(stats[1:], key=lambda s: -s[4])[:2]
    return [
        (float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h, area in blobs
        if area > 0.004 * lab[..., 0].size
    ]


def fit(say: Callable[[str], None]) -> None:
    """Fit both, write them, and report on the rows the fit has not seen (they are for measuring only)."""
    train = list(sides("train"))
    _write("colours.json", "median CIE Lab (D65) of one-coloured pills", "colours", fit_colours(train))
    _write("shapes.json", "logistic regression on outline distances, see vision/shape.py", "weights", fit_shapes(train))
    report("train", train, say)
    report("measure", list(sides("measure")), say)


def _write(name: str, what: str, key: str, values: dict[str, object]) -> None:
    card = {"source": "mfds_reference, train rows", "what": what, key: values}
    (models_dir() / name).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def fit_colours(train: list[Side]) -> dict[str, object]:
    """Mean, covariance and share of each official colour."""
    samples: dict[str, list[np.ndarray]] = {colour: [] for colour in COLOURS}
    for side in train:
        if len(side.colours) == 1 and side.cutout.trusted:
            lab = cv2.cvtColor(side.cutout.crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
            inside = cv2.erode(side.cutout.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            if inside.sum() > 50:
                samples[side.colours[0]].append(np.median(lab[inside], axis=0))
    pooled = np.mean([np.cov(np.array(v).T) for v in samples.values() if len(v) >= ENOUGH], axis=0)
    total = sum(len(v) for v in samples.values())
    colours: dict[str, object] = {}
    for colour, values in samples.items():
        stack = np.array(values or [cv2.cvtColor(np.array([[UNSEEN[colour]]], np.float32), cv2.COLOR_RGB2LAB)[0, 0]])
        covariance = np.cov(stack.T) if len(values) >= ENOUGH else pooled
        colours[colour] = {
            "n": len(values),
            "mean": [round(float(v), 2) for v in np.median(stack, axis=0)],
            "covariance": [[round(float(v), 3) for v in row] for row in covariance],
            "share": round(max(len(values), 3) / total, 5),
        }
    return colours


def fit_shapes(train: list[Side], ridge: float = 0.2) -> dict[str, object]:
    """Multinomial logistic regression with a ridge penalty; one weight vector (13,) per shape."""
    features, labels = [], []
    for side in train:
        contour, long_px, short_px, angle = measure_outline(side.cutout.mask)
        features.append(shape_features(contour, angle, short_px / long_px))
        labels.append(SHAPES.index(side.shape))
    x, y, rows = np.array(features), np.array(labels), np.arange(len(labels))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(x.shape[1], len(SHAPES))
        logits = x @ weights
        normaliser = logsumexp(logits, axis=1)
        residual = np.exp(logits - normaliser[:, None])
        residual[rows, y] -= 1
        value = (normaliser - logits[rows, y]).mean() + ridge / len(y) * (weights**2).sum()
        return float(value), (x.T @ residual / len(y) + 2 * ridge / len(y) * weights).ravel()

    best = minimize(loss, np.zeros(x.shape[1] * len(SHAPES)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weights = best.x.reshape(x.shape[1], len(SHAPES))
    return {shape: [round(float(w), 4) for w in weights[:, k]] for k, shape in enumerate(SHAPES)}


def report(use: str, seen_sides: list[Side], say: Callable[[str], None]) -> None:
    """Say the share of sides whose shape and colour are read as the file says."""
    shapes: Counter[tuple[str, bool]] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    right = seen = top_two = 0
    for side in seen_sides:
        reading = read_shape(side.cutout.mask)
        shapes[side.shape, reading.name == side.shape] += 1
        confused[side.shape, reading.name] += reading.name != side.shape
        if len(side.colours) == 1:
            found = read_colours(side.cutout.crop, side.cutout.mask, reading.angle)
            ranked = np.argsort(found.parts[0])[::-1]
            seen += 1
            right += COLOURS[ranked[0]] == side.colours[0]
            top_two += side.colours[0] in (COLOURS[ranked[0]], COLOURS[ranked[1]])
    say(f"{use}: colour right {right}/{seen} = {right / seen:.3f}, among two {top_two / seen:.3f}")
    for shape in SHAPES:
        n = shapes[shape, True] + shapes[shape, False]
        if n:
            say(f"{use}: {shape} {shapes[shape, True]}/{n}")
    say(f"{use}: most confused {confused.most_common(8)}")
