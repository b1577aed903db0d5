import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.training.datasets import (
    MEASURING_SETS,
    TRAINING_SETS,
    DataSetError,
    format_yolo_boxes,
    held_out,
    labelled_photos,
    measuring_set,
    mfds_rows,
    read_yolo_boxes,
    training_set,
)


@pytest.mark.parametrize("name", sorted(MEASURING_SETS))
def test_a_measuring_set_cannot_be_opened_for_training(name):
    with pytest.raises(DataSetError, match="not a training set"):
        training_set(name)


def test_no_set_is_for_both_uses():
    assert not TRAINING_SETS & MEASURING_SETS
    with pytest.raises(DataSetError):
        measuring_set("epillid")


def test_a_missing_set_names_the_variable_that_says_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PILLAPP_DATA", str(tmp_path))
    with pytest.raises(DataSetError, match="PILLAPP_DATA"):
        training_set("epillid")


def test_official_pictures_kept_for_measuring_are_left_out(monkeypatch, tmp_path):
    folder = tmp_path / "pills" / "mfds_reference"
    folder.mkdir(parents=True)
    (folder / "labels.csv").write_text("file,use\na.jpg,train\nb.jpg,measure\n", encoding="utf-8-sig")
    monkeypatch.setenv("PILLAPP_DATA", str(tmp_path))
    assert [row["file"] for row in mfds_rows()] == ["a.jpg"]


corner = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.tuples(corner, corner, corner, corner), max_size=8))
def test_boxes_survive_the_yolo_format(tmp_path_factory, corners):
    boxes = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]).reshape(-1, 4)
    path = tmp_path_factory.mktemp("labels") / "a.txt"
    path.write_text(format_yolo_boxes(boxes))
    np.testing.assert_allclose(read_yolo_boxes(path), boxes, atol=2e-6)


def test_a_polygon_becomes_the_box_around_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1 0.1 0.2 0.5 0.2 0.3 0.6\n")
    np.testing.assert_allclose(read_yolo_boxes(path), [[0.1, 0.2, 0.5, 0.6]], atol=1e-6)


def test_augmented_copies_of_a_photo_belong_to_one_scene(tmp_path):
    for folder in ("images", "labels"):
        (tmp_path / folder / "train").mkdir(parents=True)
    for copy in ("IMG_1_jpeg.rf.aaa", "IMG_1_jpeg.rf.bbb", "IMG_2_jpeg.rf.ccc"):
        (tmp_path / "images" / "train" / f"{copy}.jpg").touch()
        (tmp_path / "labels" / "train" / f"{copy}.txt").write_text("3 0.5 0.5 0.2 0.2\n")
    photos = labelled_photos(tmp_path)
    assert len(photos) == 3
    assert len({p.scene for p in photos}) == 2


def test_a_scene_is_always_on_the_same_side_of_the_split():
    names = [f"scene{i}" for i in range(600)]
    first = [held_out(n) for n in names]
    assert first == [held_out(n) for n in names]
    assert 20 < sum(first) < 90
