"""What the next minutes are worth, in chance to pass.

The model says how much an answer teaches: the learner's own speed, in full for its task and by a share for the siblings. So the
worth of practice is the chance after that shift less the chance before; what the answers will reveal moves the chance up or down
alike, and is no gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .scores import ExamScore, Standard, chance_to_pass, exam_score, moments
from .state import AbilityModel, AbilityState, Floats

SLOWEST_SECONDS, FASTEST_SECONDS = 240.0, 15.0
USUAL_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class Worth:
    """What some practice is worth: the rise of the chance to pass, and of the right answers expected in the exam.

    Far from the pass mark the chance hardly moves whatever one does, and the right answers say what practice is good for.
    """

    gain: float
    marks: float


def answers_in(minutes: float, seconds_each: float | None) -> int:
    """How many questions fit into some minutes at the learner's pace, feedback read; at least one."""
    pace = USUAL_SECONDS if seconds_each is None else min(max(seconds_each * 1.5, FASTEST_SECONDS), SLOWEST_SECONDS)
    return max(1, int(minutes * 60 / pace))


def exam_after(state: AbilityState, model: AbilityModel, standard: Standard, answers: Floats) -> ExamScore:
    """The score predicted once the learner has answered ``answers`` (tasks,) more questions of each task and learnt from them."""
    tasks = model.tasks
    speed = max(float(state.mean[tasks]), 0.0)
    shift = np.asarray(answers, dtype=np.float64) @ model.practice[:, :tasks] * speed
    return exam_score(moments(state.mean[:tasks] + shift, state.cov[:tasks, :tasks], standard.curves.task), standard.form)


def chance_after(state: AbilityState, model: AbilityModel, standard: Standard, answers: Floats) -> float:
    """The chance to pass after that many more answers of each task."""
    return chance_to_pass(exam_after(state, model, standard, answers), standard.form, standard.recalibration)


def worth_of(state: AbilityState, model: AbilityModel, standard: Standard, answers: Floats) -> Worth:
    """What that many more answers of each task are worth."""
    before, after = (exam_after(state, model, standard, count) for count in (np.zeros(model.tasks), answers))
    now, then = (chance_to_pass(score, standard.form, standard.recalibration) for score in (before, after))
    return Worth(then - now, after.mean - before.mean)


def worth_of_drills(state: AbilityState, model: AbilityModel, standard: Standard, answers: int) -> list[Worth]:
    """The worth of spending the same number of answers on each task in turn, shape (tasks,)."""
    return [worth_of(state, model, standard, row) for row in answers * np.eye(model.tasks)]


def chance_by_exam(state: AbilityState, model: AbilityModel, standard: Standard, answers: int) -> float:
    """The chance to pass if that many answers until the exam are spread over the tasks as the exam weighs them."""
    return chance_after(state, model, standard, answers * np.asarray(standard.form.weights))
