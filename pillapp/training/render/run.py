"""Thousands of pictures on all cores, in shards: a run that was stopped goes on where it was.

A picture is decided by its seed and number alone, so the number of workers changes nothing. Worker processes are replaced
after some hundred pictures, as the LLVM variant keeps half a megabyte of every scene it built.
"""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from pillapp.appearance.values import Gap, PillModel
from pillapp.catalog.values import Appearance
from pillapp.training.catalogue_sides import catalogue_appearances
from pillapp.training.datasets import DataSetError
from pillapp.training.render.crops import Crop, render_crop
from pillapp.training.render.hand import load_hand
from pillapp.training.render.props import Props, load_props
from pillapp.training.render.scenes import Scene, render_hand, render_scene
from pillapp.training.render.shards import about_shard, shard_path, write_shard
from pillapp.training.render.supply import Supply
from pillapp.training.render.variant import load_mitsuba, use_one_thread

VERSION: Final = 6  # to be raised whenever a seed gives other pictures than before
SHARD: Final = {"crops": 100, "scenes": 50, "hands": 50}
_SHARDS_A_WORKER: Final = 4  # then it is replaced
_MANIFEST: Final = "manifest.json"
_CELLS_PER_MM: Final = 24.0  # of a crop's pill


@dataclass(frozen=True, slots=True)
class _Task:
    folder: Path
    kind: str
    number: int  # of the shard
    first: int  # picture
    count: int
    seed: int

    @property
    def path(self) -> Path:
        return shard_path(self.folder, self.kind, self.number)

    def is_done(self) -> bool:
        found = about_shard(self.path)
        return found is not None and found[0] == self.count


class Studio:
    """Everything a picture is made from; each worker process has one."""

    def __init__(self, rows: Sequence[Appearance], props: Props) -> None:
        self.supply = Supply(rows, props.faces)
        self._props = props

    def crop(self, seed: int, number: int) -> Crop:
        """Crop ``number`` of a seed; the rows of the file come in turn."""
        rng = np.random.default_rng([seed, 1, number])
        model = self.supply.pill(rng, _CELLS_PER_MM, self.supply.row_of_turn(seed, number))
        return render_crop(model, _shows_back(model, rng), rng, self._props.textures)

    def scene(self, seed: int, number: int) -> Scene:
        """Scene ``number`` of a seed."""
        return render_scene(self.supply, self._props, np.random.default_rng([seed, 2, number]))

    def hand(self, seed: int, number: int) -> Scene:
        """Hand ``number`` of a seed.

        Raises:
            DataSetError: the hand's mesh is missing.
        """
        return render_hand(self._props.hand or load_hand(), self._props, np.random.default_rng([seed, 3, number]))


def render(
    folder: Path,
    crops: int,
    scenes: int,
    hands: int,
    seed: int,
    say: Callable[[str], None],
    workers: int | None = None,
    rows: Sequence[Appearance] | None = None,
) -> None:
    """Render what is not there yet of ``crops``, ``scenes`` and ``hands``, and the manifest of the folder.

    ``rows`` are those of the official file where none are given; ``say`` is told how far it is.

    Raises:
        DataSetError: a package or the official file is missing, the folder holds pictures of another seed, version or
            set of rows, or a worker process was killed (what is finished stays).
    """
    rows = catalogue_appearances() if rows is None else rows
    settings = {"version": VERSION, "seed": seed, "rows": len(rows), "rows_sha1": _fingerprint(rows)}
    _check_folder(folder, settings)
    variant = load_mitsuba().variant()
    load_props(say)  # tells once what is missing
    tasks = [
        _Task(folder, kind, number, first, min(SHARD[kind], total - first), seed)
        for kind, total in (("crops", crops), ("scenes", scenes), ("hands", hands))
        for number, first in enumerate(range(0, total, SHARD[kind]))
    ]
    open_tasks = [task for task in tasks if not task.is_done()]
    say(f"{len(tasks) - len(open_tasks)} of {len(tasks)} shards are there; rendering with {variant}")
    workers = min(workers or os.cpu_count() or 1, max(len(open_tasks), 1))
    started, made = time.monotonic(), 0
    for first in range(0, len(open_tasks), workers * _SHARDS_A_WORKER):
        lot = open_tasks[first : first + workers * _SHARDS_A_WORKER]
        with ProcessPoolExecutor(workers, get_context("spawn"), _open_studio, (rows, variant)) as pool:
            try:
                for task in pool.map(_render_shard, lot):
                    made += task.count
                    speed = made / (time.monotonic() - started)
                    say(f"{task.kind} {task.number:05d}: {task.count} pictures, {speed:.2f} pictures a second")
            except BrokenProcessPool as error:
                raise DataSetError("a worker process was killed; start again, finished shards are kept") from error
        _write_manifest(folder, settings, tasks)
    _write_manifest(folder, settings, tasks)


_studio: Studio | None = None  # of this worker process


def _open_studio(rows: Sequence[Appearance], variant: str) -> None:
    global _studio
    cv2.setNumThreads(1)
    load_mitsuba(variant)
    use_one_thread()
    _studio = Studio(rows, load_props(lambda _: None))


def _render_shard(task: _Task) -> _Task:
    studio = _studio
    if studio is None:
        raise RuntimeError("the worker was not opened")
    studio.supply.left_out.clear()
    makers: dict[str, Callable[[int, int], Crop | Scene]]
    makers = {"crops": studio.crop, "scenes": studio.scene, "hands": studio.hand}
    make = makers[task.kind]
    pictures = [make(task.seed, number) for number in range(task.first, task.first + task.count)]
    left_out = {gap.name: count for gap, count in sorted(studio.supply.left_out.items())}
    write_shard(task.path, pictures, {"variant": load_mitsuba().variant(), "left_out": left_out})
    return task


def _shows_back(model: PillModel, rng: np.random.Generator) -> bool:
    """Which side to show: a side with something on it rather than a bare one."""
    back = bool(rng.random() < 0.5)
    shown, hidden = (model.back, model.front) if back else (model.front, model.back)
    bare = not shown.glyphs and not shown.score_lines
    return not back if bare and hidden.glyphs and rng.random() < 0.75 else back


def _fingerprint(rows: Sequence[Appearance]) -> str:
    digest = hashlib.sha1()
    for row in rows:
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _check_folder(folder: Path, settings: dict[str, Any]) -> None:
    path = folder / _MANIFEST
    if not path.exists():
        return
    there = json.loads(path.read_text(encoding="utf-8"))
    different = [name for name, value in settings.items() if there.get(name) != value]
    if different:
        raise DataSetError(f"{folder} holds other pictures ({', '.join(different)} differ): choose another folder")


def _write_manifest(folder: Path, settings: dict[str, Any], tasks: Sequence[_Task]) -> None:
    counts: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    variants: Counter[str] = Counter()
    shards = []
    for task in tasks:
        found = about_shard(task.path)
        if found is None:
            continue
        count, about = found
        counts[task.kind] += count
        variants[about["variant"]] += count
        left_out.update(about["left_out"])
        shards.append({"file": str(task.path.relative_to(folder)), "pictures": count})
    manifest = {
        **settings,
        "crops": counts["crops"],
        "scenes": counts["scenes"],
        "hands": counts["hands"],
        "pictures_by_variant": dict(variants),
        "rows_left_out": {Gap[name].value: count for name, count in left_out.most_common()},
        "shards": shards,
    }
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_MANIFEST}.part"
    part.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / _MANIFEST)
