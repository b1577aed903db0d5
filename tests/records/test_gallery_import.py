"""A folder of official pictures: good files count, bad ones are named, and the same folder twice changes nothing."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from pillapp import gallery_cli
from pillapp.errors import GalleryError
from pillapp.paths import resources_dir
from pillapp.records.gallery import GalleryStore, Source

FIRST, SECOND = "200000001", "200000002"


def card(path: Path, colour: tuple[int, int, int], pills: int = 2) -> None:
    """An official picture: a blue card with both sides of a pill on it."""
    picture = np.full((500, 1000, 3), (170, 120, 60), np.uint8)
    for number in range(pills):
        x = 280 + 420 * number
        cv2.ellipse(picture, (x, 250), (110, 110), 0, 0, 360, tuple(0.6 * v for v in colour), -1)
        cv2.ellipse(picture, (x, 250), (104, 104), 0, 0, 360, colour, -1)
        cv2.putText(picture, "AB"[number], (x - 25, 275), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (90, 90, 90), 8)
    cv2.imwrite(str(path), cv2.GaussianBlur(picture, (0, 0), 1.5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    card(folder / f"{FIRST}.jpg", (235, 235, 235))
    card(folder / f"{SECOND}-2026.png", (120, 160, 235))
    (folder / "200000003.jpg").write_bytes(b"no picture")
    card(folder / "IMG_0001.jpg", (200, 200, 90))
    card(folder / "200000004.jpg", (235, 235, 235), pills=0)
    return folder


def run(*arguments: object) -> tuple[int, str]:
    app = typer.Typer()
    gallery_cli.register(app)
    result = CliRunner().invoke(app, ["gallery", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_good_files_count_bad_ones_are_named_and_twice_is_once(folder: Path) -> None:
    code, output = run("import", folder, "--who", "김약사")
    assert code == 1  # not all could be used
    assert "파일 5개 = 읽음 2 + 건너뜀 3 · 새 사진 4 · 이미 있는 사진 0" in output
    for name, why in (("200000003.jpg", "not an image"), ("IMG_0001.jpg", "품목기준코드"), ("200000004.jpg", "배경")):
        assert any(name in line and why in line for line in output.splitlines()), output
    assert "새 사진 0 · 이미 있는 사진 4" in run("import", folder)[1]
    with GalleryStore() as store:
        kept = store.pictures(Source.OFFICIAL)
    assert sorted(one.item_seq for one in kept) == [FIRST, FIRST, SECOND, SECOND]
    assert {one.added_by for one in kept} == {"김약사"}


def test_a_tray_of_different_pills_is_no_picture_of_one_product(tmp_path: Path) -> None:
    shutil.copy(resources_dir() / "samples" / "tray-front.jpg", tmp_path / f"{FIRST}.jpg")
    code, output = run("import", tmp_path)
    assert code == 1
    assert "not two sides of one pill" in output
    with GalleryStore() as store:
        assert not store.pictures(Source.OFFICIAL)


def test_labels_name_what_file_names_do_not(folder: Path) -> None:
    (folder / "labels.csv").write_text(
        f"file,item_seq\nIMG_0001.jpg,{FIRST}\ngone.jpg,{SECOND}\n{FIRST}.jpg,../x\n", encoding="utf-8"
    )
    output = run("import", folder)[1]
    assert "파일 6개 = 읽음 1 + 건너뜀 5 · 새 사진 2" in output
    assert any(f"{FIRST}.jpg" in line and "품목기준코드" in line for line in output.splitlines())  # no code, no path
    assert "gone.jpg" in output
    (folder / "labels.csv").write_text("name,code\nIMG_0001.jpg,1\n", encoding="utf-8")
    with pytest.raises(GalleryError, match="item_seq"):
        run("import", folder)


def test_pictures_are_listed_and_taken_back_by_name(folder: Path) -> None:
    run("import", folder)
    first = run("list")[1].splitlines()[0]
    number = first.split("\t")[0]
    assert "지웠습니다" in run("remove", number, "--who", "이약사")[1]
    assert not any(line.startswith(f"{number}\t") for line in run("list")[1].splitlines())
    assert any("이약사" in line for line in run("list", "--all")[1].splitlines())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match="폴더가 없습니다"):
        run("import", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GalleryError, match="사진이 없습니다"):
        run("import", tmp_path / "empty")
