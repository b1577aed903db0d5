"""The report: readable text, embedded fonts, nothing unknown left out."""

import io
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from pillapp.appearance.values import DRAWN
from pillapp.catalog.values import Category, Ingredient, LinkMethod, Product
from pillapp.errors import PillappError
from pillapp.identify.values import State
from pillapp.report.content import Medicine, OpenPill, Report
from pillapp.report.pdf import write_pdf
from pillapp.safety.acknowledge import Acknowledgement, Reason
from pillapp.safety.assess import assess
from pillapp.safety.values import Dose, PatientFacts, Slot
from tests.safety.builders import TODAY, book, product, rule

PIXELS = np.full((120, 160, 3), 128, np.uint8)


def medicine(item_seq: str, dose: Dose | None = None) -> Medicine:
    ingredient = Ingredient("M000001", "심바스타틴", "Simvastatin", "20밀리그램")
    shown = Product(
        item_seq, f"시험정 {item_seq} <20 & 40>", "", "만든제약", "동맥경화용제", "전문의약품", "정제", (ingredient,), (), (),
        None, None, LinkMethod.INGREDIENT_CODE, "시험", None,
    )  # fmt: skip
    return Medicine(shown, (1,), PIXELS, False, True, dose or Dose())


def report(*, medicines: int = 2, open_pills: int = 1) -> Report:
    slots = [Slot.of(product("1", 1)), Slot.of(product("2", 2)), Slot("알약 3", (), False)]
    rules = book(rule(1, Category.COMBINATION, 1, 2, text="근육병증 위험"))
    given = Acknowledgement("병용금기|1+2", Reason.PRESCRIBER, "", "김약사", datetime(2026, 4, 1, 9, 31))
    unknown = OpenPill(3, PIXELS, State.UNKNOWN, "원형 · 하양", (), "후보를 좁힐 만한 근거가 부족합니다.")
    return Report(
        made_at=datetime(2026, 4, 1, 9, 30),
        source="tray.jpg",
        photo=PIXELS,
        count="3개 이상",
        outlines=((1, State.IDENTIFIED, False, ((10, 10), (50, 10), (50, 50))),),
        patient=PatientFacts(72, "F"),
        medicines=tuple(medicine(str(i), Dose(1, 3, 7)) for i in range(medicines)),
        open_pills=(unknown,) * open_pills,
        assessment=assess(slots, PatientFacts(72, "F"), rules, today=TODAY),
        acknowledgements=(given,),
        dur_date=date(2026, 3, 12),
        starter=True,
        model="pill-detector 1.0",
    )


def text_of(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def test_the_report_says_what_it_must(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [report()])
    text = text_of(path)
    for words in (
        "복약 안내", "72세", "시험정 0 <20 & 40>", "심바스타틴", "아침", "자기 전", "7일", "병용금기", "근육병증 위험",
        "확인하지 못한 약", "3개 이상", "모름", "2026-03-12", "시작용 자료", "확인 불가",
    ):  # fmt: skip
        assert words in text.replace("\n", " "), words


def test_a_drawing_in_place_of_a_photo_is_marked_as_one(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    photographed = report(medicines=1)
    write_pdf(path, [photographed])
    assert DRAWN not in text_of(path).replace("\n", "")
    drawn = replace(photographed.medicines[0], numbers=(), drawn=True)
    write_pdf(path, [replace(photographed, medicines=(drawn,))])
    assert DRAWN.replace(" ", "") in text_of(path).replace("\n", "").replace(" ", "")


def test_the_pharmacists_copy_keeps_who_went_on_and_why(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [report()])
    copy = text_of(path).split("약사 보관용")[1].replace("\n", " ")
    for words in ("병용금기", "처방의와 확인함", "김약사", "2026-04-01 09:31", "고시 2020-01-01"):
        assert words in copy, words


def test_every_font_is_embedded(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [report()])
    fonts = [font.get_object() for page in PdfReader(path).pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        if font["/Subtype"] == "/Type1":
            continue  # ReportLab lists Helvetica without using it
        descriptor = font.get("/FontDescriptor") or font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor.get_object()


def test_many_medicines_run_over_pages_and_all_are_there(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [report(medicines=45)])
    text = text_of(path)
    assert len(PdfReader(path).pages) > 1
    assert all(f"시험정 {i} " in text for i in range(45))


def test_several_checks_make_one_document(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [report(), report()])
    assert text_of(path).count("복약 안내") == 2


def test_the_photo_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(path, [replace(report(), photo=np.full((300, 900, 3), 40, np.uint8))])
    assert any(image.image.size == (900, 300) for image in PdfReader(path).pages[0].images if image.image)


def test_a_target_that_cannot_be_written_is_one_sentence_and_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "folder.pdf"
    target.mkdir()
    (target / "kept").write_text("x")
    with pytest.raises(PillappError, match="cannot write PDF"):
        write_pdf(target, [report()])
    assert (target / "kept").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["folder.pdf"]
    with pytest.raises(PillappError, match="cannot write PDF"):
        write_pdf(tmp_path / "no" / "such" / "folder.pdf", [report()])


def test_an_odd_photo_size_does_not_break_the_layout(tmp_path: Path) -> None:
    for shape in ((16, 2000, 3), (2000, 16, 3)):
        path = tmp_path / f"{shape[0]}.pdf"
        write_pdf(path, [replace(report(), photo=np.zeros(shape, np.uint8))])
        assert len(PdfReader(io.BytesIO(path.read_bytes())).pages) >= 1
