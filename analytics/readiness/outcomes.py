"""Recalibration by what happened: reported results of the real exam against the chances that were stated before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distributions import logistic, logistic_of, logit, normal_cdf_of
from .state import Floats

ENOUGH_RESULTS = 200
ENOUGH_FAILS = 30
RIDGE_INTERCEPT_SD = 0.5
RIDGE_SLOPE_SD = 0.25
CUT_REACH = 0.10
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Recalibration:
    """logit P' = intercept + slope logit P."""

    intercept: float = 0.0
    slope: float = 1.0

    def apply(self, chance: float) -> float:
        """The recalibrated chance. The identity returns its argument to the last bit."""
        if self.intercept == 0.0 and self.slope == 1.0:
            return chance
        return logistic(self.intercept + self.slope * logit(min(max(chance, _EDGE), 1 - _EDGE)))


UNCHANGED = Recalibration()


def enough(passed: np.ndarray) -> bool:
    """Whether the reported results carry a recalibration: at least 200, of them at least 30 fails."""
    return len(passed) >= ENOUGH_RESULTS and int((~np.asarray(passed, dtype=bool)).sum()) >= ENOUGH_FAILS


def recalibrate(chance: Floats, passed: np.ndarray) -> Recalibration:
    """Fit logit P' = A + B logit P by penalised likelihood, with a ridge that draws (A, B) to (0, 1).

    ``chance`` and ``passed`` are what was stated and what came. Without enough results, the identity.
    """
    outcome = np.asarray(passed, dtype=np.float64)
    if len(chance) != len(outcome):
        raise ValueError("every result needs the chance that was stated")
    if not enough(outcome.astype(bool)):
        return UNCHANGED
    stated = np.clip(np.asarray(chance, dtype=np.float64), _EDGE, 1 - _EDGE)
    design = np.column_stack((np.ones(len(stated)), np.log(stated / (1 - stated))))
    centre = np.array([0.0, 1.0])
    precision = np.diag((RIDGE_INTERCEPT_SD**-2, RIDGE_SLOPE_SD**-2))

    def loss(beta: Floats) -> float:
        linear = design @ beta
        away = beta - centre
        return float(np.sum(np.logaddexp(0, linear) - outcome * linear) + 0.5 * away @ precision @ away)

    beta = centre.copy()
    for _ in range(50):
        p = logistic_of(design @ beta)
        gradient = design.T @ (outcome - p) - precision @ (beta - centre)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + precision
        step = np.linalg.solve(hessian, gradient)
        while loss(beta + step) > loss(beta) and np.abs(step).max() > 1e-12:
            step /= 2
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return Recalibration(float(beta[0]), float(beta[1]))


def implied_cut(mean: Floats, variance: Floats, passed: np.ndarray, *, questions: float, assumed: float) -> float:
    """The raw share at which the reported passes and fails are most likely, within .10 of the assumed one.

    ``mean`` and ``variance`` are those of the predicted number of right answers. Without enough results, the assumed share.
    """
    outcome = np.asarray(passed, dtype=bool)
    if not len(mean) == len(variance) == len(outcome):
        raise ValueError("every result needs the score that was predicted")
    if not enough(outcome):
        return assumed
    candidates = np.linspace(assumed - CUT_REACH, assumed + CUT_REACH, 81)
    candidates = candidates[(candidates > 0) & (candidates < 1)]
    z = (np.asarray(mean)[:, None] - candidates * questions + 0.5) / np.sqrt(np.asarray(variance))[:, None]
    p = np.clip(normal_cdf_of(z), _EDGE, 1 - _EDGE)
    likelihood = np.where(outcome[:, None], np.log(p), np.log1p(-p)).sum(axis=0)
    return float(candidates[int(np.argmax(likelihood))])
