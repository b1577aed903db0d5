"""The command line as others call it: a fresh process, JSON on stdout, one sentence per error."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pillapp.paths import program_root
from pillapp.vision.mat import MATS
from tests.vision.mat_photos import Ellipse, photograph

WITHOUT_TORCH = """
import sys, runpy
for name in ("torch", "torchvision", "ultralytics"):
    sys.modules[name] = None  # as if it were not installed
sys.argv = ["main.py", *sys.argv[1:]]
runpy.run_path("main.py", run_name="__main__")
"""


def run(*arguments: object, home: Path, code: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    environment |= {"PILLAPP_HOME": str(home), **variables}
    start = [sys.executable, "-c", code] if code else [sys.executable, "main.py"]
    return subprocess.run(
        [*start, *map(str, arguments)], capture_output=True, text=True, cwd=program_root(), env=environment, timeout=300
    )


@pytest.fixture
def home(starter_home: Path, own_home: Path) -> Path:
    shutil.copy(starter_home / "catalogue.sqlite", own_home)
    return own_home


@pytest.fixture(scope="module")
def contract(starter_home: Path) -> dict[str, Any]:
    """The JSON of the sample photo, added product and patient included; from a process that has no torch."""
    photo = program_root() / "resources" / "samples" / "tray-front.jpg"
    done = run(
        "check", photo, "--json", "--add", "200200173", "--add", "200003111", "--age", 72, "--sex", "F",
        home=starter_home, code=WITHOUT_TORCH,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_document_has_the_agreed_fields(contract: dict[str, Any]) -> None:
    assert contract["schema"] == 1
    assert contract["device"]
    assert contract["catalog"]["products"] >= 300
    assert contract["catalog"]["dur_date"] == "2026-03-12"
    check = contract["checks"][0]
    assert {"photo", "error", "pills", "scale", "findings", "coverage", "timing_ms"} <= check.keys()
    assert check["scale"] == {"source": None, "mm_per_px": None}
    assert set(check["timing_ms"]) == {"decode", "detect", "observe", "identify", "safety"}
    assert len(check["pills"]) == 4
    for pill in check["pills"]:
        assert {
            "box",
            "polygon",
            "confidence",
            "state",
            "shape",
            "colours",
            "imprint",
            "size_mm",
            "candidates",
        } <= pill.keys()
        assert pill["state"] in ("IDENTIFIED", "AMBIGUOUS", "UNKNOWN")
        assert len(pill["candidates"]) <= 10
        x1, y1, x2, y2 = pill["box"]
        assert all(x1 - 8 <= x <= x2 + 8 and y1 - 8 <= y <= y2 + 8 for x, y in pill["polygon"])
        assert {"imprint", "shape", "colour", "embedding"} <= pill["candidates"][0]["evidence"].keys()


def test_pairs_add_up_and_the_contraindicated_pair_is_found(contract: dict[str, Any]) -> None:
    check = contract["checks"][0]
    coverage = check["coverage"]
    assert coverage["pairs"] == sum(coverage[k] for k in ("clear", "finding", "not_checkable", "stale"))
    pair = [f for f in check["findings"] if f["category"] == "병용금기" and not f["conditional"]]
    assert any(set(f["item_seqs"]) == {"200200173", "200003111"} for f in pair)
    assert all(f["severity"] == "contraindicated" and f["rule_date"] for f in pair)


def test_bad_photos_are_reported_and_the_good_one_is_done(home: Path, tmp_path: Path, sample_photo: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    Image.new("RGB", (300, 200), "grey").save(tmp_path / "nothing.png")
    (tmp_path / "folder").mkdir()
    photos = [tmp_path / "empty.jpg", tmp_path / "text.jpg", tmp_path / "nothing.png", tmp_path / "missing.jpg"]
    done = run("check", *photos, tmp_path / "folder", sample_photo, "--json", home=home)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    checks = json.loads(done.stdout)["checks"]
    assert [bool(c["error"]) for c in checks] == [True, True, True, True, False]
    assert len(checks[-1]["pills"]) == 4


def test_only_an_empty_folder_is_an_error_of_its_own(home: Path, tmp_path: Path) -> None:
    done = run("check", tmp_path, "--json", home=home)
    assert done.returncode == 1
    assert json.loads(done.stdout)["checks"][0]["error"]


def test_a_pdf_is_written_beside_the_readable_output(home: Path, tmp_path: Path, sample_photo: Path) -> None:
    pdf = tmp_path / "out.pdf"
    done = run("check", sample_photo, "--pdf", pdf, home=home)
    assert done.returncode == 0, done.stderr
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "알약" in done.stdout or "1." in done.stdout


def test_a_report_that_cannot_be_written_does_not_cost_the_results(
    home: Path, tmp_path: Path, sample_photo: Path
) -> None:
    done = run("check", sample_photo, "--json", "--pdf", tmp_path / "no" / "folder" / "x.pdf", home=home)
    assert done.returncode == 1
    assert "cannot write PDF" in done.stderr
    assert json.loads(done.stdout)["checks"][0]["pills"]


def test_the_other_side_joins_the_same_pills(home: Path, sample_photo: Path, sample_back: Path) -> None:
    done = run("check", sample_photo, "--other-side", sample_back, "--json", home=home)
    assert done.returncode == 0, done.stderr
    pills = json.loads(done.stdout)["checks"][0]["pills"]
    assert [pill["sides"] for pill in pills] == [2, 2, 2, 2]


def test_a_known_scale_gives_millimetres(home: Path, sample_photo: Path) -> None:
    done = run("check", sample_photo, "--mm-per-px", 1 / 21, "--json", home=home)
    check = json.loads(done.stdout)["checks"][0]
    assert check["scale"] == {"source": "given", "mm_per_px": round(1 / 21, 5)}
    sizes = sorted(pill["size_mm"][0] for pill in check["pills"])
    assert sizes == pytest.approx([6.5, 8.4, 11.0, 14.2], abs=0.9)


def test_the_mat_in_the_photo_gives_millimetres_and_its_markers_are_no_pills(home: Path, tmp_path: Path) -> None:
    pills = [Ellipse(60, 60, 8, 8), Ellipse(120, 80, 17.2, 6.4, 30), Ellipse(160, 50, 11, 7.5, 75)]
    photo = photograph(MATS["A5"], pills, size=(2400, 1800), tilt=25, roll=10, distance=300)
    Image.fromarray(photo.pixels).save(tmp_path / "mat.png")
    check = json.loads(run("check", tmp_path / "mat.png", "--json", home=home).stdout)["checks"][0]
    assert check["scale"]["source"] == "mat"
    assert check["count"] == {"pills": 3, "exact": True}
    sizes = sorted(pill["size_mm"] for pill in check["pills"])
    assert np.array(sizes) == pytest.approx(np.array([(8, 8), (11, 7.5), (17.2, 6.4)]), abs=0.6)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--age", "-3"),
        ("--age", "300"),
        ("--sex", "X"),
        ("--mm-per-px", "0"),
        ("--device", "abacus"),
        ("--catalog", "ftp://x"),
    ],
)
def test_impossible_options_are_one_sentence(home: Path, sample_photo: Path, arguments: tuple[str, str]) -> None:
    done = run("check", sample_photo, *arguments, home=home)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("오류: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_a_display_the_program_says_so_and_names_the_command(home: Path) -> None:
    done = run(home=home)
    assert done.returncode == 1
    assert "check" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_dead_display_is_found_out_before_qt_aborts(home: Path) -> None:
    done = run(home=home, DISPLAY=":987")
    assert done.returncode == 1
    assert "check" in done.stderr


def test_a_damaged_catalogue_is_one_sentence(own_home: Path, sample_photo: Path) -> None:
    (own_home / "catalogue.sqlite").write_bytes(b"no database" * 500)
    done = run("check", sample_photo, home=own_home)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("오류: ")


def test_torch_is_not_imported_by_check_nor_before_the_window_shows(home: Path, sample_photo: Path) -> None:
    code = (
        "import sys, os\nos.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from PySide6.QtWidgets import QApplication\nfrom PySide6.QtCore import QTimer\n"
        "from pillapp import app\nfrom pillapp.ui import main_window\n"
        "show = main_window.MainWindow.show\n"
        "def shown(self):\n"
        "    show(self); heavy = [m for m in ('torch', 'ultralytics', 'openvino', 'onnxruntime') if m in sys.modules]\n"
        "    print('heavy', heavy); QTimer.singleShot(0, self.close)\n"
        "main_window.MainWindow.show = shown\n"
        "app.run()\n"
    )
    done = run(home=home, code=code)
    assert "heavy []" in done.stdout, done.stderr
    after_check = WITHOUT_TORCH.replace("sys.modules[name] = None  # as if it were not installed", "pass").replace(
        "runpy.run_path", "import atexit; atexit.register(lambda: print('torch' in sys.modules)); runpy.run_path"
    )
    done = run("check", sample_photo, "--device", "cpu", home=home, code=after_check)
    assert done.stdout.strip().endswith("False"), done.stderr


def test_help_names_every_command(home: Path) -> None:
    text = run("--help", home=home).stdout
    for command in ("check", "mat", "dur", "import", "search", "product", "data", "update", "benchmark"):
        assert command in text


def test_dur_checks_products_by_code(home: Path) -> None:
    done = run("dur", "200200173", "200003111", "999999999", "--age", 72, "--json", home=home)
    document = json.loads(done.stdout)
    assert document["coverage"] == document["coverage"] | {"pairs": 3, "finding": 1, "not_checkable": 2, "clear": 0}
    assert [p["link"] for p in document["products"]][2] == "none"


@pytest.mark.parametrize("arguments", [("--age", "-1"), ("--dose", "200200173=two"), ("--dose", "nonsense")])
def test_dur_refuses_nonsense(home: Path, arguments: tuple[str, str]) -> None:
    done = run("dur", "200200173", *arguments, home=home)
    assert done.returncode == 1
    assert done.stderr.startswith("오류: ")


def test_the_mat_is_written_and_an_unknown_paper_is_one_sentence(home: Path, tmp_path: Path) -> None:
    done = run("mat", tmp_path / "눈금판.pdf", "--paper", "a5", home=home)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "눈금판.pdf").read_bytes().startswith(b"%PDF")
    for wrong in (("mat", tmp_path / "x.pdf", "--paper", "B4"), ("mat", tmp_path / "none" / "x.pdf")):
        done = run(*wrong, home=home)
        assert done.returncode == 1
        assert done.stderr.startswith("오류: ")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_product_is_drawn_to_a_file_and_wrong_requests_are_one_sentence(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "그림.png"
    done = run("render", "200200173", "--out", out, home=home)
    assert done.returncode == 0, done.stderr
    with Image.open(out) as picture:
        assert min(picture.size) > 150
    for wrong in (
        ("render", "1", "--out", out),
        ("render", "200200173", "--out", tmp_path / "none" / "x.png"),
        ("render", "200200173", "--out", tmp_path / "x.jpg"),
        ("render", "200200173", "--out", out, "--px-per-mm", "0"),
    ):
        done = run(*wrong, home=home)
        assert done.returncode == 1
        assert done.stderr.startswith("오류: ")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_short_list_is_told_and_what_is_unknown_of_it_too(home: Path, sample_photo: Path, tmp_path: Path) -> None:
    listed = tmp_path / "stock.csv"
    listed.write_text("name,item_seq\nx,200200173\ny,999999999\n", encoding="utf-8")
    done = run("check", sample_photo, "--json", "--likely", "200003111", "--likely-file", listed, home=home)
    assert done.returncode == 0, done.stderr
    assert "999999999" in done.stderr
    said = {
        candidate["item_seq"]: candidate["evidence"]["listed"]
        for pill in json.loads(done.stdout)["checks"][0]["pills"]
        for candidate in pill["candidates"]
    }
    assert {item_seq for item_seq, on_it in said.items() if on_it} == {"200200173", "200003111"} & said.keys()
    assert set(said.values()) == {True, False}


def test_a_list_of_unknown_codes_is_one_sentence(home: Path, sample_photo: Path) -> None:
    done = run("check", sample_photo, "--likely", "999999999", home=home)
    assert done.returncode == 1
    assert "999999999" in done.stderr
    assert "Traceback" not in done.stderr
