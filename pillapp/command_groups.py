"""Groups of commands that several rooms add to (``benchmark``, ``train``, ``evaluate``)."""

from typing import Final

import typer

_HELP: Final = {
    "gallery": "우리 약국 사진첩을 관리합니다. Pictures of products as evidence: import, list, remove.",
    "benchmark": "속도와 정확도를 잽니다. Measures speed and accuracy.",
    "train": "학습: 그림과 신경망을 만듭니다. Makes renders and networks (for developers).",
    "evaluate": "학습한 것을 실제 사진으로 잽니다. Measures networks and renders on real photos (for developers).",
}


def command_group(app: typer.Typer, name: str) -> typer.Typer:
    """The group of this name; made at the first call, shared after that."""
    for known in app.registered_groups:
        if known.name == name and known.typer_instance is not None:
            return known.typer_instance
    group = typer.Typer(help=_HELP[name])
    app.add_typer(group, name=name)
    return group
