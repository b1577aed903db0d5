"""Patient guidance: the official text of a product where there is one, else our own per ingredient, as starter."""

from collections import defaultdict
from datetime import date
from typing import Any, Final

from pillapp.catalog.database import Database
from pillapp.catalog.values import Guidance

_FIELDS: Final = ("efficacy", "usage", "warnings", "interactions", "side_effects", "storage")


def compose_guidance(database: Database, item_seqs: list[str]) -> dict[str, dict[str, Guidance]]:
    """``item_seq`` → language → guidance. The official text is Korean only; English stays our own."""
    found = _starter_guidance(database, item_seqs)
    for item_seq, *texts, updated, name, file_date in database.rows_in(
        "SELECT g.item_seq, g.efficacy, g.usage, g.warnings, g.interactions, g.side_effects, g.storage, g.updated,"
        " f.name, f.file_date FROM guidance g JOIN imported_file f ON f.id = g.file_id WHERE g.item_seq IN (??)",
        item_seqs,
    ):
        day = updated or file_date
        values: tuple[Any, ...] = (*texts, False, name, date.fromisoformat(day) if day else None)
        official = Guidance(*values)
        found.setdefault(item_seq, {})["ko"] = official
    return found


def count_guidance(database: Database) -> int:
    """Products for which :func:`compose_guidance` finds a text."""
    return int(
        database.value(
            "SELECT count(*) FROM product p WHERE EXISTS (SELECT 1 FROM guidance g WHERE g.item_seq = p.item_seq)"
            " OR EXISTS (SELECT 1 FROM product_ingredient pi JOIN ingredient i ON i.code = pi.code"
            " JOIN ingredient_guidance ig ON ig.guidance_key = i.guidance_key WHERE pi.item_seq = p.item_seq)"
            " OR p.item_seq IN (SELECT l.item_seq FROM product_link l"
            " JOIN dur_subject s ON s.id = l.subject_id JOIN dur_relation r ON r.d_code = s.code"
            " JOIN ingredient i ON i.code = r.m_code WHERE i.guidance_key <> '' AND NOT s.combination)"
        )
    )


def _starter_guidance(database: Database, item_seqs: list[str]) -> dict[str, dict[str, Guidance]]:
    parts: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = defaultdict(dict)
    rows = database.rows_in(
        "SELECT pi.item_seq, g.language, pi.rank, pi.position, g.guidance_key, g.name, g.efficacy, g.usage, g.warnings,"
        " g.interactions, g.side_effects, g.storage, f.name, f.file_date"
        " FROM product_ingredient pi JOIN ingredient i ON i.code = pi.code"
        " JOIN ingredient_guidance g ON g.guidance_key = i.guidance_key"
        " JOIN imported_file f ON f.id = g.file_id"
        " WHERE i.guidance_key <> '' AND NOT pi.excipient AND pi.item_seq IN (??)",
        item_seqs,
    )
    listed = {row[0] for row in rows}
    # Products whose files name ingredients without codes: the DUR ingredients they were tied to lead to our text.
    rows += database.rows_in(
        "SELECT DISTINCT l.item_seq, g.language, 99, 0, g.guidance_key, g.name, g.efficacy, g.usage, g.warnings,"
        " g.interactions, g.side_effects, g.storage, f.name, f.file_date"
        " FROM product_link l JOIN dur_subject s ON s.id = l.subject_id JOIN dur_relation r ON r.d_code = s.code"
        " JOIN ingredient i ON i.code = r.m_code JOIN ingredient_guidance g ON g.guidance_key = i.guidance_key"
        " JOIN imported_file f ON f.id = g.file_id"
        " WHERE i.guidance_key <> '' AND NOT s.combination AND l.item_seq IN (??)",
        [item_seq for item_seq in item_seqs if item_seq not in listed],
    )
    for item_seq, language, _, _, key, *rest in sorted(rows, key=lambda row: row[:5]):
        parts[item_seq, language].setdefault(key, tuple(rest))
    found: dict[str, dict[str, Guidance]] = defaultdict(dict)
    for (item_seq, language), by_key in parts.items():
        found[item_seq][language] = _joined(list(by_key.values()))
    return dict(found)


def _joined(parts: list[tuple[Any, ...]]) -> Guidance:
    """One text per field; of a combination, each ingredient's sentences under its name, equal ones once."""
    texts = []
    for index in range(1, 1 + len(_FIELDS)):
        by_text: dict[str, list[str]] = {}
        for part in parts:
            if part[index]:
                by_text.setdefault(part[index], []).append(part[0])
        if len(parts) == 1 or (len(by_text) == 1 and len(next(iter(by_text.values()))) == len(parts)):
            texts.append(next(iter(by_text), ""))
        else:
            texts.append("\n".join(f"[{', '.join(names)}] {text}" for text, names in by_text.items()))
    *_, source, file_date = parts[0]
    efficacy, usage, warnings, interactions, side_effects, storage = texts
    day = date.fromisoformat(file_date) if file_date else None
    return Guidance(efficacy, usage, warnings, interactions, side_effects, storage, True, source, day)
