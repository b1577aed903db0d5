"""The command of the drawn catalogue: ``render``."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pillapp.errors import PictureError

_PX_PER_MM: Final = (4.0, 100.0)


def register(app: typer.Typer) -> None:
    """Add the command to the program's command line."""
    app.command("render")(render)


def render(
    item_seq: Annotated[str, typer.Argument(help="품목기준코드", show_default=False)],
    out: Annotated[Path, typer.Option(help="저장할 그림 파일 (.png)", show_default=False)],
    dark: Annotated[bool, typer.Option("--dark", help="어두운 바탕에 그립니다.")] = False,
    px_per_mm: Annotated[float, typer.Option(help="1밀리미터를 그릴 픽셀 수")] = 24.0,
    catalog: Annotated[str | None, typer.Option(help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")] = None,
) -> None:
    """식약처 낱알식별 정보로 품목의 앞뒤를 그립니다. Draw both sides of a product from its official description."""
    import numpy as np
    from PIL import Image

    from pillapp.appearance.picture import notes, product_card, typical_model
    from pillapp.catalog.catalog import open_catalog

    if not _PX_PER_MM[0] <= px_per_mm <= _PX_PER_MM[1]:
        low, high = _PX_PER_MM
        raise PictureError(f"--px-per-mm은 {low:g}에서 {high:g} 사이여야 합니다. (between {low:g} and {high:g})")
    if out.suffix.lower() != ".png":
        raise PictureError(f"{out}: 그림은 PNG로만 저장합니다. (only .png files are written)")
    with open_catalog(catalog) as opened:
        product = opened.product(item_seq)
    if product is None:
        raise PictureError(f"{item_seq}: 데이터베이스에 없는 품목입니다. (no such product in the database)")
    if not product.appearances:
        raise PictureError(
            f"{item_seq} {product.name}: 낱알식별 정보가 없어 그릴 수 없습니다. (its appearance is not in the database)"
        )
    cards = [product_card(row, px_per_mm=px_per_mm, dark=dark) for row in product.appearances]
    width = max(card.shape[1] for card in cards)
    paper = cards[0][0, 0]
    padded = [
        np.concatenate([card, np.full((card.shape[0], width - card.shape[1], 3), paper, np.uint8)], axis=1)
        for card in cards
    ]
    try:
        Image.fromarray(np.concatenate(padded)).save(out)
    except OSError as error:
        raise PictureError(f"{out}: 저장할 수 없습니다 - {error.strerror or error}. (cannot be written)") from error
    typer.echo(f"{product.name}: {out}")
    said = (note for row in product.appearances for note in notes(typical_model(row, _PX_PER_MM[0])))
    for note in dict.fromkeys(said):
        typer.echo(f"  ※ {note}")
