"""The logistic and the normal distribution, as far as readiness needs them."""

from __future__ import annotations

from math import erfc, exp, log, sqrt
from statistics import NormalDist

import numpy as np

from .state import Floats

Z90 = 1.645
_ROOT_HALF = sqrt(0.5)
_STANDARD = NormalDist()
_erfc = np.frompyfunc(erfc, 1, 1)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1 / (1 + exp(-x))
    power = exp(x)
    return power / (1 + power)


def logit(p: float) -> float:
    """log(p / (1 - p)) for 0 < p < 1."""
    return log(p / (1 - p))


def logistic_of(x: Floats) -> Floats:
    """``logistic`` of an array, without overflow."""
    return np.exp(-np.logaddexp(0, -x))


def normal_cdf(x: float) -> float:
    """The chance that a standard normal variable is at most x."""
    return 0.5 * erfc(-x * _ROOT_HALF)


def normal_cdf_of(x: Floats) -> Floats:
    """``normal_cdf`` of an array; exact, by the C library's erfc."""
    return 0.5 * np.asarray(_erfc(-np.asarray(x, dtype=np.float64) * _ROOT_HALF), dtype=np.float64)


def normal_quantile(p: float) -> float:
    """The x at which ``normal_cdf`` is p, for 0 < p < 1."""
    return _STANDARD.inv_cdf(p)
