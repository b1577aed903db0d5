"""A run is told by its seed alone, goes on where it stopped, and says what it left out."""

import json
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest

pytest.importorskip("mitsuba", reason="Mitsuba is not installed (training group)")
pytest.importorskip("mujoco", reason="MuJoCo is not installed (training group)")

from pillapp.appearance.values import Gap
from pillapp.catalog.values import Appearance
from pillapp.paths import program_root
from pillapp.training.datasets import DataSetError
from pillapp.training.render import run
from pillapp.training.render.crops import render_crop
from pillapp.training.render.props import Props, load_props
from pillapp.training.render.run import Studio, render
from pillapp.training.render.scenes import render_scene
from pillapp.training.render.shards import about_shard, read_crops, read_scenes, shard_path, write_shard
from pillapp.training.render.supply import Supply
from pillapp.training.render.variant import load_mitsuba
from pillapp.training.typefaces import TrainingFaces
from tests.training.render.stubs import tablet

ROW = Appearance(
    1, "200000001", "시험정", "원형", ("하양",), ("하양",), "TP", "5분할선0", "", "-", 8.0, 8.0, 3.5, "나정"
)
ROWS = (
    ROW,
    replace(ROW, item_seq="200000002", shape="장방형", long_mm=15.0, short_mm=7.0, thick_mm=5.0, imprint_front="ABC"),
    replace(ROW, item_seq="200000003", thick_mm=None),
)


class Here:
    """A pool of one worker that is this very process."""

    def __init__(self, workers, context, initializer, arguments):
        initializer(*arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def map(self, work, tasks):
        return map(work, tasks)


@pytest.fixture(scope="module", autouse=True)
def small():
    """Small pictures, two to a shard, without photographs of surfaces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "SHARD", {"crops": 2, "scenes": 2, "hands": 2})
        patch.setattr(run, "render_crop", partial(render_crop, size=48))
        patch.setattr(run, "render_scene", partial(render_scene, size=64))
        patch.setattr(run, "load_props", lambda _: Props())
        patch.setattr(run, "ProcessPoolExecutor", Here)
        yield


@pytest.fixture(scope="module")
def finished(small, tmp_path_factory):
    """A folder with three crops and two scenes."""
    folder = tmp_path_factory.mktemp("renders")
    render(folder, 3, 2, 0, 11, lambda _: None, workers=1, rows=ROWS)
    return folder


def test_what_is_read_is_what_the_seed_says(finished):
    studio = Studio(ROWS, Props())
    crops, scenes = list(read_crops(finished)), list(read_scenes(finished))
    assert (len(crops), len(scenes)) == (3, 2)
    for number in (2, 0):  # in any order
        made = studio.crop(11, number)
        read = crops[number]
        np.testing.assert_array_equal(read.mask, made.mask)
        assert np.abs(read.picture.astype(int) - made.picture).mean() < 6  # JPEG
        assert (read.item_seq, read.text, read.characters) == (made.item_seq, made.text, made.characters)
    scene = studio.scene(11, 1)
    assert scenes[1].pills == scene.pills
    assert scenes[1].layout == scene.layout
    np.testing.assert_array_equal(scenes[1].mask, scene.mask)


def test_a_worker_process_makes_the_same_files(tmp_path):
    files = []
    for pool in (Here, ProcessPoolExecutor):
        with pytest.MonkeyPatch.context() as patch:  # new processes know nothing of what is patched here
            patch.setattr(run, "SHARD", {"crops": 1, "scenes": 1, "hands": 1})
            patch.setattr(run, "render_crop", render_crop)
            patch.setattr(run, "load_props", load_props)
            patch.setattr(run, "ProcessPoolExecutor", pool)
            folder = tmp_path / pool.__name__
            render(folder, 2, 0, 0, 5, lambda _: None, workers=1, rows=ROWS)
        files.append([path.read_bytes() for path in sorted((folder / "crops").iterdir())])
    assert len(files[0]) == 2
    assert files[0] == files[1]


def test_rows_that_say_too_little_are_left_out_and_counted(finished):
    manifest = json.loads((finished / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["crops"], manifest["scenes"], manifest["seed"]) == (3, 2, 11)
    assert sum(manifest["pictures_by_variant"].values()) == 5
    assert list(manifest["rows_left_out"]) == [Gap.NO_THICKNESS.value]
    assert {crop.item_seq for crop in read_crops(finished)} <= {"200000001", "200000002"}


def test_a_stopped_run_goes_on(finished):
    paths = [shard_path(finished, "crops", n) for n in (0, 1)]
    before = [path.read_bytes() for path in paths]
    kept = paths[0].stat().st_mtime_ns
    paths[1].write_bytes(before[1][: len(before[1]) // 2])  # torn off
    paths[1].with_suffix(".part").write_bytes(b"what a stopped writer leaves")
    said = []
    render(finished, 3, 2, 0, 11, said.append, workers=1, rows=ROWS)
    assert "2 of 3 shards are there" in "".join(said)
    assert paths[1].read_bytes() == before[1]
    assert paths[0].stat().st_mtime_ns == kept
    assert not list(finished.rglob("*.part"))


@pytest.mark.parametrize("other", [{"seed": 12}, {"rows": ROWS[:1]}])
def test_a_folder_keeps_to_one_seed_and_one_file(finished, other):
    with pytest.raises(DataSetError, match="choose another folder"):
        render(finished, **{"crops": 3, "scenes": 2, "hands": 0, "seed": 11, "say": print, "rows": ROWS, **other})


def test_a_file_that_is_no_shard_counts_as_missing(tmp_path):
    path = tmp_path / "00000.zip"
    assert about_shard(path) is None
    path.write_bytes(b"PK not a zip")
    assert about_shard(path) is None
    crop = render_crop(tablet(), False, np.random.default_rng(1), None, 32)
    write_shard(path, [crop, crop], {"variant": "x"})
    assert about_shard(path) == (2, {"variant": "x"})


def test_without_hand_and_textures_scenes_are_made_all_the_same():
    supply = Supply(ROWS, TrainingFaces())
    layouts = set()
    for seed in range(4):
        scene = render_scene(supply, Props(), np.random.default_rng(seed), size=48)
        layouts.add(scene.layout)
        assert set(np.unique(scene.mask)) - {0} == {pill.label for pill in scene.pills}
        assert all(0 < pill.visible <= 1 for pill in scene.pills)
    assert layouts.isdisjoint({"hand", "palm", "pinch"})


def test_an_unknown_variant_is_refused():
    with pytest.raises(DataSetError, match="known variants"):
        load_mitsuba("steam_powered")


def test_the_scalar_variant_sees_what_the_fast_one_sees():
    code = (
        "import numpy as np, sys\n"
        "from pillapp.training.render.variant import load_mitsuba\n"
        "from pillapp.training.render.crops import render_crop\n"
        "from tests.training.render.stubs import tablet\n"
        "load_mitsuba(sys.argv[1])\n"
        "crop = render_crop(tablet('F'), False, np.random.default_rng(4), None, 40)\n"
        "sys.stdout.buffer.write(crop.picture.tobytes() + crop.mask.tobytes())\n"
    )
    program = "import sys, types; sys.modules['tests'] = types.ModuleType('tests'); sys.modules['tests'].__path__ = ['tests']\n"
    command = [sys.executable, "-c", program + code, "scalar_rgb"]
    seen = np.frombuffer(subprocess.run(command, cwd=program_root(), capture_output=True, check=True).stdout, np.uint8)
    here = render_crop(tablet("F"), False, np.random.default_rng(4), None, 40)
    picture, mask = seen[: 40 * 40 * 3].reshape(40, 40, 3), seen[40 * 40 * 3 :].reshape(40, 40) > 0
    np.testing.assert_array_equal(mask, here.mask)
    smooth = [cv2.blur(pixels.astype(np.float32), (7, 7)) for pixels in (picture, here.picture)]
    assert np.abs(smooth[0] - smooth[1]).mean() < 4  # other random numbers, the same light
