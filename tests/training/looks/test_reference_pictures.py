from collections import Counter

import cv2
import numpy as np
import pytest

from pillapp.training.looks.reference_pictures import PicturedSide, Unusable, px_per_mm, read_pictures, read_sides

CARD = (191, 206, 225)
MM = 18.1


def card(ruler=True):
    """A drawn card like the official ones."""
    picture = np.full((546, 1000, 3), CARD, np.uint8)
    for tick in range(21 if ruler else 0):
        x = round(26 + tick * MM)
        picture[38:52, x : x + 1] = 40
    for x in range(26, 1000, round(10 * MM)):
        picture[:, x] = np.array(CARD) - 12
    return picture


def lay(picture, centre, axes_mm, colour, angle=0.0):
    """A pill and its drawn shadow, which is the card made darker."""
    fine = [np.zeros((4 * 546, 4 * 1000), np.uint8) for _ in range(2)]
    axes = tuple(round(4 * a * MM / 2) for a in axes_mm)
    for canvas, shift in zip(fine, (0, 6), strict=True):
        at = (round(4 * (centre[0] + shift) + 1.5), round(4 * (centre[1] + shift) + 1.5))
        cv2.ellipse(canvas, at, axes, angle, 0, 360, 255, -1)
    pill, shadow = (cv2.resize(c, (1000, 546), interpolation=cv2.INTER_AREA)[..., None] / 255 for c in fine)
    dark = cv2.GaussianBlur(shadow, (0, 0), 3)[..., None] * 0.5
    return np.uint8(picture * (1 - dark) * (1 - pill) + np.array(colour) * pill)


def both(colour, axes=(12.0, 7.0), **where):
    return lay(lay(card(), (250, 240), axes, colour, **where), (700, 240), axes, colour, **where)


def test_the_ruler_gives_the_scale():
    assert px_per_mm(card()) == pytest.approx(MM, abs=0.03)


@pytest.mark.parametrize("colour", [(245, 245, 243), (200, 60, 50), (30, 28, 30), (180, 180, 178)])
def test_axes_are_right_to_a_tenth_and_the_shadow_is_no_pill(colour):
    sides = read_sides(both(colour))
    assert not isinstance(sides, Unusable)
    for side in sides:
        assert (side.long_mm, side.short_mm) == pytest.approx((12, 7), abs=0.12)
        assert np.abs(side.outline_mm()).max(axis=0) == pytest.approx((6, 3.5), abs=0.1)


def test_left_is_the_front():
    picture = lay(lay(card(), (250, 240), (9, 9), (200, 60, 50)), (700, 300), (9, 9), (40, 140, 60))
    front, back = read_sides(picture)
    assert front.rgb[front.mask].mean(axis=0).argmax() == 0
    assert back.rgb[back.mask].mean(axis=0).argmax() == 1


def test_a_turned_pill_is_brought_upright():
    front, _ = read_sides(both((200, 60, 50), angle=25))
    assert front.angle == pytest.approx(np.deg2rad(25), abs=0.02)
    _, mask = front.upright(20.0)
    rows, columns = np.nonzero(mask)
    assert np.ptp(columns) / 20 == pytest.approx(12, abs=0.2)
    assert np.ptp(rows) / 20 == pytest.approx(7, abs=0.2)


def test_what_gives_no_measurements_says_why():
    without_ruler = lay(lay(card(ruler=False), (250, 240), (9, 9), (200, 60, 50)), (700, 240), (9, 9), (200, 60, 50))
    assert read_sides(without_ruler) is Unusable.NO_RULER
    assert read_sides(lay(card(), (250, 240), (9, 9), (200, 60, 50))) is Unusable.NOT_TWO
    unlike = lay(lay(card(), (250, 240), (9, 9), (200, 60, 50)), (700, 240), (12, 9), (200, 60, 50))
    assert read_sides(unlike) is Unusable.NOT_ALIKE
    bitten = both((200, 60, 50))
    bitten[225:255, 230:400] = CARD
    assert read_sides(bitten) is Unusable.NOT_CLEAN


def test_unusable_pictures_are_counted_by_reason(tmp_path):
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), both((200, 60, 50))[..., ::-1])
    cv2.imwrite(str(tmp_path / "images" / "b.png"), card(ruler=False))
    (tmp_path / "images" / "c.png").write_bytes(b"no picture")
    refused = Counter()
    read = list(read_pictures([{"file": f"{name}.png"} for name in "abc"], tmp_path, refused))
    assert len(read) == 1
    assert isinstance(read[0].front, PicturedSide)
    assert refused == {Unusable.NO_RULER.value: 1, "not a picture": 1}
