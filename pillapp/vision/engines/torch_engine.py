"""torch and ultralytics on a CUDA card. The only place of the app that imports them, and only when asked."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pillapp.errors import ModelError

# ultralytics would look for updates, fonts and telemetry hosts, and would set one OpenMP thread.
os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_VERBOSE", "false")
os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))


def load_yolo() -> Any:
    """Ultralytics' ``YOLO``, without the ``Image.open`` it puts in Pillow's place: that one asks for a plug-in where a file is no picture.

    Raises:
        ImportError: it is not installed.
    """
    from ultralytics import YOLO
    from ultralytics.utils import patches

    Image.open = getattr(patches, "_image_open", Image.open)
    return YOLO


class TorchSession:
    """A network on a torch device: in half precision on a card, in single precision elsewhere.

    Raises:
        ModelError: the weights file is missing or damaged.
    """

    def __init__(self, path: Path, device: str) -> None:
        import torch

        yolo = load_yolo()
        if not path.is_file():
            raise ModelError(f"모델 파일 {path.name}이(가) 없습니다. 프로그램을 다시 설치하세요. (model file missing)")
        self._torch, self._device = torch, device
        self._type = torch.float16 if device == "cuda" else torch.float32
        try:
            self._network = yolo(str(path)).model.fuse().to(device, self._type).eval()
        except (RuntimeError, OSError, KeyError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise ModelError(
                f"모델 파일 {path.name}을(를) 불러올 수 없습니다. 프로그램을 다시 설치하세요. (damaged model file: {type(error).__name__})"
            ) from error

    def infer(self, batch: np.ndarray) -> np.ndarray:
        """See :class:`pillapp.vision.engines.base.Session`."""
        torch = self._torch
        with torch.inference_mode():
            images = torch.from_numpy(np.ascontiguousarray(batch, dtype=np.float32))
            images = images.to(self._device, self._type)
            output = self._network(images)
        first = output[0] if isinstance(output, (list, tuple)) else output
        return np.asarray(first.float().cpu().numpy(), dtype=np.float32)


class TorchEngine:
    """NVIDIA cards through CUDA.

    Raises:
        ModelError: torch is not installed or sees no card.
    """

    name = "cuda"

    def __init__(self) -> None:
        try:
            import torch

            load_yolo()  # the weights are its objects
        except ImportError as error:
            raise ModelError(
                "이 설치에는 torch가 없어 GPU를 쓸 수 없습니다. --device cpu를 쓰거나 기본 설치를 하세요. (torch is not installed)"
            ) from error
        if not torch.cuda.is_available():
            raise ModelError("CUDA GPU를 찾을 수 없습니다. --device cpu로 실행하세요. (no CUDA device)")
        self.label = f"GPU · {torch.cuda.get_device_name(0)}"

    def load(self, weights: Path) -> TorchSession:
        """See :class:`pillapp.vision.engines.base.Engine`."""
        return TorchSession(weights.with_suffix(".pt"), "cuda")
