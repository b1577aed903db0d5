"""Figures about boxes, worked out by hand."""

import numpy as np
import pytest

from pillapp.training.detection.baselines import contour_finder, watershed_finder
from pillapp.training.detection.metrics import (
    PhotoResult,
    any_detection,
    average_precision,
    average_precision_50_95,
    estimate,
    exact_counts,
    fit_doubt,
    fit_threshold,
    merge_rate,
    precision,
    recall,
    result_of,
    silent_miscounts,
)

TRUTH = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], np.float32)
NONE = np.zeros((0, 4), np.float32)


def photo(right: list[bool], confidences: list[float], truths: int, *, lower_bound: bool = False) -> PhotoResult:
    """A photo whose detections hit labels of their own, or nothing."""
    truth = np.array([[20 * i, 0, 20 * i + 10, 10] for i in range(truths)], np.float32).reshape(-1, 4)
    hits = iter(truth)
    boxes = [next(hits) if ok else [0, 500, 10, 510] for ok in right]
    return result_of(np.array(boxes, np.float32).reshape(-1, 4), np.array(confidences), truth, lower_bound)


def test_each_label_is_found_once_and_by_the_surest_detection() -> None:
    boxes = np.array([[1, 0, 10, 10], [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]], np.float32)
    result = result_of(boxes, np.array([0.5, 0.9, 0.8, 0.7]), TRUTH)
    assert result.confidences.tolist() == [0.9, 0.8, 0.7, 0.5]
    assert result.right(0.5).tolist() == [True, True, False, False]


def test_perfect_detections_have_an_average_precision_of_one() -> None:
    result = result_of(TRUTH, np.array([0.9, 0.8]), TRUTH)
    assert average_precision([result]) == average_precision_50_95([result]) == 1.0
    assert average_precision([result_of(NONE, np.zeros(0), TRUTH)]) == 0.0


def test_average_precision_agrees_with_a_curve_worked_out_by_hand() -> None:
    # hits at ranks 1 and 3 of 2 labels: precision 1 up to recall 1/2, then 2/3
    result = photo([True, False, True], [0.9, 0.8, 0.7], 2)
    assert average_precision([result]) == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)


def test_a_loose_box_counts_at_a_low_overlap_only() -> None:
    loose = result_of(np.array([[0, 0, 16, 16]], np.float32), np.array([0.9]), TRUTH[:1])
    assert recall([loose], 0.3) == 1
    assert recall([loose], 0.5) == 0
    assert 0 < average_precision_50_95([photo([True], [0.9], 1)]) <= 1


def test_shares_at_a_threshold() -> None:
    results = [photo([True, False], [0.9, 0.4], 1), photo([True], [0.3], 1), photo([], [], 0)]
    assert recall([r.above(0.5) for r in results]) == 0.5
    assert precision([r.above(0.35) for r in results]) == 0.5
    assert exact_counts([r.above(0.5) for r in results]) == pytest.approx(2 / 3)
    assert any_detection([r.above(0.5) for r in results]) == pytest.approx(1 / 3)


def test_a_count_told_as_at_least_is_neither_exact_nor_silently_wrong() -> None:
    results = [photo([True], [0.9], 2, lower_bound=True), photo([True], [0.9], 2), photo([True], [0.9], 1)]
    assert exact_counts(results) == pytest.approx(1 / 3)
    assert silent_miscounts(results) == pytest.approx(1 / 3)


def test_two_pills_in_one_box_are_one_merge() -> None:
    wide = np.array([[0, 0, 30, 10]], np.float32)
    assert merge_rate([result_of(wide, np.array([0.9]), TRUTH)]) == 0.5
    assert merge_rate([result_of(TRUTH, np.array([0.9, 0.8]), TRUTH)]) == 0
    assert merge_rate([result_of(np.concatenate([TRUTH, wide]), np.array([0.9, 0.8, 0.7]), TRUTH)]) == 0


def test_the_threshold_keeps_right_detections_and_drops_wrong_ones() -> None:
    assert 0.3 < fit_threshold([photo([True, True, False, False], [0.9, 0.8, 0.3, 0.2], 2)]) < 0.32


def test_the_threshold_gives_up_a_few_counts_for_pills() -> None:
    clear = [photo([True, False], [0.9, 0.4], 1) for _ in range(50)]
    faint = [photo([True], [0.3], 1)]
    assert 0.4 < fit_threshold([*clear, *faint]) < 0.42
    assert fit_threshold([*clear, *faint * 200]) < 0.31


def test_doubt_starts_where_unsaid_miscounts_end() -> None:
    wrong = [photo([True, True], [0.9, 0.2], 2) for _ in range(5)]  # one pill is only doubtful
    right = [photo([True], [0.9], 1) for _ in range(20)]
    doubt = fit_doubt([*wrong, *right], 0.5)
    assert 0.15 < doubt <= 0.2
    assert fit_doubt(right, 0.5) == pytest.approx(0.5)


def test_an_interval_holds_its_figure() -> None:
    rng = np.random.default_rng(0)
    results = [photo([bool(rng.random() < 0.7)], [0.9], 1) for _ in range(40)]
    figure = estimate(results, precision)
    assert figure.low < figure.value < figure.high


@pytest.mark.parametrize("find", [contour_finder, watershed_finder])
def test_the_baselines_find_a_dark_disc_on_a_plain_ground(find) -> None:  # type: ignore[no-untyped-def]
    picture = np.full((200, 300, 3), 230, np.uint8)
    y, x = np.mgrid[0:200, 0:300]
    picture[(x - 150) ** 2 + (y - 90) ** 2 < 40**2] = (150, 60, 60)
    boxes, _ = find(picture)
    assert len(boxes) == 1
    np.testing.assert_allclose(boxes[0], [110, 50, 191, 131], atol=4)


def test_the_watershed_parts_two_discs_that_touch() -> None:
    picture = np.full((200, 300, 3), 230, np.uint8)
    y, x = np.mgrid[0:200, 0:300]
    for middle in (110, 188):
        picture[(x - middle) ** 2 + (y - 90) ** 2 < 40**2] = (150, 60, 60)
    assert len(watershed_finder(picture)[0]) == 2
    assert len(contour_finder(picture)[0]) == 1
