"""How right the join of products and rules is, told against the one official file that gives the answer: 노인주의 품목."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pillapp.catalog.database import Database
from pillapp.catalog.importers.readers import open_table
from pillapp.catalog.importers.registry import recognise
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.links import rebuild_links
from pillapp.catalog.parse import clean_text, parse_coded_names
from pillapp.catalog.schema import ProductIngredient
from pillapp.catalog.values import Category

_ANSWER_SOURCE: Final = "dur_items"
_RANK: Final = 30
_SINGLE: Final = (
    "p.status IN ('', '정상') AND p.name NOT LIKE '%수출%' AND 1 >= (SELECT count(*) FROM product_ingredient i"
    " WHERE i.item_seq = p.item_seq AND NOT i.excipient)"
    " AND 1 >= (SELECT count(*) FROM product_code h JOIN hira_ingredient g ON g.hira_code = h.code"
    " WHERE h.item_seq = p.item_seq AND h.kind = 'HIRA')"
)


@dataclass(frozen=True, slots=True)
class Precision:
    """Products found right, found at all, and to be found."""

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """Share of what was found that the official file names too."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what the official file names that was found."""
        return self.right / self.wanted if self.wanted else 0.0


@dataclass(frozen=True, slots=True)
class JoinFigures:
    """``coded``: rows whose 주성분 has codes and which got the official D code. ``by_method``: the join as it is used."""

    rows: int
    rows_coded: int
    rows_right: int
    by_code: Precision
    by_names: Precision
    by_names_single: Precision  # the same over permitted products with one ingredient

    @property
    def share_right(self) -> float:
        """Of the official rows with known 주성분, those that got the right D code."""
        return self.rows_right / self.rows_coded if self.rows_coded else 0.0


@dataclass(frozen=True, slots=True)
class _Answer:
    item_seq: str
    d_code: str
    contents: tuple[tuple[str, str], ...]


def check_join(files: list[Path], work: Path) -> JoinFigures | None:
    """Import everything but the answer, join, and compare; None where the files hold no 노인주의 품목.

    ``by_code`` gives the products of the answer file their official 주성분 codes and asks who falls under 노인주의 among
    them and all other products that are known by code; ``by_names`` uses what the other files say, names included, and is
    told over the products those files know.
    """
    answers = [answer for path in files for answer in _answers(path)]
    if not answers:
        return None
    database = Database(f"sqlite:///{work}")
    try:
        database.migrate()
        import_files(database, [path for path in files if not _is_answer(path)])
        by_names = _compare(database, answers)
        single = _compare(database, answers, only=_SINGLE)
        right, coded = _give_codes(database, answers)
        with database.transaction():
            rebuild_links(database)
        by_code = _compare(database, answers, only="c.method = 'ingredient_code'")
    finally:
        database.close()
    return JoinFigures(len(answers), coded, right, by_code, by_names, single)


def _is_answer(path: Path) -> bool:
    return recognise(open_table(path)).source == _ANSWER_SOURCE


def _answers(path: Path) -> list[_Answer]:
    table = open_table(path)
    if recognise(table).source != _ANSWER_SOURCE:
        return []
    at = {name: number for number, name in enumerate(table.header)}
    return [
        _Answer(
            line.cells[at["품목일련번호"]].strip(),
            line.cells[at["DUR성분코드"]].strip(),
            tuple((p.code, p.name) for p in parse_coded_names(clean_text(line.cells[at["주성분"]])) if p.code),
        )
        for line in table.rows
        if line.reason is None and clean_text(line.cells[at["DUR유형명"]]) == Category.ELDERLY
    ]


def _give_codes(database: Database, answers: list[_Answer]) -> tuple[int, int]:
    d_of_m: dict[str, set[str]] = {}
    for m_code, d_code in database.rows("SELECT m_code, d_code FROM dur_relation"):
        d_of_m.setdefault(m_code, set()).add(d_code)
    coded = [answer for answer in answers if answer.contents]
    right = sum(any(answer.d_code in d_of_m.get(code, ()) for code, _ in answer.contents) for answer in coded)
    known = {item_seq for (item_seq,) in database.rows("SELECT item_seq FROM product")}
    rows = [
        (answer.item_seq, _RANK, number, False, code, name, "", "", 0)
        for answer in {answer.item_seq: answer for answer in coded if answer.item_seq in known}.values()
        for number, (code, name) in enumerate(answer.contents)
    ]
    columns = ("item_seq", "rank", "position", "excipient", "code", "name_ko", "name_en", "amount", "file_id")
    database.write(ProductIngredient, columns, rows)
    return right, len(coded)


def _compare(database: Database, answers: list[_Answer], *, only: str = "1 = 1") -> Precision:
    known = {
        item_seq
        for (item_seq,) in database.rows(
            f"SELECT p.item_seq FROM product p JOIN product_check c ON c.item_seq = p.item_seq "
            f" WHERE c.method <> 'none' AND {only}"
        )
    }
    found = {
        item_seq
        for (item_seq,) in database.rows(
            "SELECT DISTINCT l.item_seq FROM product_link l JOIN dur_rule r ON r.subject_id = l.subject_id"
            " WHERE r.category = ?",
            (str(Category.ELDERLY),),
        )
    } & known
    wanted = {answer.item_seq for answer in answers} & known
    return Precision(len(found & wanted), len(found), len(wanted))
