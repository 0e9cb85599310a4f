"""Proper scores, calibration and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.readiness.accuracy import brier, calibration_error, coverage, log_loss, reliability, wilson

SAID = np.array([0.1, 0.8, 0.8, 0.35])
HAPPENED = np.array([0, 1, 0, 1])


def test_brier_and_log_loss_by_hand():
    assert brier(SAID, HAPPENED) == pytest.approx((0.01 + 0.04 + 0.64 + 0.4225) / 4)
    expected = -(np.log(0.9) + np.log(0.8) + np.log(0.2) + np.log(0.35)) / 4
    assert log_loss(SAID, HAPPENED) == pytest.approx(expected)


def test_scores_against_true_chances_are_expectations():
    truth = np.array([0.3])
    outcomes = 0.3 * brier(np.array([0.5]), np.array([1])) + 0.7 * brier(np.array([0.5]), np.array([0]))
    assert brier(np.array([0.5]), truth) == pytest.approx(outcomes)
    assert brier(truth, truth) == pytest.approx(0.21)


def test_reliability_by_hand():
    diagram = reliability(SAID, HAPPENED)
    assert [(part.low, part.count) for part in diagram] == [(0.1, 1), (0.3, 1), (0.8, 2)]
    assert [(part.said, part.happened) for part in diagram] == [(0.1, 0.0), (0.35, 1.0), (0.8, 0.5)]
    assert calibration_error(diagram) == pytest.approx((0.1 + 0.65 + 2 * 0.3) / 4)


def test_certainty_falls_into_the_last_bin():
    assert reliability(np.array([1.0]), np.array([1]))[0].high == 1.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_reliability_loses_no_statement(pairs):
    said, happened = np.array([p for p, _ in pairs]), np.array([float(y) for _, y in pairs])
    diagram = reliability(said, happened)
    assert sum(part.count for part in diagram) == len(pairs)
    assert sum(part.count * part.happened for part in diagram) == pytest.approx(happened.sum())
    assert all(part.low - 1e-12 <= part.said <= part.high + 1e-12 for part in diagram)
    assert 0 <= calibration_error(diagram) <= 1


def test_coverage_counts_what_lies_inside():
    found = coverage(np.array([36.0, 30.0, 45.0]), np.full(3, 35.0), np.full(3, 16.0))
    assert found.count == 3
    assert found.mean == pytest.approx((0.25 - 1.25 + 2.5) / 3)
    assert found.inside == pytest.approx(2 / 3)


def test_wilson_by_hand():
    low, high = wilson(8, 10, z=1.96)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("said", "happened"), [([], []), ([0.5], [1, 0]), ([1.2], [1]), ([0.5], [2])])
def test_what_is_no_chance_is_refused(said, happened):
    with pytest.raises(ValueError, match=r"equally long|between 0 and 1"):
        brier(np.array(said), np.array(happened))
