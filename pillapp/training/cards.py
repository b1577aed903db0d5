"""The machine-readable card beside a weights file, as :mod:`pillapp.vision.model_card` reads it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(weights: Path, suffixes: tuple[str, ...], values: Mapping[str, Any]) -> None:
    """Write ``<weights>.json``: ``values`` plus the hash of each weights file."""
    files = [weights.with_suffix(suffix) for suffix in suffixes]
    card = {**values, "sha256": {file.name: sha256(file) for file in files}}
    weights.with_suffix(".json").write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
