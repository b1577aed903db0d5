import json

import pytest
import typer
from typer.testing import CliRunner

from pillapp import catalog_cli
from pillapp.errors import CatalogError
from tests.catalog.files import ITRACONAZOLE, SIMVASTATIN, pair, tablet, write_dur, write_tablets


@pytest.fixture
def run(tmp_path):
    app = typer.Typer()
    catalog_cli.register(app)
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"

    def invoke(*arguments):
        return CliRunner().invoke(app, [*arguments, "--catalog", url])

    return invoke


@pytest.fixture
def files(tmp_path):
    return [
        str(
            write_dur(
                tmp_path / "a20260312.csv", [pair(1, SIMVASTATIN, ITRACONAZOLE, 금기내용="횡문근융해증"), "2,병용금기"]
            )
        ),
        str(write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "조코정(심바스타틴)", 표시앞="ZC")])),
    ]


def test_import_prints_taken_and_rejected_rows_and_their_lines(run, files):
    result = run("import", *files)
    assert result.exit_code == 0
    assert "2줄 = 받음 1 + 거부 1" in result.output
    assert "3번째 줄: 칸이 27개여야 하는데 2개입니다" in result.output
    assert "이미 불러온 파일" in run("import", files[0]).output


def test_import_of_a_stranger_fails_with_a_sentence_and_takes_the_others(run, files, tmp_path):
    stranger = tmp_path / "x.csv"
    stranger.write_text("이름,나이\n철수,3\n")
    result = run("import", str(stranger), *files, "--json")
    assert result.exit_code == 1
    reports = json.loads(result.stdout)["files"]
    assert [report["outcome"] for report in reports] == ["failed", "imported", "imported"]
    assert reports[1]["rejects"] == [{"line": 3, "reason": "칸이 27개여야 하는데 2개입니다", "excerpt": "2,병용금기"}]


def test_search_product_and_data_say_the_same_in_words_and_in_json(run, files):
    run("import", *files)
    assert "200000001" in run("search", "ㅈㅋ").output
    [hit] = json.loads(run("search", "ZC", "--json").stdout)["hits"]
    assert hit["item_seq"] == "200000001"
    assert "각인 앞" in hit["reasons"]
    product = json.loads(run("product", "200000001", "--json").stdout)
    assert product["product"]["appearances"][0]["imprint_front"] == "ZC"
    assert product["safety"]["link_method"] == "product_name"
    assert "조코정" in run("product", "200000001").output
    data = json.loads(run("data", "--json").stdout)
    assert data["summary"]["unique_pairs"] == 1
    assert [(file["rows"], file["taken"], file["rejected"]) for file in data["files"]] == [(2, 1, 1), (1, 1, 0)]
    assert data["files"][0]["rejects"][0][0] == 3
    assert "임부금기" in data["missing"]
    assert "고유 쌍 1" in run("data").output


def test_a_product_that_is_not_there_is_an_error_in_one_sentence(run):
    result = run("product", "123456789")
    assert isinstance(result.exception, CatalogError)


def test_nothing_found_is_said(run):
    assert "찾은 품목이 없습니다" in run("search", "없는것").output


def test_update_without_a_key_says_where_to_get_one(run, monkeypatch):
    monkeypatch.setattr("keyring.get_password", lambda *_: None)
    result = run("update")
    assert isinstance(result.exception, CatalogError)
    assert "data.go.kr" in str(result.exception)


def test_update_names_the_services_there_are(run, monkeypatch):
    monkeypatch.setattr("keyring.set_password", lambda *_: None)
    result = run("update", "nothing", "--key", "k")
    assert "dur_items_a" in str(result.exception)
