"""Commands that measure: ``evaluate …`` and ``benchmark render``.

They need the dependency groups of training (``uv run --all-groups main.py evaluate …``) and are not part of what pharmacies get.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pillapp.command_groups import command_group

console = Console(soft_wrap=True, markup=False, highlight=False)

JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program's command line."""
    evaluate = command_group(app, "evaluate")
    evaluate.command("renders")(evaluate_renders)
    evaluate.command("detection")(evaluate_detection)
    evaluate.command("outline")(evaluate_outline)
    evaluate.command("attributes")(evaluate_attributes)
    evaluate.command("embedding")(evaluate_embedding)
    evaluate.command("reader")(evaluate_reader)
    evaluate.command("identification")(evaluate_identification)
    command_group(app, "benchmark").command("render")(benchmark_render)


@contextmanager
def understandable() -> Iterator[None]:
    """What is missing for training (a data set, a package) is one sentence and exit status 1."""
    try:
        from pillapp.training.datasets import DataSetError
    except ModuleNotFoundError as error:
        console.print(f"오류: 이 설치본에는 학습 기능이 없습니다: {error.name}. (training is not installed)")
        raise typer.Exit(1) from error
    try:
        yield
    except DataSetError as error:
        console.print(f"오류: {error}")
        raise typer.Exit(1) from error
    except ModuleNotFoundError as error:
        console.print(f"오류: {error.name} is not installed; training needs all groups: uv run --all-groups main.py …")
        raise typer.Exit(1) from error


def _keep(figures: dict[str, Any], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def evaluate_outline(json_file: JsonFile = None, device: str = "cpu") -> None:
    """How near found outlines are to true ones, beside GrabCut."""
    with understandable():
        from pillapp.training.outline.evaluate import evaluate

        _keep(evaluate(device, console.print), json_file)


def evaluate_attributes(
    json_file: JsonFile = None, count: Annotated[int, typer.Option(help="Official pictures, two sides each.")] = 300
) -> None:
    """How often shape, colours, make and score line are seen as the official file says."""
    with understandable():
        from pillapp.training.attribute_reader.evaluate import evaluate

        _keep(evaluate(count, console.print), json_file)


def evaluate_embedding(json_file: JsonFile = None) -> None:
    """How often the picture most like a photo shows the same product, beside a plain descriptor."""
    with understandable():
        from pillapp.training.embedding.evaluate import evaluate

        _keep(evaluate(console.print), json_file)


def evaluate_renders(json_file: JsonFile = None) -> None:
    """How near drawn and rendered pills are to real ones: outlines, colours, realism."""
    with understandable():
        from pillapp.training.looks.evaluate import evaluate

        _keep(evaluate(console.print), json_file)


def evaluate_detection(
    names: Annotated[list[str] | None, typer.Option("--set", help="Only this set; may be given several times.")] = None,
    json_file: JsonFile = None,
    device: str = "auto",
    weights: Annotated[
        Path | None, typer.Option(help="Other weights than models/detector, path without suffix.")
    ] = None,
) -> None:
    """Measure models/detector on the measuring sets beside two baselines; contact sheets go to work/sheets."""
    with understandable():
        from pillapp.training.detection.evaluate import evaluate

        _keep(evaluate(names or (), device, console.print, weights), json_file)


def evaluate_reader(
    device: str = "auto",
    weights: Annotated[
        Path | None, typer.Option(help="Other weights than models/imprint_reader, path without suffix.")
    ] = None,
    baseline: Annotated[int, typer.Option(help="Crops that RapidOCR is shown too; four seconds each.")] = 0,
) -> None:
    """Measure models/imprint_reader on pills nothing was trained on: rank of the text among all of the official file."""
    with understandable():
        from pillapp.training.reader.evaluate import reader_report

        console.print(reader_report(device, weights, baseline))


def evaluate_identification(
    count: Annotated[int, typer.Option(help="Official pictures to measure on.")] = 300,
    json_file: JsonFile = None,
    baseline: Annotated[int, typer.Option(help="Crops that RapidOCR is shown too; four seconds each.")] = 0,
    errors: Annotated[
        Path | None, typer.Option(help="Folder for sheets of wrong first names; they show photos of the data folder.")
    ] = None,
) -> None:
    """How often pills are named right, how often for certain, and how honest the sets are, beside ceilings and baselines."""
    with understandable():
        from pillapp.training.identification.evaluate import evaluate

        _keep(evaluate(count, console.print, baseline, errors), json_file)


def benchmark_render(
    pictures: Annotated[int, typer.Option(help="How many of each kind and variant.")] = 24,
) -> None:
    """Pictures per second and core: quick shading, crops and scenes by variant of the renderer, beside the bare renderer."""
    with understandable():
        from pillapp.training.quick_benchmark import quick_shading
        from pillapp.training.render.benchmark import benchmark

        for line in quick_shading():
            console.print(line)
        for speed in benchmark(console.print, pictures):
            console.print(str(speed))
