"""Mantel-Haenszel against R's mantelhaen.test on its own example, and against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.statistics.differential import EtsClass, mantel_haenszel, odds_interval

# R's UCBAdmissions, admitted and rejected men and women in six departments (Bickel, Hammel & O'Connell 1975).
BERKELEY = np.array(
    [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ]
)


def test_berkeley_admissions_as_r_prints_them():
    """`mantelhaen.test(UCBAdmissions)` of R 4: X-squared 1.4269, p 0.2323, odds ratio 0.9046968, interval 0.7719074 to 1.0603298."""
    found = mantel_haenszel(BERKELEY)
    assert found.odds_ratio == pytest.approx(0.9046968, abs=5e-8)
    assert found.chi_square == pytest.approx(1.4269, abs=5e-5)
    assert found.p_value == pytest.approx(0.2323, abs=5e-5)
    assert odds_interval(found) == (pytest.approx(0.7719074, abs=5e-8), pytest.approx(1.0603298, abs=5e-8))
    assert found.delta == pytest.approx(-2.35 * log(found.odds_ratio))
    assert found.ets is EtsClass.A


def by_fractions(tables: np.ndarray) -> tuple[Fraction, Fraction]:
    """Odds ratio and chi-square without rounding."""
    top = bottom = surplus = variance = Fraction(0)
    for counts in tables.tolist():
        a, b, c, d = (Fraction(value) for row in counts for value in row)
        n = a + b + c + d
        top += a * d / n
        bottom += b * c / n
        surplus += a - (a + b) * (a + c) / n
        variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    return top / bottom, max(Fraction(0), abs(surplus) - Fraction(1, 2)) ** 2 / variance


tables = st.lists(st.tuples(*[st.integers(1, 300)] * 4), min_size=1, max_size=10)


@given(tables)
def test_statistic_is_exact(cells):
    counts = np.array([[[a, b], [c, d]] for a, b, c, d in cells])
    odds, chi_square = by_fractions(counts)
    found = mantel_haenszel(counts)
    assert found.odds_ratio == pytest.approx(float(odds), rel=1e-9)
    assert found.chi_square == pytest.approx(float(chi_square), rel=1e-9, abs=1e-9)


@given(tables)
def test_swapped_groups_turn_the_sign(cells):
    counts = np.array([[[a, b], [c, d]] for a, b, c, d in cells])
    found, swapped = mantel_haenszel(counts), mantel_haenszel(counts[:, ::-1])
    assert swapped.delta == pytest.approx(-found.delta, abs=1e-9)
    assert swapped.log_odds_se == pytest.approx(found.log_odds_se, rel=1e-9)
    assert swapped.ets is found.ets


def test_strata_that_say_nothing_are_left_out():
    silent = np.array([[[5, 0], [7, 0]], [[5, 5], [0, 0]], [[1, 0], [0, 0]]])
    assert mantel_haenszel(np.concatenate((BERKELEY, silent))) == mantel_haenszel(BERKELEY)


def test_large_and_certain_difference_is_class_c():
    found = mantel_haenszel(np.array([[[160, 40], [100, 100]], [[120, 80], [60, 140]]]))
    assert found.ets is EtsClass.C
    assert found.delta_high < -1


def test_large_but_doubtful_difference_is_not():
    assert mantel_haenszel(np.array([[[8, 2], [5, 5]]])).ets is EtsClass.A


def test_moderate_difference_is_class_b():
    found = mantel_haenszel(np.array([[[1240, 760], [1000, 1000]]]))
    assert 1 < abs(found.delta) < 1.5
    assert found.ets is EtsClass.B


@pytest.mark.parametrize("counts", [np.zeros((2, 2, 2)), np.ones((2, 3, 2)), -np.ones((1, 2, 2))])
def test_tables_without_evidence_are_refused(counts):
    with pytest.raises(ValueError, match=r"stratum|shape"):
        mantel_haenszel(counts)
