"""The search for hyper-parameters."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.filter import QuestionParameters
from analytics.readiness.state import Hyperparameters, Layout
from analytics.readiness.tuning import TakenAnswer, minimise, next_answer_loss, tune

LAYOUT = Layout(("1.1", "2.1"), ("1", "2"))


def histories(learners: int, answers: int, spread: float, seed: int = 1) -> list[list[TakenAnswer]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(learners):
        ability = rng.normal(0, spread)
        difficulty = rng.normal(0, 1, answers)
        right = rng.random(answers) < 1 / (1 + np.exp(-(ability - difficulty)))
        found.append(
            [TakenAnswer(QuestionParameters(i % 2, 1.0, float(difficulty[i]), 0.1), bool(right[i]), 1.0, i / 10) for i in range(answers)]
        )
    return found


def test_simplex_finds_the_bottom_of_a_bowl():
    found = minimise(lambda point: float(((point - np.array([1.0, -2.0])) ** 2).sum()), np.zeros(2), 200)
    assert found == pytest.approx([1, -2], abs=1e-3)


def test_simplex_keeps_to_its_evaluations():
    calls = []
    minimise(lambda point: calls.append(1) or float((point**2).sum()), np.ones(4), 60)
    assert len(calls) <= 60 + 5


def test_tuning_learns_how_far_learners_differ():
    tuning = tune(LAYOUT, Hyperparameters(tau_g=0.3, tau_d=0.1, tau_t=0.1), histories(40, 30, spread=1.5), evaluations=80)
    assert tuning.better
    assert tuning.hyper.tau_g > 0.45


def test_loss_of_the_wise_is_below_that_of_the_ignorant():
    given = histories(20, 40, spread=1.5)
    assert next_answer_loss(LAYOUT, Hyperparameters(tau_g=1.5), given) < next_answer_loss(LAYOUT, Hyperparameters(tau_g=0.05), given)


def test_tuning_needs_learners_and_answers():
    with pytest.raises(ValueError, match="hold out"):
        tune(LAYOUT, Hyperparameters(), histories(1, 3, 1.0))
    with pytest.raises(ValueError, match="first answers"):
        next_answer_loss(LAYOUT, Hyperparameters(), [[]])
