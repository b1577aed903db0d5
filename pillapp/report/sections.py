"""The parts of a report, each a list of flowables."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, Spacer, Table, TableStyle

from pillapp.appearance.values import DRAWN
from pillapp.report.content import Medicine, OpenPill, Report
from pillapp.report.picture import Crop
from pillapp.report.style import BAND, BODY, CELL_HEAD, CENTRE, HEAD, LINE, SMALL, STOP, TINY, TITLE, WATCH, WIDTH
from pillapp.safety.values import Assessment, Coverage, Dose, Evidence, Finding, PatientFacts
from pillapp.safety.words import ACTION_KO, LEGAL_KO, WORDS

_TIMES: Final = ("아침", "점심", "저녁", "자기 전")
# Usual Korean prescriptions: once a day in the morning, twice morning and evening, and so on.
_TIMES_OF: Final = {1: (0,), 2: (0, 2), 3: (0, 1, 2), 4: (0, 1, 2, 3)}


def findings(assessment: Assessment) -> list[Flowable]:
    """Every finding, contraindications first, in words for the patient; or what the lack of any means."""
    story: list[Flowable] = [Paragraph("경고", HEAD)]
    if not assessment.findings:
        coverage = assessment.coverage
        unchecked = coverage.not_checkable + coverage.stale
        text = (
            f"경고가 없다는 것이 안전하다는 뜻은 아닙니다. {coverage.pairs}쌍 중 {unchecked}쌍을 확인하지 못했습니다."
            if unchecked
            else "확인한 규칙 가운데 해당하는 경고가 없습니다."
        )
        story.append(Paragraph(text, BODY))
        return story
    for finding in assessment.findings:
        words = WORDS[finding.category]
        colour = STOP if finding.interrupts else WATCH
        sign = "‼" if finding.interrupts else "⚠"
        condition = f"<br/><b>{escape(finding.condition)}</b>" if finding.conditional else ""
        dated = f" · 고시 {finding.rule_date}" if finding.rule_date else ""
        cell = [
            Paragraph(f"<b>{escape(finding.text)}</b>{condition}", BODY),
            Paragraph(escape(words.patient_ko), BODY),
            Paragraph(escape(_sources(finding)) + dated, SMALL),
        ]
        label = Paragraph(
            f'<font color="white"><b>{sign} {LEGAL_KO[finding.legal]}<br/>{finding.category.value}</b></font>',
            CENTRE,
        )
        story.append(
            Table(
                [[label, cell]],
                colWidths=[27 * mm, WIDTH - 27 * mm],
                style=[
                    ("BACKGROUND", (0, 0), (0, 0), colour),
                    ("BOX", (0, 0), (-1, -1), 0.8, colour),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ],
                spaceAfter=3,
            )
        )
    return story


def _picture(medicine: Medicine) -> list[Flowable]:
    if medicine.crop is None:
        return []
    mark = [Paragraph(DRAWN, TINY)] if medicine.drawn else []
    return [Crop(medicine.crop, 15 * mm), *mark]


def schedule(medicines: Sequence[Medicine]) -> list[Flowable]:
    """What to take when: one row a medicine, a column for each time of day."""
    if not medicines:
        return []
    rows: list[list[Any]] = [[Paragraph(text, CELL_HEAD) for text in ("", "약", *_TIMES, "일수")]]
    for medicine in medicines:
        product = medicine.product
        ingredients = ", ".join(i.name_ko for i in product.ingredients)
        numbers = f"사진의 {', '.join(map(str, medicine.numbers))}번" if medicine.numbers else "직접 추가"
        sure = "약사 확인" if medicine.confirmed else "프로그램 판독 · 약사 확인 전"
        rows.append(
            [
                _picture(medicine),
                [
                    Paragraph(f"<b>{escape(product.name)}</b>", BODY),
                    Paragraph(escape(" · ".join(filter(None, [ingredients, product.maker, numbers, sure]))), SMALL),
                ],
                *[Paragraph(text, CENTRE) for text in _slots(medicine.dose)],
                Paragraph(f"{medicine.dose.days:g}일" if medicine.dose.days else "", CENTRE),
            ]
        )
    slot = 15 * mm
    table = Table(
        rows,
        colWidths=[18 * mm, WIDTH - 18 * mm - 5 * slot, *[slot] * 5],
        repeatRows=1,
        style=TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, LINE),
                ("BACKGROUND", (0, 0), (-1, 0), BAND),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        ),
    )
    note = Paragraph("빈 칸은 입력되지 않은 용법입니다. 약 봉투의 지시를 따르세요.", SMALL)
    return [Paragraph("복용 시간표", HEAD), table, note]


def _slots(dose: Dose) -> list[str]:
    if dose.times_per_day not in _TIMES_OF:
        return [""] * len(_TIMES)
    taken = _TIMES_OF[int(dose.times_per_day)]
    amount = f"{dose.per_time:g}" if dose.per_time else "○"
    return [amount if i in taken else "" for i in range(len(_TIMES))]


def open_pills(pills: Sequence[OpenPill]) -> list[Flowable]:
    """Pills that are not settled, with their candidates."""
    if not pills:
        return []
    rows = []
    for pill in pills:
        names = "".join(f"<br/>· {escape(name)} ({probability:.0%})" for name, probability in pill.candidates)
        rows.append(
            [
                Crop(pill.crop, 15 * mm),
                [
                    Paragraph(f"<b>{pill.number}번 · {pill.state.korean}</b> {escape(pill.seen)}{names}", BODY),
                    Paragraph(escape(pill.reason), SMALL),
                ],
            ]
        )
    table = Table(
        rows,
        colWidths=[18 * mm, WIDTH - 18 * mm],
        style=[("GRID", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")],
    )
    return [Paragraph("확인하지 못한 약", HEAD), table]


def unchecked(coverage: Coverage) -> list[Flowable]:
    """Every reason something was not checked."""
    if not coverage.reasons:
        return []
    lines = "<br/>".join(f"· {escape(reason)}" for reason in coverage.reasons)
    return [KeepTogether([Paragraph("확인하지 못한 항목", HEAD), Paragraph(lines, SMALL)])]


def guidance(medicines: Sequence[Medicine]) -> list[Flowable]:
    """What to know about each medicine."""
    told = [m for m in medicines if m.guidance]
    if not told:
        return []
    story: list[Flowable] = []
    heading: list[Flowable] = [Paragraph("약 설명", HEAD)]  # stays with the first medicine
    for medicine in told:
        guidance = medicine.guidance
        assert guidance is not None
        fields = (
            ("효능", guidance.efficacy),
            ("복용법", guidance.usage),
            ("주의", guidance.warnings),
            ("함께 쓸 때", guidance.interactions),
            ("부작용", guidance.side_effects),
            ("보관", guidance.storage),
        )
        text = "<br/>".join(f"<b>{name}</b> {escape(value)}" for name, value in fields if value)
        story.append(
            KeepTogether(
                [
                    *heading,
                    Paragraph(f"<b>{escape(medicine.product.name)}</b>", BODY),
                    Paragraph(text, BODY),
                    Spacer(0, 5),
                ]
            )
        )
        heading = []
    return story


def patient_words(patient: PatientFacts) -> str:
    """Patient facts in a line; what was not entered is said."""
    parts = [
        f"{patient.age_years:g}세" if patient.age_years is not None else "나이 미입력",
        {"M": "남", "F": "여", None: "성별 미입력"}[patient.sex],
    ]
    if patient.pregnant:
        parts.append("임신 중")
    if patient.lactating:
        parts.append("수유 중")
    return " · ".join(parts)


def coverage_words(coverage: Coverage) -> str:
    """The pair counts in a line."""
    return (
        f"함께 먹어도 되는지 살펴본 쌍 {coverage.pairs}: 해당 없음 {coverage.clear} · 경고 {coverage.finding} · "
        f"확인 불가 {coverage.not_checkable} · 오래된 자료 {coverage.stale}"
    )


def _sources(finding: Finding) -> str:
    sources = sorted({e.source for e in finding.evidence if e.source})
    uncertain = " (제품명으로 추정한 성분)" if any(e.uncertain_link for e in finding.evidence) else ""
    return ("출처 " + ", ".join(sources) if sources else "") + uncertain


def pharmacist_copy(report: Report) -> list[Flowable]:
    """A page for the pharmacy's file: each finding with its rule, what to do, and the reason given for going on."""
    if not report.assessment.findings:
        return []
    given = {a.finding: a for a in report.acknowledgements}
    head = ("구분", "내용과 조치", "근거", "확인 사유")
    rows: list[list[Any]] = [[Paragraph(text, CELL_HEAD) for text in head]]
    for finding in report.assessment.findings:
        words = WORDS[finding.category]
        reason = given.get(finding.key)
        told = (
            f"<b>{reason.reason.code} · {reason.reason.korean}</b><br/>{escape(reason.text)}<br/>"
            f"{escape(reason.who)} {reason.when:%Y-%m-%d %H:%M}"
            if reason
            else "없음"
        )
        condition = f"<b>[{escape(finding.condition)}]</b> " if finding.conditional else ""
        rows.append(
            [
                Paragraph(f"<b>{LEGAL_KO[finding.legal]}</b><br/>{finding.category.value}", CENTRE),
                Paragraph(
                    f"{condition}{escape(finding.text)}<br/><b>{ACTION_KO[finding.action]}</b> {escape(words.pharmacist_ko)}",
                    BODY,
                ),
                Paragraph("<br/>".join(dict.fromkeys(escape(_evidence(e)) for e in finding.evidence)), SMALL),
                Paragraph(told, SMALL),
            ]
        )
    widths = [24 * mm, WIDTH - 104 * mm, 42 * mm, 38 * mm]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, LINE),
        ("BACKGROUND", (0, 0), (-1, 0), BAND),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return [
        PageBreak(),
        Paragraph("약사 보관용", TITLE),
        Paragraph(f"{report.made_at:%Y-%m-%d %H:%M} · {escape(patient_words(report.patient))}", BODY),
        Spacer(0, 6),
        Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(style)),
    ]


def _evidence(evidence: Evidence) -> str:
    dated = f"고시 {evidence.notice_date}" if evidence.notice_date else ""
    loaded = f"자료 {evidence.source_date}" if evidence.source_date else ""
    guessed = "제품명으로 추정한 성분" if evidence.uncertain_link else ""
    return " · ".join(filter(None, (evidence.source, dated, loaded, evidence.remark, guessed)))
