"""Engines: OpenVINO, ONNX Runtime and torch-CUDA behind one protocol, chosen by probing."""

import importlib.util
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import Final

from pillapp.errors import ModelError
from pillapp.vision.engines.base import Engine, EngineChoice, Session

__all__ = ["DEVICES", "Engine", "EngineChoice", "Session", "choose_engine"]

DEVICES: Final = ("auto", "cpu", "cuda", "openvino", "onnxruntime")


def choose_engine(device: str = "auto") -> EngineChoice:
    """The fastest engine that works here, or exactly the one asked for.

    ``auto`` tries CUDA, OpenVINO, ONNX Runtime; ``cpu`` the last two. torch is imported only where a CUDA driver is
    present, since importing it costs seconds.

    Raises:
        ModelError: ``device`` is not one of :data:`DEVICES`, or none of the engines it allows works.
    """
    if device not in DEVICES:
        raise ModelError(f"--device {device}: 쓸 수 있는 값은 {', '.join(DEVICES)}입니다. (unknown device)")
    order = {"auto": ("cuda", "openvino", "onnxruntime"), "cpu": ("openvino", "onnxruntime")}.get(device, (device,))
    passed_over: list[str] = []
    for name in order:
        reason = _cheap_refusal(name) if len(order) > 1 else None
        if reason is None:
            try:
                return EngineChoice(_FACTORIES[name](), tuple(passed_over))
            except (ModelError, ImportError, OSError, RuntimeError) as error:
                reason = str(error)
        passed_over.append(f"{name}: {reason}")
    if len(order) == 1:
        raise ModelError(f"--device {device}: {reason}")
    raise ModelError(
        f"신경망을 실행할 장치가 없습니다. 설치를 다시 하세요. (no engine works: {'; '.join(passed_over)})"
    )


def _cheap_refusal(name: str) -> str | None:
    """Why an engine cannot work here, found without importing it; None if it is worth trying."""
    if name == "cuda":
        if importlib.util.find_spec("torch") is None or importlib.util.find_spec("ultralytics") is None:
            return "torch가 설치되지 않음 (torch is not installed)"
        if not (find_library("cuda") or find_library("nvcuda") or Path("/dev/nvidia0").exists()):
            return "NVIDIA 드라이버 없음 (no NVIDIA driver)"
    return None


def _openvino() -> Engine:
    from pillapp.vision.engines.openvino_engine import OpenVinoEngine

    return OpenVinoEngine()


def _onnxruntime() -> Engine:
    from pillapp.vision.engines.onnx_engine import OnnxEngine

    return OnnxEngine()


def _cuda() -> Engine:
    from pillapp.vision.engines.torch_engine import TorchEngine

    return TorchEngine()


_FACTORIES: Final[dict[str, Callable[[], Engine]]] = {
    "cuda": _cuda,
    "openvino": _openvino,
    "onnxruntime": _onnxruntime,
}
