"""What the next minutes are worth."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.readiness.planning import answers_in, chance_after, chance_by_exam, worth_of_drills
from analytics.readiness.scores import chance_of
from tests.analytics.readiness.test_scores import MODEL, STANDARD, learner


def test_practice_of_nothing_changes_nothing():
    state = learner(0.6, 60)
    now = chance_of(state.mean[:14], state.cov[:14, :14], STANDARD)
    assert chance_after(state, MODEL, STANDARD, np.zeros(14)) == pytest.approx(now)


def test_drills_are_worth_most_where_the_exam_asks_most():
    worth = worth_of_drills(MODEL.prior(), MODEL, STANDARD, answers=20)
    assert all(one.gain > 0 for one in worth)
    by_domain = {
        domain: max(one.gain for one, key in zip(worth, STANDARD.layout.domains, strict=True) if key == domain) for domain in "12345"
    }
    assert by_domain["2"] > by_domain["4"]


def test_who_learns_faster_gains_more():
    slow, fast = MODEL.prior(), MODEL.prior()
    fast.mean[14] *= 3
    assert worth_of_drills(fast, MODEL, STANDARD, 10)[0].gain > worth_of_drills(slow, MODEL, STANDARD, 10)[0].gain


def test_who_seems_to_unlearn_is_promised_nothing():
    state = MODEL.prior()
    state.mean[14] = -0.01
    assert worth_of_drills(state, MODEL, STANDARD, 10)[0].gain == pytest.approx(0)


def test_more_practice_until_the_exam_is_worth_more():
    chances = [chance_by_exam(MODEL.prior(), MODEL, STANDARD, answers) for answers in (0, 100, 400)]
    assert chances == sorted(chances)


@pytest.mark.parametrize(("minutes", "seconds", "answers"), [(10, None, 8), (10, 20, 20), (10, 1000, 2), (0.1, None, 1), (10, 1, 40)])
def test_answers_that_fit_into_minutes(minutes, seconds, answers):
    assert answers_in(minutes, seconds) == answers


def test_practice_is_worth_right_answers_where_the_chance_is_nil():
    worth = worth_of_drills(learner(0.05, 120), MODEL, STANDARD, 20)
    assert all(one.gain < 1e-3 for one in worth)
    assert all(one.marks > 0 for one in worth)
