"""Fits without priors against R's mirt 1.47 and ltm 1.2 on LSAT6 and LSAT7 (sources in tests/reference/README.md)."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.marginal import MISSING, Kind, abilities, distinct_patterns, fit
from tests.reference import rows, table

CLOSE = 1e-3


def patterns_of(name: str):
    data = table(f"{name.lower()}_patterns.csv")
    return distinct_patterns(data[:, :-1].astype(int), data[:, -1])


def of_mirt(model: str, parameter: str, column: str = "value") -> np.ndarray:
    return np.array([float(row[column]) for row in rows("mirt_fits.csv") if row["model"] == f"mirt {model}" and row["param"] == parameter])


def of_ltm(model: str, parameter: str) -> np.ndarray:
    return np.array([float(row["value"]) for row in rows("ltm_fits.csv") if row["model"] == f"ltm {model}" and row["param"] == parameter])


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7"])
def test_two_parameter_fit_matches_mirt(data):
    result = fit(patterns_of(data))
    assert result.converged
    assert result.slope == pytest.approx(of_mirt(f"{data} 2PL", "a"), abs=CLOSE)
    assert result.intercept == pytest.approx(of_mirt(f"{data} 2PL", "d"), abs=CLOSE)
    assert result.slope_se == pytest.approx(of_mirt(f"{data} 2PL", "a", "se"), abs=CLOSE)
    assert result.intercept_se == pytest.approx(of_mirt(f"{data} 2PL", "d", "se"), abs=CLOSE)
    assert result.log_likelihood == pytest.approx(of_mirt(f"{data} 2PL", "logLik")[0], abs=CLOSE)
    assert result.difficulty == pytest.approx(-result.intercept / result.slope)


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7"])
def test_rasch_fit_matches_mirt(data):
    result = fit(patterns_of(data), Kind.RASCH)
    assert (result.slope == 1).all()
    assert result.intercept == pytest.approx(of_mirt(f"{data} Rasch", "d"), abs=CLOSE)
    assert result.intercept_se == pytest.approx(of_mirt(f"{data} Rasch", "d", "se"), abs=CLOSE)
    assert result.variance == pytest.approx(of_mirt(f"{data} Rasch", "latent_var")[0], abs=CLOSE)
    assert result.variance_se == pytest.approx(of_mirt(f"{data} Rasch", "latent_var", "se")[0], abs=CLOSE)
    assert result.log_likelihood == pytest.approx(of_mirt(f"{data} Rasch", "logLik")[0], abs=CLOSE)


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (Kind.RASCH_FIXED, "LSAT6 rasch a=1"),
        (Kind.ONE_PL, "LSAT6 1PL common a"),
        (Kind.ONE_PL, "LSAT7 1PL common a"),
        (Kind.TWO_PL, "LSAT6 2PL"),
        (Kind.TWO_PL, "LSAT7 2PL"),
    ],
)
def test_fits_match_ltm(kind, model):
    """ltm stops at a looser tolerance than mirt, hence the relative distance."""
    result = fit(patterns_of(model[:5]), kind)
    assert result.slope == pytest.approx(of_ltm(model, "a(Dscrmn)"), rel=CLOSE)
    assert result.difficulty == pytest.approx(of_ltm(model, "b(Dffclt)"), rel=CLOSE)
    assert result.log_likelihood == pytest.approx(of_ltm(model, "logLik")[0], abs=CLOSE)


@pytest.mark.parametrize(
    ("file", "data", "kind"),
    [
        ("lsat6_2pl_eap_mirt.csv", "LSAT6", Kind.TWO_PL),
        ("lsat6_rasch_eap_mirt.csv", "LSAT6", Kind.RASCH),
        ("lsat7_2pl_eap_mirt.csv", "LSAT7", Kind.TWO_PL),
    ],
)
def test_expected_abilities_match_mirt(file, data, kind):
    expected = table(file)
    estimate = abilities(fit(patterns_of(data), kind), expected[:, :5].astype(int))
    assert estimate.mean == pytest.approx(expected[:, 5], abs=CLOSE)
    assert estimate.sd == pytest.approx(expected[:, 6], abs=CLOSE)


def simulated(items: int, persons: int, seed: int):
    rng = np.random.default_rng(seed)
    slope, intercept = np.exp(rng.normal(0.1, 0.3, items)), rng.normal(0, 1, items)
    ability = rng.normal(size=persons)
    right = rng.random((persons, items)) < 1 / (1 + np.exp(-(ability[:, None] * slope + intercept)))
    return slope, intercept, right.astype(int)


def test_fit_recovers_parameters_within_its_standard_errors():
    slope, intercept, answers = simulated(20, 3000, seed=3)
    result = fit(distinct_patterns(answers))
    z = np.concatenate(((result.slope - slope) / result.slope_se, (result.intercept - intercept) / result.intercept_se))
    assert 0.7 < np.sqrt(np.mean(z**2)) < 1.3


def test_fit_takes_missing_answers_as_no_evidence():
    slope, _intercept, answers = simulated(12, 2000, seed=4)
    answers[np.random.default_rng(1).random(answers.shape) < 0.3] = MISSING
    result = fit(distinct_patterns(answers))
    assert result.converged
    assert np.abs((result.slope - slope) / result.slope_se).max() < 4


def test_item_against_the_rest_gets_a_negative_slope():
    _slope, _intercept, answers = simulated(8, 2000, seed=5)
    answers[:, 0] = 1 - answers[:, 0]
    result = fit(distinct_patterns(answers))
    assert result.slope[0] < 0
    assert (result.slope[1:] > 0).all()


def test_merged_patterns_give_the_same_fit_as_persons():
    _slope, _intercept, answers = simulated(4, 500, seed=6)
    patterns = distinct_patterns(answers)
    assert len(patterns.answers) <= 16
    assert patterns.frequency.sum() == 500
    twice = fit(distinct_patterns(np.repeat(answers, 2, axis=0)))
    once = fit(distinct_patterns(answers, np.full(500, 2.0)))
    assert twice.slope == pytest.approx(once.slope, abs=1e-9)
    assert twice.slope_se == pytest.approx(fit(patterns).slope_se / np.sqrt(2), abs=1e-6)


def test_item_that_everybody_got_right_is_named():
    answers = np.array([[1, 0, 1], [1, 1, 0], [1, 0, 0]])
    with pytest.raises(ValueError, match="item 1 was answered alike"):
        fit(distinct_patterns(answers))


@pytest.mark.parametrize("answers", [np.array([[0, 2]]), np.zeros((0, 3)), np.zeros(3)])
def test_tables_that_are_no_answers_are_refused(answers):
    with pytest.raises(ValueError, match="answer"):
        distinct_patterns(answers)


def test_negative_frequency_is_refused():
    with pytest.raises(ValueError, match="frequency"):
        distinct_patterns(np.array([[0, 1]]), np.array([-1.0]))
