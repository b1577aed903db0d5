"""The command line: ``check`` and its sisters. The window opens when no command is given."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import pillapp
from pillapp import appearance_cli, catalog_cli, evaluation_cli, gallery_cli, mat_cli, safety_cli, training_cli
from pillapp.command_groups import command_group
from pillapp.errors import GalleryError, PhotoError, PillappError

app = typer.Typer(
    name="pillapp",
    help="알약을 찾고, 이름을 대고, DUR을 점검합니다. Finds, names and checks loose pills. Without a command: the window.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

catalog_cli.register(app)
safety_cli.register(app)
appearance_cli.register(app)
mat_cli.register(app)
gallery_cli.register(app)
training_cli.register(app)
evaluation_cli.register(app)

FAILED: Final = 1
benchmarks = command_group(app, "benchmark")


def main() -> None:
    """Entry point: known errors become one sentence and exit status 1, never a traceback."""
    try:
        app()
    except PillappError as error:
        typer.echo(f"오류: {error}", err=True)
        raise SystemExit(FAILED) from None
    except BrokenPipeError:  # `pillapp check … | head`
        sys.stderr.close()
        raise SystemExit(FAILED) from None


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, openvino 또는 onnxruntime")] = "auto",
    catalog: Annotated[str | None, typer.Option(help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")] = None,
    version: Annotated[bool, typer.Option("--version", help="버전을 표시하고 끝냅니다.")] = False,
) -> None:
    """Open the window unless a command was given."""
    if version:
        typer.echo(f"pillapp {pillapp.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from pillapp.app import run  # Qt is not imported for commands

        raise typer.Exit(run(device=device, catalog_url=catalog))


@app.command()
def check(
    photos: Annotated[list[Path], typer.Argument(help="사진 파일 또는 폴더 (여러 개 가능)", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 문서 하나로 출력합니다.")] = False,
    pdf: Annotated[Path | None, typer.Option(help="리포트 PDF를 저장할 경로")] = None,
    age: Annotated[float | None, typer.Option(help="나이(세); 영아는 0.5처럼 소수로")] = None,
    sex: Annotated[str | None, typer.Option(help="성별: F 또는 M")] = None,
    pregnant: Annotated[bool | None, typer.Option("--pregnant/--not-pregnant", help="임신 여부")] = None,
    lactating: Annotated[bool | None, typer.Option("--lactating/--not-lactating", help="수유 여부")] = None,
    add: Annotated[list[str] | None, typer.Option(help="함께 점검할 품목의 품목기준코드 (여러 번 가능)")] = None,
    other_side: Annotated[Path | None, typer.Option(help="같은 알약을 뒤집어 찍은 사진 (사진이 한 장일 때)")] = None,
    likely: Annotated[
        list[str] | None, typer.Option(help="처방·재고에 있는 품목의 코드: 더 그럴듯하게 봅니다 (여러 번 가능).")
    ] = None,
    likely_file: Annotated[
        Path | None, typer.Option(help="처방·재고 목록 파일: 한 줄에 코드 하나, 또는 item_seq 열이 있는 CSV")
    ] = None,
    mm_per_px: Annotated[float | None, typer.Option(help="사진 1픽셀이 몇 mm인지; 알면 크기로도 구별합니다.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, openvino 또는 onnxruntime")] = "auto",
    catalog: Annotated[str | None, typer.Option(help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")] = None,
) -> None:
    """사진 속 알약을 찾아 이름과 DUR 경고를 알려 줍니다. Find, name and check the pills of photos."""
    from pillapp.capture.photos import expand_folders, load_photo
    from pillapp.catalog.catalog import open_catalog
    from pillapp.check.contract import PhotoResult, document
    from pillapp.check.examiner import Examiner, Options
    from pillapp.check.short_list import read_codes, resolve
    from pillapp.safety.values import PatientFacts

    patient = PatientFacts(age, sex.upper() if sex else None, pregnant, lactating)
    codes = (*(likely or ()), *(read_codes(likely_file) if likely_file else ()))
    options = Options(patient, tuple(add or ()), mm_per_px=mm_per_px)
    files = expand_folders(photos)
    if other_side and len(files) != 1:
        raise PhotoError("--other-side는 사진이 한 장일 때만 쓸 수 있습니다. (--other-side takes exactly one photo)")
    opened = open_catalog(catalog)
    try:
        short_list = resolve(opened, codes)
        if short_list.warning:
            typer.echo(short_list.warning, err=True)
        options = replace(options, likely=short_list.item_seqs)
        turned = load_photo(other_side) if other_side else None
        examiner = Examiner(opened, device)
        _use_gallery(examiner)
        results: list[PhotoResult] = []
        if not files:
            results.append(
                PhotoResult(", ".join(map(str, photos)), None, "폴더에 사진이 없습니다. (no photo in the folder)")
            )
        for path in files:
            started = time.perf_counter()
            try:
                frame = load_photo(path)
            except PhotoError as error:
                results.append(PhotoResult(str(path), None, str(error)))
                continue
            decode_ms = (time.perf_counter() - started) * 1000
            done = examiner.examine(frame, options, other_side=turned, decode_ms=decode_ms)
            results.append(PhotoResult.of(str(path), done))
        if as_json:
            contract = document(results, device=examiner.device, summary=opened.summary())
            typer.echo(json.dumps(contract, ensure_ascii=False, indent=2))
        else:
            _print_results(results, examiner.device)
        if pdf:  # last: a disk that is full must not cost the results
            _write_pdf(pdf, results, opened, examiner)
    finally:
        opened.close()
    if any(result.error for result in results):
        raise typer.Exit(FAILED)


def _use_gallery(examiner: Any) -> None:
    """A gallery that cannot be read must not cost the check: it is named without pictures, and that is said."""
    from pillapp.records.gallery import GalleryStore

    try:
        with GalleryStore() as gallery:
            examiner.use_gallery(gallery.load(examiner.embedder.version, examiner.embedder.embed_all))
    except GalleryError as error:
        typer.echo(f"사진첩 없이 판독합니다: {error}", err=True)


def _write_pdf(path: Path, results: list[Any], catalog: Any, examiner: Any) -> None:
    from pillapp.report.content import gather
    from pillapp.report.pdf import write_pdf

    reports = [gather(r.check, catalog, examiner.detector_name) for r in results if r.check is not None]
    if reports:
        write_pdf(path, reports)
        typer.echo(f"리포트: {path}", err=True)
    else:
        typer.echo("읽을 수 있는 사진이 없어 리포트를 만들지 않았습니다. (no report: no readable photo)", err=True)


def _print_results(results: list[Any], device: str) -> None:
    from pillapp.check.scale import scale_words

    typer.echo(f"장치: {device}")
    for result in results:
        typer.echo(f"\n{result.photo}")
        if result.error:
            typer.echo(f"  오류: {result.error}")
        if result.check is None:
            continue
        if result.check.pills:
            typer.echo(f"  알약 {result.check.count_words}")
        if result.check.scale:
            per_px = result.check.scale.middle_mm_per_px(result.check.frame)
            typer.echo(f"  크기 기준: {scale_words(result.check.scale.source)} ({per_px:.4f} mm/픽셀)")
        for pill in result.check.pills:
            seen = pill.front
            size = f"{seen.size_mm[0]:.1f} × {seen.size_mm[1]:.1f} mm" if seen.size_mm else ""
            looks = " · ".join(filter(None, [pill.imprint, seen.shape.name, ", ".join(seen.colours.names), size]))
            typer.echo(f"  {pill.number}. [{pill.identification.state.korean}] {looks}")
            if pill.identification.reason:
                typer.echo(f"       → {pill.identification.reason}")
            for place, candidate in enumerate(pill.identification.candidates[:3], start=1):
                typer.echo(f"       {place}) {candidate.name} ({candidate.item_seq}) {candidate.probability:.0%}")
        safety_cli.print_assessment(result.check.assessment)


@benchmarks.command("detect")
def benchmark_detect() -> None:
    """사진 크기와 장치별로 알약을 찾는 시간을 잽니다. How long finding pills takes, by photo size and engine."""
    from pillapp.vision.benchmark import benchmark

    benchmark(typer.echo)


@benchmarks.command("identify")
def benchmark_identify(
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, openvino 또는 onnxruntime")] = "cpu",
    catalog: Annotated[str | None, typer.Option(help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")] = None,
) -> None:
    """알약 하나를 살피고 이름을 대는 시간을 잽니다. How long looking at a pill and naming it takes."""
    from pillapp.catalog.catalog import open_catalog
    from pillapp.check.benchmark import benchmark

    with open_catalog(catalog) as opened:
        benchmark(opened, device, typer.echo)
