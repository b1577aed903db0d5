"""One check on screen: picture, pills, product, findings. Photos and the camera both end here."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from pillapp.capture.frame import Frame
from pillapp.catalog.values import Product
from pillapp.check.values import Check, Pill
from pillapp.identify.values import State
from pillapp.safety.acknowledge import Acknowledgement, Reason
from pillapp.safety.values import Dose, PatientFacts
from pillapp.ui.findings_panel import FindingsPanel
from pillapp.ui.gallery_actions import GalleryActions, nearest_pair
from pillapp.ui.language import say
from pillapp.ui.patient_form import PatientForm
from pillapp.ui.pharmacist import pharmacist
from pillapp.ui.picture_view import Outline, PictureView, to_image
from pillapp.ui.pill_list import PillList, look_of
from pillapp.ui.product_panel import ProductPanel
from pillapp.ui.scale_line import scale_line
from pillapp.ui.services import Services
from pillapp.ui.short_list_bar import ShortListBar
from pillapp.ui.theme import STATES

if TYPE_CHECKING:
    from pillapp.ui.drawings import Drawing
    from pillapp.ui.picture_pair import Pair


class CheckPage(QWidget):
    """Shows a check and lets a person settle it.

    ``changed`` follows every renewed assessment; ``report_wanted`` carries the check to report on; ``search_wanted``
    asks for the search page; ``problem`` carries a sentence for the status line.
    """

    changed = Signal(object)
    report_wanted = Signal(object)
    search_wanted = Signal()
    problem = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._check: Check | None = None
        self._names: dict[str, str] = {}
        self._interrupted: set[str] = set()
        self._wanted = ""
        self._renewals = 0  # asked for; only the answer to the last one counts
        self._renewing = False
        self._report_when_renewed = False
        self.picture = PictureView()
        self.scale = QLabel()
        self.scale.setObjectName("muted")
        self.scale.setAccessibleName(say("크기 기준", "Scale"))
        self.pills = PillList()
        self.product = ProductPanel()
        self.findings = FindingsPanel()
        self.patient = PatientForm()
        self.short_list = ShortListBar(services)
        self._gallery = GalleryActions(services, self)
        self.report = QPushButton(say("리포트 (Ctrl+P)", "Report (Ctrl+P)"))
        self.report.setObjectName("primary")
        self.report.setEnabled(False)
        self.picture.show_hint(_drop_hint())

        seen = QWidget()
        under = QVBoxLayout(seen)
        under.setContentsMargins(0, 0, 0, 0)
        under.addWidget(self.picture, 1)
        under.addWidget(self.scale)
        under.addWidget(self.short_list)
        top = QSplitter(Qt.Orientation.Horizontal)
        for widget, share in ((seen, 5), (self.pills, 3), (self.product, 3)):
            top.addWidget(widget)
            top.setStretchFactor(top.indexOf(widget), share)
        top.setSizes([620, 310, 330])
        whole = QSplitter(Qt.Orientation.Vertical)
        whole.addWidget(top)
        whole.addWidget(self.findings)
        whole.setStretchFactor(0, 4)
        whole.setStretchFactor(1, 1)
        whole.setSizes([560, 170])
        bottom = QHBoxLayout()
        bottom.addWidget(self.patient, 1)
        bottom.addWidget(self.report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(whole, 1)
        layout.addLayout(bottom)

        self.picture.selected.connect(self.pills.select)
        self.pills.selected.connect(self._pill_selected)
        self.pills.confirmed.connect(self.confirm)
        self.pills.candidate_selected.connect(self._candidate_selected)
        self.pills.by_hand.connect(self.search_wanted)
        self.pills.gallery_wanted.connect(self._toggle_gallery)
        self._gallery.done.connect(self._gallery_done)
        self._gallery.problem.connect(self.problem)
        self.product.dose_changed.connect(self._dose_changed)
        self.findings.acknowledged.connect(self._acknowledge)
        self.patient.changed.connect(self._patient_changed)
        self.short_list.changed.connect(self._list_changed)
        self.short_list.problem.connect(self.problem)
        self.report.clicked.connect(self.ask_report)

    @property
    def check(self) -> Check | None:
        """The check on screen."""
        return self._check

    def show_check(self, check: Check | None, image: QImage | None = None) -> None:
        """Show another check, or none. ``image`` is its picture if it was made already."""
        self._renewals += 1  # an answer still under way is for the check that leaves the screen
        self._renewing = self._report_when_renewed = False
        self._check = check
        self.report.setEnabled(check is not None)
        if check is not None:
            self.patient.show_facts(check.patient)
            self.short_list.show_list(check.likely)
        if check is None:
            self.picture.show_picture(None)
            self.picture.show_hint(_drop_hint())
            self.product.show_message("")
        else:
            self.picture.show_picture(image or to_image(check.frame.pixels))
            self.picture.show_hint("" if check.pills else say("알약을 찾지 못했습니다.", "No pill was found."))
            if not check.pills:
                self.product.show_message(say("알약이 없습니다.", "There is no pill."))
        self._refresh()

    def show_error(self, sentence: str, image: QImage | None = None) -> None:
        """A photo that could not be read: the sentence in place of the picture."""
        self.show_check(None)
        self.picture.show_picture(image)
        self.picture.show_hint(sentence)

    def confirm(self, number: int, item_seq: str) -> None:
        """A person's word on one pill; an empty item_seq takes it back."""
        if self._check is None:
            return
        if item_seq and item_seq not in self._names:
            self._services.data.run(lambda: self._services.catalog.product(item_seq), self._name_known)
        pill = self._pill(number)
        if pill is not None and pill.confirmed != (item_seq or None):
            self._gallery.forget(self._check, pill)
        self._renew(self._check.confirm(number, item_seq or None))

    def _toggle_gallery(self, number: int) -> None:
        pill = self._pill(number)
        if self._check is not None and pill is not None:
            self._gallery.toggle(self._check, pill)

    def _gallery_done(self, frame: Frame, done: Pill) -> None:
        if self._check is None or self._check.frame is not frame:
            return
        pill = self._pill(done.number)
        if pill is not None and done.pictures and pill.confirmed != done.confirmed:
            self._gallery.forget(self._check, done)  # taken back while it was being added
            return
        self._check = self._check.with_pictures(done.number, done.pictures)
        self._refresh()

    def _name_known(self, product: Product | None) -> None:
        if product is not None:
            self._names[product.item_seq] = product.name
            self.pills.show_check(self._check, self._names)

    def add_product(self, product: Product) -> None:
        """Add a product by hand: as the selected pill if that one is open, as a product of its own otherwise."""
        self._names[product.item_seq] = product.name
        if self._check is None:
            self.problem.emit(say("먼저 사진을 열거나 알약을 찍으세요.", "Open a photo or scan pills first."))
            return
        pill = self._pill(self.pills.current_number)
        if pill is not None and not pill.settled:
            self.confirm(pill.number, product.item_seq)
        elif product.item_seq not in self._check.added:
            self._renew(replace(self._check, added=(*self._check.added, product.item_seq)))

    def ask_report(self) -> None:
        """Ask for the report on the check as it stands; while its assessment is being renewed, on the renewed one."""
        if self._renewing:
            self._report_when_renewed = True
        elif self._check is not None:
            self.report_wanted.emit(self._check)

    def new_check(self) -> None:
        """Forget check and patient: the next one is somebody else."""
        self.patient.show_facts(PatientFacts())
        self.short_list.begin_check()
        self._interrupted.clear()
        self.show_check(None)

    def _renew(self, check: Check) -> None:
        """Show the change at once, renew the assessment in the background."""
        self._check = check
        self._refresh()
        self._renewals += 1
        self._renewing = True
        asked = self._renewals
        self._services.vision.run(
            lambda: self._services.examiner.reassess(check),
            lambda renewed: self._renewed(asked, renewed),
            lambda sentence: self._not_renewed(asked, sentence),
        )

    def _renewed(self, asked: int, renewed: Check) -> None:
        """Take the assessment and the names only: what a person did in the meantime (a reason given, say) stays."""
        if asked != self._renewals or self._check is None:
            return  # changed again, or another photo is on screen by now
        self._renewing = False
        pills = tuple(
            replace(mine, identification=new.identification)
            for mine, new in zip(self._check.pills, renewed.pills, strict=True)
        )
        self._check = replace(
            self._check,
            pills=pills,
            named_with=renewed.named_with,
            sized_by=renewed.sized_by,
            assessment=renewed.assessment,
            slot_items=renewed.slot_items,
        )
        self._refresh()
        if self._report_when_renewed:
            self._report_when_renewed = False
            self.ask_report()

    def _not_renewed(self, asked: int, sentence: str) -> None:
        if asked == self._renewals:
            self._renewing = self._report_when_renewed = False
        self.problem.emit(sentence)

    def _refresh(self) -> None:
        check = self._check
        self.pills.show_check(check, self._names)
        self._draw_outlines(self.pills.current_number)
        self.scale.setText(scale_line(check))
        if check is None:
            self.findings.show_assessment(None, ())
            return
        self.findings.show_assessment(check.assessment, check.acknowledgements, self._settle_hint(check))
        self.changed.emit(check)
        self._interrupt_once(check)

    def _settle_hint(self, check: Check) -> str:
        first = check.assessment.settle_first
        if first is None or first >= len(check.slot_items) or not check.slot_items[first]:
            return ""
        numbers = ", ".join(map(str, check.slot_items[first]))
        return say(
            f"→ 알약 {numbers}번을 먼저 확정하면 결과가 가장 분명해집니다.",
            f"→ Settle pill {numbers} first: most depends on it.",
        )

    def _interrupt_once(self, check: Check) -> None:
        """A contraindication stops the pharmacist, once per check; cautions wait in the list."""
        given = {a.finding for a in check.acknowledgements}
        new = [
            f
            for f in check.assessment.findings
            if f.interrupts and not f.conditional and f.key not in self._interrupted and f.key not in given
        ]
        if not new:
            return
        self._interrupted |= {f.key for f in new}
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setWindowTitle(say("금기", "Contraindicated"))
        box.setText("\n\n".join(f"‼ {f.category.value}\n{f.text}" for f in new))
        box.setInformativeText(
            say(
                "조제를 계속하려면 경고 목록에서 확인 사유를 고르세요.",
                "To go on, choose a reason in the list of findings.",
            )
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        QTimer.singleShot(0, box.open)

    def _draw_outlines(self, current: int) -> None:
        pills = self._check.pills if self._check else ()
        outlines = tuple(
            Outline(p.number, p.front.polygon, look_of(p).qcolor, hatched=not p.front.outline_trusted) for p in pills
        )
        doubtful = tuple(
            Outline(0, ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), STATES[State.UNKNOWN].qcolor, hatched=True)
            for x1, y1, x2, y2 in (self._check.doubtful if self._check else ())
        )
        self.picture.show_outlines((*doubtful, *outlines), current)

    def _pill(self, number: int) -> Pill | None:
        pills = self._check.pills if self._check else ()
        return next((p for p in pills if p.number == number), None)

    def _pill_selected(self, number: int) -> None:
        self._draw_outlines(number)
        pill = self._pill(number)
        if pill is None:
            return
        if pill.settled:
            self._load_product(number, pill.settled)
        elif pill.identification.state is State.UNKNOWN:
            # Showing the leading candidate's leaflet beside a pill nobody knows would look like an answer.
            self.product.show_message(say(*pill.identification.reasons))
        elif pill.identification.best:
            self._load_product(number, pill.identification.best.item_seq)

    def _candidate_selected(self, item_seq: str) -> None:
        self._load_product(self.pills.current_number, item_seq)

    def _load_product(self, number: int, item_seq: str) -> None:
        self._wanted = item_seq
        pill = self._pill(number)
        sides, model = pill.observations if pill else (), self._services.embedding_version
        self._services.data.run(
            lambda: (self._services.product(item_seq), nearest_pair(item_seq, sides, model)),
            lambda found: self._show_product(number, item_seq, found),
            self.problem.emit,
        )

    def _show_product(
        self, number: int, item_seq: str, answer: "tuple[tuple[Product, Drawing | None] | None, Pair | None]"
    ) -> None:
        pill = self._pill(number)
        if self._check is None or pill is None or self.pills.current_number != number or self._wanted != item_seq:
            return  # another one was chosen in the meantime
        found, pair = answer
        if found is None:
            self.product.show_message(
                say("이 품목의 정보가 데이터베이스에 없습니다.", "The database does not hold this product.")
            )
            return
        product, drawing = found
        settled = pill.settled == product.item_seq
        self._names.setdefault(product.item_seq, product.name)
        self.product.show_product(
            product,
            drawing,
            pair,
            dose=self._check.doses.get(item_seq, Dose()) if settled else None,
            is_candidate=not settled,
        )

    def _dose_changed(self, item_seq: str, dose: Dose) -> None:
        if self._check is not None:
            doses = MappingProxyType({**self._check.doses, item_seq: dose})
            self._renew(replace(self._check, doses=doses))

    def _patient_changed(self, patient: PatientFacts) -> None:
        if self._check is not None:
            self._renew(replace(self._check, patient=patient))

    def _list_changed(self, item_seqs: tuple[str, ...]) -> None:
        if self._check is not None:
            self._renew(replace(self._check, likely=item_seqs))

    def _acknowledge(self, key: str, reason: Reason, text: str) -> None:
        if self._check is None:
            return
        who = pharmacist(self)
        if not who:
            self._refresh()
            return
        given = Acknowledgement(key, reason, text, who, datetime.now().astimezone())
        self._check = replace(self._check, acknowledgements=(*self._check.acknowledgements, given))
        self._refresh()


def _drop_hint() -> str:
    return say(
        "사진을 여기에 끌어다 놓거나, 열거나(Ctrl+O), 붙여 넣으세요(Ctrl+V)",
        "Drop photos here, open them (Ctrl+O) or paste (Ctrl+V)",
    )
