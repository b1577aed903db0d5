"""Commands of the catalogue: ``import``, ``search``, ``product``, ``data``, ``update``, ``benchmark catalogue``."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pillapp.command_groups import command_group
from pillapp.errors import CatalogError
from pillapp.paths import measuring_data_dir

if TYPE_CHECKING:
    from pillapp.catalog.catalog import Catalog
    from pillapp.catalog.importers.run import ImportProgress, ImportReport

FAILED: Final = 1
_SHOWN_REJECTS: Final = 5

CatalogUrl = Annotated[
    str | None, typer.Option("--catalog", help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")
]
AsJson = Annotated[bool, typer.Option("--json", help="결과를 JSON으로 출력합니다.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program's command line."""
    app.command("import")(import_command)
    app.command("search")(search)
    app.command("product")(product)
    app.command("data")(data)
    app.command("update")(update)
    command_group(app, "benchmark").command("catalogue")(benchmark)


@contextmanager
def _opened(url: str | None) -> "Iterator[Catalog]":
    from pillapp.catalog.catalog import open_catalog

    with open_catalog(url) as catalog:
        yield catalog


def import_command(
    files: Annotated[list[Path], typer.Argument(help="공식 데이터 파일 (여러 개)", show_default=False)],
    catalog: CatalogUrl = None,
    as_json: AsJson = False,
) -> None:
    """공식 파일을 불러옵니다. 종류는 내용으로 알아냅니다. Import official files, recognised by their content."""
    from pillapp.catalog.importers.run import Outcome, import_files

    with _opened(catalog) as opened, _progress(quiet=as_json) as told:
        reports = import_files(opened.database, files, told)
    if as_json:
        _print_json({"schema": 1, "files": [_report_json(report) for report in reports]})
    else:
        for report in reports:
            _print_report(report)
    if any(report.outcome in (Outcome.FAILED, Outcome.CANCELLED) for report in reports):
        raise typer.Exit(FAILED)


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Any]":
    """A progress bar on the terminal: what is done, rows a second, time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    if quiet:
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[rate]}  {task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0, rate="", left="")

        def told(progress: "ImportProgress") -> None:
            left = f"남은 시간 {progress.seconds_left:,.0f}초" if progress.seconds_left is not None else ""
            bar.update(
                task,
                completed=progress.fraction,
                description=f"[{progress.file_number}/{progress.files}] {progress.path.name} {progress.stage}",
                rate=f"{progress.rows:,}줄 {progress.rows_per_second:,.0f}줄/초",
                left=left,
            )

        yield told


def _report_json(report: "ImportReport") -> dict[str, Any]:
    return {**asdict(report), "path": str(report.path), "outcome": report.outcome.value}


def _print_report(report: "ImportReport") -> None:
    from pillapp.catalog.importers.run import Outcome

    if report.outcome is Outcome.FAILED:
        typer.echo(f"✗ {report.error}", err=True)
    elif report.outcome is Outcome.CANCELLED:
        typer.echo(f"- {report.path.name}: 취소했습니다. 데이터베이스는 그대로입니다.")
    elif report.outcome is Outcome.UNCHANGED:
        typer.echo(f"= {report.path.name}: 이미 불러온 파일입니다. 바뀐 것이 없습니다. ({report.title})")
    else:
        typer.echo(
            f"✓ {report.path.name}: {report.title} {report.file_date or '날짜 모름'} · "
            f"{report.rows:,}줄 = 받음 {report.taken:,} + 거부 {report.rejected:,} ({report.seconds:.1f}초)"
        )
        for note in report.notes:
            typer.echo(f"    {note}")
        for reject in report.rejects[:_SHOWN_REJECTS]:
            typer.echo(f"    {reject.line}번째 줄: {reject.reason}")
        if report.rejected > _SHOWN_REJECTS:
            typer.echo(f"    … 거부된 줄 {report.rejected - _SHOWN_REJECTS:,}개 더 (data --json에 모두)")


def search(
    query: Annotated[
        list[str], typer.Argument(help="이름, 초성, 각인, 모양, 색, 크기, 코드, 바코드", show_default=False)
    ],
    limit: Annotated[int, typer.Option(help="보여 줄 개수", min=1, max=1000)] = 20,
    catalog: CatalogUrl = None,
    as_json: AsJson = False,
) -> None:
    """품목을 찾습니다. Find products by name, imprint, look, maker, ingredient or code."""
    text = " ".join(query)
    with _opened(catalog) as opened:
        hits = opened.search(text, limit)
    if as_json:
        _print_json({"schema": 1, "query": text, "hits": [asdict(hit) for hit in hits]})
        return
    for hit in hits:
        typer.echo(f"{hit.item_seq}  {hit.name}  {hit.maker}  [{', '.join(hit.reasons)}]")
    if not hits:
        typer.echo("찾은 품목이 없습니다.")


def product(
    item_seq: Annotated[str, typer.Argument(help="품목기준코드", show_default=False)],
    catalog: CatalogUrl = None,
    as_json: AsJson = False,
) -> None:
    """한 품목의 모든 정보를 보여 줍니다. Show everything about one product."""
    with _opened(catalog) as opened:
        found = opened.product(item_seq)
        facts = opened.safety_facts([item_seq])[0]
    if found is None:
        raise CatalogError(
            f"{item_seq}: 데이터베이스에 없는 품목기준코드입니다. search로 찾아보세요. (no such product)"
        )
    if as_json:
        _print_json({"schema": 1, "product": asdict(found), "safety": asdict(facts)})
        return
    typer.echo(
        f"{found.name}  ({found.item_seq})\n{found.maker} · {found.prescription} · {found.class_name} · {found.form}"
    )
    for ingredient in found.ingredients:
        typer.echo(f"  성분  {ingredient.name_ko} {ingredient.amount} {ingredient.code}".rstrip())
    for look in found.appearances:
        sizes = " × ".join(f"{size:g}" for size in (look.long_mm, look.short_mm, look.thick_mm) if size)
        colours = ", ".join(dict.fromkeys(look.colours_front + look.colours_back))
        typer.echo(f"  모양  {look.shape} {colours} 앞[{look.sides[0]}] 뒤[{look.sides[1]}] {sizes} mm")
    for kind, code in found.codes:
        typer.echo(f"  {kind}  {code}")
    typer.echo(
        f"  DUR   {facts.link_method.value} · 규칙 대상 {len(facts.links)}개 {facts.not_checkable or ''}".rstrip()
    )
    if found.guidance_ko:
        mark = " (시작 안내문: 공식 자료로 바뀝니다)" if found.guidance_ko.starter else ""
        typer.echo(f"  효능  {found.guidance_ko.efficacy}{mark}\n  용법  {found.guidance_ko.usage}")
    typer.echo(f"  출처  {found.source} {found.source_date or ''}".rstrip())


def data(catalog: CatalogUrl = None, as_json: AsJson = False) -> None:
    """무엇이 들어 있는지, 얼마나 오래됐는지, 얼마나 온전한지. What is loaded, how old and how complete."""
    from pillapp.catalog.report import data_report

    with _opened(catalog) as opened:
        report = data_report(opened)
        where = str(opened.database)
    if as_json:
        _print_json({"schema": 1, "database": where, **asdict(report)})
        return
    summary = report.summary
    typer.echo(f"데이터베이스 {where}" + (" · 시작 데이터" if summary.starter else ""))
    typer.echo(
        f"품목 {summary.products:,} · 낱알 {summary.appearances:,} · 성분 있음 {summary.products_with_ingredients:,} · "
        f"안내문 있음 {summary.products_with_guidance:,} · 온전히 확인할 수 없음 {report.not_fully_checkable:,}"
    )
    for rules in report.rules:
        pairs = f" · 고유 쌍 {rules.unique_pairs:,}" if rules.unique_pairs else ""
        rows = f" · 품목 자료 {rules.product_rows:,}" if rules.product_rows else ""
        typer.echo(
            f"  {rules.category}: 규칙 {rules.rules:,} · 성분 {rules.ingredients:,}{pairs}{rows} · {_aged(rules.oldest)}"
        )
    for category in report.missing:
        typer.echo(f"  {category}: 불러온 자료가 없음 → 확인 불가")
    for method, count in report.links.items():
        typer.echo(f"  연결 {method.value}: {count:,}")
    for file in report.files:
        typer.echo(
            f"  {file.name} · {file.file_date or '날짜 모름'} · {file.rows:,}줄 = 받음 {file.taken:,} + 거부 {file.rejected:,}"
        )


def _aged(day: date | None) -> str:
    return f"{day.isoformat()} ({(date.today() - day).days}일 전)" if day else "날짜 모름"


def update(
    services: Annotated[list[str] | None, typer.Argument(help="받을 서비스 (없으면 모두)", show_default=False)] = None,
    key: Annotated[
        str | None,
        typer.Option(help="data.go.kr 서비스 키. 한 번 주면 시스템 키링에 저장합니다.", envvar="PILLAPP_SERVICE_KEY"),
    ] = None,
    forget_key: Annotated[bool, typer.Option("--forget-key", help="저장된 키를 지웁니다.")] = False,
    base_url: Annotated[str, typer.Option(help="서비스 주소", hidden=True)] = "https://apis.data.go.kr",
    catalog: CatalogUrl = None,
    as_json: AsJson = False,
) -> None:
    """공식 서비스(data.go.kr)에서 새 자료를 받습니다. Update through the official services with your own key."""
    from pillapp.catalog.update.keys import forget, resolve_key
    from pillapp.catalog.update.run import update_from_services

    if forget_key:
        forget()
        typer.echo("저장된 서비스 키를 지웠습니다.")
        return
    secret = resolve_key(key)
    with _opened(catalog) as opened, _progress(quiet=as_json) as told:
        reports = update_from_services(opened.database, secret, services or None, base_url=base_url, progress=told)
    if as_json:
        _print_json({"schema": 1, "services": [_report_json(report) for report in reports]})
    else:
        for report in reports:
            _print_report(report)
    if any(report.error for report in reports):
        raise typer.Exit(FAILED)


def benchmark(
    data: Annotated[Path | None, typer.Option(help="공식 파일 폴더(mfds/, hira/, permits/)")] = None,
    rows: Annotated[int, typer.Option(help="만들어 잴 DUR 품목 파일의 줄 수", min=1000)] = 810_000,
    as_json: AsJson = False,
) -> None:
    """불러오기와 검색의 속도를 파일을 읽기만 하는 시간과 나란히 잽니다. Import and search beside merely reading."""
    from pillapp.catalog.benchmark import run_benchmarks

    measured = run_benchmarks(
        data or measuring_data_dir() / "drug", rows, lambda said, _: None if as_json else typer.echo(said, err=True)
    )
    if as_json:
        _print_json({"schema": 1, **measured.as_json()})
        return
    for figure in measured.imports:
        budget = f" · 목표 {figure.budget_seconds:g}초" if figure.budget_seconds else ""
        typer.echo(
            f"{figure.what}: {figure.rows:,}줄 {figure.seconds:.1f}초 · 읽기만 {figure.floor_seconds:.2f}초 "
            f"({figure.ratio:.1f}배) · 최대 메모리 {figure.peak_mib or 0:.0f} MiB{budget}"
        )
    typer.echo(
        f"검색 {measured.search_products:,}품목: p50 {measured.search_p50_ms:.1f} ms · p99 {measured.search_p99_ms:.1f} ms · "
        f"이름을 한 번 훑기만 {measured.search_floor_ms:.1f} ms"
    )
    join = measured.join
    if join:
        typer.echo(
            f"노인주의 품목 {join.rows:,}줄: 주성분이 있는 {join.rows_coded:,}줄 중 {join.rows_right:,}줄"
            f"({join.share_right:.1%})이 맞는 D코드"
        )
        for what, one in (
            ("코드로", join.by_code),
            ("이름까지", join.by_names),
            ("이름까지, 단일 성분 허가 품목", join.by_names_single),
        ):
            typer.echo(f"  {what}: 정밀도 {one.precision:.3f} · 재현율 {one.recall:.3f} (대상 {one.wanted:,})")


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (StrEnum, Path)):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
