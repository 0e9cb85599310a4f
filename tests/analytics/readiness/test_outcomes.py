"""Recalibration by reported exam results."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.distributions import logistic_of, normal_cdf_of
from analytics.readiness.outcomes import UNCHANGED, Recalibration, enough, implied_cut, recalibrate


def results(number: int, intercept: float, slope: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    stated = logistic_of(rng.normal(0.3, 1.5, number))
    passed = rng.random(number) < logistic_of(intercept + slope * np.log(stated / (1 - stated)))
    return stated, passed


def test_too_few_results_change_nothing():
    stated, passed = results(199, -1.0, 0.5)
    assert recalibrate(stated, passed) == UNCHANGED


def test_too_few_fails_change_nothing():
    passed = np.ones(400, bool)
    passed[:29] = False
    assert not enough(passed)
    assert recalibrate(np.full(400, 0.7), passed) == UNCHANGED


def test_many_results_find_what_was_wrong():
    fit = recalibrate(*results(5000, -0.6, 0.7))
    assert fit.intercept == pytest.approx(-0.6, abs=0.1)
    assert fit.slope == pytest.approx(0.7, abs=0.08)


def test_ridge_holds_two_hundred_results_near_the_identity():
    stated, passed = results(200, -0.6, 0.7, seed=2)
    held, free = recalibrate(stated, passed), recalibrate(np.tile(stated, 50), np.tile(passed, 50))
    assert abs(held.slope - 1) < abs(free.slope - 1)


def test_honest_chances_stay_as_they_are():
    fit = recalibrate(*results(5000, 0.0, 1.0))
    assert fit.apply(0.7) == pytest.approx(0.7, abs=0.02)


def test_identity_returns_its_argument():
    assert Recalibration().apply(0.123456789) == 0.123456789
    assert 0 < Recalibration(0.1, 1.0).apply(0.0) < 1e-4


def test_unequal_columns_are_refused():
    with pytest.raises(ValueError, match="every result"):
        recalibrate(np.array([0.5]), np.array([True, False]))


def test_cut_moves_to_where_the_passes_are():
    rng = np.random.default_rng(3)
    mean = rng.normal(36, 4, 3000)
    variance = np.full(3000, 16.0)
    passed = rng.random(3000) < normal_cdf_of((mean - 33 + 0.5) / 4)
    assert implied_cut(mean, variance, passed, questions=50, assumed=0.7) == pytest.approx(0.66, abs=0.01)
    assert implied_cut(mean[:100], variance[:100], passed[:100], questions=50, assumed=0.7) == 0.7
