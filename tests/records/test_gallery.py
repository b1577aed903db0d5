"""The gallery keeps what it was given, forgets nothing it was told to remove, and never compares two networks' vectors."""

from pathlib import Path

import numpy as np
import pytest

from pillapp.errors import GalleryError
from pillapp.records.gallery import LONGEST, GalleryStore, Side, Source, read_crop

ONE = "net 1"


def side(number: int, size: int = 40) -> Side:
    """A crop unlike that of any other number, with a vector of its own."""
    rng = np.random.default_rng(number)
    crop = np.full((size, size, 3), rng.integers(40, 220, 3), np.uint8)
    mask = np.zeros((size, size), bool)
    mask[5:-5, 5:-5] = True
    vector = rng.normal(size=8).astype(np.float32)
    return Side(crop, mask, vector / np.linalg.norm(vector))


def never(_: object) -> np.ndarray:
    raise AssertionError("nothing is to be looked at anew")


@pytest.fixture
def store(tmp_path: Path) -> GalleryStore:
    return GalleryStore(tmp_path / "gallery")


def test_what_is_added_comes_back_with_product_name_and_picture(store: GalleryStore) -> None:
    number, new = store.add("200000001", side(1), model=ONE, who="김약사")
    assert new
    (kept,) = store.pictures()
    assert (kept.picture_id, kept.item_seq, kept.added_by) == (number, "200000001", "김약사")
    assert kept.source is Source.CONFIRMED
    crop = read_crop(kept.path)
    assert crop is not None
    assert np.abs(crop.astype(int) - side(1).crop).max() < 12
    gallery = store.load(ONE, never)
    assert gallery.item_seqs == ("200000001",)
    assert np.allclose(gallery.vectors[0], side(1).vector)


def test_the_same_picture_twice_is_one(store: GalleryStore) -> None:
    first = store.add("200000001", side(1), model=ONE, who="a")
    assert store.add("200000001", side(1), model=ONE, who="b") == (first[0], False)
    assert store.add("200000002", side(1), model=ONE, who="b")[1]  # another product: another word
    assert len(store.pictures()) == 2


def test_a_removed_picture_is_no_evidence_but_its_row_stays(store: GalleryStore) -> None:
    number, _ = store.add("200000001", side(1), model=ONE, who="김약사")
    removed = store.remove(number, who="이약사")
    assert (removed.removed_by, removed.removed_at is not None) == ("이약사", True)
    assert not removed.path.exists()
    assert store.pictures() == []
    assert len(store.load(ONE, never)) == 0
    assert [one.picture_id for one in store.history()] == [number]
    with pytest.raises(GalleryError, match="이미 지워졌습니다"):
        store.remove(number, who="이약사")
    assert store.add("200000001", side(1), model=ONE, who="김약사") == (number + 1, True)


def test_vectors_of_another_network_are_made_anew_and_kept(store: GalleryStore) -> None:
    store.add("200000001", side(1), model=ONE, who="a")
    asked: list[int] = []

    def embed(pills: object) -> np.ndarray:
        assert isinstance(pills, list)
        asked.append(len(pills))
        return np.eye(len(pills), 16, dtype=np.float32)

    gallery = store.load("net 2", embed)
    assert gallery.vectors.shape == (1, 16)
    assert asked == [1]
    assert store.load("net 2", never).vectors.shape == (1, 16)


def test_a_picture_whose_file_is_damaged_is_left_out_of_a_new_network(store: GalleryStore) -> None:
    store.add("200000001", side(1), model=ONE, who="a")
    store.add("200000002", side(2), model=ONE, who="a")
    for kept in store.pictures():
        if kept.item_seq == "200000001":
            kept.path.write_bytes(b"no picture")
    gallery = store.load("net 2", lambda pills: np.eye(len(pills), 16, dtype=np.float32))
    assert gallery.item_seqs == ("200000002",)
    assert len(store.pictures()) == 2  # still listed, so that it can be removed


def test_the_nearest_picture_of_a_product_is_found_and_only_among_its_own_network(store: GalleryStore) -> None:
    for number in (1, 2, 3):
        store.add("200000001", side(number), model=ONE, who=str(number))
    near = store.nearest("200000001", side(2).vector, ONE)
    assert near is not None
    assert near[0].added_by == "2"
    assert near[1] == pytest.approx(1, abs=1e-5)
    assert store.nearest("200000001", side(2).vector, "net 2") is None
    assert store.nearest("200000009", side(2).vector, ONE) is None


def test_large_crops_are_kept_small(store: GalleryStore) -> None:
    store.add("200000001", side(1, size=900), model=ONE, who="a")
    crop = read_crop(store.pictures()[0].path)
    assert crop is not None
    assert max(crop.shape) == LONGEST


def test_a_damaged_database_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "gallery.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(GalleryError, match="사진첩"):
        GalleryStore(tmp_path)
