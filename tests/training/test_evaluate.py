import numpy as np
import pytest

from pillapp.training.evaluate import (
    PhotoResult,
    any_detection,
    average_precision,
    contour_finder,
    estimate,
    exact_counts,
    fit_threshold,
    judge,
    precision,
    recall,
)

TRUTH = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], np.float32)


def test_each_label_is_found_once_and_by_the_surest_detection():
    boxes = np.array([[1, 0, 10, 10], [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]], np.float32)
    result = judge(boxes, np.array([0.5, 0.9, 0.8, 0.7]), TRUTH)
    assert result.confidences.tolist() == [0.9, 0.8, 0.7, 0.5]
    assert result.right.tolist() == [True, True, False, False]


def test_perfect_detections_have_an_average_precision_of_one():
    result = judge(TRUTH, np.array([0.9, 0.8]), TRUTH)
    assert average_precision([result]) == 1.0
    assert average_precision([judge(TRUTH[:0], np.zeros(0), TRUTH)]) == 0.0


def test_average_precision_agrees_with_a_curve_worked_out_by_hand():
    # hits at ranks 1 and 3 of 2 labels: precision 1 up to recall 1/2, then 2/3
    result = PhotoResult(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 2)
    assert average_precision([result]) == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)


def test_shares_at_a_threshold():
    results = [
        PhotoResult(np.array([0.9, 0.4]), np.array([True, False]), 1),
        PhotoResult(np.array([0.3]), np.array([True]), 1),
        PhotoResult(np.zeros(0), np.zeros(0, bool), 0),
    ]
    assert recall(results, 0.5) == 0.5
    assert precision(results, 0.35) == 0.5
    assert exact_counts(results, 0.5) == pytest.approx(2 / 3)
    assert any_detection(results, 0.5) == pytest.approx(1 / 3)


def test_the_threshold_keeps_right_detections_and_drops_wrong_ones():
    result = PhotoResult(np.array([0.9, 0.8, 0.3, 0.2]), np.array([True, True, False, False]), 2)
    assert fit_threshold([result]) == 0.8


def test_an_interval_holds_its_figure():
    rng = np.random.default_rng(0)
    results = [PhotoResult(np.array([0.9]), np.array([bool(rng.random() < 0.7)]), 1) for _ in range(40)]
    figure = estimate(results, lambda some: precision(some, 0.5))
    assert figure.low < figure.value < figure.high


def test_the_baseline_finds_a_dark_disc_on_a_plain_ground():
    picture = np.full((200, 300, 3), 230, np.uint8)
    y, x = np.mgrid[0:200, 0:300]
    picture[(x - 150) ** 2 + (y - 90) ** 2 < 40**2] = (150, 60, 60)
    boxes, _ = contour_finder(picture)
    assert len(boxes) == 1
    np.testing.assert_allclose(boxes[0], [110, 50, 191, 131], atol=3)
