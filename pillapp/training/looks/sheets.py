"""Sheets for the eye: real pictures beside our renders (kept in the work folder), our renders alone (for the docs)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pillapp.appearance.build import build
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.catalog.values import Appearance
from pillapp.training.looks.realism import Sample
from pillapp.training.looks.reference_pictures import PicturedSide, ReferencePicture
from pillapp.training.render.crops import render_crop
from pillapp.training.render.variant import load_mitsuba

PAIRS: Final = 24
COLUMNS: Final = 4
TILE: Final = 112  # px
GROUND: Final = (214, 219, 224)
_SEED: Final = 4


def pairs_sheet(pairs: Sequence[tuple[ReferencePicture, Appearance]], folder: Path) -> None:
    """24 sides, chosen at random: ``pairs.png`` has picture, quick shading and path tracing, ``pairs-renders.png`` ours alone."""
    folder.mkdir(parents=True, exist_ok=True)
    load_mitsuba()
    rng = np.random.default_rng(_SEED)
    beside, ours = [], []
    for number in rng.permutation(len(pairs)):
        picture, row = pairs[int(number)]
        back = not row.imprint_front
        model = build(row, typical_finish(row))
        if model.gaps:
            continue
        shaded, cover = side_view(model, back=back)
        traced = render_crop(model, back, rng, None, TILE).picture
        drawn = [_tile(shaded, cover), traced]
        beside.append(np.concatenate([_tile(*_pictured(picture.back if back else picture.front)), *drawn], axis=1))
        ours.append(np.concatenate(drawn, axis=1))
        if len(ours) == PAIRS:
            break
    _write(beside, folder / "pairs.png")
    _write(ours, folder / "pairs-renders.png")


def realism_sheet(
    drawn: Mapping[str, Sequence[Sample]], maps: Mapping[str, tuple[np.ndarray, np.ndarray]], path: Path
) -> None:
    """By kind of drawing a line: ten of our pictures as the network sees them, their mean, and where it looks (red)."""
    lines = []
    for name, samples in drawn.items():
        mean, heat = maps[name]
        warm = np.clip(heat / np.percentile(heat, 99.5), 0, 1)[..., None]
        seen = (1 - warm) * mean.mean(axis=2, keepdims=True) * 0.7 + warm * np.array([0.9, 0.1, 0.05])
        lines.append(np.concatenate([*(s.rgb for s in samples[:10]), mean, seen], axis=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.round(np.concatenate(lines)[..., ::-1] * 255).astype(np.uint8))


def _pictured(side: PicturedSide) -> tuple[np.ndarray, np.ndarray]:
    rgb, mask = side.upright(24.0)
    return rgb, mask.astype(np.float32)


def _tile(rgb: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """A side on the sheet's ground, its long axis filling nine tenths of the tile."""
    alone = rgb * cover[..., None] + np.array(GROUND) * (1 - cover[..., None])
    scale = 0.9 * TILE / max(rgb.shape[:2])
    small = cv2.resize(alone.astype(np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((TILE, TILE, 3), GROUND, np.uint8)
    top, left = (TILE - small.shape[0]) // 2, (TILE - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = np.round(small)
    return tile


def _write(tiles: list[np.ndarray], path: Path) -> None:
    lines = [np.concatenate(tiles[i : i + COLUMNS], axis=1) for i in range(0, len(tiles) // COLUMNS * COLUMNS, COLUMNS)]
    cv2.imwrite(str(path), np.concatenate(lines)[..., ::-1])
