"""The medication summary as PDF (A4)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer, Table

from pillapp.report import sections
from pillapp.report.content import Report
from pillapp.report.fonts import REGULAR, register_fonts
from pillapp.report.picture import OutlinedPhoto
from pillapp.report.style import BODY, GREY, MARGIN, SMALL, TITLE, WIDTH
from pillapp.report.whole_file import whole_pdf


def write_pdf(path: Path, reports: Sequence[Report]) -> None:
    """Write one document with a part for each report; an existing file is replaced only once the new one is whole.

    Raises:
        PillappError: the file cannot be written.
    """
    register_fonts()
    with whole_pdf(path, "리포트를") as part:
        document = BaseDocTemplate(
            str(part),
            pagesize=A4,
            title="복약 안내 리포트",
            author="Pillapp",
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
        )
        frame = Frame(MARGIN, MARGIN + 8 * mm, WIDTH, A4[1] - 2 * MARGIN - 8 * mm, 0, 0, 0, 0)
        document.addPageTemplates(PageTemplate(frames=[frame], onPage=_footer(reports[0])))
        story: list[Flowable] = []
        for report in reports:
            if story:
                story.append(PageBreak())
            story += _story(report)
        document.build(story)


def _story(report: Report) -> list[Flowable]:
    photo = OutlinedPhoto(report.photo, report.outlines, max_width=WIDTH * 0.56, max_height=72 * mm)
    facts = [
        Paragraph(f"<b>작성</b> {report.made_at:%Y-%m-%d %H:%M}", BODY),
        Paragraph(f"<b>환자</b> {escape(sections.patient_words(report.patient))}", BODY),
        Paragraph(
            f"<b>알약</b> {report.count} · 품목 {len(report.medicines)}가지"
            + (f" · <b>확인하지 못한 약 {len(report.open_pills)}개</b>" if report.open_pills else ""),
            BODY,
        ),
        Paragraph(f"<b>DUR 자료</b> {report.dur_date or '날짜를 알 수 없음'}", BODY),
        Spacer(0, 4),
        Paragraph(sections.coverage_words(report.assessment.coverage), SMALL),
    ]
    story: list[Flowable] = [
        Paragraph("복약 안내", TITLE),
        Spacer(0, 4),
        Table(
            [[photo, facts]],
            colWidths=[WIDTH * 0.58, WIDTH * 0.42],
            style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)],
        ),
    ]
    story += sections.findings(report.assessment)
    story += sections.schedule(report.medicines)
    story += sections.open_pills(report.open_pills)
    story += sections.unchecked(report.assessment.coverage)
    story += sections.guidance(report.medicines)
    if report.starter:
        story.append(
            Paragraph("이 리포트의 안내 문구는 시작용 자료입니다. 공식 자료를 불러오면 공식 문구로 바뀝니다.", SMALL)
        )
    story += sections.pharmacist_copy(report)
    return story


def _footer(report: Report) -> Any:
    text = (
        f"Pillapp · {report.model} · DUR 자료 {report.dur_date or '?'} · "
        "이 안내는 참고용이며 약사·의사의 판단을 대신하지 않습니다."
    )

    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, 7)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, MARGIN, text)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN, f"{document.page}쪽")
        canvas.restoreState()

    return draw
