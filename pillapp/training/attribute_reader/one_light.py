"""What it adds to see all pills of a frame under one light: measured on rendered scenes that nothing was trained on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from pillapp.identify.frame_light import under_one_light
from pillapp.identify.index import AppearanceIndex
from pillapp.training.datasets import DataSetError, work_dir
from pillapp.training.estimates import of_mean
from pillapp.training.identification.samples import cpu_observer
from pillapp.training.outline.samples import HELD_OUT
from pillapp.training.render.scenes import SeenPill
from pillapp.training.render.shards import read_scenes
from pillapp.vision.detect import Detection
from pillapp.vision.observe import Observation

TINT: Final = 0.1  # spread of each channel's logarithm, of the light a camera did not even out
MOST: Final = 8  # pills of a scene that are looked at
_SEEN: Final = 0.9  # share of a pill from which its colours can be told
_LEAST_PX: Final = 24


def light_table(row_of: dict[str, int], index: AppearanceIndex, say: Callable[[str], None]) -> dict[str, Any]:
    """Colours seen right pill by pill and under one light, as rendered and tinted; ``row_of``: the row of each product."""
    observer, rng = cpu_observer(), np.random.default_rng(5)
    figures: dict[str, Any] = {}
    say("\n| held-out rendered scenes | pills | colour, each alone | colour, under one light |")
    say("|---|--:|---|---|")
    for name, tint in (("as rendered", 0.0), ("tinted", TINT)):
        alone: list[bool] = []
        together: list[bool] = []
        for picture, pills in _scenes(row_of):
            tinted = np.clip(picture * np.exp(rng.normal(0, tint, 3)), 0, 255).astype(np.uint8)
            seen = observer.observe_all(tinted, [Detection(pill.box, 0.9) for pill in pills])
            rows = [row_of[pill.item_seq] for pill in pills]
            alone += _right(seen, rows, index)
            together += _right(under_one_light(seen), rows, index)
        say(f"| {name} | {len(alone)} | {of_mean(np.array(alone, float))} | {of_mean(np.array(together, float))} |")
        figures[name] = {
            "pills": len(alone),
            "alone": round(float(np.mean(alone)), 4),
            "under_one_light": round(float(np.mean(together)), 4),
        }
    return figures


def _scenes(row_of: dict[str, int]) -> Iterator[tuple[np.ndarray, list[SeenPill]]]:
    """Pictures with at least two pills that are seen nearly whole."""
    found = False
    for number, scene in enumerate(read_scenes(work_dir() / "renders")):
        if number % HELD_OUT:
            continue
        pills = [
            pill
            for pill in scene.pills
            if pill.item_seq in row_of
            and pill.visible >= _SEEN
            and min(pill.box[2] - pill.box[0], pill.box[3] - pill.box[1]) >= _LEAST_PX
        ]
        if len(pills) > 1:
            found = True
            yield scene.picture, pills[:MOST]
    if not found:
        raise DataSetError("no scene was rendered: run main.py train render --scenes 2400 first")


def _right(seen: Sequence[Observation], rows: Sequence[int], index: AppearanceIndex) -> list[bool]:
    named = [index.colours[row].any(axis=0) for row in rows]
    return [bool(colours[int(np.argmax(one.colours.parts[0]))]) for one, colours in zip(seen, named, strict=True)]
