"""The commands of the gallery: ``gallery import``, ``gallery list``, ``gallery remove``."""

from pathlib import Path
from typing import Annotated

import typer

from pillapp.command_groups import command_group


def register(app: typer.Typer) -> None:
    """Add the commands to the program's command line."""
    group = command_group(app, "gallery")
    group.command("import")(import_folder)
    group.command("list")(list_pictures)
    group.command("remove")(remove)


def import_folder(
    folder: Annotated[
        Path, typer.Argument(help="공식 제품 사진 폴더: 파일 이름이 품목기준코드이거나 labels.csv가 있는 것")
    ],
    who: Annotated[str, typer.Option(help="사진첩에 남길 이름")] = "import",
) -> None:
    """공식 제품 사진을 사진첩에 넣습니다. Import official product pictures; the same picture twice is one."""
    from pillapp.paths import models_dir
    from pillapp.records.gallery import GalleryStore
    from pillapp.records.gallery_import import import_pictures
    from pillapp.vision.embed import Embedder
    from pillapp.vision.engines import choose_engine
    from pillapp.vision.segment import OutlineFinder

    engine = choose_engine("cpu").engine
    outlines, embedder = OutlineFinder(engine, models_dir() / "outline"), Embedder(engine, models_dir() / "embedding")
    with GalleryStore() as store:
        done = import_pictures(folder, store, outlines, embedder, who=who, told=_tell)
    for name, reason in done.failed:
        typer.echo(f"  × {name}: {reason}", err=True)
    typer.echo(
        f"파일 {done.pictures + len(done.failed)}개 = 읽음 {done.pictures} + 건너뜀 {len(done.failed)} · "
        f"새 사진 {done.added} · 이미 있는 사진 {done.known} (files read + skipped, new sides, known sides)"
    )
    if done.failed:
        raise typer.Exit(1)


def list_pictures(
    everything: Annotated[bool, typer.Option("--all", help="지운 사진의 기록도 보여 줍니다.")] = False,
) -> None:
    """사진첩의 사진을 보여 줍니다. List the pictures of the gallery."""
    from pillapp.records.gallery import GalleryStore

    with GalleryStore() as store:
        shown = store.history() if everything else store.pictures()
    for one in shown:
        taken_back = f" · 지움 {one.removed_at:%Y-%m-%d} {one.removed_by}" if one.removed_at else ""
        typer.echo(
            f"{one.picture_id}\t{one.item_seq}\t{one.source.value}\t{one.added_at:%Y-%m-%d %H:%M} {one.added_by}{taken_back}"
        )
    typer.echo(f"{len(shown)}개 (pictures)", err=True)


def remove(
    picture_id: Annotated[int, typer.Argument(help="gallery list의 번호")],
    who: Annotated[str, typer.Option(help="누가 지우는지: 기록에 남습니다.")],
) -> None:
    """사진첩에서 사진 하나를 지웁니다. 누가 언제 지웠는지는 남습니다. Take one picture back."""
    from pillapp.records.gallery import GalleryStore

    with GalleryStore() as store:
        picture = store.remove(picture_id, who=who)
    typer.echo(f"지웠습니다: {picture.picture_id} · {picture.item_seq} (removed)")


def _tell(done: int, of: int) -> None:
    if done % 50 == 0 or done == of:
        typer.echo(f"  {done}/{of}", err=True)
