import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import import_files
from pillapp.catalog.schema import MODELS
from pillapp.catalog.values import Category, LinkMethod
from pillapp.errors import CatalogError
from pillapp.paths import starter_dir
from tests.catalog.files import single, tablet, write_dur, write_tablets
from tests.conftest import needs_data


@pytest.fixture
def starter(starter_home, tmp_path):
    """The starter catalogue, a copy of its own."""
    copy = tmp_path / "starter.sqlite"
    shutil.copy(starter_home / "catalogue.sqlite", copy)
    with open_catalog(f"sqlite:///{copy}") as catalog:
        yield catalog


def test_the_first_run_builds_the_starter_catalogue_once_and_leaves_nothing_beside_it(own_home):
    with open_catalog() as catalog:
        assert catalog.summary().starter
        assert catalog.summary().products >= 300
    assert [path.name for path in Path(own_home).glob("catalogue*")] == ["catalogue.sqlite"]
    built = (Path(own_home) / "catalogue.sqlite").stat().st_mtime_ns
    open_catalog().close()
    assert (Path(own_home) / "catalogue.sqlite").stat().st_mtime_ns == built


def test_a_starter_build_that_fails_leaves_no_half_catalogue(own_home, monkeypatch):
    monkeypatch.setattr("pillapp.catalog.catalog.starter_dir", lambda: Path(own_home) / "missing")
    with pytest.raises(CatalogError, match="시작 데이터"):
        open_catalog()
    assert not list(Path(own_home).glob("catalogue*"))


def test_a_fresh_url_starts_empty(tmp_path):
    with open_catalog(f"sqlite:///{tmp_path / 'x.sqlite'}") as catalog:
        summary = catalog.summary()
    assert (summary.products, summary.rules, summary.dur_date) == (0, {}, None)


def test_every_starter_product_has_a_look_ingredients_and_guidance_in_both_languages(starter):
    item_seqs = [item_seq for (item_seq,) in starter.database.rows("SELECT item_seq FROM product")]
    for product in starter.products(item_seqs).values():
        assert product.appearances, product.name
        assert product.ingredients, product.name
        for guidance in (product.guidance_ko, product.guidance_en):
            assert guidance is not None
            assert guidance.starter
            assert guidance.efficacy
            assert guidance.usage
            assert guidance.warnings
            assert guidance.side_effects


def test_starter_guidance_is_short(starter):
    for path in starter_dir().glob("guidance.csv"):
        lines = path.read_text("utf-8").splitlines()[1:]
        assert len(lines) >= 2 * 100
    fields = starter.database.rows(
        "SELECT efficacy, usage, warnings, interactions, side_effects FROM ingredient_guidance"
    )
    assert max(len(text) for row in fields for text in row) < 160


@needs_data("pills", "aihub_korean", "class_to_item_seq.csv")
def test_the_starter_holds_every_product_of_the_measuring_photos(starter):
    from tests.conftest import DATA

    listed = (DATA / "pills" / "aihub_korean" / "class_to_item_seq.csv").read_text("utf-8").splitlines()[1:]
    wanted = {line.rsplit(",", 1)[1].strip() for line in listed} - {""}
    assert wanted <= starter.products(wanted).keys()


def test_the_starter_warns_of_a_known_contraindicated_pair_in_both_orders(starter):
    # 심바스타틴 with 이트라코나졸: contraindicated in every official file there is.
    by_ingredient = {}
    for item_seq, name in starter.database.rows("SELECT item_seq, name_ko FROM product_ingredient"):
        by_ingredient.setdefault(name, item_seq)
    pair = [by_ingredient["심바스타틴"], by_ingredient["이트라코나졸"]]
    for order in (pair, pair[::-1]):
        facts = starter.safety_facts(order)
        rules = starter.rules_touching(link.subject_id for one in facts for link in one.links)
        assert any(rule.category is Category.COMBINATION for rule in rules)


def test_products_beyond_the_starters_ingredients_are_not_clear_by_its_rules(starter, tmp_path):
    import_files(starter.database, [write_tablets(tmp_path / "t.xlsx", [tablet("299999999", "가정(미지성분)")])])
    [facts] = starter.safety_facts(["299999999"])
    assert facts.not_checkable


def test_an_official_file_replaces_the_starter_rules_of_its_type_only(starter, tmp_path):
    before = starter.summary().rules
    import_files(
        starter.database, [write_dur(tmp_path / "f.csv", [single(1, "노인주의", "D000001", "가", "[M000001]가")])]
    )
    after = starter.summary()
    assert after.rules[Category.ELDERLY] == 1
    assert after.rules[Category.COMBINATION] == before[Category.COMBINATION]
    assert not after.starter


def test_an_official_tablet_file_replaces_the_starters_words_of_its_products(starter, tmp_path):
    row = tablet("200610660", "노바스크정5밀리그램", 표시앞="NEW", 업소명="새제약")
    import_files(starter.database, [write_tablets(tmp_path / "t20260101.xlsx", [row])])
    product = starter.product("200610660")
    assert (product.name, product.maker) == ("노바스크정5밀리그램", "새제약")
    assert [look.imprint_front for look in product.appearances] == ["NEW"]
    assert product.ingredients  # the starter's, until an official file says them


def test_an_unknown_product_is_never_dropped(starter):
    facts = starter.safety_facts(["200610660", "000000000", "200610660"])
    assert [one.item_seq for one in facts] == ["200610660", "000000000", "200610660"]
    assert facts[1].link_method is LinkMethod.NONE
    assert facts[1].not_checkable


def test_a_database_newer_than_the_program_is_refused(tmp_path):
    path = tmp_path / "new.sqlite"
    open_catalog(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('0999_future', '2030-01-01')")
    connection.close()
    with pytest.raises(CatalogError, match="더 새로운 버전"):
        open_catalog(f"sqlite:///{path}")


def test_a_damaged_a_foreign_and_a_wrong_database_are_told_apart(tmp_path):
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"not a database at all, " * 500)
    with pytest.raises(CatalogError, match="손상"):
        open_catalog(f"sqlite:///{damaged}")
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(CatalogError, match="Pillapp의 데이터베이스가 아닙니다"):
        open_catalog(f"sqlite:///{foreign}")
    with pytest.raises(CatalogError, match="폴더"):
        open_catalog(f"sqlite:///{tmp_path}")
    with pytest.raises(CatalogError, match="형식"):
        open_catalog("mysql://localhost/x")


def test_a_database_torn_in_its_middle_says_so_when_it_is_met(starter_home, tmp_path):
    path = tmp_path / "torn.sqlite"
    whole = (starter_home / "catalogue.sqlite").read_bytes()
    path.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))

    def read_all():
        with open_catalog(f"sqlite:///{path}") as catalog:
            catalog.appearances()
            catalog.summary()

    with pytest.raises(CatalogError, match="손상"):
        read_all()


def test_the_password_of_a_server_is_never_shown():
    with pytest.raises(CatalogError) as refused:
        open_catalog("postgresql://pharmacy:secret@127.0.0.1:1/pillapp")
    assert "secret" not in str(refused.value)


def test_the_migrations_make_the_tables_the_program_uses(catalog):
    assert {model._meta.table_name for model in MODELS} <= set(catalog.database.tables())
    with catalog.database.session():
        difference = diff_models(catalog.database.raw, list(MODELS))
    assert not any(
        getattr(difference, field) for field in difference._fields if getattr(difference, field) is not None
    ), difference


def test_many_threads_may_ask_at_once_also_while_a_file_comes_in(starter, tmp_path):
    rows = [tablet(f"{200000000 + number}", f"가{number}정") for number in range(3000)]
    path = write_tablets(tmp_path / "t.xlsx", rows)
    errors: list[BaseException] = []
    done = threading.Event()

    def ask():
        try:
            while not done.is_set():
                assert starter.search("노바스크")
                assert starter.appearances()
                assert starter.safety_facts(["200610660"])
        except (AssertionError, CatalogError, sqlite3.Error) as error:
            errors.append(error)

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for worker in workers:
        worker.start()
    try:
        import_files(starter.database, [path])
    finally:
        done.set()
        for worker in workers:
            worker.join()
    assert not errors
    assert len(starter.appearances()) >= 3000


def test_our_own_guidance_reaches_products_whose_files_give_names_only(starter, tmp_path):
    import_files(starter.database, [write_tablets(tmp_path / "t.xlsx", [tablet("299999999", "새심바정(심바스타틴)")])])
    guidance = starter.product("299999999").guidance_ko
    assert guidance is not None
    assert guidance.starter
    assert "콜레스테롤" in guidance.efficacy


def test_a_full_disk_is_told_and_costs_nothing(tmp_path):
    with open_catalog(f"sqlite:///{tmp_path / 'full.sqlite'}") as catalog:
        import_files(catalog.database, [write_tablets(tmp_path / "a.xlsx", [tablet("200000001", "가정")])])
        pages = catalog.database.value("PRAGMA page_count")
        catalog.database.execute(f"PRAGMA max_page_count = {pages + 4}")
        rows = [tablet(f"{210000000 + number}", f"나{number}정") for number in range(3000)]
        [report] = import_files(catalog.database, [write_tablets(tmp_path / "b.xlsx", rows)])
        assert "디스크에 자리가 없습니다" in report.error
        assert len(catalog.appearances()) == 1


def test_opening_and_reading_do_not_wait_for_another_counters_import(tmp_path):
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    with open_catalog(url) as first:
        import_files(first.database, [write_tablets(tmp_path / "a.xlsx", [tablet("200000001", "가정")])])
        with first.database.transaction():
            first.database.execute("DELETE FROM appearance")
            with open_catalog(url) as second:
                assert len(second.appearances()) == 1
                assert second.search("가정")
