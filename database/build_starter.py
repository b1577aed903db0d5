"""Make the starter CSVs from the official files. Facts only: names, codes, looks, contents, DUR rules, no sentences.

``python database/build_starter.py FOLDER`` where FOLDER holds ``mfds/``, ``hira/`` and ``permits/`` as downloaded, and
optionally ``--must ITEM_SEQ…``. Chooses for every ingredient of ``starter_ingredients.csv`` a handful of products that
were still reimbursed or permitted, the oldest (the brand) first, and all DUR rows that touch what they contain.
``starter/guidance.csv`` is written by hand and left alone.
"""

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pillapp.catalog.importers.readers import read_table
from pillapp.catalog.names import bracketed_names, hira_name_key, ingredient_base, ingredient_key, name_key
from pillapp.catalog.parse import clean_text, iso_date, parse_coded_names

HERE: Final = Path(__file__).resolve().parent
PER_INGREDIENT: Final = 3
NEDRUG: Final = ("식품의약품안전처 의약품 낱알식별정보", "2023-03-19")
PERMITS: Final = ("식품의약품안전처 의약품 품목허가 목록", "2025-08-08")
HIRA: Final = ("건강보험심사평가원 약제급여목록·약가마스터", "2025-09-01")
DUR: Final = ("식품의약품안전처 DUR유형별 성분 현황", "2026-03-12")
# A sentence of the notice stays in the official file; the reason as a term (횡문근융해증) is a fact.
LONGEST_REASON: Final = 40
_NOT_SOLD: Final = re.compile(r"수출용|비매품|주사|시럽|현탁액|점안|연고|크림")
_DUR_TEXT: Final = ("grade", "age_limit", "max_period", "max_dose", "effect_group", "series")
_DUR_COLUMN: Final = dict(
    zip(_DUR_TEXT, ("등급", "연령기준", "최대투여기간", "1일최대용량", "효능군", "계열명"), strict=True)
)

Row = dict[str, str]


@dataclass
class Chosen:
    """One product of the starter set and where its contents were found."""

    row: Row
    parts: list[tuple[str, str, str]] = field(default_factory=list)  # (guidance key, official name, amount)
    source: tuple[str, str] = NEDRUG


class Sources:
    """The official files, read once."""

    def __init__(self, folder: Path):
        self.tablets = {row["품목일련번호"]: row for row in _rows(folder, "mfds/OpenData_PotOpenTabletIdntfc*")}
        self.looks: dict[str, list[Row]] = defaultdict(list)
        for row in _rows(folder, "mfds/OpenData_PotOpenTabletIdntfc*"):
            self.looks[row["품목일련번호"]].append(row)
        self.permits = {row["품목기준코드"]: row for pattern in ("permits/*",) for row in _rows(folder, pattern)}
        self.hira: dict[str, Row] = {}
        for row in _rows(folder, "hira/*ATC*"):
            self.hira[hira_name_key(row["제품명"])] = {
                "code": row["주성분코드"],
                "edi": row["제품코드"].zfill(9),
                "atc": row["ATC코드"],
            }
        self.reimbursed = {hira_name_key(row["제품명"]) for row in _rows(folder, "hira/*급여목록*") if row["제품명"]}
        self.parts: dict[str, list[Row]] = defaultdict(list)
        for row in _rows(folder, "hira/*약가마스터*"):
            self.parts[row["일반명코드"]].append(row)
        self.dur = [row for row in _rows(folder, "mfds/OpenData_PotOpenDurIngr_*") if row["상태"] == "정상"]
        self.codes: dict[str, str] = {}  # ingredient name → code
        self.base_codes: dict[str, str] = {}  # the same without salt
        for row in _rows(folder, "mfds/*노인주의*"):
            self._learn(row["주성분"])
        for row in self.dur:
            self._learn(row["관계성분"])
            self._learn(row["병용금기관계성분"])

    def _learn(self, text: str) -> None:
        for code, name in parse_coded_names(text):
            key = ingredient_key(name)
            # M (active) before A and I; of several, the newest.
            rank = (code.startswith("M"), code)
            if code and rank > (self.codes.get(key, "").startswith("M"), self.codes.get(key, "")):
                self.codes[key] = code
            self.base_codes.setdefault(ingredient_base(name), code)


def _rows(folder: Path, pattern: str) -> Iterator[Row]:
    for path in sorted(folder.glob(pattern)):
        table = read_table(path)
        for line in table.rows:
            if line.reason is None:
                yield dict(zip(table.header, line.cells, strict=True))


def choose(sources: Sources, must: set[str]) -> dict[str, Chosen]:
    """The products of the starter set by ``item_seq``."""
    wanted = _read(HERE / "starter_ingredients.csv")
    found: dict[str, Chosen] = {}
    by_key: dict[str, list[Chosen]] = defaultdict(list)
    for item_seq, row in sources.tablets.items():
        chosen = Chosen(row)
        chosen.parts, chosen.source = _contents(sources, row, wanted)
        if item_seq in must:
            found[item_seq] = chosen
        elif chosen.parts and all(part[0] for part in chosen.parts) and _sold(sources, row):
            by_key["+".join(sorted(part[0] for part in chosen.parts))].append(chosen)
    for key, candidates in by_key.items():
        # The oldest permit is the brand everybody knows; then the newest, which today's counters see most.
        candidates.sort(key=lambda chosen: (chosen.row["품목허가일자"], chosen.row["품목일련번호"]))
        limit = 1 if "+" in key else PER_INGREDIENT
        if "multivitamin" in key or ("+" in key and not any(_shares(chosen, found) for chosen in candidates)):
            continue
        ordered = candidates[:1] + candidates[:0:-1]
        makers: set[str] = set()
        for chosen in ordered:
            if len(makers) < limit and chosen.row["업소명"] not in makers:
                makers.add(chosen.row["업소명"])
                found[chosen.row["품목일련번호"]] = chosen
    return found


def _shares(chosen: Chosen, found: dict[str, Chosen]) -> bool:
    keys = {part[0] for part in chosen.parts}
    return any(keys == {part[0] for part in other.parts} for other in found.values())


def _sold(sources: Sources, row: Row) -> bool:
    permit = sources.permits.get(row["품목일련번호"])
    if _NOT_SOLD.search(row["품목명"]) or (permit and permit["취소/취하"] != "정상"):
        return False
    return name_key(row["품목명"]) in sources.reimbursed or permit is not None


def _contents(sources: Sources, row: Row, wanted: list[Row]) -> tuple[list[tuple[str, str, str]], tuple[str, str]]:
    hira = sources.hira.get(name_key(row["품목명"]))
    brackets = [part.split("(")[0].strip() for part in bracketed_names(row["품목명"])]
    if hira and sources.parts.get(hira["code"]):
        parts = []
        for part in sources.parts[hira["code"]]:
            match = _by_english(part["일반명"], wanted)
            amount = f"{part['함량']} {part['단위']}".strip()
            own = brackets if len(sources.parts[hira["code"]]) == 1 else []
            parts.append(
                (match["key"], _official_name(sources, match, own, part["일반명"]), amount) if match else ("", "", "")
            )
        return parts, HIRA
    permit = sources.permits.get(row["품목일련번호"])
    names = re.split(r"/(?![^(]*\))", permit["주성분"]) if permit and permit["주성분"] else brackets[:1]
    source = PERMITS if permit and permit["주성분"] else NEDRUG
    parts = []
    for name in (name.strip() for name in names):
        match = _by_korean(name, wanted)
        key = match["key"] if match else "multivitamin" if len(names) > 8 else ""
        parts.append((key, name, ""))
    return parts, source


def _by_english(text: str, wanted: list[Row]) -> Row | None:
    return max(
        (row for row in wanted if text.lower().startswith(row["english"])),
        key=lambda r: len(r["english"]),
        default=None,
    )


def _by_korean(text: str, wanted: list[Row]) -> Row | None:
    return max(
        (row for row in wanted if text.startswith(row["name_ko"])), key=lambda r: len(r["name_ko"]), default=None
    )


def _official_name(sources: Sources, match: Row, brackets: list[str], general: str) -> str:
    if match["english"] == match["name_ko"]:  # a herbal extract: HIRA itself names it in Korean
        return next(iter(brackets), "") or general
    for name in brackets:
        if name.startswith(match["name_ko"]) or ingredient_key(name) in sources.codes:
            return name
    named = [name for name in sources.codes if name.startswith(ingredient_key(match["name_ko"]))]
    return min(named, key=len) if named else match["name_ko"]


def write_products(sources: Sources, chosen: dict[str, Chosen], out: Path) -> None:
    """products, appearances, product_codes."""
    products, looks, codes = [], [], []
    for item_seq, pick in sorted(chosen.items()):
        row = pick.row
        hira = sources.hira.get(name_key(row["품목명"]))
        permit: Row = sources.permits.get(item_seq, {})
        products.append(
            [
                item_seq,
                row["품목명"].strip(),
                permit.get("제품영문명", ""),
                row["업소명"],
                row["분류번호"],
                row["분류명"],
                row["전문일반구분"],
                row["제형코드명"],
                iso_date(row["품목허가일자"]),
                *NEDRUG,
            ]
        )
        columns = "의약품제형 색상앞 색상뒤 표시앞 표시뒤 분할선앞 분할선뒤 크기장축 크기단축 크기두께"
        columns += " 제형코드명 표기내용앞 표기내용뒤"
        looks += [[item_seq, *(look[name] for name in columns.split()), *NEDRUG] for look in sources.looks[item_seq]]
        if hira:
            codes += [[item_seq, kind, hira[name], *HIRA] for kind, name in (("EDI", "edi"), ("HIRA", "code"))]
        atc = permit.get("ATC코드") or (hira or {}).get("atc", "")
        codes += [[item_seq, "ATC", code, *HIRA] for code in atc.split(",") if code]
        codes += [
            [item_seq, "STANDARD", code, *PERMITS]
            for code in permit.get("표준코드명", "").split(",")
            if re.fullmatch(r"\d{13}", code)
        ]
    _write(
        out / "products.csv",
        "item_seq name name_en maker class_no class_name prescription form permit_date",
        products,
    )
    _write(
        out / "appearances.csv",
        "item_seq shape colours_front colours_back imprint_front imprint_back line_front line_back long_raw short_raw"
        " thick_raw form mark_front mark_back",
        looks,
    )
    _write(out / "product_codes.csv", "item_seq kind code", codes)


def write_contents(sources: Sources, chosen: dict[str, Chosen], out: Path) -> set[str]:
    """product_ingredients and ingredients; the D codes the set touches."""
    english = {row["key"]: row["english"] for row in _read(HERE / "starter_ingredients.csv")}
    contents: list[list[object]] = []
    ingredients: dict[str, list[str]] = {}
    unnamed = _without_rules(sources)
    for item_seq, pick in sorted(chosen.items()):
        for position, (key, name, amount) in enumerate(pick.parts):
            code = sources.codes.get(ingredient_key(name)) or sources.base_codes.get(ingredient_base(name), "")
            # "=": no file at hand gives a code and no DUR row names the substance; the catalogue's own handle.
            handle = code or (f"{'=' if key in unnamed else '~'}{key}" if key and key != "multivitamin" else "")
            contents.append([item_seq, position, handle, name, english.get(key, ""), amount, *pick.source])
            if handle:
                ingredients[handle] = [handle, name, english.get(key, ""), key, *(DUR if code else pick.source)]
    d_codes = {d for m, d, _ in _single_relations(sources) if m in ingredients}
    keys = {d: ingredients[m][3] for m, d, _ in _single_relations(sources) if m in ingredients}
    for m_code, d_code, name in _single_relations(sources):
        if d_code in d_codes and m_code not in ingredients:
            ingredients[m_code] = [m_code, name, english.get(keys[d_code], ""), keys[d_code], *DUR]
    _write(out / "product_ingredients.csv", "item_seq position code name_ko name_en amount", contents)
    _write(out / "ingredients.csv", "code name_ko name_en guidance_key", sorted(ingredients.values()))
    return d_codes


def _without_rules(sources: Sources) -> set[str]:
    """Keys of wanted ingredients that no DUR row of any type names, in Korean or English."""
    named = {ingredient_key(row[name]) for row in sources.dur for name in ("DUR성분명", "DUR성분명영문")}
    named |= {
        ingredient_key(row[name]) for row in sources.dur for name in ("병용금기DUR성분명", "병용금기DUR성분영문명")
    }
    named |= {ingredient_key(part.name) for row in sources.dur for part in parse_coded_names(row["관계성분"])}
    return {
        row["key"]
        for row in _read(HERE / "starter_ingredients.csv")
        if not any(ingredient_key(row[name]) in other for name in ("name_ko", "english") for other in named)
    }


def _single_relations(sources: Sources) -> Iterator[tuple[str, str, str]]:
    for row in sources.dur:
        if row["단일복합구분코드"] == "단일" and row["DUR유형"] != "첨가제주의":
            for code, name in parse_coded_names(row["관계성분"]):
                yield code, row["DUR성분코드"], name
        if row["병용금기단일복합구분코드"] == "단일":
            for code, name in parse_coded_names(row["병용금기관계성분"]):
                yield code, row["병용금기DUR성분코드"], name


def write_rules(sources: Sources, d_codes: set[str], out: Path) -> None:
    """dur_rules and dur_relations: every row one of whose sides the set contains, both directions as in the file."""
    rules, relations = [], {}
    for row in sources.dur:
        sides = [
            (row["DUR성분코드"], clean_text(row["DUR성분명"]), row["DUR성분명영문"], row["복합제"], row["관계성분"]),
            (
                clean_text(row["병용금기DUR성분코드"]),
                clean_text(row["병용금기DUR성분명"]),
                clean_text(row["병용금기DUR성분영문명"]),
                row["병용금기복합제"],
                row["병용금기관계성분"],
            ),
        ]
        if row["DUR유형"] == "첨가제주의" or not any(side[0] in d_codes for side in sides):
            continue
        cells: list[str] = []
        for code, name_ko, name_en, partners, relation in sides:
            others = "/".join(part.code for part in parse_coded_names(partners))
            cells += [code, name_ko, clean_text(name_en), others]
            for m_code, name in parse_coded_names(relation):
                if code:
                    relations[code, others, m_code] = [code, others, m_code, name, *DUR]
        reason, remark = (_term(row[name]) for name in ("금기내용", "비고"))
        rules.append(
            [
                row["DUR유형"],
                row["DUR일련번호"],
                *cells,
                clean_text(row["제형"]),
                reason,
                remark,
                *(clean_text(row[_DUR_COLUMN[name]]) for name in _DUR_TEXT),
                iso_date(row["고시일자"]),
                *DUR,
            ]
        )
    _write(
        out / "dur_rules.csv",
        "category number code name_ko name_en partners other_code other_name_ko other_name_en other_partners forms text"
        f" remark {' '.join(_DUR_TEXT)} notice_date",
        rules,
    )
    _write(out / "dur_relations.csv", "d_code partners m_code name_ko", sorted(relations.values()))


def _term(text: str) -> str:
    cleaned = clean_text(text).replace("|", ", ")
    return cleaned if len(cleaned) <= LONGEST_REASON and not re.search(r"(다|함|것)\.?$", cleaned) else ""


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, columns: str, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*columns.split(), "source", "source_date"])
        writer.writerows(rows)


def main() -> None:
    """Read the official files, write the CSVs, say what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with mfds/, hira/ and permits/")
    parser.add_argument("--must", nargs="*", default=[], help="item_seq to take in whatever their ingredients")
    arguments = parser.parse_args()
    out = HERE / "starter"
    out.mkdir(exist_ok=True)
    sources = Sources(arguments.folder)
    chosen = choose(sources, set(arguments.must))
    write_products(sources, chosen, out)
    d_codes = write_contents(sources, chosen, out)
    write_rules(sources, d_codes, out)
    keys = {part[0] for pick in chosen.values() for part in pick.parts if part[0]}
    sys.stdout.write(f"without any DUR rule: {sorted(_without_rules(sources))}\n")
    sys.stdout.write(f"{len(chosen)} products, {len(keys)} ingredients, {len(d_codes)} DUR ingredients\n")


if __name__ == "__main__":
    main()
