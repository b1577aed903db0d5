"""The commands of training: wrong requests are one sentence, also where the data is missing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pillapp.cli import app


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "render"),
        ("train", "quality"),
        ("evaluate", "renders"),
        ("evaluate", "detection", "--set", "aihub_korean"),
        ("evaluate", "detection", "--set", "no such set"),
    ],
)
def test_what_is_missing_is_one_sentence(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PILLAPP_DATA", str(tmp_path))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output.strip().splitlines()[-1].startswith("오류: ")


def test_every_command_has_a_help() -> None:
    for group in ("train", "evaluate", "benchmark"):
        done = CliRunner().invoke(app, [group, "--help"])
        assert done.exit_code == 0
