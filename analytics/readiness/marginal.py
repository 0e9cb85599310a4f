"""Two-parameter and Rasch fits by marginal maximum likelihood without priors, to hold against R's mirt and ltm.

logit P = slope theta + intercept with theta ~ N(0, variance); difficulty = -intercept / slope. EM (Bock & Aitkin 1981) brings the
estimates near, Newton's method on the exact observed information ends the search and gives the standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .distributions import logistic_of
from .state import Floats

MISSING = -1
NODES = np.linspace(-6, 6, 121)
MOST_CELLS = 50_000_000
_PRIOR = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
_LOG_PRIOR = np.log(_PRIOR)
_EM_CYCLES = 500
_NEWTON_STEPS = 100
_NEAR = 1e-3
_AT_REST = 1e-9
_STEEPEST = 50.0


class Kind(StrEnum):
    """2pl: free slopes, variance 1. 1pl: one common slope, variance 1. rasch: slopes 1, free variance. rasch_fixed: both 1."""

    TWO_PL = "2pl"
    ONE_PL = "1pl"
    RASCH = "rasch"
    RASCH_FIXED = "rasch_fixed"


class Patterns(NamedTuple):
    """Distinct response patterns (patterns, items) of 0, 1 and -1 for missing, and how often each occurs (patterns,)."""

    answers: NDArray[np.int8]
    frequency: Floats


@dataclass(frozen=True)
class MarginalFit:
    """Estimates per item with standard errors (NaN where fixed or not identified), variance of ability, log-likelihood."""

    kind: Kind
    slope: Floats
    intercept: Floats
    difficulty: Floats
    slope_se: Floats
    intercept_se: Floats
    difficulty_se: Floats
    variance: float
    variance_se: float
    log_likelihood: float
    persons: float
    converged: bool


class Ability(NamedTuple):
    """Expected a posteriori ability of each pattern and its posterior standard deviation."""

    mean: Floats
    sd: Floats


def distinct_patterns(answers: NDArray[np.integer], frequency: Floats | None = None) -> Patterns:
    """Merge equal rows of answers (persons, items); raises ValueError for anything but 0, 1 and -1."""
    table = np.asarray(answers)
    if table.ndim != 2 or not table.size:
        raise ValueError("answers must be a table of persons and items")
    if not np.isin(table, (0, 1, MISSING)).all():
        raise ValueError("an answer is 0, 1 or -1 for missing")
    counts = np.ones(len(table)) if frequency is None else np.asarray(frequency, dtype=np.float64)
    if len(counts) != len(table) or (counts < 0).any() or not np.isfinite(counts).all():
        raise ValueError("every pattern needs a frequency that is not negative")
    rows, inverse = np.unique(table.astype(np.int8), axis=0, return_inverse=True)
    totals = np.bincount(inverse.ravel(), counts, len(rows)).astype(np.float64)
    return Patterns(rows[totals > 0], totals[totals > 0])


class _Posterior(NamedTuple):
    log_likelihood: float
    weights: Floats  # (patterns, nodes), rows add to 1


FEWEST_ITEMS = {Kind.TWO_PL: 3, Kind.ONE_PL: 2, Kind.RASCH: 2, Kind.RASCH_FIXED: 1}
"""With fewer, other parameters give the same likelihood: two items have three free shares, and 2PL four parameters for them."""


class _Likelihood:
    """The marginal likelihood of a data set as a function of slopes and intercepts, ability standard normal."""

    def __init__(self, patterns: Patterns) -> None:
        self.frequency = patterns.frequency
        self.right = (patterns.answers == 1).astype(np.float64)
        self.taken = (patterns.answers != MISSING).astype(np.float64)
        counts = self.frequency @ self.taken
        rights = self.frequency @ self.right
        for item in np.flatnonzero((rights == 0) | (rights == counts)):
            raise ValueError(f"item {item + 1} was answered alike by everybody: it has no estimate")
        self.share = rights / counts

    def posterior(self, slope: Floats, intercept: Floats) -> _Posterior:
        linear = slope[:, None] * NODES + intercept[:, None]
        log_wrong = -np.logaddexp(0, linear)
        joint = self.taken @ log_wrong + self.right @ linear + _LOG_PRIOR
        top = joint.max(axis=1, keepdims=True)
        weights = np.exp(joint - top)
        mass = weights.sum(axis=1, keepdims=True)
        return _Posterior(float(self.frequency @ (np.log(mass) + top)[:, 0]), weights / mass)

    def gradient(self, slope: Floats, intercept: Floats, weights: Floats) -> tuple[Floats, Floats]:
        weighted = self.frequency[:, None] * weights
        p = logistic_of(slope[:, None] * NODES + intercept[:, None])
        surplus = self.right.T @ weighted - (self.taken.T @ weighted) * p
        return surplus @ NODES, surplus.sum(axis=1)

    def em_step(self, slope: Floats, intercept: Floats, weights: Floats, *, common: bool, fixed: bool) -> tuple[Floats, Floats]:
        """One damped Newton step of every item (or of the common slope and all intercepts) on the expected log-likelihood."""
        weighted = self.frequency[:, None] * weights
        taken = self.taken.T @ weighted
        p = logistic_of(slope[:, None] * NODES + intercept[:, None])
        by_slope, by_intercept = self.gradient(slope, intercept, weights)
        spread = taken * p * (1 - p)
        aa, ad, dd = spread @ NODES**2, spread @ NODES, spread.sum(axis=1)
        if fixed:
            step_a = np.zeros_like(slope)
        elif common:
            step_a = np.full_like(slope, np.sum(by_slope - ad * by_intercept / dd) / np.sum(aa - ad**2 / dd))
        else:
            step_a = (by_slope - ad * by_intercept / dd) / (aa - ad**2 / dd)
        step_a = np.clip(step_a, -0.5, 0.5)
        step_d = np.clip((by_intercept - ad * step_a) / dd, -1.0, 1.0)
        return slope + step_a, intercept + step_d

    def hessian(self, slope: Floats, intercept: Floats, weights: Floats) -> Floats:
        """Second derivatives of the log-likelihood by (slopes, intercepts), by Louis (1982): complete less missing information."""
        items = len(slope)
        aa, ad, dd = (np.zeros((items, items)) for _ in range(3))
        mean_a, mean_d = np.zeros_like(self.right), np.zeros_like(self.right)
        for node, theta in enumerate(NODES):
            p = logistic_of(slope * theta + intercept)
            surplus = self.right - self.taken * p
            share = weights[:, node]
            product = (surplus * (self.frequency * share)[:, None]).T @ surplus
            product[np.diag_indices(items)] -= (self.frequency * share) @ self.taken * p * (1 - p)
            aa += theta * theta * product
            ad += theta * product
            dd += product
            mean_a += (theta * share)[:, None] * surplus
            mean_d += share[:, None] * surplus
        mean = np.hstack((mean_a, mean_d))
        return np.block([[aa, ad], [ad.T, dd]]) - (mean * self.frequency[:, None]).T @ mean


def _design(kind: Kind, items: int) -> Floats:
    """The linear map from free parameters to (slopes, intercepts)."""
    if kind is Kind.TWO_PL:
        return np.eye(2 * items)
    intercepts = np.vstack((np.zeros((items, items)), np.eye(items)))
    if kind is Kind.RASCH_FIXED:
        return intercepts
    return np.hstack((np.concatenate((np.ones(items), np.zeros(items)))[:, None], intercepts))


def _start(data: _Likelihood) -> tuple[Floats, Floats]:
    """Slopes of 1, negative where an item goes against the rest; intercepts from the shares right."""
    totals = data.right.sum(axis=1) / np.maximum(data.taken.sum(axis=1), 1)
    rest = totals[:, None] - data.right / np.maximum(data.taken.sum(axis=1), 1)[:, None]
    weight = data.frequency[:, None] * data.taken
    centred = rest - (weight * rest).sum(axis=0) / weight.sum(axis=0)
    together = (weight * centred * (data.right - data.share)).sum(axis=0)
    slope = np.where(together < 0, -1.0, 1.0)
    return slope, 1.2 * np.log(data.share / (1 - data.share))


class _Search:
    """The climb to the maximum: where it stands, and how to move."""

    def __init__(self, patterns: Patterns, kind: Kind) -> None:
        self.kind = kind
        self.data = _Likelihood(patterns)
        self.items = patterns.answers.shape[1]
        self.persons = float(patterns.frequency.sum())
        self.design = _design(kind, self.items)
        self.slope, self.intercept = _start(self.data)
        if kind is not Kind.TWO_PL:
            self.slope = np.ones(self.items)
        self.current = self.data.posterior(self.slope, self.intercept)

    def uphill(self) -> Floats:
        """The gradient by the free parameters."""
        return self.design.T @ np.concatenate(self.data.gradient(self.slope, self.intercept, self.current.weights))

    def information(self) -> Floats:
        """The observed information on the free parameters."""
        return -self.design.T @ self.data.hessian(self.slope, self.intercept, self.current.weights) @ self.design

    def em_step(self) -> None:
        common, fixed = self.kind in (Kind.ONE_PL, Kind.RASCH), self.kind is Kind.RASCH_FIXED
        self.slope, self.intercept = self.data.em_step(self.slope, self.intercept, self.current.weights, common=common, fixed=fixed)
        self.current = self.data.posterior(self.slope, self.intercept)

    def newton_step(self) -> bool:
        """Move by Newton's step, halved until it does not go down; False where it never goes up."""
        step = self.design @ _ascent(self.information(), self.uphill())
        for _ in range(20):
            slope, intercept = self.slope + step[: self.items], self.intercept + step[self.items :]
            following = self.data.posterior(slope, intercept)
            if following.log_likelihood >= self.current.log_likelihood - 1e-9:
                self.slope, self.intercept, self.current = slope, intercept, following
                return True
            step = step / 2
        return False

    def climb(self) -> bool:
        """Go to the maximum; False where a slope runs away or the search does not come to rest."""
        for _ in range(_EM_CYCLES):
            if np.abs(self.uphill()).max() < _NEAR * self.persons:
                break
            self.em_step()
        for _ in range(_NEWTON_STEPS):
            if np.abs(self.slope).max() > _STEEPEST:
                return False
            if np.abs(self.uphill()).max() < _AT_REST * self.persons:
                return True
            if not self.newton_step():
                self.em_step()
        return False


def fit(patterns: Patterns, kind: Kind = Kind.TWO_PL) -> MarginalFit:
    """Fit a model. Raises ValueError for an item that everybody answers alike, for fewer items than tell the model's parameters
    from ability, or a table too large for a dense fit."""
    if patterns.answers.size > MOST_CELLS:
        raise ValueError(f"{patterns.answers.size:,} cells are too many for a fit without priors; the nightly calibration takes them")
    search = _Search(patterns, kind)
    if search.items < FEWEST_ITEMS[kind]:
        raise ValueError(f"the model {kind} needs {FEWEST_ITEMS[kind]} items or more: {search.items} cannot tell it from ability")
    return _described(search, search.climb())


def _ascent(information: Floats, gradient: Floats) -> Floats:
    """Newton's step, limited to 1 in any parameter; where the surface is not concave, along its positive curvatures only."""
    values, vectors = np.linalg.eigh(information)
    bent = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
    step = vectors @ ((vectors.T @ gradient) / bent)
    longest = float(np.abs(step).max())
    return step / longest if longest > 1 else step


def _described(search: _Search, converged: bool) -> MarginalFit:
    """Standard errors from the observed information, by the delta method where a quantity is derived."""
    kind, items, slope, intercept = search.kind, search.items, search.slope, search.intercept
    information = search.information()
    try:
        np.linalg.cholesky(information)
        free = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        free = np.full_like(information, np.nan)
        converged = False
    cov = search.design @ free @ search.design.T
    var_a, var_d = np.diag(cov)[:items], np.diag(cov)[items:]
    cov_ad = np.diag(cov[:items, items:])
    variance, variance_se = 1.0, float("nan")
    slope_se = np.sqrt(var_a)
    difficulty_se = np.sqrt(intercept**2 / slope**4 * var_a - 2 * intercept / slope**3 * cov_ad + var_d / slope**2)
    if kind is Kind.RASCH:
        variance, variance_se = float(slope[0] ** 2), float(2 * abs(slope[0]) * np.sqrt(var_a[0]))
        slope = np.ones(items)
        difficulty_se = np.sqrt(var_d)
    if kind in (Kind.RASCH, Kind.RASCH_FIXED):
        slope_se = np.full(items, np.nan)
    return MarginalFit(
        kind=kind,
        slope=slope,
        intercept=intercept,
        difficulty=-intercept / slope,
        slope_se=slope_se,
        intercept_se=np.sqrt(var_d),
        difficulty_se=difficulty_se,
        variance=variance,
        variance_se=variance_se,
        log_likelihood=search.current.log_likelihood,
        persons=search.persons,
        converged=converged,
    )


def abilities(fitted: MarginalFit, answers: NDArray[np.integer]) -> Ability:
    """Expected a posteriori ability and posterior sd of each row of answers (rows, items), in the fit's own unit."""
    sd = float(np.sqrt(fitted.variance))
    table = np.asarray(answers)
    linear = (fitted.slope * sd)[:, None] * NODES + fitted.intercept[:, None]
    joint = (table != MISSING) @ -np.logaddexp(0, linear) + (table == 1) @ linear + _LOG_PRIOR
    weights = np.exp(joint - joint.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    mean = weights @ NODES
    spread = np.sqrt(weights @ NODES**2 - mean**2)
    return Ability(sd * mean, sd * spread)
