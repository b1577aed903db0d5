import cv2
import numpy as np
import pytest

from pillapp.appearance.build import build
from pillapp.appearance.finish import typical_finish
from pillapp.appearance.shade import side_view
from pillapp.catalog.values import Appearance
from pillapp.training.looks.realism import SIDE, Sample, auc, comparable, regions
from pillapp.training.looks.reference_pictures import PicturedSide, ReferencePicture
from pillapp.training.looks.silhouettes import contradictions, silhouettes


def row(**changes):
    values = {
        "appearance_id": 1, "item_seq": "1", "name": "가정", "shape": "장방형", "colours_front": ("하양",),
        "colours_back": (), "imprint_front": "", "imprint_back": "", "line_front": "", "line_back": "",
        "long_mm": 14.0, "short_mm": 6.0, "thick_mm": 4.5, "form": "필름코팅정",
    }  # fmt: skip
    return Appearance(**(values | changes))


def picture_of(appearance, scale=1.0):
    """A picture of exactly what a row says, ``scale`` times as large."""
    model = build(appearance, typical_finish(appearance), 18.0)
    sides = []
    for back in (False, True):
        rgb, cover = side_view(model, back=back)
        points = model.outline * (1, -1 if back else 1) * 18.0 + (np.array(cover.shape[::-1]) - 1) / 2
        middle = ((cover.shape[1] - 1) / 2, (cover.shape[0] - 1) / 2)
        size = model.long_mm * scale, model.short_mm * scale
        sides.append(PicturedSide(rgb, cover > 0.5, points, points, 18.0 / scale, middle, 0.0, *size))
    return ReferencePicture({"item_seq": appearance.item_seq}, *sides)


def no_reader(batch):
    raise AssertionError("nothing to read")


def test_a_picture_of_what_the_row_says_overlaps_wholly_whatever_its_scale():
    for found in silhouettes(picture_of(row(), scale=0.9), row()):
        assert found.scaled > 0.99
        assert found.ruler == pytest.approx(0.81, abs=0.01)
        assert found.ellipse_scaled < 0.93


def test_a_row_without_sizes_is_not_compared():
    assert silhouettes(picture_of(row()), row(long_mm=None)) == []


def test_a_row_that_says_what_its_picture_shows_is_not_listed():
    assert contradictions(picture_of(row()), row(), no_reader) == []


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ({"short_mm": 3.0}, "proportions"),
        ({"long_mm": 17.5, "short_mm": 7.5}, "size"),
        ({"colours_front": ("초록",)}, "colour"),
        ({"shape": "마름모형"}, "shape"),
    ],
)
def test_a_row_that_says_otherwise_is_listed_with_both(says, kind):
    found = contradictions(picture_of(row()), row(**says), no_reader)
    assert kind in [each.kind for each in found]
    assert all(each.file and each.picture and each.item_seq == "1" for each in found)


def test_auc_counts_how_often_the_real_one_wins():
    assert auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert auc(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.5
    assert auc(np.array([0.0]), np.array([1.0])) == 0


def test_neither_ground_nor_turn_nor_size_tells_where_a_picture_is_from():
    def photo(length, turn, ground):
        rgb = np.full((300, 300, 3), ground, np.uint8)
        mask = np.zeros((300, 300), np.uint8)
        for canvas, colour in ((rgb, (200, 120, 90)), (mask, 1)):
            cv2.ellipse(canvas, (150, 150), (length, length // 2), turn, 0, 360, colour, -1)
        return comparable(rgb, mask > 0, "p")

    one, other = photo(120, 0, (10, 200, 10)), photo(70, 40, (250, 250, 250))
    assert np.abs(one.rgb - other.rgb).mean() < 0.01
    assert (one.mask != other.mask).mean() < 0.02
    assert np.abs(one.rgb[one.mask] - np.array([200, 120, 90]) / 255).mean() < 0.01


def test_a_pill_is_parted_into_regions_without_overlap():
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    mask = np.hypot(x / 40, y / 25) < 1
    text = (np.abs(x) < 8) & (np.abs(y) < 5)
    rgb = np.repeat((0.5 + 0.3 * np.exp(-(((x + 20) ** 2 + (y + 8) ** 2) / 30)))[..., None], 3, axis=2)
    parts = regions(Sample(np.float32(rgb), mask, text, "p"))
    assert (sum(part.astype(int) for part in parts.values()) == mask).all()
    assert parts["glare"][SIDE // 2 - 8, SIDE // 2 - 20]
    assert parts["text"][SIDE // 2, SIDE // 2]
    assert parts["rim"][SIDE // 2, SIDE // 2 - 39]
