"""Camera scales are kept, replaced, removed, and never believed when damaged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillapp.errors import SettingsError
from pillapp.settings import CameraScale, camera_scale, forget_camera_scale, keep_camera_scale

finite = st.floats(allow_nan=False, allow_infinity=False)
sources = st.sampled_from(["0", "1", "rtsp://10.0.0.4:554/live"])
ROWS = ((0.1, 0.0, 1.0), (0.0, 0.1, 2.0), (0.0, 0.0, 1.0))


@given(sources, st.lists(st.tuples(finite, finite, finite), min_size=3, max_size=3))
def test_what_is_kept_comes_back_and_the_newest_counts(source: str, rows: list[tuple[float, float, float]]) -> None:
    keep_camera_scale(CameraScale(source, 640, 480, ROWS))
    scale = CameraScale(source, 1280, 720, tuple(rows))
    keep_camera_scale(scale)
    assert camera_scale(source) == scale
    assert camera_scale("7") is None


def test_a_removed_scale_is_gone_and_others_stay() -> None:
    for source in ("0", "1"):
        keep_camera_scale(CameraScale(source, 640, 480, ROWS))
    forget_camera_scale("0")
    assert camera_scale("0") is None
    assert camera_scale("1") is not None


def test_it_holds_for_one_picture_size() -> None:
    scale = CameraScale("0", 640, 480, ROWS)
    assert scale.fits(640, 480)
    assert not scale.fits(480, 640)
    assert not scale.fits(1280, 960)


def test_passwords_are_not_written(own_home: Path) -> None:
    address = "rtsp://anna:secret@10.0.0.4/live"
    keep_camera_scale(CameraScale(address, 640, 480, ROWS))
    assert "secret" not in "".join(path.read_text() for path in own_home.glob("*.json"))
    assert camera_scale(address) is not None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"scales": [{"source": "0"}]}', '{"scales": [{"source":"0","width":1,"height":1,"rows":[[1,2,3]]}]}',
     '{"scales": [{"source":"0","width":1,"height":1,"rows":[[1,2,NaN],[1,2,3],[1,2,3]]}]}'],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence_and_can_be_replaced(own_home: Path, text: str) -> None:
    (own_home / "cameras.json").write_text(text)
    with pytest.raises(SettingsError, match="damaged"):
        camera_scale("0")
    keep_camera_scale(CameraScale("0", 640, 480, ROWS))
    assert camera_scale("0") is not None
