"""The medication summary as PDF (A4)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from pillapp.errors import PillappError
from pillapp.identify.values import State
from pillapp.report.content import Medicine, OpenPill, Report
from pillapp.report.fonts import BOLD, REGULAR, register_fonts
from pillapp.report.picture import Crop, OutlinedPhoto
from pillapp.safety.values import Assessment, Coverage, Dose, Evidence, Finding, PatientFacts
from pillapp.safety.words import ACTION_KO, LEGAL_KO, WORDS

_INK: Final = HexColor("#1f2933")
_GREY: Final = HexColor("#5f6b7a")
_LINE: Final = HexColor("#c9d1da")
_BAND: Final = HexColor("#eef2f6")
_STOP: Final = HexColor("#b3261e")
_WATCH: Final = HexColor("#9a5b00")
_MARGIN: Final = 16 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_TIMES: Final = ("아침", "점심", "저녁", "자기 전")
# Usual Korean prescriptions: once a day in the morning, twice morning and evening, and so on.
_TIMES_OF: Final = {1: (0,), 2: (0, 2), 3: (0, 1, 2), 4: (0, 1, 2, 3)}
_STATE_KO: Final = {State.IDENTIFIED: "확인", State.AMBIGUOUS: "후보 여럿", State.UNKNOWN: "모름"}

_BODY: Final = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=13, textColor=_INK, wordWrap="CJK")
_SMALL: Final = ParagraphStyle("small", _BODY, fontSize=7.5, leading=10.5, textColor=_GREY)
_TITLE: Final = ParagraphStyle("title", _BODY, fontName=BOLD, fontSize=18, leading=23)
_HEAD: Final = ParagraphStyle(
    "head", _BODY, fontName=BOLD, fontSize=11.5, leading=16, spaceBefore=9, spaceAfter=3, keepWithNext=1
)
_CELL_HEAD: Final = ParagraphStyle("cell head", _BODY, fontName=BOLD, fontSize=8, leading=10.5, alignment=TA_CENTER)
_CENTRE: Final = ParagraphStyle("centre", _BODY, alignment=TA_CENTER)


def write_pdf(path: Path, reports: Sequence[Report]) -> None:
    """Write one document with a part for each report; an existing file is replaced only once the new one is whole.

    Raises:
        PillappError: the file cannot be written.
    """
    register_fonts()
    part = path.with_name(f".{path.name}.part")
    try:
        document = BaseDocTemplate(
            str(part),
            pagesize=A4,
            title="복약 안내 리포트",
            author="Pillapp",
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
        )
        frame = Frame(_MARGIN, _MARGIN + 8 * mm, _WIDTH, A4[1] - 2 * _MARGIN - 8 * mm, 0, 0, 0, 0)
        document.addPageTemplates(PageTemplate(frames=[frame], onPage=_footer(reports[0])))
        story: list[Flowable] = []
        for report in reports:
            if story:
                story.append(PageBreak())
            story += _story(report)
        document.build(story)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PillappError(
            f"리포트를 {path}에 저장할 수 없습니다({error.strerror}). 다른 폴더를 고르거나 권한을 확인하세요. (cannot write PDF)"
        ) from error


def _story(report: Report) -> list[Flowable]:
    photo = OutlinedPhoto(report.photo, report.outlines, max_width=_WIDTH * 0.56, max_height=72 * mm)
    facts = [
        Paragraph(f"<b>작성</b> {report.made_at:%Y-%m-%d %H:%M}", _BODY),
        Paragraph(f"<b>환자</b> {escape(_patient(report.patient))}", _BODY),
        Paragraph(
            f"<b>알약</b> {len(report.outlines)}개 · 품목 {len(report.medicines)}가지"
            + (f" · <b>확인하지 못한 약 {len(report.open_pills)}개</b>" if report.open_pills else ""),
            _BODY,
        ),
        Paragraph(f"<b>DUR 자료</b> {report.dur_date or '날짜를 알 수 없음'}", _BODY),
        Spacer(0, 4),
        Paragraph(_coverage(report.assessment.coverage), _SMALL),
    ]
    story: list[Flowable] = [
        Paragraph("복약 안내", _TITLE),
        Spacer(0, 4),
        Table(
            [[photo, facts]],
            colWidths=[_WIDTH * 0.58, _WIDTH * 0.42],
            style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)],
        ),
    ]
    story += _findings(report.assessment)
    story += _schedule(report.medicines)
    story += _open_pills(report.open_pills)
    story += _unchecked(report.assessment.coverage)
    story += _guidance(report.medicines)
    if report.starter:
        story.append(
            Paragraph("이 리포트의 안내 문구는 시작용 자료입니다. 공식 자료를 불러오면 공식 문구로 바뀝니다.", _SMALL)
        )
    story += _pharmacist_copy(report)
    return story


def _pharmacist_copy(report: Report) -> list[Flowable]:
    """A page for the pharmacy's file: each finding with its rule, what to do, and the reason given for going on."""
    if not report.assessment.findings:
        return []
    given = {a.finding: a for a in report.acknowledgements}
    head = ("구분", "내용과 조치", "근거", "확인 사유")
    rows: list[list[Any]] = [[Paragraph(text, _CELL_HEAD) for text in head]]
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
                Paragraph(f"<b>{LEGAL_KO[finding.legal]}</b><br/>{finding.category.value}", _CENTRE),
                Paragraph(
                    f"{condition}{escape(finding.text)}<br/><b>{ACTION_KO[finding.action]}</b> {escape(words.pharmacist_ko)}",
                    _BODY,
                ),
                Paragraph("<br/>".join(dict.fromkeys(escape(_evidence(e)) for e in finding.evidence)), _SMALL),
                Paragraph(told, _SMALL),
            ]
        )
    widths = [24 * mm, _WIDTH - 104 * mm, 42 * mm, 38 * mm]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
        ("BACKGROUND", (0, 0), (-1, 0), _BAND),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return [
        PageBreak(),
        Paragraph("약사 보관용", _TITLE),
        Paragraph(f"{report.made_at:%Y-%m-%d %H:%M} · {escape(_patient(report.patient))}", _BODY),
        Spacer(0, 6),
        Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(style)),
    ]


def _evidence(evidence: Evidence) -> str:
    dated = f"고시 {evidence.notice_date}" if evidence.notice_date else ""
    loaded = f"자료 {evidence.source_date}" if evidence.source_date else ""
    guessed = "제품명으로 추정한 성분" if evidence.uncertain_link else ""
    return " · ".join(filter(None, (evidence.source, dated, loaded, evidence.remark, guessed)))


def _findings(assessment: Assessment) -> list[Flowable]:
    story: list[Flowable] = [Paragraph("경고", _HEAD)]
    if not assessment.findings:
        coverage = assessment.coverage
        unchecked = coverage.not_checkable + coverage.stale
        text = (
            f"경고가 없다는 것이 안전하다는 뜻은 아닙니다. {coverage.pairs}쌍 중 {unchecked}쌍을 확인하지 못했습니다."
            if unchecked
            else "확인한 규칙 가운데 해당하는 경고가 없습니다."
        )
        story.append(Paragraph(text, _BODY))
        return story
    for finding in assessment.findings:
        words = WORDS[finding.category]
        colour = _STOP if finding.interrupts else _WATCH
        sign = "‼" if finding.interrupts else "⚠"
        condition = f"<br/><b>{escape(finding.condition)}</b>" if finding.conditional else ""
        dated = f" · 고시 {finding.rule_date}" if finding.rule_date else ""
        cell = [
            Paragraph(f"<b>{escape(finding.text)}</b>{condition}", _BODY),
            Paragraph(escape(words.patient_ko), _BODY),
            Paragraph(escape(_sources(finding)) + dated, _SMALL),
        ]
        label = Paragraph(
            f'<font color="white"><b>{sign} {LEGAL_KO[finding.legal]}<br/>{finding.category.value}</b></font>',
            _CENTRE,
        )
        story.append(
            Table(
                [[label, cell]],
                colWidths=[27 * mm, _WIDTH - 27 * mm],
                style=[
                    ("BACKGROUND", (0, 0), (0, 0), colour),
                    ("BOX", (0, 0), (-1, -1), 0.8, colour),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ],
                spaceAfter=3,
            )
        )
    return story


def _schedule(medicines: Sequence[Medicine]) -> list[Flowable]:
    if not medicines:
        return []
    rows: list[list[Any]] = [[Paragraph(text, _CELL_HEAD) for text in ("", "약", *_TIMES, "일수")]]
    for medicine in medicines:
        product = medicine.product
        ingredients = ", ".join(i.name_ko for i in product.ingredients)
        numbers = f"사진의 {', '.join(map(str, medicine.numbers))}번" if medicine.numbers else "직접 추가"
        sure = "약사 확인" if medicine.confirmed else "프로그램 판독 · 약사 확인 전"
        rows.append(
            [
                Crop(medicine.crop, 15 * mm) if medicine.crop is not None else "",
                [
                    Paragraph(f"<b>{escape(product.name)}</b>", _BODY),
                    Paragraph(escape(" · ".join(filter(None, [ingredients, product.maker, numbers, sure]))), _SMALL),
                ],
                *[Paragraph(text, _CENTRE) for text in _slots(medicine.dose)],
                Paragraph(f"{medicine.dose.days:g}일" if medicine.dose.days else "", _CENTRE),
            ]
        )
    slot = 15 * mm
    table = Table(
        rows,
        colWidths=[18 * mm, _WIDTH - 18 * mm - 5 * slot, *[slot] * 5],
        repeatRows=1,
        style=TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
                ("BACKGROUND", (0, 0), (-1, 0), _BAND),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        ),
    )
    note = Paragraph("빈 칸은 입력되지 않은 용법입니다. 약 봉투의 지시를 따르세요.", _SMALL)
    return [Paragraph("복용 시간표", _HEAD), table, note]


def _slots(dose: Dose) -> list[str]:
    if dose.times_per_day not in _TIMES_OF:
        return [""] * len(_TIMES)
    taken = _TIMES_OF[int(dose.times_per_day)]
    amount = f"{dose.per_time:g}" if dose.per_time else "○"
    return [amount if i in taken else "" for i in range(len(_TIMES))]


def _open_pills(pills: Sequence[OpenPill]) -> list[Flowable]:
    if not pills:
        return []
    rows = []
    for pill in pills:
        names = "".join(f"<br/>· {escape(name)} ({probability:.0%})" for name, probability in pill.candidates)
        rows.append(
            [
                Crop(pill.crop, 15 * mm),
                [
                    Paragraph(f"<b>{pill.number}번 · {_STATE_KO[pill.state]}</b> {escape(pill.seen)}{names}", _BODY),
                    Paragraph(escape(pill.reason), _SMALL),
                ],
            ]
        )
    table = Table(
        rows,
        colWidths=[18 * mm, _WIDTH - 18 * mm],
        style=[("GRID", (0, 0), (-1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")],
    )
    return [Paragraph("확인하지 못한 약", _HEAD), table]


def _unchecked(coverage: Coverage) -> list[Flowable]:
    if not coverage.reasons:
        return []
    lines = "<br/>".join(f"· {escape(reason)}" for reason in coverage.reasons)
    return [KeepTogether([Paragraph("확인하지 못한 항목", _HEAD), Paragraph(lines, _SMALL)])]


def _guidance(medicines: Sequence[Medicine]) -> list[Flowable]:
    told = [m for m in medicines if m.guidance]
    if not told:
        return []
    story: list[Flowable] = [Paragraph("약 설명", _HEAD)]
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
                [Paragraph(f"<b>{escape(medicine.product.name)}</b>", _BODY), Paragraph(text, _BODY), Spacer(0, 5)]
            )
        )
    return story


def _patient(patient: PatientFacts) -> str:
    parts = [
        f"{patient.age_years:g}세" if patient.age_years is not None else "나이 미입력",
        {"M": "남", "F": "여", None: "성별 미입력"}[patient.sex],
    ]
    if patient.pregnant:
        parts.append("임신 중")
    if patient.lactating:
        parts.append("수유 중")
    return " · ".join(parts)


def _coverage(coverage: Coverage) -> str:
    return (
        f"함께 먹어도 되는지 살펴본 쌍 {coverage.pairs}: 해당 없음 {coverage.clear} · 경고 {coverage.finding} · "
        f"확인 불가 {coverage.not_checkable} · 오래된 자료 {coverage.stale}"
    )


def _sources(finding: Finding) -> str:
    sources = sorted({e.source for e in finding.evidence if e.source})
    uncertain = " (제품명으로 추정한 성분)" if any(e.uncertain_link for e in finding.evidence) else ""
    return ("출처 " + ", ".join(sources) if sources else "") + uncertain


def _footer(report: Report) -> Any:
    text = (
        f"Pillapp · {report.model} · DUR 자료 {report.dur_date or '?'} · "
        "이 안내는 참고용이며 약사·의사의 판단을 대신하지 않습니다."
    )

    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(_GREY)
        canvas.drawString(_MARGIN, _MARGIN, text)
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN, f"{document.page}쪽")
        canvas.restoreState()

    return draw
