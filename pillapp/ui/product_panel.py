"""Everything worth knowing about one product, and how it is taken."""

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from pillapp.appearance.values import DRAWN
from pillapp.catalog.values import Appearance, LinkMethod, Product
from pillapp.safety.values import Dose
from pillapp.ui.language import current_language, say
from pillapp.ui.picture_pair import PicturePair

if TYPE_CHECKING:
    from pillapp.ui.drawings import Drawing
    from pillapp.ui.picture_pair import Pair


class ProductPanel(QFrame):
    """Shows one product. ``dose_changed`` carries its item_seq and the dose entered (units, times a day, days)."""

    dose_changed = Signal(str, object)

    def __init__(self, parent: QWidget | None = None, *, with_dose: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._product: Product | None = None
        title = QLabel(say("품목 정보", "Product"))
        title.setObjectName("title")
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(say("품목 정보", "Product information"))
        layout = QVBoxLayout(self)
        self.drawing = QLabel()
        self.drawing.setAccessibleName(say("낱알 앞면과 뒷면 그림", "Drawing of both sides"))
        self.drawing.setVisible(False)
        self.drawing_note = QLabel()
        self.drawing_note.setObjectName("muted")
        self.drawing_note.setWordWrap(True)
        self.drawing_note.setVisible(False)
        layout.addWidget(title)
        layout.addWidget(self.drawing)
        layout.addWidget(self.drawing_note)
        self.pair = PicturePair()
        layout.addWidget(self.pair)
        layout.addWidget(self.text, 1)
        self._dose_row = QWidget()
        row = QHBoxLayout(self._dose_row)
        row.setContentsMargins(0, 0, 0, 0)
        self._per_time = self._spin(say("1회량", "units"), 0.5, row, decimals=2)
        self._times = self._spin(say("하루 횟수", "a day"), 1, row)
        self._days = self._spin(say("일수", "days"), 1, row)
        self._dose_row.setVisible(False)
        self._with_dose = with_dose
        layout.addWidget(self._dose_row)

    def _spin(self, label: str, step: float, row: QHBoxLayout, decimals: int = 0) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setRange(0, 999)
        spin.setDecimals(decimals)
        spin.setSingleStep(step)
        spin.setSpecialValueText("–")  # 0 means not entered
        spin.setAccessibleName(label)
        spin.setKeyboardTracking(False)
        spin.valueChanged.connect(self._emit_dose)
        row.addWidget(QLabel(label))
        row.addWidget(spin)
        return spin

    def show_message(self, text: str) -> None:
        """A sentence instead of a product."""
        self._product = None
        self._dose_row.setVisible(False)
        self._show_drawing(None)
        self.pair.show_pair(None)
        self.text.setHtml(f"<p style='color:#5f6b7a'>{escape(text)}</p>")

    def show_product(
        self,
        product: Product,
        drawing: "Drawing | None",
        pair: "Pair | None" = None,
        *,
        dose: Dose | None = None,
        is_candidate: bool = False,
    ) -> None:
        """Show a product, its drawing, and the pill beside the nearest picture of it; with a dose given (even an empty one),
        let it be edited.

        A candidate is marked as one.
        """
        self._product = product
        self._show_drawing(drawing)
        self.pair.show_pair(pair)
        warning = say("◆ 아직 확정되지 않은 후보입니다.", "◆ Only a candidate so far.")
        mark = f"<p style='color:#b36b00'><b>{warning}</b></p>" if is_candidate else ""
        self.text.setHtml(mark + describe(product))
        self._dose_row.setVisible(self._with_dose and dose is not None)
        if dose is not None:
            for spin, value in (
                (self._per_time, dose.per_time),
                (self._times, dose.times_per_day),
                (self._days, dose.days),
            ):
                spin.blockSignals(True)
                spin.setValue(value or 0)
                spin.blockSignals(False)

    def _show_drawing(self, drawing: "Drawing | None") -> None:
        """Never without saying that it is a drawing and what it had to assume."""
        self.drawing.setVisible(drawing is not None)
        self.drawing_note.setVisible(drawing is not None)
        if drawing is not None:
            self.drawing.setPixmap(QPixmap.fromImage(drawing.image))
            mark = say(f"{DRAWN} · 앞 / 뒤", "Drawn from the official description · front / back")
            self.drawing_note.setText("\n".join((mark, *(f"※ {note}" for note in drawing.notes))))

    def _emit_dose(self) -> None:
        if self._product is not None:
            values = [spin.value() or None for spin in (self._per_time, self._times, self._days)]
            self.dose_changed.emit(self._product.item_seq, Dose(*values))


def describe(product: Product) -> str:
    """A product as HTML."""
    html = [f"<h3>{escape(product.name)}</h3>"]
    if product.name_en:
        html.append(f"<p style='color:#5f6b7a'>{escape(product.name_en)}</p>")
    facts = [product.maker, product.prescription, product.class_name, product.form]
    html.append(f"<p>{escape(' · '.join(f for f in facts if f))}</p>")
    if product.ingredients:
        lines = "".join(
            f"<li>{escape(' '.join(filter(None, (i.name_ko, i.amount, i.code))))}</li>" for i in product.ingredients
        )
        html.append(f"<b>{say('성분', 'Ingredients')}</b><ul>{lines}</ul>")
    for appearance in product.appearances:
        html.append(f"<p><b>{say('외형', 'Appearance')}</b> {escape(_looks(appearance))}</p>")
    guidance = product.guidance_en if current_language() == "en" else product.guidance_ko
    guidance = guidance or product.guidance_ko
    if guidance:
        for name, text in (
            (say("효능", "What it is for"), guidance.efficacy),
            (say("용법", "How to take it"), guidance.usage),
            (say("주의", "Cautions"), guidance.warnings),
            (say("함께 쓸 때", "With other medicines"), guidance.interactions),
            (say("부작용", "Side effects"), guidance.side_effects),
            (say("보관", "Storage"), guidance.storage),
        ):
            if text:
                html.append(f"<p><b>{name}</b><br>{escape(text)}</p>")
        origin = say("시작용 문구", "starter text") if guidance.starter else guidance.source
        dated = f" · {guidance.source_date}" if guidance.source_date else ""
        html.append(f"<p style='color:#5f6b7a'>{say('안내 출처', 'Guidance')}: {escape(origin)}{dated}</p>")
    else:
        html.append(f"<p style='color:#5f6b7a'>{say('안내 문구가 없습니다.', 'No guidance for this product.')}</p>")
    link = {
        LinkMethod.NONE: say("DUR 확인 불가: 성분 코드가 없음", "DUR not checkable: no ingredient code"),
        LinkMethod.PRODUCT_NAME: say(
            "DUR 연결: 제품명으로 추정(불확실)", "DUR link: guessed from the name (uncertain)"
        ),
    }.get(product.link_method, say("DUR 연결: 성분 코드", "DUR link: ingredient code"))
    codes = " · ".join(f"{kind} {code}" for kind, code in product.codes)
    html.append(f"<p style='color:#5f6b7a'>{link}<br>{escape(product.item_seq)} {escape(codes)}</p>")
    return "".join(html)


def _looks(appearance: Appearance) -> str:
    sides = " / ".join(filter(None, map(str, appearance.sides))) or "–"
    colours = ", ".join(dict.fromkeys((*appearance.colours_front, *appearance.colours_back)))
    size = "×".join(f"{v:g}" for v in (appearance.long_mm, appearance.short_mm, appearance.thick_mm) if v)
    return " · ".join(filter(None, (sides, appearance.shape, colours, f"{size} mm" if size else "")))
