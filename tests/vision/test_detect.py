"""Boxes go through the letterbox and back; engines agree; bad weights give one sentence."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pillapp.capture.photos import load_photo
from pillapp.errors import ModelError
from pillapp.paths import models_dir, program_root
from pillapp.vision.detect import Detector, find_boxes
from pillapp.vision.engines import DEVICES, choose_engine
from pillapp.vision.looks import letterbox
from pillapp.vision.suppress import suppress


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 1500), st.integers(16, 1500), st.floats(0, 1), st.floats(0, 1))
def test_a_point_survives_the_letterbox(width: int, height: int, u: float, v: float) -> None:
    batch, fit = letterbox(np.zeros((height, width, 3), np.uint8), 320)
    assert batch.shape == (1, 3, 320, 320)
    x, y = u * width * fit.scale + fit.left, v * height * fit.scale + fit.top
    assert -1 <= x <= 321
    assert -1 <= y <= 321
    assert (x - fit.left) / fit.scale == pytest.approx(u * width, abs=0.01)


def test_overlapping_boxes_of_one_pill_become_one() -> None:
    output = np.array([[100, 102, 300], [100, 101, 300], [50, 50, 40], [50, 52, 40], [0.9, 0.7, 0.7]], np.float32)
    boxes, scores = suppress(output.T, 0.25, 0.5)
    assert scores.tolist() == pytest.approx([0.9, 0.7])
    assert boxes[0].tolist() == pytest.approx([75, 75, 125, 125])


@given(st.floats(0.3, 0.95), st.floats(-0.003, 0.003), st.floats(0, 8))
def test_which_of_two_near_ties_is_surer_hardly_moves_the_box(score: float, edge: float, apart: float) -> None:
    def box(one: float, other: float) -> np.ndarray:
        found, _ = suppress(
            np.array([[100, 100, 50, 50, one], [100, 100 + apart, 50, 50, other]], np.float32), 0.1, 0.5
        )
        assert len(found) == 1
        return found[0]

    assert np.abs(box(score, score + edge) - box(score, score - edge)).max() < 0.25
    assert np.abs(box(score, score - 0.2) - (75, 75, 125, 125)).max() < 0.01


def test_nothing_above_the_threshold_gives_no_box() -> None:
    boxes, scores = suppress(np.full((30, 5), 0.1, np.float32), 0.25, 0.5)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


@pytest.fixture(scope="module")
def openvino_boxes() -> list[tuple[float, ...]]:
    photo = load_photo(program_root() / "resources" / "samples" / "tray-front.jpg")
    found = Detector(choose_engine("openvino").engine, models_dir() / "detector").find(photo.pixels).detections
    return sorted(d.box for d in found)


def test_the_four_pills_of_the_sample_are_found(openvino_boxes: list[tuple[float, ...]]) -> None:
    centres = [((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in openvino_boxes]
    assert len(centres) == 4
    for x, y in ((340, 270), (830, 290), (360, 640), (850, 630)):
        assert min(np.hypot(cx - x, cy - y) for cx, cy in centres) < 25


def test_onnx_runtime_finds_the_same_boxes_as_openvino(openvino_boxes: list[tuple[float, ...]]) -> None:
    photo = load_photo(program_root() / "resources" / "samples" / "tray-front.jpg")
    found = Detector(choose_engine("onnxruntime").engine, models_dir() / "detector").find(photo.pixels).detections
    assert np.allclose(sorted(d.box for d in found), openvino_boxes, atol=1.0)


def test_torch_finds_the_same_boxes_as_onnx_runtime() -> None:
    pytest.importorskip("ultralytics", reason="the CPU-only set-up has no torch")
    from pillapp.vision.engines.torch_engine import TorchSession

    photo = load_photo(program_root() / "resources" / "samples" / "tray-front.jpg")
    onnx = choose_engine("onnxruntime").engine.load(models_dir() / "detector")
    torch = TorchSession(models_dir() / "detector.pt", "cpu")
    assert Image.open.__module__ == "PIL.Image"  # ultralytics' own asks for a plug-in where a file is no picture
    boxes, theirs = (np.sort(find_boxes(s, photo.pixels, 640, 0.3, 0.6)[0], axis=0) for s in (onnx, torch))
    assert len(boxes) == 4
    assert np.allclose(boxes, theirs, atol=1.0)


def test_an_unknown_device_is_refused_with_the_choices() -> None:
    with pytest.raises(ModelError, match="openvino"):
        choose_engine("quantum")


def test_cuda_asked_for_but_absent_is_an_error_not_a_silent_fallback() -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from pillapp.vision.engines import choose_engine\nfrom pillapp.errors import ModelError\n"
        "try: choose_engine('cuda')\nexcept ModelError as e: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=program_root(), check=True
    )
    assert done.stdout.strip() == "refused"
    assert "cuda" in DEVICES


@pytest.mark.parametrize("device", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("damage", ["missing", "cut", "card missing", "card damaged"])
def test_missing_or_damaged_weights_give_one_sentence(tmp_path: Path, device: str, damage: str) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(models_dir() / f"detector{suffix}", tmp_path)
    weights, card = tmp_path / "detector.onnx", tmp_path / "detector.json"
    if damage == "missing":
        weights.unlink()
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "card missing":
        card.unlink()
    else:
        card.write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="다시 설치") as caught:
        Detector(choose_engine(device).engine, tmp_path / "detector")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("device", ["openvino", "onnxruntime"])
def test_a_file_that_is_no_network_is_refused_by_the_engine(tmp_path: Path, device: str) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a network")
    with pytest.raises(ModelError, match="damaged"):
        choose_engine(device).engine.load(tmp_path / "x")


@pytest.mark.parametrize("card", sorted(models_dir().glob("*.json")), ids=lambda p: p.stem)
def test_every_weights_file_has_the_hash_its_card_says(card: Path) -> None:
    import hashlib

    for name, expected in json.loads(card.read_text(encoding="utf-8")).get("sha256", {}).items():
        assert hashlib.sha256((models_dir() / name).read_bytes()).hexdigest() == expected
