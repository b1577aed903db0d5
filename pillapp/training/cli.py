"""Commands that make and measure the weights."""

from typing import Annotated

import typer
from rich.console import Console

from pillapp.training.datasets import DataSetError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, export and measure Pillapp's networks.")
console = Console(soft_wrap=True, markup=False, highlight=False)

Minutes = Annotated[float, typer.Option(help="Wall-clock minutes of training; the learning rate follows the clock.")]
Count = Annotated[int, typer.Option(help="Composite pictures to render; those that exist are kept.")]
Resume = Annotated[bool, typer.Option(help="Go on with an interrupted run.")]


def _stop(error: DataSetError) -> typer.Exit:
    console.print(str(error))
    return typer.Exit(1)


@app.command()
def compose(composites: Count = 12_000) -> None:
    """Cut pills out and render the detector's composites into work/."""
    from pillapp.training.compose import compose as render
    from pillapp.training.detector import HELD_COMPOSITES

    try:
        render(HELD_COMPOSITES, "held")
        render(composites, "train")
    except DataSetError as error:
        raise _stop(error) from error


@app.command()
def detector(minutes: Minutes = 70, composites: Count = 12_000, version: str = "1.0", resume: Resume = False) -> None:
    """Make the pill detector from nothing: render, train, fit its threshold, export, measure."""
    from pillapp.training.detector import train

    compose(composites)
    train(minutes, composites, resume)
    export_detector(version)
    evaluate_detector()


@app.command()
def export_detector(version: str = "1.0") -> None:
    """Export the last checkpoint to models/ and fit its threshold on held-out training pictures."""
    from pillapp.training.detector import export_and_fit

    try:
        threshold = export_and_fit(version)
    except DataSetError as error:
        raise _stop(error) from error
    console.print(f"confidence threshold {threshold:.3f}")


@app.command()
def evaluate_detector(device: str = "auto") -> None:
    """Measure models/detector on the measuring sets, beside a baseline, and draw contact sheets into work/."""
    from pillapp.training import evaluate

    try:
        console.print(evaluate.detector_report(device))
    except DataSetError as error:
        raise _stop(error) from error


@app.command()
def reader(
    minutes: Minutes = 26,
    chunks: Annotated[int, typer.Option(help="Files of 500 drawn sides to render; those that exist are kept.")] = 80,
    version: str = "1.0",
    resume: Resume = False,
) -> None:
    """Make the imprint reader from nothing: render, train, export, measure."""
    from pillapp.training.reader_train import export, train

    try:
        checkpoint = train(minutes, chunks, console.print, resume)
    except DataSetError as error:
        raise _stop(error) from error
    export(checkpoint, version)
    evaluate_reader()


@app.command()
def evaluate_reader(device: str = "auto") -> None:
    """Measure models/imprint_reader on the Korean photos: rank of the text among all of the official file."""
    from pillapp.training.reader_evaluate import reader_report

    try:
        console.print(reader_report(device))
    except DataSetError as error:
        raise _stop(error) from error
