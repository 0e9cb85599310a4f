"""Response curves of tasks, domains and stages."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.curves import FEWEST_QUESTIONS, GRID, Bank, interpolate, question_curves, response_curves, unknown_curve
from analytics.readiness.state import Layout

LAYOUT = Layout(("1.1", "1.2", "2.1"), ("1", "1", "2"), ("eda", "monitoring", "training"))


def bank(*questions: tuple[int, int, float]) -> Bank:
    """Questions as (task, stage, difficulty), slope 1, difficulty known."""
    task, stage, difficulty = (np.array(column) for column in zip(*questions, strict=True))
    return Bank(task.astype(int), stage.astype(int), np.ones(len(task)), difficulty.astype(float), np.zeros(len(task)))


def at_zero(curve: np.ndarray) -> float:
    return float(curve[len(GRID) // 2])


def test_grid_is_the_one_of_the_model():
    assert (GRID[0], GRID[-1], len(GRID)) == (-7.0, pytest.approx(7.0), 281)


def test_task_with_enough_questions_has_its_own_curve():
    curves = response_curves(LAYOUT, bank(*[(0, -1, 2.0)] * FEWEST_QUESTIONS, *[(1, -1, -2.0)] * FEWEST_QUESTIONS))
    assert at_zero(curves.task[0]) == pytest.approx(1 / (1 + np.exp(2)))
    assert at_zero(curves.task[1]) == pytest.approx(1 / (1 + np.exp(-2)))


def test_task_with_few_questions_takes_those_of_its_domain():
    curves = response_curves(LAYOUT, bank(*[(0, -1, 0.0)] * (FEWEST_QUESTIONS - 1), (1, -1, 5.0)))
    assert (curves.task[0] == curves.task[1]).all()
    expected = (0.5 * (FEWEST_QUESTIONS - 1) + 1 / (1 + np.exp(5))) / FEWEST_QUESTIONS
    assert at_zero(curves.task[0]) == pytest.approx(expected)


def test_domain_with_few_questions_takes_those_of_the_exam():
    curves = response_curves(LAYOUT, bank(*[(0, -1, 1.0)] * FEWEST_QUESTIONS, (2, -1, 1.0)))
    assert at_zero(curves.task[2]) == pytest.approx(1 / (1 + np.exp(1)))


def test_exam_without_questions_has_a_curve_still():
    empty = Bank(*(np.zeros(0, int),) * 2, *(np.zeros(0),) * 3)
    curves = response_curves(LAYOUT, empty)
    assert (curves.task == unknown_curve()).all()
    assert not curves.stage_share.any()


def test_stage_has_the_share_of_its_questions_in_each_task():
    curves = response_curves(LAYOUT, bank(*[(0, 0, 0.0)] * 12, *[(2, 0, 1.0)] * 4, *[(2, -1, 3.0)] * 20))
    assert curves.stage_share[0] == pytest.approx([0.75, 0, 0.25])
    assert curves.stage_share[1] == pytest.approx([0, 0, 0])
    assert at_zero(curves.stage[0, 0]) == pytest.approx(0.5)
    assert (curves.stage[0, 2] == curves.task[2]).all()  # four questions are too few for a curve of their own


def test_doubt_flattens_a_curve():
    sure, unsure = question_curves(np.ones(2), np.zeros(2), np.array([0.0, 0.85]))
    assert sure[0] < unsure[0]
    assert sure[-1] > unsure[-1]
    assert at_zero(unsure) == pytest.approx(0.5)


def test_interpolation_is_linear_and_level_beyond_the_ends():
    curves = np.array([GRID * 2.0])
    points = np.array([[-9.0, -7.0, 0.013, 6.99, 7.0, 9.0]])
    assert interpolate(curves, points)[0] == pytest.approx([-14, -14, 0.026, 13.98, 14, 14])
