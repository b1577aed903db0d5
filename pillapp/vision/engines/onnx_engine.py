"""ONNX Runtime on the CPU: what is used where OpenVINO cannot be loaded."""

from pathlib import Path
from typing import Any

import numpy as np

from pillapp.errors import ModelError


class OnnxSession:
    """One ONNX Runtime session."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def infer(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`pillapp.vision.engines.base.Session`."""
        outputs = self._session.run(None, {self._input: np.ascontiguousarray(batch, dtype=np.float32)})
        return np.asarray(outputs[0], dtype=np.float32)


class OnnxEngine:
    """Portable fallback."""

    name = "onnxruntime"
    label = "CPU · ONNX Runtime"

    def __init__(self) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        self._runtime = onnxruntime

    def load(self, weights: Path) -> OnnxSession:
        """See :class:`pillapp.vision.engines.base.Engine`."""
        path = weights.with_suffix(".onnx")
        try:
            session = self._runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(
                f"모델 파일 {path.name}을(를) 불러올 수 없습니다. 프로그램을 다시 설치하세요. (damaged model file: {type(error).__name__})"
            ) from error
        return OnnxSession(session)
