"""The detector in whole numbers of eight bits: is it faster, and what does it lose? ``main.py train int8``.

The result lies in the work folder, to be measured with ``evaluate detection --weights``; it ships only if that shows no loss.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from pillapp.paths import models_dir
from pillapp.training.cards import write_card
from pillapp.training.datasets import read_rgb
from pillapp.training.detection.pictures import run_dir
from pillapp.vision.engines import Engine, choose_engine
from pillapp.vision.looks import letterbox

CALIBRATION: Final = 160  # training pictures whose activations set the ranges
ROUNDS: Final = 30  # timed runs of each, in turn


def quantise(pictures: Sequence[Path], say: Callable[[str], None]) -> Path:
    """Write the shipped detector with 8-bit convolutions; returns its path without suffix.

    Ranges come from ``pictures``. The last layers, which turn scores and distances into boxes, stay as they are: they
    work with pixels up to 640, of which eight bits would leave steps of 2.5.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source = models_dir() / "detector"
    card = json.loads(source.with_suffix(".json").read_text(encoding="utf-8"))
    size = int(card["input"])
    target = run_dir() / "int8"
    target.parent.mkdir(parents=True, exist_ok=True)
    ready = target.with_name("int8-source.onnx")
    quant_pre_process(str(source.with_suffix(".onnx")), str(ready), skip_symbolic_shape=True)
    graph = onnx.load(str(ready)).graph
    entry = graph.input[0].name

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(pictures)

        def get_next(self) -> dict[str, np.ndarray] | None:
            picture = next(self._left, None)
            return None if picture is None else {entry: letterbox(read_rgb(picture), size)[0]}

    convolutions = [node.name for node in graph.node if node.op_type == "Conv" and "dfl" not in node.name]
    quantize_static(
        str(ready),
        str(target.with_suffix(".onnx")),
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_quantize=convolutions,
    )
    values: dict[str, Any] = {key: value for key, value in card.items() if key != "sha256"}
    write_card(target, (".onnx",), {**values, "name": f"{card['name']} int8"})
    for device in ("openvino", "onnxruntime"):
        engine = choose_engine(device).engine
        whole, small = _times(engine, source, target, size)
        say(f"{engine.label}: {whole:.1f} ms as it ships, {small:.1f} ms with 8 bits (median of {ROUNDS}, {size} px)")
    return target


def _times(engine: Engine, source: Path, target: Path, size: int) -> tuple[float, float]:
    """Median ms of the network alone, both in turn."""
    sessions = [engine.load(path) for path in (source, target)]
    picture = np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32)
    spent: list[list[float]] = [[], []]
    for _ in range(ROUNDS + 3):
        for session, times in zip(sessions, spent, strict=True):
            begun = time.perf_counter()
            session.infer(picture)
            times.append((time.perf_counter() - begun) * 1e3)
    whole, small = (float(np.median(times[3:])) for times in spent)
    return whole, small
