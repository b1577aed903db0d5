"""The command of the printed mat: ``mat``."""

from pathlib import Path
from typing import Annotated

import typer

from pillapp.errors import SettingsError


def register(app: typer.Typer) -> None:
    """Add the command to the program's command line."""
    app.command("mat")(mat)


def mat(
    out: Annotated[Path, typer.Argument(help="저장할 PDF 파일", show_default=False)],
    paper: Annotated[str, typer.Option(help="종이: A4, A5 또는 LETTER")] = "A4",
) -> None:
    """알약 크기를 밀리미터로 재는 눈금판을 PDF로 만듭니다. Make the printable mat that tells millimetres."""
    from pillapp.report.mat import write_mat
    from pillapp.vision.mat import MATS

    if paper.upper() not in MATS:
        raise SettingsError(f"종이 {paper}은(는) 쓸 수 없습니다. {', '.join(MATS)} 가운데 고르세요. (unknown paper)")
    write_mat(out, MATS[paper.upper()])
    typer.echo(f"눈금판: {out}")
    typer.echo(
        "  실제 크기(100 %)로 인쇄하고, 판의 100 mm 선을 자로 재어 확인하세요. (print at 100 % and check the ruler)"
    )
