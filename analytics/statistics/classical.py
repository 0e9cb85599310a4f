"""Classical statistics of a quiz and its items, in the definitions of Moodle's quiz statistics and of psychometrics' textbooks.

Moodle: https://docs.moodle.org/dev/Quiz_statistics_calculations. All sample variances divide by attempts - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One item. Facility and sd are shares of the maximum mark; index, efficiency and weight are in per cent; NaN where undefined."""

    facility: float
    sd: float
    effective_weight: float
    covariance: float
    mark_variance: float
    other_mark_variance: float
    discrimination_index: float
    covariance_max: float
    discriminative_efficiency: float
    item_total: float
    item_rest: float
    alpha_without: float


@dataclass(frozen=True, slots=True)
class QuizStatistics:
    """A quiz: its distribution of total marks, internal consistency (Cronbach's alpha in per cent) and error of measurement."""

    attempts: int
    mean: float
    median: float
    sd: float
    skewness: float
    kurtosis: float
    consistency: float
    error_ratio: float
    standard_error: float
    items: tuple[ItemStatistics, ...]


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else nan


def _covariance(first: Floats, second: Floats) -> float:
    return float((first - first.mean()) @ (second - second.mean()) / (len(first) - 1))


def cronbach_alpha(item_variances: float, total_variance: float, items: int) -> float:
    """Cronbach's alpha from the sum of item variances and the variance of the total; NaN for one item or no variance."""
    if items < 2 or total_variance <= 0:
        return nan
    return items / (items - 1) * (1 - item_variances / total_variance)


def _moments(totals: Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis by Fisher's k-statistics."""
    n = len(totals)
    away = totals - totals.mean()
    m2, m3, m4 = (float(np.mean(away**power)) for power in (2, 3, 4))
    k2 = n * m2 / (n - 1)
    if k2 <= 0:
        return nan, nan
    skewness = nan if n < 3 else n * n * m3 / ((n - 1) * (n - 2)) / k2**1.5
    if n < 4:
        return skewness, nan
    k4 = n * n * ((n + 1) * m4 - 3 * (n - 1) * m2 * m2) / ((n - 1) * (n - 2) * (n - 3))
    return skewness, k4 / k2**2


def quiz_statistics(marks: Floats, maxima: Floats | None = None) -> QuizStatistics:
    """Statistics of a complete table of marks (attempts, items).

    ``maxima`` (items,) are the marks available, 1 each unless given. Raises ValueError for fewer than two attempts, a missing
    mark, or a maximum that is not positive.
    """
    table = np.asarray(marks, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 1:
        raise ValueError("item statistics need a table of at least two attempts and one item")
    if not np.isfinite(table).all():
        raise ValueError("every attempt needs a mark for every item")
    available = np.ones(table.shape[1]) if maxima is None else np.asarray(maxima, dtype=np.float64)
    if available.shape != (table.shape[1],) or not (available > 0).all():
        raise ValueError("every item needs a positive maximum mark")

    attempts, items = table.shape
    totals = table.sum(axis=1)
    variances = table.var(axis=0, ddof=1)
    total_variance = float(totals.var(ddof=1))
    roots = [sqrt(max(_covariance(table[:, item], totals), 0.0)) for item in range(items)]
    weight_total = sum(roots)
    skewness, kurtosis = _moments(totals)
    alpha = cronbach_alpha(float(variances.sum()), total_variance, items)
    error_ratio = 100 * sqrt(1 - alpha) if alpha <= 1 else nan
    return QuizStatistics(
        attempts=attempts,
        mean=float(totals.mean()),
        median=float(np.median(totals)),
        sd=sqrt(total_variance),
        skewness=skewness,
        kurtosis=kurtosis,
        consistency=100 * alpha,
        error_ratio=error_ratio,
        standard_error=error_ratio * sqrt(total_variance) / 100,
        items=tuple(_item(table, item, float(available[item]), _ratio(100 * roots[item], weight_total)) for item in range(items)),
    )


def _item(table: Floats, item: int, available: float, effective_weight: float) -> ItemStatistics:
    marks, totals = table[:, item], table.sum(axis=1)
    others = totals - marks
    covariance = _covariance(marks, others)
    largest = _covariance(np.sort(marks), np.sort(others))
    variance, other_variance = float(marks.var(ddof=1)), float(others.var(ddof=1))
    with_total = _covariance(marks, totals)
    rest = _ratio(covariance, sqrt(variance * other_variance))
    return ItemStatistics(
        facility=float(marks.mean()) / available,
        sd=sqrt(variance) / available,
        effective_weight=effective_weight if with_total >= 0 else nan,
        covariance=covariance,
        mark_variance=variance,
        other_mark_variance=other_variance,
        discrimination_index=100 * rest,
        covariance_max=largest,
        discriminative_efficiency=_ratio(100 * covariance, largest) if largest > 0 else nan,
        item_total=_ratio(with_total, sqrt(variance * float(totals.var(ddof=1)))),
        item_rest=rest,
        alpha_without=cronbach_alpha(float(table.var(axis=0, ddof=1).sum()) - variance, other_variance, table.shape[1] - 1),
    )
