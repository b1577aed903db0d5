import cv2
import numpy as np

from pillapp.training.detection.cutouts import cut_from_black, cut_from_grid


def grid(white_ball=False):
    picture = np.full((546, 1000, 3), (222, 205, 190), np.uint8)
    for x in range(0, 1000, 60):
        cv2.line(picture, (x, 0), (x, 546), (212, 196, 182), 1)
    cv2.circle(picture, (260, 270), 70, (245, 246, 247) if white_ball else (60, 60, 200), -1)
    cv2.ellipse(picture, (740, 270), (110, 45), 0, 0, 360, (80, 180, 90), -1)
    return picture


def test_both_sides_of_an_official_picture_are_cut_out_without_the_grid():
    left, right = cut_from_grid(grid())
    assert left is not None
    assert right is not None
    assert 0.9 < left.shape[0] / left.shape[1] < 1.1
    assert right.shape[1] > 2 * right.shape[0]
    assert tuple(left[left.shape[0] // 2, left.shape[1] // 2]) == (200, 60, 60, 255)
    assert left[0, 0, 3] == 0


def test_a_white_pill_is_told_from_the_pale_grid():
    left, _ = cut_from_grid(grid(white_ball=True))
    assert left is not None
    assert (left[:, :, 3] > 127).mean() > 0.7


def test_what_is_not_convex_is_left_out():
    picture = np.zeros((224, 224, 3), np.uint8)
    cv2.circle(picture, (90, 90), 40, (200, 200, 200), -1)
    cv2.rectangle(picture, (90, 85), (215, 95), (200, 200, 200), -1)
    assert cut_from_black(picture) is None
    assert cut_from_black(np.zeros((224, 224, 3), np.uint8)) is None


def test_a_cut_out_is_never_longer_than_asked():
    picture = np.zeros((224, 224, 3), np.uint8)
    cv2.ellipse(picture, (112, 112), (100, 50), 0, 0, 360, (90, 120, 200), -1)
    pill = cut_from_black(picture, longest=120)
    assert pill is not None
    assert max(pill.shape[:2]) == 120
