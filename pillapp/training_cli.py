"""Commands that make the weights: ``train …``; each ends with measuring what it made.

They need the dependency groups of training (``uv run --all-groups main.py train …``) and are not part of what pharmacies get.
"""

from pathlib import Path
from typing import Annotated

import typer

from pillapp.command_groups import command_group
from pillapp.evaluation_cli import (
    console,
    evaluate_attributes,
    evaluate_detection,
    evaluate_embedding,
    evaluate_outline,
    evaluate_reader,
    understandable,
)

Minutes = Annotated[float, typer.Option(help="Wall-clock minutes of training; the learning rate follows the clock.")]
Composites = Annotated[int, typer.Option(help="Composite pictures to make; those that exist are kept.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]
Start = Annotated[
    Path | None,
    typer.Option(exists=True, help="Checkpoint of an earlier run to begin with; from nothing if not given."),
]
Averaged = Annotated[
    list[Path] | None,
    typer.Option("--average", exists=True, help="Train nothing: export the average of these checkpoints."),
]
ExportOnly = Annotated[bool, typer.Option("--export-only", help="Only export and fit the last checkpoint.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same pictures.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program's command line."""
    train = command_group(app, "train")
    train.command("render")(render)
    train.command("detector")(train_detector)
    train.command("reader")(train_reader)
    train.command("appearance")(train_appearance)
    train.command("outline")(train_outline)
    train.command("attributes")(train_attributes)
    train.command("embedding")(train_embedding)
    train.command("int8")(train_int8)
    train.command("quality")(train_quality)
    train.command("scoring")(train_scoring)
    train.command("ranking")(train_ranking)
    train.command("scale")(train_scale)
    train.command("samples")(train_samples)


def render(
    crops: Annotated[int, typer.Option(min=0, help="Pictures of one pill, 160 px.")] = 0,
    scenes: Annotated[int, typer.Option(min=0, help="Pictures of many pills, 416 px.")] = 0,
    hands: Annotated[int, typer.Option(min=0, help="Hands cut out, to lie in composites.")] = 0,
    seed: Seed = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores if not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the pictures; work/renders if not given.")] = None,
) -> None:
    """Light the rows of the catalogue with Mitsuba; goes on where an earlier run stopped."""
    if not crops and not scenes and not hands:
        console.print("오류: --crops, --scenes, --hands에 몇 장을 만들지 적으세요. (say how many of them)")
        raise typer.Exit(1)
    with understandable():
        from pillapp.training.datasets import work_dir
        from pillapp.training.render.run import render as render_shards

        render_shards(out or work_dir() / "renders", crops, scenes, hands, seed, console.print, workers)


def train_detector(
    minutes: Minutes = 70,
    composites: Composites = 12_000,
    version: str = "1.0",
    resume: Resume = False,
    start: Start = None,
    averaged: Averaged = None,
    export_only: ExportOnly = False,
) -> None:
    """Make the pill detector: compose, train, fit its thresholds, export, measure."""
    with understandable():
        from pillapp.training.detection.pictures import compose_all
        from pillapp.training.detection.train import average, export_and_fit, train

        if averaged:
            average(averaged)
        elif not export_only:
            compose_all(composites)
            train(minutes, composites, resume, start)
        threshold, doubt = export_and_fit(version)
        console.print(f"confidence threshold {threshold:.3f}, doubt from {doubt:.3f}")
    evaluate_detection()


def train_reader(
    minutes: Minutes = 26,
    chunks: Annotated[int, typer.Option(help="Files of 500 drawn sides to make; those that exist are kept.")] = 80,
    version: str = "1.0",
    resume: Resume = False,
    start: Start = None,
    averaged: Averaged = None,
) -> None:
    """Make the imprint reader: draw, train, export, measure."""
    with understandable():
        from pillapp.training.loop import blend
        from pillapp.training.reader.train import export, run_dir, train

        blended = blend(averaged, run_dir() / "blend.pt") if averaged else None
        export(blended or train(minutes, chunks, console.print, resume, start), version)
    evaluate_reader()


def train_appearance() -> None:
    """Measure on real pictures what official rows leave open; writes models/appearance.json."""
    with understandable():
        from pillapp.training.looks.fit import fit

        fit(console.print)


def train_outline(minutes: Minutes = 15, version: str = "1.0") -> None:
    """Make the network that draws a pill's outline in its box; needs rendered scenes."""
    with understandable():
        from pillapp.training.outline.train import export, train

        export(train(minutes, console.print), version)
    evaluate_outline()


def train_attributes(
    minutes: Minutes = 25,
    version: str = "1.0",
    start: Start = None,
    averaged: Averaged = None,
    export_only: ExportOnly = False,
) -> None:
    """Make the network that sees shape, colours, make and score line; needs rendered scenes."""
    with understandable():
        from pillapp.training.attribute_reader.train import checkpoint_path, export, train
        from pillapp.training.loop import blend

        if averaged:
            blend(averaged, checkpoint_path())
        elif not export_only:
            train(minutes, console.print, start)
        export(checkpoint_path(), version, console.print)
    evaluate_attributes()


def train_embedding(minutes: Minutes = 25, version: str = "1.0", seed: Seed = 5) -> None:
    """Make the network that compares pictures of pills; begins with the encoder of the attribute network."""
    with understandable():
        from pillapp.training.embedding.likeness import fit
        from pillapp.training.embedding.train import export, train

        export(train(minutes, console.print, seed), version)
        fit(console.print)
    evaluate_embedding()


def train_int8() -> None:
    """Write the detector in eight bits to the work folder and time it; nothing of the program changes."""
    with understandable():
        from pillapp.training.detection.int8 import CALIBRATION, quantise
        from pillapp.training.detection.pictures import train_pictures

        path = quantise(train_pictures(CALIBRATION), console.print)
        console.print(f"main.py evaluate detection --weights {path}")


def train_quality() -> None:
    """Measure from when on a picture is too poor to read: the limits of the warnings beside a pill."""
    with understandable():
        from pillapp.training.quality_fit import fit

        fit(console.print)


def train_scoring(count: Annotated[int, typer.Option(help="Training pictures, two sides each.")] = 350) -> None:
    """Fit what speaks for and against a text; prints the costs for identify/imprint_score.py, changes nothing."""
    with understandable():
        from pillapp.training.reader.fit_costs import fit

        fit(count, console.print)


def train_ranking(count: Annotated[int, typer.Option(help="Training pictures, two sides each.")] = 350) -> None:
    """Fit how evidence is weighed and when a name is certain; writes models/ranking.json."""
    with understandable():
        from pillapp.training.identification.fit import fit

        fit(count, console.print)


def train_scale(count: Annotated[int, typer.Option(help="Official pictures to make frames of.")] = 450) -> None:
    """Fit what pills of one picture tell of each other's size; says the figures for identify/frame_scale.py."""
    with understandable():
        from pillapp.training.frame_scale import fit

        fit(count, console.print)


def train_samples() -> None:
    """Draw the two sample photos of resources/samples from starter products."""
    with understandable():
        from pillapp.training.sample_photo import draw

        draw()
