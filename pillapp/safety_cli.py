"""Commands of the safety room: ``dur`` and ``benchmark safety``."""

import json
from typing import Annotated

import typer

from pillapp.command_groups import command_group
from pillapp.safety.values import Assessment


def register(app: typer.Typer) -> None:
    """Add the commands to the program's command line."""
    app.command("dur")(dur)
    command_group(app, "benchmark").command("safety")(benchmark)


def dur(
    item_seqs: Annotated[list[str], typer.Argument(help="품목기준코드 (여러 개)", show_default=False)],
    age: Annotated[float | None, typer.Option(help="나이(세); 영아는 0.5처럼 소수로")] = None,
    sex: Annotated[str | None, typer.Option(help="성별: F 또는 M")] = None,
    pregnant: Annotated[bool | None, typer.Option("--pregnant/--not-pregnant", help="임신 여부")] = None,
    lactating: Annotated[bool | None, typer.Option("--lactating/--not-lactating", help="수유 여부")] = None,
    dose: Annotated[
        list[str] | None,
        typer.Option(help="품목기준코드=1회량x하루횟수x일수, 예: 199001234=1x3x7 (모르는 값은 ?)"),
    ] = None,
    catalog: Annotated[str | None, typer.Option(help="데이터베이스 주소: sqlite:///경로 또는 postgresql://…")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON으로 출력합니다.")] = False,
) -> None:
    """품목들을 함께 쓸 때의 DUR 경고와, 무엇을 확인하지 못했는지 알려 줍니다. Check products against all DUR rules."""
    from datetime import date

    from pillapp.catalog.catalog import open_catalog
    from pillapp.check.contract import assessment_json
    from pillapp.safety.assess import assess
    from pillapp.safety.dose_text import parse_dose_option
    from pillapp.safety.rulebook import RuleBook
    from pillapp.safety.values import PAIR_CATEGORIES, PatientFacts, Slot

    patient = PatientFacts(age, sex.upper() if sex else None, pregnant, lactating)
    doses = dict(parse_dose_option(text) for text in dose or ())
    opened = open_catalog(catalog)
    try:
        facts = opened.safety_facts(item_seqs)
        slots = [Slot.of(f, dose=doses.get(f.item_seq)) for f in facts]
        result = assess(slots, patient, RuleBook.for_products(opened, facts), today=date.today())
        summary = opened.summary()
    finally:
        opened.close()
    if not as_json:
        for f in facts:
            typer.echo(f"{f.item_seq}  {f.name or '?'}  [{f.link_method.value}]")
        print_assessment(result)
        return
    contract = {
        "schema": 1,
        "catalog": {
            "products": summary.products,
            "dur_date": summary.dur_date.isoformat() if summary.dur_date else None,
        },
        "products": [
            {
                "item_seq": f.item_seq,
                "name": f.name,
                "link": f.link_method.value,
                "d_codes": sorted({link.d_code for link in f.links}),
                "not_checkable": f.not_checkable,
            }
            for f in facts
        ],
        **assessment_json(result),
        "pairs": [
            {
                "item_seqs": [facts[i].item_seq for i in pair.slots],
                "outcome": pair.outcome.value,
                "category": pair.category.value,
                "reason": pair.reason,
                "by_category": {c.value: result.pair(c, *pair.slots).outcome.value for c in PAIR_CATEGORIES},
            }
            for pair in result.pairs
        ],
        "singles": [
            {
                "item_seq": facts[one.slots[0]].item_seq,
                "category": one.category.value,
                "outcome": one.outcome.value,
                "reason": one.reason,
            }
            for one in result.singles
        ],
        "not_loaded": [category.value for category in result.not_loaded],
    }
    typer.echo(json.dumps(contract, ensure_ascii=False, indent=2))


def benchmark(as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON으로 출력합니다.")] = False) -> None:
    """DUR 점검에 걸리는 시간을 잽니다. Times the assessment of 20 and of 100 products."""
    from dataclasses import asdict

    from pillapp.safety.benchmark import report

    figures = report()
    if as_json:
        typer.echo(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    for figure in figures:
        typer.echo(
            f"{figure.products:4d} products, {figure.loaded:6,d} rules loaded: {figure.milliseconds:7.2f} ms"
            f"  ({figure.found} pairs with a finding)"
        )


def print_assessment(assessment: Assessment) -> None:
    """Findings and coverage for people."""
    from pillapp.safety.words import LEGAL_KO, WORDS

    for finding in assessment.findings:
        sure = f" [{finding.condition}]" if finding.conditional else ""
        typer.echo(f"  ! {LEGAL_KO[finding.legal]} · {finding.category.value}{sure}: {finding.text}")
        typer.echo(f"      {WORDS[finding.category].pharmacist_ko}")
    c = assessment.coverage
    typer.echo(
        f"  쌍 {c.pairs}: 해당 없음 {c.clear} · 경고 {c.finding} · 확인 불가 {c.not_checkable} · 오래된 자료 {c.stale}"
    )
    for reason in c.reasons:
        typer.echo(f"    - {reason}")
