"""Writing DUR rules: one way in for files, services and starter data, so that equal subjects and rows are one."""

import hashlib
from dataclasses import dataclass
from typing import Final

from pillapp.catalog.database import Database
from pillapp.catalog.parse import comparison_key
from pillapp.catalog.schema import DurIngredient, DurRelation, DurRule, DurSubject
from pillapp.catalog.values import Category

_RULE_COLUMNS: Final = (
    "id",
    "rule_key",
    "category",
    "scope",
    "subject_id",
    "partner_id",
    "text",
    "remark",
    "grade",
    "age_limit",
    "max_period",
    "max_dose",
    "effect_group",
    "series",
    "notice_date",
    "file_id",
)
_SUBJECT_COLUMNS: Final = (
    "id",
    "subject_key",
    "code",
    "combination",
    "partners",
    "relation",
    "forms",
    "name_ko",
    "name_en",
)


@dataclass(frozen=True, slots=True)
class RuleSide:
    """One side of a rule as a source says it. ``relation`` holds (M code, name) pairs of the 관계성분."""

    code: str
    name_ko: str = ""
    name_en: str = ""
    combination: bool = False
    partners: tuple[str, ...] = ()
    relation: tuple[tuple[str, str], ...] = ()
    forms: str = ""

    @property
    def key(self) -> str:
        """What makes two sides the same subject."""
        if not self.combination:
            return f"{self.code}|{comparison_key(self.forms)}"
        # Without named partners the co-ingredients' codes are all that tells one combination from another.
        co = "/".join(sorted(self.partners)) or "/".join(sorted(code for code, _ in self.relation))
        return f"{self.code}+{co}|{comparison_key(self.forms)}"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a source says it."""

    category: Category
    subject: RuleSide
    partner: RuleSide | None = None
    number: str = ""  # DUR일련번호
    text: str = ""
    remark: str = ""
    grade: str = ""
    age_limit: str = ""
    max_period: str = ""
    max_dose: str = ""
    effect_group: str = ""
    series: str = ""
    notice_date: str = ""

    def key(self, scope: str) -> str:
        """Digest of what the row says: the CSV and the XLSX of one file give the same."""
        said = [scope, self.number, self.subject.key, self.partner.key if self.partner else ""]
        said += map(comparison_key, (self.text, self.remark, self.grade, self.age_limit, self.max_period))
        said += map(comparison_key, (self.max_dose, self.effect_group, self.series))
        return hashlib.sha1("\x1f".join(said).encode(), usedforsecurity=False).hexdigest()


class RuleIds:
    """Gives ids to rules and subjects. The writers of one transaction share one, so that they never give one twice."""

    def __init__(self, database: Database):
        self.subjects: dict[str, int] = dict(database.rows("SELECT subject_key, id FROM dur_subject"))
        self._next_subject = 1 + (database.value("SELECT max(id) FROM dur_subject") or 0)
        self._next_rule = 1 + (database.value("SELECT max(id) FROM dur_rule") or 0)

    def rule(self) -> int:
        """A new id of a rule."""
        self._next_rule += 1
        return self._next_rule - 1

    def subject(self, key: str) -> int:
        """A new id of a subject, remembered under its key."""
        self._next_subject += 1
        return self.subjects.setdefault(key, self._next_subject - 1)


class RuleWriter:
    """Collects the rules of one scope of a file and writes them, inside the file's transaction."""

    def __init__(self, database: Database, file_id: int, scope: str, ids: RuleIds | None = None):
        self._database, self._file_id, self._scope = database, file_id, scope
        self._ids = ids or RuleIds(database)
        self._rules: dict[str, int] = dict(database.rows("SELECT rule_key, id FROM dur_rule WHERE scope = ?", (scope,)))
        self._new_subjects: list[tuple[object, ...]] = []
        self._new_rules: list[tuple[object, ...]] = []
        self._ingredients: dict[str, tuple[str, str]] = {}
        self._relations: dict[tuple[str, str], str] = {}
        self._relation_names: dict[str, str] = {}

    def forget_scope(self) -> None:
        """Drop what an earlier file of this scope said: a new file is the complete picture."""
        self._database.execute("DELETE FROM dur_rule WHERE scope = ?", (self._scope,))
        self._database.execute("DELETE FROM dur_relation WHERE scope = ?", (self._scope,))
        self._rules.clear()

    def add(self, row: RuleRow) -> int:
        """The id of the rule, new or known."""
        key = row.key(self._scope)
        known = self._rules.get(key)
        if known is not None:
            return known
        partner_id = self._subject(row.partner) if row.partner else None
        rule_id = self._rules[key] = self._ids.rule()
        self._new_rules.append(
            (
                rule_id,
                key,
                str(row.category),
                self._scope,
                self._subject(row.subject),
                partner_id,
                row.text,
                row.remark,
                row.grade,
                row.age_limit,
                row.max_period,
                row.max_dose,
                row.effect_group,
                row.series,
                row.notice_date,
                self._file_id,
            )
        )
        return rule_id

    def _subject(self, side: RuleSide) -> int:
        self._ingredients.setdefault(side.code, (side.name_ko, side.name_en))
        for code, name in side.relation:
            self._relation_names.setdefault(code, name)
            if not side.combination:
                self._relations.setdefault((code, side.code), name)
        known = self._ids.subjects.get(side.key)
        if known is not None:
            return known
        subject_id = self._ids.subject(side.key)
        self._new_subjects.append(
            (
                subject_id,
                side.key,
                side.code,
                side.combination,
                "/".join(side.partners),
                "/".join(code for code, _ in side.relation) if side.combination else "",
                side.forms,
                side.name_ko,
                side.name_en,
            )
        )
        return subject_id

    @property
    def relation_names(self) -> dict[str, str]:
        """M and I codes met in 관계성분, with their names."""
        return self._relation_names

    def write(self) -> None:
        """Write everything collected."""
        database, file_id = self._database, self._file_id
        database.write(
            DurIngredient,
            ("d_code", "name_ko", "name_en", "file_id"),
            [(code, ko, en, file_id) for code, (ko, en) in self._ingredients.items() if code],
            update=("name_ko", "name_en", "file_id"),
            key=("d_code",),
        )
        database.write(
            DurRelation,
            ("m_code", "d_code", "scope", "name_ko", "file_id"),
            [(m, d, self._scope, name, file_id) for (m, d), name in self._relations.items()],
        )
        database.write(DurSubject, _SUBJECT_COLUMNS, self._new_subjects, update=None)
        database.write(DurRule, _RULE_COLUMNS, self._new_rules, update=None)
        self._new_subjects, self._new_rules = [], []


def drop_unused_subjects(database: Database) -> None:
    """Remove subjects that no rule speaks of any more. Call when all writers of a transaction have written."""
    database.execute(
        "DELETE FROM dur_subject WHERE id NOT IN (SELECT subject_id FROM dur_rule)"
        " AND id NOT IN (SELECT partner_id FROM dur_rule WHERE partner_id IS NOT NULL)"
    )
