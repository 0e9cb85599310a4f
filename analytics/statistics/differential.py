"""Differential item functioning by the Mantel-Haenszel procedure: is a question harder for one group at equal ability?

Holland & Thayer (1988); variance of the log odds ratio by Robins, Breslow & Greenland (1986); classes of ETS (Zwick 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import erfc, exp, inf, isnan, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

DELTA_UNIT = -2.35
FEWEST_IN_GROUP = 100
Z95 = 1.959963984540054


class EtsClass(StrEnum):
    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """Common odds ratio (reference against focal), its log with standard error, the chi-square with continuity correction and its
    p value, ETS delta with 95 % interval, and the class: C if |delta| >= 1.5 and significantly above 1, A if below 1 or not
    significant, B otherwise. A negative delta says that the question is harder for the focal group."""

    odds_ratio: float
    log_odds: float
    log_odds_se: float
    chi_square: float
    p_value: float
    delta: float
    delta_low: float
    delta_high: float
    ets: EtsClass
    strata: int


def mantel_haenszel(tables: NDArray[np.number], *, correction: bool = True) -> MantelHaenszel:
    """The test over 2 x 2 tables (strata, 2, 2): rows reference and focal, columns right and wrong.

    Strata with fewer than two answers, or in which all gave the same answer or belong to one group, carry nothing and are left
    out. Raises ValueError when none is left.
    """
    counts = np.asarray(tables, dtype=np.float64)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or (counts < 0).any():
        raise ValueError("tables must be counts of shape (strata, 2, 2)")
    groups, answers = counts.sum(axis=2), counts.sum(axis=1)
    counts = counts[(groups > 0).all(axis=1) & (answers > 0).all(axis=1)]
    if not len(counts):
        raise ValueError("no stratum has both groups and both answers")
    a, b, c, d = counts[:, 0, 0], counts[:, 0, 1], counts[:, 1, 0], counts[:, 1, 1]
    n = a + b + c + d
    expected = (a + b) * (a + c) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    distance = abs(float(np.sum(a - expected)))
    if correction:
        distance = max(0.0, distance - 0.5)
    chi_square = distance**2 / float(variance.sum())
    r, s = a * d / n, b * c / n
    top, bottom = float(r.sum()), float(s.sum())
    p_value = erfc(sqrt(chi_square / 2))
    if top == 0 or bottom == 0:
        odds, log_odds, se = (0.0, -inf, nan) if top == 0 else (inf, inf, nan)
    else:
        odds, log_odds = top / bottom, log(top / bottom)
        share, rest = (a + d) / n, (b + c) / n
        se = sqrt(
            float(np.sum(share * r)) / (2 * top * top)
            + float(np.sum(share * s + rest * r)) / (2 * top * bottom)
            + float(np.sum(rest * s)) / (2 * bottom * bottom)
        )
    delta = DELTA_UNIT * log_odds
    half = abs(DELTA_UNIT) * Z95 * se
    return MantelHaenszel(
        odds_ratio=odds,
        log_odds=log_odds,
        log_odds_se=se,
        chi_square=chi_square,
        p_value=p_value,
        delta=delta,
        delta_low=delta - half,
        delta_high=delta + half,
        ets=_ets(delta, half, p_value),
        strata=len(counts),
    )


def _ets(delta: float, half: float, p_value: float) -> EtsClass:
    """ETS: A below 1 or not different from 0 at .05; C at least 1.5 and above 1 at .05 one-sided; else B."""
    size = abs(delta)
    if size < 1 or p_value >= 0.05:
        return EtsClass.A
    above_one = isnan(half) or size - half / Z95 * 1.645 > 1
    return EtsClass.C if size >= 1.5 and above_one else EtsClass.B


def odds_interval(result: MantelHaenszel) -> tuple[float, float]:
    """The 95 % interval of the common odds ratio."""
    return exp(result.log_odds - Z95 * result.log_odds_se), exp(result.log_odds + Z95 * result.log_odds_se)
