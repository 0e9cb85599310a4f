"""From abilities to what is shown: scores with intervals, the exam's scale, the chance to pass, the verdict.

Every figure is a linear functional of the same Gaussian, so that none contradicts another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import ceil, sqrt

import numpy as np

from .curves import Curves, interpolate
from .distributions import Z90, logistic, logit, normal_cdf, normal_quantile
from .outcomes import UNCHANGED, Recalibration
from .state import AbilityState, Floats, Layout

ENOUGH_ANSWERS = 25
ENOUGH_IN_DOMAIN = 2
WIDEST_INTERVAL = 250.0
READY_FROM = 0.80
CLOSE_FROM = 0.50
DOTS = 20
TARGET = 0.70
FARTHEST_STEP = 12.0
_NODES, _weights = np.polynomial.hermite_e.hermegauss(7)
_WEIGHTS = _weights / _weights.sum()
_NEAR_ONE = 1 - 1e-9


class Verdict(StrEnum):
    TOO_EARLY = "too_early"
    READY = "ready"
    CLOSE = "close"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of right answers, 0 to 1, with the 90 % interval of ability and the variance behind it."""

    score: float
    low: float
    high: float
    variance: float


@dataclass(frozen=True)
class ExamForm:
    """How an exam is put together and marked.

    ``weights`` (tasks,) add to 1; ``scored`` (tasks,) is the number of scored questions expected of each task. ``cut`` is the
    raw share that the pass mark is assumed to stand for; providers do not publish it, so ``cut_sd`` questions of doubt remain.
    """

    weights: tuple[float, ...]
    scored: tuple[float, ...]
    cut: float = 0.70
    cut_sd: float = 1.0
    scale_min: float = 100.0
    pass_mark: float = 700.0
    scale_max: float = 1000.0

    def __post_init__(self) -> None:
        if len(self.weights) != len(self.scored):
            raise ValueError("weights and scored questions must name the same tasks")
        if abs(sum(self.weights) - 1) > 1e-6:
            raise ValueError(f"weights must add to 1, not {sum(self.weights):.6f}")
        if not 0 < self.cut < 1:
            raise ValueError("the cut is a share between 0 and 1")
        if not self.scale_min < self.pass_mark < self.scale_max:
            raise ValueError("the pass mark lies inside the scale")

    @classmethod
    def from_domains(cls, layout: Layout, weights: dict[str, float], scored: dict[str, float], **scale: float) -> ExamForm:
        """A form from the figures of each domain, shared equally among its tasks. Weights may be given in any unit."""
        tasks_of = {domain: layout.domains.count(domain) for domain in layout.domain_keys}
        total = sum(weights[domain] for domain in layout.domain_keys)
        return cls(
            weights=tuple(weights[domain] / total / tasks_of[domain] for domain in layout.domains),
            scored=tuple(scored[domain] / tasks_of[domain] for domain in layout.domains),
            **scale,
        )

    @cached_property
    def questions(self) -> float:
        """Scored questions in the exam."""
        return sum(self.scored)

    @cached_property
    def cut_questions(self) -> int:
        """Right answers needed to pass."""
        return ceil(self.cut * self.questions - 1e-9)

    def scaled(self, share: float) -> float:
        """A share of right answers on the exam's scale: linear below and above the cut."""
        if share < self.cut:
            return self.scale_min + (self.pass_mark - self.scale_min) * share / self.cut
        return self.pass_mark + (self.scale_max - self.pass_mark) * (share - self.cut) / (1 - self.cut)


@dataclass(frozen=True)
class Standard:
    """What abilities are held against: the exam's layout and form, its response curves, and the recalibration by outcomes."""

    layout: Layout
    form: ExamForm
    curves: Curves
    recalibration: Recalibration = UNCHANGED


@dataclass(frozen=True, slots=True)
class Moments:
    """Expected share right per task, expected square of it, and the covariance of the shares between tasks."""

    first: Floats
    second: Floats
    cov: Floats


@dataclass(frozen=True, slots=True)
class ExamScore:
    """The number of right answers predicted for one sitting: normal with this mean and variance (questions, squared questions)."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown of one learner, keyed by domain and task. Stages are worked out apart: see ``stage_estimates``."""

    overall: Estimate
    domains: dict[str, Estimate]
    tasks: dict[str, Estimate]
    scaled: float
    scaled_low: float
    scaled_high: float
    exam: ExamScore
    chance: float
    verdict: Verdict
    answers: int
    answers_missing: int
    domains_missing: dict[str, int]
    dots: tuple[float, ...]
    marks_to_gain: dict[str, float]


def moments(mean: Floats, cov: Floats, curves: Floats) -> Moments:
    """Moments of the share right under abilities N(mean, cov), by 7 Gauss-Hermite points; ``curves`` (tasks, grid)."""
    variance = np.diag(cov)
    sd = np.sqrt(variance)
    values = interpolate(curves, mean[:, None] + sd[:, None] * _NODES)
    first = values @ _WEIGHTS
    second = (values * values) @ _WEIGHTS
    slope = values @ (_WEIGHTS * _NODES) / sd
    between = slope[:, None] * slope * cov
    np.fill_diagonal(between, np.maximum(second - first**2, slope**2 * variance))
    return Moments(first, second, between)


def estimate(score: float, variance: float) -> Estimate:
    """A score with its 90 % interval, made on the logit scale so that it stays inside 0 and 1."""
    inside = min(max(score, 1 - _NEAR_ONE), _NEAR_ONE)
    half = Z90 * sqrt(variance) / (inside * (1 - inside))
    return Estimate(score, logistic(logit(inside) - half), logistic(logit(inside) + half), variance)


def combine(parts: Moments, weights: Floats) -> Estimate:
    """The estimate of a weighted mean of tasks; ``weights`` (tasks,)."""
    return estimate(float(weights @ parts.first), float(weights @ parts.cov @ weights))


def exam_score(parts: Moments, form: ExamForm) -> ExamScore:
    """The predicted number of right answers: what is unknown of the learner, of the questions drawn, and of the cut."""
    scored = np.asarray(form.scored)
    unknown = scored @ parts.cov @ scored
    drawn = scored @ (parts.first - parts.second)
    return ExamScore(float(scored @ parts.first), float(unknown + drawn + form.cut_sd**2))


def chance_to_pass(score: ExamScore, form: ExamForm, recalibration: Recalibration = UNCHANGED) -> float:
    """P(right answers >= cut), by the normal approximation with continuity correction, recalibrated by reported outcomes."""
    return recalibration.apply(normal_cdf((score.mean - form.cut_questions + 0.5) / sqrt(score.variance)))


def chance_of(mean: Floats, cov: Floats, standard: Standard) -> float:
    """The chance to pass of a learner with abilities N(mean, cov), (tasks,) and (tasks, tasks)."""
    return chance_to_pass(exam_score(moments(mean, cov, standard.curves.task), standard.form), standard.form, standard.recalibration)


def dots(score: ExamScore, form: ExamForm, recalibration: Recalibration = UNCHANGED) -> tuple[float, ...]:
    """Twenty equally likely results on the exam's scale, rising: the mid-quantiles of the predicted score in whole questions.

    Whole questions, so that as many dots reach the pass mark as the chance to pass says. Where outcomes have recalibrated the
    chance, the dots are moved by the same amount.
    """
    sd = sqrt(score.variance)
    chance = chance_to_pass(score, form, recalibration)
    z = normal_quantile(min(max(chance, 1 - _NEAR_ONE), _NEAR_ONE))
    mean = score.mean if recalibration == UNCHANGED else form.cut_questions - 0.5 + z * sd
    results = (mean + sd * normal_quantile((index + 0.5) / DOTS) for index in range(DOTS))
    return tuple(form.scaled(min(max(round(result), 0), form.questions) / form.questions) for result in results)


def stage_moments(state: AbilityState, stage: int, curves: Curves) -> tuple[Moments, Floats]:
    """Moments over the stage's tasks, shifted by the learner's deviation in the stage, and the share of each task in it."""
    tasks = np.flatnonzero(curves.stage_share[stage])
    mean = state.mean[tasks] + state.stage_mean[stage]
    cov = state.cov[np.ix_(tasks, tasks)] + state.stage_var[stage]
    return moments(mean, cov, curves.stage[stage, tasks]), curves.stage_share[stage, tasks]


def stage_estimates(state: AbilityState, layout: Layout, curves: Curves) -> dict[str, Estimate]:
    """The estimate of every stage that has questions."""
    return {
        key: combine(*stage_moments(state, index, curves)) for index, key in enumerate(layout.stages) if curves.stage_share[index].any()
    }


def domain_weights(layout: Layout, domain: str) -> Floats:
    """Equal weights over the tasks of a domain, shape (tasks,)."""
    chosen = np.array([key == domain for key in layout.domains], dtype=np.float64)
    if not chosen.any():
        raise ValueError(f"no domain {domain!r}")
    return chosen / chosen.sum()


def domains_missing(state: AbilityState, layout: Layout) -> dict[str, int]:
    """How many more first-time answers each domain needs before a verdict; domains with enough are left out."""
    answers = np.bincount(layout.domain_of_task, weights=state.first_answers, minlength=len(layout.domain_keys)).astype(int)
    return {key: ENOUGH_IN_DOMAIN - int(have) for key, have in zip(layout.domain_keys, answers, strict=True) if have < ENOUGH_IN_DOMAIN}


def verdict(*, answers: int, missing: dict[str, int], width: float, chance: float) -> Verdict:
    """What to say: nothing before 25 first-time answers with 2 in every domain, nor while the interval is wider than 250 points."""
    if answers < ENOUGH_ANSWERS or missing or width > WIDEST_INTERVAL:
        return Verdict.TOO_EARLY
    if chance >= READY_FROM:
        return Verdict.READY
    return Verdict.CLOSE if chance >= CLOSE_FROM else Verdict.NOT_YET


def report(state: AbilityState, standard: Standard) -> Report:
    """What is shown of a learner, from the state as it stands (see ``filter.at_day`` for a later day)."""
    layout, form, curves = standard.layout, standard.form, standard.curves
    tasks = len(layout.tasks)
    parts = moments(state.mean[:tasks], state.cov[:tasks, :tasks], curves.task)
    overall = combine(parts, np.asarray(form.weights))
    domains = {key: combine(parts, domain_weights(layout, key)) for key in layout.domain_keys}
    by_task = {key: estimate(float(parts.first[i]), float(parts.cov[i, i])) for i, key in enumerate(layout.tasks)}
    scored = np.asarray(form.scored)
    gains = np.bincount(layout.domain_of_task, weights=scored * (1 - parts.first), minlength=len(layout.domain_keys))
    exam = exam_score(parts, form)
    chance = chance_to_pass(exam, form, standard.recalibration)
    low, high = form.scaled(overall.low), form.scaled(overall.high)
    answers = int(state.first_answers.sum())
    missing = domains_missing(state, layout)
    return Report(
        overall=overall,
        domains=domains,
        tasks=by_task,
        scaled=form.scaled(overall.score),
        scaled_low=low,
        scaled_high=high,
        exam=exam,
        chance=chance,
        verdict=verdict(answers=answers, missing=missing, width=high - low, chance=chance),
        answers=answers,
        answers_missing=max(0, ENOUGH_ANSWERS - answers),
        domains_missing=missing,
        dots=dots(exam, form, standard.recalibration),
        marks_to_gain={key: float(gain) for key, gain in zip(layout.domain_keys, gains, strict=True)},
    )


def chance_with_domain_at(state: AbilityState, standard: Standard, domain: str, target: float = TARGET) -> float:
    """The chance to pass if the learner's score in a domain rose to ``target``, all else as it is.

    The abilities of the domain's tasks are moved up by one common amount, found by bisection. A domain already there, or one
    whose questions nobody answers that well, leaves the chance as it is or takes it as far as the grid of abilities goes.
    """
    layout, curves = standard.layout, standard.curves
    tasks = len(layout.tasks)
    inside = np.flatnonzero(domain_weights(layout, domain))
    mean, cov = state.mean[:tasks].copy(), state.cov[:tasks, :tasks]
    part_cov, part_curves = cov[np.ix_(inside, inside)], curves.task[inside]

    def score_after(step: float) -> float:
        return float(moments(mean[inside] + step, part_cov, part_curves).first.mean())

    low, high = 0.0, 0.0
    if score_after(0.0) < target:
        high = FARTHEST_STEP
        while high - low > 1e-6:
            middle = (low + high) / 2
            low, high = (middle, high) if score_after(middle) < target else (low, middle)
    mean[inside] += high
    return chance_of(mean, cov, standard)
