"""The line that sets a short list: a prescription for this check, or the pharmacy's stock for every one."""

from pathlib import Path

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from pillapp.check.short_list import ShortList, read_codes, resolve
from pillapp.ui.language import say
from pillapp.ui.services import Services

STOCK_KEY = "stock_list"


class ShortListBar(QWidget):
    """``changed`` carries the item_seqs that count from now on, empty for none; ``problem`` a sentence for the status line."""

    changed = Signal(tuple)
    problem = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._item_seqs: tuple[str, ...] = ()
        self._asked = 0  # files chosen; only the last one counts
        self.load = QPushButton(say("처방·재고 목록 불러오기…", "Load a prescription or stock list…"))
        self.load.setToolTip(
            say(
                "한 줄에 품목기준코드나 보험코드 하나, 또는 item_seq 열이 있는 CSV. 목록의 품목을 더 그럴듯하게 봅니다.",
                "One item_seq or insurance code a line, or a CSV with a column item_seq. Products listed count as likelier.",
            )
        )
        self.count = QLabel()
        self.stock = QCheckBox(say("재고로 기억", "Keep as stock"))
        self.stock.setToolTip(say("다음 검사에도 적용합니다.", "Also counts for the checks to come."))
        self.drop = QPushButton(say("해제", "Drop"))
        self.drop.setAccessibleName(say("목록 해제", "Drop the list"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.load, self.count, self.stock, self.drop):
            row.addWidget(widget)
        row.addStretch(1)
        self.load.clicked.connect(self._ask)
        self.stock.clicked.connect(self._keep)
        self.drop.clicked.connect(self._drop)
        self.begin_check()

    @property
    def item_seqs(self) -> tuple[str, ...]:
        """The products that count as likelier."""
        return self._item_seqs

    def begin_check(self) -> None:
        """The next check is somebody else's: the stock counts if there is one, no prescription does."""
        self.show_list(_stock())

    def show_list(self, item_seqs: tuple[str, ...]) -> None:
        """Show the list of a check, without telling anybody."""
        self._asked += 1
        self._item_seqs = item_seqs
        n = len(item_seqs)
        self.count.setText(say(f"목록 {n}품목 적용 중", f"List of {n} in use") if n else "")
        self.stock.setChecked(bool(n) and item_seqs == _stock())
        self.stock.setVisible(bool(n))
        self.drop.setVisible(bool(n))

    def open_list(self, path: Path) -> None:
        """Read a list in the background and put it to use."""
        self._asked += 1
        asked = self._asked
        self._services.data.run(
            lambda: resolve(self._services.catalog, read_codes(path)),
            lambda found: self._resolved(asked, found),
            self.problem.emit,
        )

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            say("처방·재고 목록", "Prescription or stock list"),
            "",
            say("목록 (*.csv *.txt *.tsv)", "Lists (*.csv *.txt *.tsv)"),
        )
        if name:
            self.open_list(Path(name))

    def _resolved(self, asked: int, found: ShortList) -> None:
        if asked != self._asked:
            return  # another list, or another check, in the meantime
        if found.warning:
            self.problem.emit(found.warning)
        self._use(found.item_seqs)

    def _drop(self) -> None:
        if self.stock.isChecked():
            QSettings().remove(STOCK_KEY)
        self._use(())

    def _keep(self, keep: bool) -> None:
        if keep:
            QSettings().setValue(STOCK_KEY, ",".join(self._item_seqs))
        else:
            QSettings().remove(STOCK_KEY)

    def _use(self, item_seqs: tuple[str, ...]) -> None:
        self.show_list(item_seqs)
        self.changed.emit(item_seqs)


def _stock() -> tuple[str, ...]:
    return tuple(filter(None, str(QSettings().value(STOCK_KEY, "")).split(",")))
