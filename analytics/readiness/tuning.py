"""The monthly re-fit of the hyper-parameters: Nelder-Mead on the log loss of each learner's next answer.

Nelder & Mead (1965). Spreads and noises are searched on the logarithmic scale, the learning speed on its own. A fit is taken only
if it predicts learners better whom it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from .filter import QuestionParameters, update
from .state import Floats, Hyperparameters, Layout, ability_model

EVALUATIONS = 200
SEARCHED = ("tau_g", "tau_d", "tau_t", "s_r", "q_g", "q_d", "q_a", "q_k", "sibling")
FACTOR = 8.0
FIRST_STEP = 0.35
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class TakenAnswer:
    """An answer as the filter took it: question, right or wrong, weight, day."""

    question: QuestionParameters
    correct: bool
    weight: float
    day: float


History = Sequence[TakenAnswer]


@dataclass(frozen=True, slots=True)
class Tuning:
    """The hyper-parameters found, and the log loss on held-out learners of those given and of those found."""

    hyper: Hyperparameters
    before: float
    after: float

    @property
    def better(self) -> bool:
        return self.after < self.before


def next_answer_loss(layout: Layout, hyper: Hyperparameters, histories: Sequence[History]) -> float:
    """Mean log loss of the prediction of each first answer, in nats."""
    model = ability_model.__wrapped__(layout, hyper)
    total, count = 0.0, 0
    for history in histories:
        state = model.prior()
        for answer in history:
            said = update(state, model, answer.question, correct=answer.correct, weight=answer.weight, day=answer.day).probability
            if answer.weight == 1.0:
                said = min(max(said, _EDGE), 1 - _EDGE)
                total -= log(said if answer.correct else 1 - said)
                count += 1
    if not count:
        raise ValueError("tuning needs first answers")
    return total / count


def tune(layout: Layout, start: Hyperparameters, histories: Sequence[History], evaluations: int = EVALUATIONS) -> Tuning:
    """Fit on every other learner, judge on the rest. Raises ValueError for fewer than two learners."""
    if len(histories) < 2:
        raise ValueError("tuning needs learners to fit and learners to hold out")
    fitted, held_out = histories[::2], histories[1::2]
    found = minimise(lambda point: next_answer_loss(layout, _hyper(start, point), fitted), np.zeros(len(SEARCHED) + 1), evaluations)
    hyper = _hyper(start, found)
    return Tuning(hyper, next_answer_loss(layout, start, held_out), next_answer_loss(layout, hyper, held_out))


def _hyper(start: Hyperparameters, point: Floats) -> Hyperparameters:
    """Hyper-parameters at a point of the search: factors of at most 8 either way, and the speed in units of its own spread."""
    factors = {
        name: getattr(start, name) * exp(float(np.clip(step, -log(FACTOR), log(FACTOR))))
        for name, step in zip(SEARCHED, point, strict=False)
    }
    factors["sibling"] = min(factors["sibling"], 1.0)
    return replace(start, r0=start.r0 + float(np.clip(point[-1], -3, 3)) * start.s_r, **factors)


def minimise(loss: Callable[[Floats], float], start: Floats, evaluations: int) -> Floats:
    """The best point that Nelder and Mead's simplex finds within so many evaluations."""
    size = len(start)
    points = np.vstack((start, start + FIRST_STEP * np.eye(size)))
    values = np.array([loss(point) for point in points])
    spent = size + 1
    while spent < evaluations:
        order = np.argsort(values, kind="stable")
        points, values = points[order], values[order]
        centre = points[:-1].mean(axis=0)
        reflected = centre + (centre - points[-1])
        value = loss(reflected)
        spent += 1
        if values[0] <= value < values[-2]:
            points[-1], values[-1] = reflected, value
            continue
        if value < values[0]:
            tried = centre + 2 * (centre - points[-1])
        else:
            tried = centre + 0.5 * ((reflected if value < values[-1] else points[-1]) - centre)
        tried_value = loss(tried)
        spent += 1
        if tried_value < min(value, values[-1]):
            points[-1], values[-1] = tried, tried_value
        elif value < values[-1]:
            points[-1], values[-1] = reflected, value
        else:
            points[1:] = points[0] + 0.5 * (points[1:] - points[0])
            values[1:] = [loss(point) for point in points[1:]]
            spent += size
    return points[int(np.argmin(values))]
