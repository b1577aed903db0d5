"""One protocol for everything that can run a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np


class Session(Protocol):
    """One loaded network. Not thread-safe: one thread owns it."""

    def infer(self, batch: np.ndarray) -> np.ndarray:
        """Run on a float32 batch (N, C, H, W) and return the first output as float32."""
        ...


class Engine(Protocol):
    """A way to run networks on one device."""

    @property
    def name(self) -> str:
        """Short identifier, as ``--device`` takes it."""
        ...

    @property
    def label(self) -> str:
        """What the badge in the window and the JSON say, e.g. ``CPU · OpenVINO``."""
        ...

    def load(self, weights: Path) -> Session:
        """Load ``weights`` (path without suffix; the engine picks ``.onnx`` or ``.pt``).

        Raises:
            ModelError: the file is missing, damaged, or the device refuses it.
        """
        ...


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine in use and why the faster ones were passed over (shown in the badge's tooltip)."""

    engine: Engine
    passed_over: tuple[str, ...]
