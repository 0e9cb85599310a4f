"""Classical statistics against Moodle's own fixture, mirt::itemstats and psych::alpha (sources in tests/reference/README.md)."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from analytics.statistics.classical import quiz_statistics
from tests.reference import rows, table

EXACT = 1e-6
MOODLE_COLUMNS = {
    "facility": "facility",
    "sd": "sd",
    "effectiveweight": "effective_weight",
    "covariance": "covariance",
    "markvariance": "mark_variance",
    "othermarkvariance": "other_mark_variance",
    "discriminationindex": "discrimination_index",
    "covariancemax": "covariance_max",
    "discriminativeefficiency": "discriminative_efficiency",
}
MOODLE_QUIZ = {
    "median": "median",
    "mean": "mean",
    "count": "attempts",
    "standarddeviation": "sd",
    "skewness": "skewness",
    "kurtosis": "kurtosis",
    "cic": "consistency",
    "errorratio": "error_ratio",
    "standarderror": "standard_error",
}


def moodle():
    return quiz_statistics(table("moodle/quiz00_marks.csv")[:, 1:])


@pytest.mark.parametrize(("column", "name"), MOODLE_COLUMNS.items())
def test_items_match_moodle(column, name):
    expected = [float(row[column]) for row in rows("moodle/quiz00_expected_items.csv")]
    assert [getattr(item, name) for item in moodle().items] == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("statistic", "name"), MOODLE_QUIZ.items())
def test_quiz_matches_moodle(statistic, name):
    expected = {row["statistic"]: float(row["value"]) for row in rows("moodle/quiz00_expected_quiz.csv")}
    assert getattr(moodle(), name) == pytest.approx(expected[statistic], abs=EXACT)


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7"])
def test_items_match_itemstats(data):
    patterns = table(f"{data.lower()}_patterns.csv").astype(int)
    found = quiz_statistics(np.repeat(patterns[:, :-1], patterns[:, -1], axis=0).astype(float))
    for item, expected in zip(found.items, [row for row in rows("classical_items.csv") if row["data"] == data], strict=True):
        assert item.facility == pytest.approx(float(expected["p"]), abs=EXACT)
        assert item.sd == pytest.approx(float(expected["sd"]), abs=EXACT)
        assert item.item_total == pytest.approx(float(expected["r_total"]), abs=EXACT)
        assert item.item_rest == pytest.approx(float(expected["r_rest"]), abs=EXACT)
        assert item.alpha_without == pytest.approx(float(expected["alpha_if_del"]), abs=EXACT)
        assert found.consistency / 100 == pytest.approx(float(expected["alpha"]), abs=EXACT)


def test_marks_out_of_a_maximum_are_shares():
    marks = table("moodle/quiz00_marks.csv")[:, 1:]
    doubled = quiz_statistics(2 * marks, np.full(marks.shape[1], 2.0))
    for once, twice in zip(moodle().items, doubled.items, strict=True):
        assert twice.facility == pytest.approx(once.facility)
        assert twice.discrimination_index == pytest.approx(once.discrimination_index)


def test_item_that_everybody_gets_right_has_no_discrimination():
    found = quiz_statistics(np.array([[1.0, 1, 0], [1, 0, 0], [1, 1, 1]]))
    assert found.items[0].facility == 1
    assert isnan(found.items[0].discrimination_index)
    assert isnan(found.items[0].discriminative_efficiency)


def test_quiz_of_equal_totals_has_no_consistency():
    found = quiz_statistics(np.array([[1.0, 0], [0, 1], [1, 0]]))
    assert isnan(found.consistency)
    assert isnan(found.skewness)


@pytest.mark.parametrize(
    ("marks", "maxima"),
    [([[1.0, 0.0]], None), ([[1.0], [np.nan]], None), ([[1.0], [0.0]], [0.0]), ([1.0, 2.0], None), ([[1.0], [0.0]], [1.0, 1.0])],
)
def test_tables_without_sense_are_refused(marks, maxima):
    with pytest.raises(ValueError, match=r"every|table"):
        quiz_statistics(np.array(marks), None if maxima is None else np.array(maxima))
