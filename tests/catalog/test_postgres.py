"""The same code on PostgreSQL: a server of our own on a free loopback port, thrown away afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from pillapp.catalog.catalog import open_catalog
from pillapp.catalog.importers.run import Outcome, import_files
from pillapp.catalog.starter import load_starter
from pillapp.errors import CatalogError
from pillapp.paths import starter_dir
from tests.catalog.files import ITRACONAZOLE, SIMVASTATIN, pair, tablet, write_dur, write_tablets

BINARIES = Path(os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin"))


@pytest.fixture(scope="module")
def server():
    if not (BINARIES / "initdb").exists():
        pytest.skip(f"PostgreSQL server not installed ({BINARIES}; set PG_BIN)")
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    # The server refuses to run as root.
    run_as = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.getuid() == 0 else []
    if run_as:
        try:
            pwd.getpwnam(user)
        except KeyError:
            pytest.skip("PostgreSQL refuses to run as root and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="pillapp-pg-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        if run_as:
            shutil.chown(folder, user)
        data = folder / "data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [*run_as, str(BINARIES / program), *arguments], check=True, cwd=folder, capture_output=True, timeout=120
            )

        run("initdb", "-D", str(data), "-A", "trust", "-U", "pillapp", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://pillapp@127.0.0.1:{port}/", run, port
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server, request):
    base, run, port = server
    name = f"t{abs(hash(request.node.name))}"
    run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "pillapp", name)
    return base + name


def test_importing_searching_and_checking_work_the_same(url, tmp_path):
    files = [
        write_dur(
            tmp_path / "a20260101.csv", [pair(1, SIMVASTATIN, ITRACONAZOLE, 금기내용="횡문근융해증"), "2,병용금기"]
        ),
        write_tablets(
            tmp_path / "t.xlsx",
            [
                tablet("200000001", "조코정(심바스타틴)", 크기장축="7.6"),
                tablet("200000002", "스포정(이트라코나졸)", 표시앞="SP"),
            ],
        ),
    ]
    with open_catalog(f"sqlite:///{tmp_path / 's.sqlite'}") as lite, open_catalog(url) as server:
        for one in (lite, server):
            reports = import_files(one.database, files)
            assert [(report.rows, report.taken, report.rejected) for report in reports] == [(2, 1, 1), (2, 2, 0)]
            assert import_files(one.database, files[:1])[0].outcome is Outcome.UNCHANGED
        assert server.summary() == lite.summary()
        assert [look.long_mm for look in server.appearances()] == [7.6, 8.1]
        asked = ["200000001", "200000002", "999999999"]
        assert server.safety_facts(asked) == lite.safety_facts(asked)
        subjects = [link.subject_id for one in server.safety_facts(asked) for link in one.links]
        assert [rule.text for rule in server.rules_touching(subjects)] == ["횡문근융해증"]
        assert server.search("SP") == lite.search("SP")
        assert _without_ids(server.product("200000002")) == _without_ids(lite.product("200000002"))


def _without_ids(product):
    return replace(product, appearances=tuple(replace(look, appearance_id=0) for look in product.appearances))


def test_a_failed_file_leaves_the_server_as_it_was_and_the_starter_loads(url, tmp_path, monkeypatch):
    with open_catalog(url) as catalog:
        load_starter(catalog.database, starter_dir())
        before = catalog.summary()

        def broken(*_):
            raise OSError("cable out")

        monkeypatch.setattr("pillapp.catalog.importers.dur_ingredients.drop_unused_subjects", broken)
        with pytest.raises(OSError, match="cable out"):
            import_files(catalog.database, [write_dur(tmp_path / "a.csv", [pair(1, SIMVASTATIN, ITRACONAZOLE)])])
        assert catalog.summary() == before
        assert before.starter
        assert catalog.search("노바스크")


def test_a_second_counter_sees_what_the_first_imported(url, tmp_path):
    with open_catalog(url) as first, open_catalog(url) as second:
        assert second.search("가나") == []
        import_files(first.database, [write_tablets(tmp_path / "t.xlsx", [tablet("200000001", "가나정")])])
        assert second.search("가나")


def test_a_database_that_is_not_there_is_told(server):
    base, _, _ = server
    with pytest.raises(CatalogError, match="데이터베이스 서버가 거부하거나"):
        open_catalog(base + "nothing")
