"""The machine-readable card beside every weights file: what it is, its thresholds, and the hash that proves it whole."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pillapp.errors import ModelError

_REINSTALL = "프로그램을 다시 설치하거나 models 폴더를 원본으로 되돌리세요."


@dataclass(frozen=True, slots=True)
class ModelCard:
    """``values`` is the card's JSON; ``weights`` the path of the network without suffix."""

    weights: Path
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """Name and version, for badges and records."""
        return f"{self.values['name']} {self.values['version']}"

    def check_file(self, suffix: str) -> None:
        """Compare the weights file with the hash in the card.

        Raises:
            ModelError: it is missing or its bytes are not the ones the card describes.
        """
        path = self.weights.with_suffix(suffix)
        if not path.is_file():
            raise ModelError(f"모델 파일 {path.name}이(가) 없습니다. {_REINSTALL} (model file missing)")
        expected = self.values["sha256"].get(path.name)
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise ModelError(f"모델 파일 {path.name}이(가) 손상되었습니다. {_REINSTALL} (model file damaged)")


def read_card(weights: Path) -> ModelCard:
    """Read ``<weights>.json``.

    Raises:
        ModelError: missing or not a card.
    """
    path = weights.with_suffix(".json")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not {"name", "version", "sha256"} <= values.keys():
            raise ValueError("fields missing")
    except FileNotFoundError as error:
        raise ModelError(f"모델 카드 {path.name}이(가) 없습니다. {_REINSTALL} (model card missing)") from error
    except (ValueError, AttributeError, OSError) as error:
        raise ModelError(f"모델 카드 {path.name}을(를) 읽을 수 없습니다. {_REINSTALL} (model card damaged)") from error
    return ModelCard(weights, values)
