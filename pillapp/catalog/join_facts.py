"""What the join of products and rules needs to know, loaded from the catalogue at once."""

import re
from collections import defaultdict
from typing import Final, NamedTuple

from pillapp.catalog.database import Database
from pillapp.catalog.forms import parse_forms
from pillapp.catalog.names import hira_name_key, ingredient_base, ingredient_key
from pillapp.catalog.schema import ITEM_SUBJECT
from pillapp.catalog.values import Category

# Ranks of ingredients the join worked out: for the screen only, never a ground for the next join.
HIRA_RANK: Final = 90
NAME_RANK: Final = 95
_BASE_OF: Final = re.compile(r"\(as ([^()]+)\)", re.IGNORECASE)
_SALTS: Final = re.compile(
    r"\b(?:hydrochloride|hcl|besylate|besilate|maleate|sulfate|bisulfate|sodium|potassium|calcium|magnesium|mesylate|"
    r"tartrate|succinate|fumarate|phosphate|acetate|citrate|hydrobromide|bromide|nitrate|hydrate|monohydrate|dihydrate|"
    r"trihydrate|hemihydrate|anhydrous|micronized|medoxomil|axetil|pivoxil|cilexetil)\b",
    re.IGNORECASE,
)


class Subject(NamedTuple):
    """One side of a rule: the D codes a product must have, and its dosage-form limit."""

    id: int
    needs: frozenset[str]
    combination: bool
    forms: tuple[str, ...]


class JoinFacts:
    """Both sides of the join, as dictionaries: codes, names, subjects, products."""

    def __init__(self, database: Database):
        self._database = database
        self._load_relations()
        self._load_subjects()
        self._load_products()
        self._load_coverage()

    def _load_relations(self) -> None:
        database = self._database
        self.d_of_m: dict[str, set[str]] = defaultdict(set)
        self.m_of_d: dict[str, set[str]] = defaultdict(set)
        for m_code, d_code in database.rows("SELECT m_code, d_code FROM dur_relation"):
            self.d_of_m[m_code].add(d_code)
            self.m_of_d[d_code].add(m_code)
        self.d_of_base: dict[str, set[str]] = defaultdict(set)
        self.m_of_name: dict[str, set[str]] = defaultdict(set)
        self.name_of_m: dict[str, str] = {}
        for code, name in database.rows("SELECT code, name_ko FROM ingredient"):
            self.m_of_name[ingredient_key(name)].add(code)
            self.name_of_m[code] = name
        for m_code, name in database.rows("SELECT m_code, name_ko FROM dur_relation"):
            self.m_of_name[ingredient_key(name)].add(m_code)
        for m_code, name in database.rows("SELECT m_code, name_ko FROM dur_relation"):
            self.d_of_base[ingredient_base(name)] |= self.d_of_m[m_code]
        self.d_of_english: dict[str, set[str]] = defaultdict(set)
        self.d_names: dict[str, str] = {}
        for d_code, name_ko, name_en in database.rows(
            "SELECT d_code, name_ko, name_en FROM dur_ingredient WHERE d_code LIKE ?", ("D%",)
        ):
            self.d_names[d_code] = name_ko
            self.d_of_base[ingredient_base(name_ko)].add(d_code)
            for key in english_keys(name_en):
                self.d_of_english[key].add(d_code)

    def _load_subjects(self) -> None:
        self.subjects: dict[str, list[Subject]] = defaultdict(list)
        self.item_subjects: dict[str, int] = {}
        rows = self._database.rows("SELECT id, code, combination, partners, relation, forms FROM dur_subject")
        for _, code, combination, partners, relation, _ in rows:
            if combination:
                self._learn_from_combination([code, *_split(partners)], _split(relation))
        for subject_id, code, combination, partners, _, forms in rows:
            if code.startswith(ITEM_SUBJECT):
                self.item_subjects[code.removeprefix(ITEM_SUBJECT)] = subject_id
                continue
            needs = frozenset([code, *_split(partners)])
            self.subjects[code].append(Subject(subject_id, needs, bool(combination), parse_forms(forms)))
        self.used_in: dict[int, set[str]] = defaultdict(set)
        for subject_id, partner_id, category in self._database.rows(
            "SELECT DISTINCT subject_id, partner_id, category FROM dur_rule"
        ):
            self.used_in[subject_id].add(category)
            if partner_id is not None:
                self.used_in[partner_id].add(category)

    def _learn_from_combination(self, d_codes: list[str], relation: list[str]) -> None:
        """Some D codes occur in 복합 rows only: their M codes are what no other ingredient of the row accounts for."""
        unknown = [code for code in d_codes if code not in self.m_of_d]
        if not unknown or not relation:
            return
        explained = set().union(*(self.m_of_d[code] for code in d_codes if code in self.m_of_d))
        left = [m_code for m_code in relation if m_code not in explained]
        for code in unknown:
            name = ingredient_key(self.d_names.get(code, ""))
            own = left if len(unknown) == 1 else [m for m in left if name in ingredient_key(self.name_of_m.get(m, ""))]
            for m_code in own:
                self.d_of_m[m_code].add(code)

    def _load_products(self) -> None:
        database = self._database
        self.ingredients: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.excipients: dict[str, list[tuple[str, str]]] = defaultdict(list)
        best: dict[tuple[str, bool], int] = {}
        for item_seq, rank, excipient, code, name in database.rows(
            "SELECT item_seq, rank, excipient, code, name_ko FROM product_ingredient"
            ' WHERE rank < ? ORDER BY item_seq, rank, "position"',
            (HIRA_RANK,),
        ):
            if best.setdefault((item_seq, bool(excipient)), rank) == rank:
                (self.excipients if excipient else self.ingredients)[item_seq].append((code, name))
        self.official: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for item_seq, category, code, combination in database.rows(
            "SELECT item_seq, category, code, combination FROM dur_item"
        ):
            self.official[item_seq].append((category, code, bool(combination)))
        self.hira_of_item: dict[str, set[str]] = defaultdict(set)
        for item_seq, code in database.rows("SELECT item_seq, code FROM product_code WHERE kind = 'HIRA'"):
            self.hira_of_item[item_seq].add(code)
        for item_seq, hira_code in database.rows(
            "SELECT p.item_seq, h.hira_code FROM product_code p JOIN hira_product h ON h.edi = p.code"
            " WHERE p.kind = 'EDI' AND h.hira_code <> ''"
        ):
            self.hira_of_item[item_seq].add(hira_code)
        self.hira_of_name: dict[str, set[str]] = defaultdict(set)
        for name, hira_code in database.rows("SELECT name, hira_code FROM hira_product WHERE hira_code <> ''"):
            self.hira_of_name[hira_name_key(name)].add(hira_code)
        self.hira_parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for hira_code, name, strength, unit in database.rows(
            'SELECT hira_code, name, strength, unit FROM hira_ingredient ORDER BY hira_code, "position"'
        ):
            self.hira_parts[hira_code].append((name.strip(), f"{strength} {unit}".strip()))

    def _load_coverage(self) -> None:
        """Starter rules cover the starter's own ingredients only; beyond them their silence means nothing."""
        scopes = self._database.rows(
            "SELECT DISTINCT r.category, f.starter FROM dur_rule r JOIN imported_file f ON f.id = r.file_id"
        )
        self.starter_categories = sorted({category for category, starter in scopes if starter})
        self.hira_pairs_loaded = bool(
            self._database.value("SELECT 1 FROM dur_rule WHERE scope = ? LIMIT 1", (f"hira:{Category.COMBINATION}",))
        )
        self.starter_codes = {
            code
            for (code,) in self._database.rows(
                "SELECT i.code FROM ingredient i JOIN imported_file f ON f.id = i.file_id WHERE f.starter"
            )
        }
        self.any_rule = bool(scopes)


def _split(text: str) -> list[str]:
    return text.split("/") if text else []


def english_keys(name: str) -> set[str]:
    """``losartan potassium (as losartan)`` → keys of the whole, of what it is counted as, and without its salt."""
    base = _BASE_OF.search(name)
    texts = {_BASE_OF.sub("", name), base[1] if base else ""}
    texts |= {_SALTS.sub("", text) for text in texts}
    return {key for text in texts if (key := re.sub(r"[^a-z0-9]+", "", text.lower()))}
