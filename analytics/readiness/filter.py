"""What time, an answer and practice do to a learner's state. Constant cost per answer, whatever the history.

The measurement update is the exact posterior mean and variance of one ability under a probit curve matched to the logistic one
(scale 1.702), spread to all other abilities through the covariance: assumed-density filtering (Minka 2001), here in rank one.
"""

from __future__ import annotations

from math import erfc, exp, pi, sqrt
from typing import NamedTuple

from .distributions import logistic
from .state import AbilityModel, AbilityState

PROBIT_SCALE = 1.702
FIRST_TIME = 1.0
REPEAT = 0.25
IGNORED = 0.0
RAPID_SECONDS = 10.0
RAPID_SHARE = 0.10
_CLIP = 6.0
_ROOT_HALF = sqrt(0.5)
_DENSITY = 1 / sqrt(2 * pi)


class QuestionParameters(NamedTuple):
    """A question as the filter sees it: task index, slope, difficulty and its standard error in logits, stage index or None."""

    task: int
    slope: float
    difficulty: float
    uncertainty: float
    stage: int | None = None


class Prediction(NamedTuple):
    """What was believed just before an answer: the chance that it is right, and the ability in its task."""

    probability: float
    ability: float


def is_rapid(seconds: float, mean_seconds: float | None) -> bool:
    """Whether an answer came too fast to be read: under 10 s and under 10 % of the question's mean time (NT10, Wise & Ma 2012)."""
    if mean_seconds is None:
        return False
    return seconds < min(RAPID_SECONDS, RAPID_SHARE * mean_seconds)


def evidence_weight(*, seen_before: bool, rapid: bool = False, hinted: bool = False, retired: bool = False) -> float:
    """How much an answer counts: 1 the first time, 1/4 for a question seen before, 0 for a guess, a hint or a retired version."""
    if rapid or hinted or retired:
        return IGNORED
    return REPEAT if seen_before else FIRST_TIME


def settle(state: AbilityState, model: AbilityModel) -> None:
    """Apply, in place, the learning that the last answer earned: the speed moves the task and, by a share, its siblings."""
    if not state.pending:
        return
    task = abs(state.pending) - 1
    if state.pending > 0:
        tasks = model.tasks
        practice = model.practice[task]
        half = 0.5 * float(state.cov[tasks, tasks])
        step = practice[:, None] * (state.cov[tasks] + half * practice)
        state.mean += practice * float(state.mean[tasks])
        state.cov += step + step.T
    state.cov += model.answer_noise[task]
    state.pending = 0


def advance(state: AbilityState, model: AbilityModel, day: float) -> None:
    """Widen the state, in place, by the days since its last answer. A day before that is taken as no time at all."""
    if state.day is not None and day > state.day:
        state.cov += (day - state.day) * model.day_noise
    if state.day is None or day > state.day:
        state.day = day


def at_day(state: AbilityState, model: AbilityModel, day: float) -> AbilityState:
    """A copy of the state as it is on a later day, for showing."""
    copy = state.copy()
    advance(copy, model, day)
    return copy


def predict(state: AbilityState, question: QuestionParameters) -> float:
    """The chance that the next answer to the question is right, before it is seen."""
    task, slope, difficulty, uncertainty, stage = question
    mean = state.mean.item(task)
    variance = state.cov.item(task, task) + uncertainty * uncertainty
    if stage is not None:
        mean += state.stage_mean.item(stage)
        variance += state.stage_var.item(stage)
    return logistic(slope * (mean - difficulty) / sqrt(1 + pi / 8 * slope * slope * variance))


def observe(state: AbilityState, question: QuestionParameters, *, correct: bool, weight: float) -> None:
    """Take one answer into the state, in place."""
    task, slope, difficulty, uncertainty, stage = question
    mean = state.mean.item(task)
    variance = state.cov.item(task, task)
    if stage is not None:
        mean += state.stage_mean.item(stage)
        variance += state.stage_var.item(stage)
    alpha = slope / PROBIT_SCALE
    spread = sqrt(1 + alpha * alpha * (variance + uncertainty * uncertainty))
    t = max(-_CLIP, min(_CLIP, alpha * (mean - difficulty) / spread))
    kappa = alpha / spread
    density = _DENSITY * exp(-0.5 * t * t)
    side = 1.0 if correct else -1.0
    gradient = side * kappa * density / (0.5 * erfc(-side * t * _ROOT_HALF))
    curvature = -gradient * (gradient + t * kappa)
    gradient *= weight
    curvature *= weight

    column = state.cov[:, task].copy()
    state.mean += gradient * column
    state.cov += curvature * (column[:, None] * column)  # in this order it stays symmetric to the last bit
    if stage is not None:
        own = state.stage_var.item(stage)
        state.stage_mean[stage] += own * gradient
        state.stage_var[stage] = own + curvature * own * own


def update(
    state: AbilityState, model: AbilityModel, question: QuestionParameters, *, correct: bool, weight: float = FIRST_TIME, day: float
) -> Prediction:
    """Take one answer given on a day into the state, in place, and return what was expected of it before.

    An answer of weight 0 leaves the abilities alone: only the clock moves. The learning step that the answer earns is left
    pending, so that the state as it stands is the one to show.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"an evidence weight lies between 0 and 1, not {weight!r}")
    settle(state, model)
    advance(state, model, day)
    expected = Prediction(predict(state, question), state.mean.item(question.task))
    if weight == IGNORED:
        return expected
    observe(state, question, correct=correct, weight=weight)
    if weight == FIRST_TIME:
        state.first_answers[question.task] += 1
        if question.stage is not None:
            state.stage_answers[question.stage] += 1
        state.pending = question.task + 1
    else:
        state.pending = -(question.task + 1)
    return expected


def settled(state: AbilityState, model: AbilityModel) -> AbilityState:
    """A copy of the state with its pending learning step applied."""
    copy = state.copy()
    settle(copy, model)
    return copy
