"""Drawn sides of pills with their imprint, shaded from a height field, with the place of every character.

Quick shading in numpy (a few lamps over a dome with pressed or printed text, gloss, darker grooves) is worth nearly as
much to the reader as path tracing, at a twentieth of the price. Pictures are kept as the network sees them, evened out.
"""

import os
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.catalog.imprint_text import split_imprint
from pillapp.training.catalogue_sides import Side, SideSampler, catalogue_sides
from pillapp.training.datasets import work_dir
from pillapp.training.reader.renderings import LEVELS, Rendering, save_renderings
from pillapp.training.reader.text import Text, lay_out
from pillapp.vision.imprint import LONG_FILL, LONG_SHAPE, ROUND_FILL, even_out

ROUND_CANVAS: Final = (176, 176)
LONG_CANVAS: Final = (LONG_SHAPE[0] + 16, LONG_SHAPE[1] + 16)
CHUNK: Final = 500


def render(rng: np.random.Generator, side: Side) -> Rendering:
    """One picture of a side, text upright (±3°), the pill large on its canvas."""
    long = side.aspect >= 1.25
    height, width = LONG_CANVAS if long else ROUND_CANVAS
    if long:
        scale = min(LONG_FILL[1], LONG_FILL[0] * side.aspect) * rng.uniform(0.92, 1.0)
        half_w, half_h = scale / 2, scale / side.aspect / 2
    else:
        half_w = ROUND_FILL / 2 * rng.uniform(0.92, 1.06)
        half_h = half_w / side.aspect
    across = long and side.shape in ("장방형",) and rng.random() < 0.08
    if across:
        height, width, half_w, half_h = width, height, half_h, half_w
    mask = _outline(side.shape, (width, height), half_w, half_h, across)
    # smoothed: the raw transform has creases that the lamps would show
    inside = cv2.GaussianBlur(cv2.distanceTransform(mask, cv2.DIST_L2, 5), (0, 0), 2.5)
    capsule = side.shape == "장방형" and rng.random() < 0.3
    text = lay_out(rng, side, (height, width), half_w, half_h, capsule)
    picture = _shade(rng, side, mask, inside, text, half_w, half_h, capsule)
    picture, mask = _photograph(rng, picture, mask)
    even = even_out(picture, mask)
    stored = np.clip(np.round(even * LEVELS), -127, 127).astype(np.int8)
    return Rendering(stored, np.array(text.characters, np.float32).reshape(-1, 4))


def _outline(shape: str, size: tuple[int, int], half_w: float, half_h: float, upright: bool) -> np.ndarray:
    """Filled outline, uint8 0/1 (h, w)."""
    width, height = size
    mask: np.ndarray = np.zeros((height, width), np.uint8)
    centre = (width / 2, height / 2)
    corners = {"삼각형": 3, "오각형": 5, "육각형": 6, "팔각형": 8, "마름모형": 4}.get(shape)
    if shape == "장방형":
        radius = int(min(half_w, half_h))
        a = (int(centre[0] - half_w), int(centre[1] - half_h))
        b = (int(centre[0] + half_w), int(centre[1] + half_h))
        if upright:
            cv2.rectangle(mask, (a[0], a[1] + radius), (b[0], b[1] - radius), 1, -1)
            ends = [(int(centre[0]), a[1] + radius), (int(centre[0]), b[1] - radius)]
        else:
            cv2.rectangle(mask, (a[0] + radius, a[1]), (b[0] - radius, b[1]), 1, -1)
            ends = [(a[0] + radius, int(centre[1])), (b[0] - radius, int(centre[1]))]
        for end in ends:
            cv2.circle(mask, end, radius, 1, -1)
    elif shape == "사각형" or corners:
        count = corners or 4
        start = np.pi / 4 if shape == "사각형" else -np.pi / 2 + (np.pi / 8 if count == 8 else 0)
        turn = start + 2 * np.pi * np.arange(count) / count
        reach = 1.3 if shape == "사각형" else 1.05
        points = np.column_stack([centre[0] + half_w * reach * np.cos(turn), centre[1] + half_h * reach * np.sin(turn)])
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31)))
    else:
        axes = (round(half_w), round(half_h))
        cv2.ellipse(mask, (int(centre[0]), int(centre[1])), axes, 0, 0, 360, 1, -1)
    return mask


def _shade(
    rng: np.random.Generator,
    side: Side,
    mask: np.ndarray,
    inside: np.ndarray,
    text: Text,
    half_w: float,
    half_h: float,
    capsule: bool,
) -> np.ndarray:
    """Grey picture (h, w) float32 0..1 of the pill under a few lamps."""
    height, width = mask.shape
    short = min(half_w, half_h)
    rise = np.clip(inside / (short * (1.0 if capsule else rng.uniform(0.15, 1.0))), 0, 1)
    ground = short * rng.uniform(0.15, 0.9 if capsule else 0.5) * np.sqrt(1 - (1 - rise) ** 2)
    printed = capsule or rng.random() < 0.16
    groove = cv2.GaussianBlur(text.ink, (0, 0), rng.uniform(0.6, 1.3))
    if side.scored:
        groove = np.maximum(groove, _score_line(rng, (height, width), side))
    raised = -1.0 if rng.random() < 0.07 else 1.0
    field = ground if printed else ground - raised * np.exp(rng.uniform(np.log(0.5), np.log(4.5))) * groove
    if capsule:  # the cap is a little wider than the body
        x = np.arange(width, dtype=np.float32)[None] - width / 2
        field = field + rng.uniform(0.5, 2) / (1 + np.exp(-np.clip((x - rng.normal(0, 0.1) * half_w) / 0.8, -30, 30)))
    field = cv2.GaussianBlur(field.astype(np.float32), (0, 0), 0.7)
    slope_x, slope_y = cv2.Sobel(field, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(field, cv2.CV_32F, 0, 1, scale=1 / 8)
    norm = np.sqrt(slope_x**2 + slope_y**2 + 1)
    light = np.full((height, width), rng.uniform(0.25, 0.6), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        direction, steep = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 1.3)
        lamp = np.array([np.cos(direction) * np.cos(steep), np.sin(direction) * np.cos(steep), np.sin(steep)])
        facing = np.maximum((-slope_x * lamp[0] - slope_y * lamp[1] + lamp[2]) / norm, 0)
        light += rng.uniform(0.15, 0.6) * facing
        if rng.random() < 0.4:
            between = lamp + np.array([0, 0, 1])
            between = between / np.linalg.norm(between)
            shine = np.maximum((-slope_x * between[0] - slope_y * between[1] + between[2]) / norm, 0)
            light += rng.uniform(0.1, 0.9) * shine ** rng.uniform(12, 90)
    if not printed:
        light *= 1 - rng.uniform(0, 0.35) * cv2.GaussianBlur(groove, (0, 0), 1.2)
    albedo: np.ndarray = np.full(
        (height, width), rng.choice([rng.uniform(0.55, 0.95), rng.uniform(0.12, 0.7)]), np.float32
    )
    if capsule and rng.random() < 0.6:
        joint = width / 2 + rng.normal(0, 0.1) * half_w
        albedo[:, int(np.clip(joint, 1, width - 1)) :] = rng.uniform(0.1, 0.95)
    if rng.random() < 0.3:
        specks = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), rng.uniform(0.6, 2.5))
        albedo *= 1 + rng.uniform(0.01, 0.07) * specks / max(float(specks.std()), 1e-6)
    if printed:
        ink = rng.uniform(0.02, 0.4) if albedo.mean() > 0.4 or rng.random() < 0.3 else rng.uniform(0.6, 1.0)
        cover = text.ink * rng.uniform(0.5, 1.0)
        albedo = albedo * (1 - cover) + ink * cover
    elif rng.random() < 0.1:  # powder in the grooves
        albedo = albedo * (1 + rng.uniform(-0.3, 0.3) * groove)
    picture = albedo * light * rng.uniform(0.7, 1.1)
    return np.asarray(picture / (1 + np.maximum(picture - 0.75, 0)), dtype=np.float32)


def _score_line(rng: np.random.Generator, size: tuple[int, int], side: Side) -> np.ndarray:
    """A groove through the middle, across a long pill, either way on a round one, both ways for a cross."""
    height, width = size
    line = np.zeros(size, np.float32)
    thick = int(rng.integers(1, 5))
    upright = side.aspect >= 1.25 or len(split_imprint(side.text)) != 1 or rng.random() < 0.5
    if upright or "십자" in side.text:
        cv2.line(line, (width // 2, 0), (width // 2, height), 1.0, thick, cv2.LINE_AA)
    if not upright or "십자" in side.text:
        cv2.line(line, (0, height // 2), (width, height // 2), 1.0, thick, cv2.LINE_AA)
    return cv2.GaussianBlur(line, (0, 0), rng.uniform(0.7, 2)) * rng.uniform(0.8, 1.8)


def _photograph(rng: np.random.Generator, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lost resolution, blur, noise, JPEG, and an outline that is not quite right."""
    height, width = picture.shape
    picture = np.where(mask > 0, picture, rng.uniform(0.1, 0.9)).astype(np.float32)
    factor = rng.uniform(0.32, 1.0)
    if factor < 0.9:
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(
            small, (width, height), interpolation=cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_LINEAR
        )
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.75:
        noise = rng.normal(0, rng.uniform(0.002, 0.018), (height, width)).astype(np.float32)
        picture = picture + (noise if rng.random() < 0.5 else cv2.GaussianBlur(noise, (0, 0), 0.8) * 2)
    if rng.random() < 0.4:
        encoded = cv2.imencode(
            ".jpg",
            np.clip(picture * 255, 0, 255).astype(np.uint8),
            [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))],
        )[1]
        picture = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), dtype=np.float32) / 255
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    wrong = int(rng.integers(-2, 2))
    if wrong:
        mask = cv2.dilate(mask, kernel, iterations=wrong) if wrong > 0 else cv2.erode(mask, kernel, iterations=-wrong)
    return np.clip(picture, 0, 1), mask


_sampler: list[SideSampler] = []  # filled before the workers fork


def _render_chunk(number: int) -> Path:
    cv2.setNumThreads(1)
    path = chunk_path(number)
    rng = np.random.default_rng(70_000_000 + number)
    pictures = [render(rng, _sampler[0].draw(rng)) for _ in range(CHUNK)]
    save_renderings(path, pictures)
    return path


def chunk_path(number: int) -> Path:
    """File of renderings ``number * CHUNK`` and on."""
    return work_dir() / "reader" / "renders" / f"{number:04d}.npz"


def render_chunks(count: int) -> list[Path]:
    """Render chunks ``0 … count-1`` that are not there yet, on all cores."""
    missing = [i for i in range(count) if not chunk_path(i).exists()]
    if missing:
        _sampler[:] = [SideSampler(catalogue_sides())]
        with get_context("fork").Pool(os.cpu_count()) as pool:
            for _ in pool.imap_unordered(_render_chunk, missing):
                pass
    return [chunk_path(i) for i in range(count)]
