"""The real official files, where they are at hand: not one row lost, the join right, the starter still what they say."""

import csv

import pytest

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.join_check import check_join
from pillapp.catalog.values import Category
from tests.conftest import DATA, needs_data

DRUG = DATA / "drug"
pytestmark = needs_data("drug", "mfds")
ROWS = {"A": 1742, "B": 227, "C": 1407, "D": 651, "E": 95, "F": 107, "G": 375, "I": 19}


@pytest.fixture(scope="module")
def official(tmp_path_factory):
    folder = tmp_path_factory.mktemp("official")
    with open_catalog(f"sqlite:///{folder / 'o.sqlite'}") as catalog:
        files = sorted((DRUG / "mfds").glob("*DurIngr*")) + sorted((DRUG / "mfds").glob("*TabletIdntfc*"))
        yield catalog, {report.path.name: report for report in import_files(catalog.database, files)}


def test_every_row_of_every_rule_file_is_in(official):
    _, reports = official
    for letter, rows in ROWS.items():
        report = next(report for name, report in reports.items() if f"Ingr_{letter}C" in name)
        assert (report.rows, report.taken, report.rejected) == (rows, rows, 0), letter


def test_the_unbalanced_quote_costs_nothing_and_pairs_are_the_ones_counted_by_hand(official):
    catalog, _ = official
    assert catalog.summary().rules[Category.COMBINATION] == 1742
    with (DRUG / "derived" / "mfds_dur_unique_pairs_20260312.csv").open(encoding="utf-8-sig") as stream:
        wanted = {frozenset((row["DUR성분코드"], row["병용금기DUR성분코드"])) for row in csv.DictReader(stream)}
    rows = catalog.database.rows(
        "SELECT s.code, t.code FROM dur_rule r JOIN dur_subject s ON s.id = r.subject_id"
        " JOIN dur_subject t ON t.id = r.partner_id"
    )
    assert {frozenset(row) for row in rows} == wanted
    assert catalog.summary().unique_pairs == len(wanted) == 1229


def test_codes_map_to_the_dur_ingredients_worked_out_by_hand(official):
    catalog, _ = official
    with (DRUG / "derived" / "mcode_to_dcode_single.csv").open(encoding="utf-8-sig") as stream:
        wanted = {(row["m_code"], row["dur_ingr_code"]) for row in csv.DictReader(stream)}
    assert wanted <= set(catalog.database.rows("SELECT m_code, d_code FROM dur_relation"))


def test_every_look_of_the_tablet_file_is_in(official):
    catalog, reports = official
    report = next(report for name, report in reports.items() if "Tablet" in name)
    assert (report.rows, report.taken) == (25040, 25040)
    assert catalog.database.value("SELECT count(DISTINCT item_seq) FROM appearance") == 25025


def test_nearly_all_products_of_the_official_list_get_the_right_dur_ingredient(tmp_path):
    figures = check_join(
        [*sorted((DRUG / "mfds").glob("*DurIngr_F*")), *sorted((DRUG / "mfds").glob("*노인주의*"))],
        tmp_path / "j.sqlite",
    )
    assert figures.rows == 2011
    assert figures.share_right >= 0.98


def test_the_starter_rules_are_rows_of_the_official_files(official, starter_home):
    catalog, _ = official
    with open_catalog(f"sqlite:///{starter_home / 'catalogue.sqlite'}") as starter:
        sql = (
            "SELECT r.category, s.code, t.code, r.grade, r.age_limit, r.max_period FROM dur_rule r"
            " JOIN dur_subject s ON s.id = r.subject_id LEFT JOIN dur_subject t ON t.id = r.partner_id"
        )
        extra = set(starter.database.rows(sql)) - set(catalog.database.rows(sql))
    assert not extra
