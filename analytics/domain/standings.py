"""Where a learner stands in a few figures: the part of a report that a table of many learners shows, and nothing else of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from analytics.instrument import Instrument
from analytics.readiness.scores import (
    chance_to_pass,
    combine,
    domain_weights,
    domains_missing,
    exam_score,
    moments,
    verdict,
)
from analytics.readiness.state import AbilityState, Layout


@dataclass(frozen=True, slots=True)
class Figures:
    """The same as in a report: estimate and interval on the exam's scale, chance, verdict, shares of right answers by domain."""

    scaled: float
    low: float
    high: float
    chance: float
    verdict: str
    domains: dict[str, float]


def figures_of(state: AbilityState, instrument: Instrument) -> Figures:
    """A learner's figures. A report with its dots and tasks costs three times as much, which shows in a team of hundreds."""
    layout, form = instrument.layout, instrument.form
    tasks = len(layout.tasks)
    parts = moments(state.mean[:tasks], state.cov[:tasks, :tasks], instrument.curves.task)
    overall = combine(parts, np.asarray(form.weights))
    chance = chance_to_pass(exam_score(parts, form), form, instrument.recalibration)
    low, high = form.scaled(overall.low), form.scaled(overall.high)
    said = verdict(answers=int(state.first_answers.sum()), missing=domains_missing(state, layout), width=high - low, chance=chance)
    shares = _weights(layout) @ parts.first
    return Figures(
        scaled=form.scaled(overall.score),
        low=low,
        high=high,
        chance=chance,
        verdict=said.value,
        domains={key: float(share) for key, share in zip(layout.domain_keys, shares, strict=True)},
    )


@cache
def _weights(layout: Layout) -> np.ndarray:
    """The weights of all domains over the tasks, shape (domains, tasks)."""
    return np.array([domain_weights(layout, key) for key in layout.domain_keys])
