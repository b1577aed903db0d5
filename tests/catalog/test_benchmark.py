from pillapp.catalog.benchmark import run_benchmarks, write_pair_file
from pillapp.catalog.importers.readers import open_table
from pillapp.catalog.importers.registry import recognise


def test_the_benchmark_measures_each_thing_beside_its_floor(tmp_path):
    told = []
    measured = run_benchmarks(tmp_path / "no data", 2000, lambda said, _: told.append(said))
    [figure] = measured.imports
    assert figure.rows == 2000
    assert figure.seconds > figure.floor_seconds > 0
    assert measured.search_products > 0
    assert 0 < measured.search_p50_ms <= measured.search_p99_ms
    assert measured.join is None
    assert measured.as_json()["imports"][0]["ratio"] > 1
    assert told


def test_the_generated_file_is_in_the_official_layout_and_has_no_row_twice(tmp_path):
    path = tmp_path / "g.csv"
    write_pair_file(path, 5000)
    table = open_table(path)
    assert recognise(table).source == "dur_items"
    assert len(table.header) == 47
    at = [table.header.index(name) for name in ("품목일련번호", "병용금기품목기준코드", "금기내용")]
    rows = [tuple(line.cells[place] for place in at) for line in table.rows]
    assert len(set(rows)) == len(rows) == 5000
