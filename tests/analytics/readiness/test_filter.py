"""What time, answers and practice do to a state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.readiness.distributions import normal_cdf_of
from analytics.readiness.filter import (
    FIRST_TIME,
    IGNORED,
    PROBIT_SCALE,
    REPEAT,
    QuestionParameters,
    advance,
    at_day,
    evidence_weight,
    is_rapid,
    predict,
    settled,
    update,
)
from analytics.readiness.state import Hyperparameters, Layout, ability_model

LAYOUT = Layout(("1.1", "1.2", "2.1"), ("1", "1", "2"), ("eda", "monitoring"))
MODEL = ability_model(LAYOUT)
STILL = ability_model(LAYOUT, Hyperparameters(q_a=0, q_k=0, q_g=0, q_d=0, r0=0, s_r=0))
PLAIN = QuestionParameters(0, 1.0, 0.0, 0.0)

answers = st.lists(
    st.tuples(
        st.builds(
            QuestionParameters,
            task=st.integers(0, 2),
            slope=st.floats(0.2, 3),
            difficulty=st.floats(-4, 4),
            uncertainty=st.floats(0, 1),
            stage=st.one_of(st.none(), st.integers(0, 1)),
        ),
        st.booleans(),
        st.sampled_from([FIRST_TIME, REPEAT, IGNORED]),
        st.floats(0, 30),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(answers)
def test_covariance_stays_symmetric_and_positive(given_answers):
    state, day = MODEL.prior(), 0.0
    for question, correct, weight, days in given_answers:
        day += days
        before = update(state, MODEL, question, correct=correct, weight=weight, day=day)
        assert 0 < before.probability < 1
    after = settled(state, MODEL)
    assert (after.cov == after.cov.T).all()
    assert np.linalg.eigvalsh(after.cov).min() > 0
    assert (after.stage_var > 0).all()
    assert (after.stage_var <= 0.04 + 1e-12).all()


@settings(max_examples=60)
@given(answers, st.floats(0.2, 3), st.floats(-3, 3), st.floats(0, 1))
def test_right_answer_raises_and_wrong_answer_lowers_the_ability(history, slope, difficulty, uncertainty):
    state = MODEL.prior()
    for question, correct, weight, _days in history:
        update(state, MODEL, question, correct=correct, weight=weight, day=0.0)
    start = settled(state, MODEL)
    question = QuestionParameters(0, slope, difficulty, uncertainty)
    for correct, sign in ((True, 1), (False, -1)):
        after = start.copy()
        update(after, MODEL, question, correct=correct, day=0.0)
        assert sign * (after.mean[0] - start.mean[0]) > 0
        assert after.cov[0, 0] < start.cov[0, 0]


def exact_posterior(outcomes: list[bool], difficulty: float) -> tuple[float, float]:
    """Mean and sd of one ability, N(0, prior variance), after answers to equal questions under the probit curve, on a fine grid."""
    grid = np.linspace(-8, 8, 4001)
    log_density = -0.5 * grid**2 / MODEL.prior_cov[0, 0]
    for correct in outcomes:
        log_density += np.log(normal_cdf_of((grid - difficulty) / PROBIT_SCALE * (1 if correct else -1)))
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    mean = float(weight @ grid)
    return mean, float(np.sqrt(weight @ (grid - mean) ** 2))


@pytest.mark.parametrize("outcomes", [[True] * 5, [False] * 5, [True, False] * 5, [True, True, False] * 10])
def test_one_pass_keeps_close_to_the_exact_posterior(outcomes):
    """Within a twentieth of the posterior's own spread."""
    state = STILL.prior()
    for correct in outcomes:
        update(state, STILL, PLAIN, correct=correct, day=0.0)
    mean, sd = exact_posterior(outcomes, 0.0)
    assert state.mean[0] == pytest.approx(mean, abs=0.05 * sd)
    assert np.sqrt(state.cov[0, 0]) == pytest.approx(sd, rel=0.05)


def test_answer_moves_siblings_less_and_strangers_least():
    state = MODEL.prior()
    update(state, MODEL, PLAIN, correct=True, day=0.0)
    own, sibling, stranger = state.mean[:3]
    assert own > sibling > stranger > 0


def test_uncertain_question_moves_the_learner_less():
    sure, unsure = STILL.prior(), STILL.prior()
    update(sure, STILL, PLAIN, correct=True, day=0.0)
    update(unsure, STILL, PLAIN._replace(uncertainty=0.9), correct=True, day=0.0)
    assert sure.mean[0] > unsure.mean[0] > 0


def test_repeat_counts_a_quarter_and_teaches_nothing():
    first, repeat = MODEL.prior(), MODEL.prior()
    update(first, MODEL, PLAIN, correct=True, day=0.0)
    update(repeat, MODEL, PLAIN, correct=True, weight=REPEAT, day=0.0)
    assert repeat.mean[0] == pytest.approx(first.mean[0] / 4)
    assert settled(repeat, MODEL).mean[0] == repeat.mean[0]
    assert settled(first, MODEL).mean[0] > first.mean[0]
    assert (first.first_answers.sum(), repeat.first_answers.sum()) == (1, 0)


def test_answer_without_weight_moves_only_the_clock():
    state = MODEL.prior()
    update(state, MODEL, PLAIN, correct=False, weight=IGNORED, day=5.0)
    assert (state.mean == MODEL.prior_mean).all()
    assert (state.cov == MODEL.prior_cov).all()
    assert state.day == 5.0


def test_state_shown_is_the_one_before_the_learning_step():
    """Else a wrong answer on a very hard question could look like progress."""
    state = MODEL.prior()
    update(state, MODEL, QuestionParameters(0, 3.0, 9.0, 0.0), correct=False, day=0.0)
    assert state.mean[0] <= 0
    assert settled(state, MODEL).mean[0] > state.mean[0]


def test_time_widens_and_never_runs_backwards():
    state = MODEL.prior()
    advance(state, MODEL, 10.0)
    assert (state.cov == MODEL.prior_cov).all()
    later = at_day(state, MODEL, 40.0)
    assert later.cov[0, 0] - state.cov[0, 0] == pytest.approx(30 * 3e-4)
    assert later.cov[0, 2] - state.cov[0, 2] == pytest.approx(30 * 2e-4)
    assert state.day == 10.0
    advance(later, MODEL, 20.0)
    assert later.day == 40.0


def test_pending_step_and_time_commute():
    """The learning step waits for the next answer; whether time passes before or after it is the same."""
    state = MODEL.prior()
    update(state, MODEL, PLAIN, correct=True, day=0.0)
    step_then_time = at_day(settled(state, MODEL), MODEL, 9.0)
    time_then_step = settled(at_day(state, MODEL, 9.0), MODEL)
    assert step_then_time.cov == pytest.approx(time_then_step.cov, abs=1e-15)
    assert step_then_time.mean == pytest.approx(time_then_step.mean, abs=1e-15)


def test_stage_takes_its_share_of_the_surprise():
    state = MODEL.prior()
    question = PLAIN._replace(stage=1)
    expected = predict(state, question)
    update(state, MODEL, question, correct=False, day=0.0)
    assert state.stage_mean[1] < 0
    assert state.stage_mean[0] == 0
    assert state.stage_var[1] < 0.04
    assert state.stage_answers.tolist() == [0, 1]
    assert predict(state, question) < expected


def test_hard_lessons_learnt_teach_the_speed():
    """Who keeps beating the prediction is seen to learn faster."""
    state = MODEL.prior()
    for _ in range(200):
        update(state, MODEL, PLAIN, correct=state.mean[0] < 1.5, day=0.0)
    assert state.mean[3] != MODEL.prior_mean[3]


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_weights_outside_0_and_1_are_refused(weight):
    with pytest.raises(ValueError, match="between 0 and 1"):
        update(MODEL.prior(), MODEL, PLAIN, correct=True, weight=weight, day=0.0)


@pytest.mark.parametrize(
    ("facts", "weight"),
    [
        ({"seen_before": False}, 1.0),
        ({"seen_before": True}, 0.25),
        ({"seen_before": False, "rapid": True}, 0.0),
        ({"seen_before": True, "hinted": True}, 0.0),
        ({"seen_before": False, "retired": True}, 0.0),
    ],
)
def test_evidence_weights(facts, weight):
    assert evidence_weight(**facts) == weight


@pytest.mark.parametrize(
    ("seconds", "mean", "rapid"),
    [(3, 60, True), (6, 60, False), (9, 200, True), (10, 200, False), (1, None, False)],
)
def test_rapid_guesses_by_normative_threshold(seconds, mean, rapid):
    assert is_rapid(seconds, mean) is rapid
