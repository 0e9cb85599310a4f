"""Shared reads: where a learner stands, how it went, what moves it, how honest the predictions were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from math import exp
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.public import read_db_now
from analytics import ledger
from analytics.domain.mastery import answers_by_domain, day_number, report_of, state_of
from analytics.instrument import Instrument, instrument_of
from analytics.models import AttemptEvidence, DailySnapshot, Mastery, QuestionStatistics
from analytics.readiness.filter import at_day
from analytics.readiness.scores import TARGET, Estimate, Report, chance_with_domain_at, stage_estimates
from analytics.readiness.state import AbilityState
from analytics.tallies import current_sums

FEW_ANSWERS = 8
FAMILIAR, PROFICIENT, MASTERED = 0.60, 0.70, 0.85
SHOWN_FROM = 30
RAPID_TOLD = 0.10
LEVELS = {
    "not_started": _("Not started"),
    "attempted": _("Attempted"),
    "familiar": _("Familiar"),
    "proficient": _("Proficient"),
    "mastered": _("Mastered"),
}


@dataclass(frozen=True, slots=True)
class Needed:
    """What is missing before a verdict: first-time answers in all, in each domain (number, title, answers), and a narrower interval."""

    answers: int
    of: int
    domains: tuple[tuple[int, str, int], ...]
    too_wide: bool


@dataclass(frozen=True, slots=True)
class DomainReadiness:
    """A domain: shares of right answers with their 90 % interval in percent, and the questions of the exam still to be won."""

    number: int
    title: str
    weight: float
    estimate: int
    low: int
    high: int
    marks_to_gain: float
    answers: int
    too_few: bool


@dataclass(frozen=True, slots=True)
class TaskReadiness:
    """A task, in percent."""

    number: str
    title: str
    domain: int
    estimate: int
    low: int
    high: int
    answers: int


@dataclass(frozen=True, slots=True)
class StageMastery:
    """A stage of the lifecycle, in percent; `level` is a key of LEVELS and `label` its word."""

    slug: str
    name: str
    estimate: int
    low: int
    high: int
    answers: int
    level: str
    label: Any


@dataclass(frozen=True)
class Readiness:
    """Where a learner stands. While `state` is `too_early`, pages show what is needed and no figure of the exam."""

    state: str
    verdict: str
    answers: int
    first_answers: int
    needed: Needed
    estimate: int
    low: int
    high: int
    chance: float
    in_twenty: int
    dots: tuple[int, ...]
    pass_mark: int
    scale: tuple[int, int]
    domains: list[DomainReadiness]
    tasks: list[TaskReadiness]
    stages: dict[str, StageMastery]
    updated_at: datetime | None
    change_in_week: int | None
    believed: AbilityState
    instrument: Instrument

    @property
    def shown(self) -> bool:
        return self.state == "shown"

    @cached_property
    def what_if(self) -> list[tuple[str, float]]:
        """(domain title, chance to pass) if each domain below the target reached it, the largest gain first."""
        steps = [(domain.title, self._chance_with(str(domain.number))) for domain in self.domains if domain.estimate < 100 * TARGET]
        return sorted(steps, key=lambda step: -step[1])

    def _chance_with(self, domain: str) -> float:
        return chance_with_domain_at(self.believed, self.instrument.standard, domain)


@dataclass(frozen=True, slots=True)
class RapidAnswers:
    """Of the answers of one sitting, those that came too fast to have read the question; they are no evidence of ability."""

    rapid: int
    answered: int

    @property
    def told(self) -> bool:
        """Whether the learner is told: above one in ten."""
        return self.rapid > RAPID_TOLD * self.answered


@dataclass(frozen=True, slots=True)
class Point:
    """A learner's standing at the end of a day with answers."""

    day: date
    estimate: int
    low: int
    high: int
    chance: float
    shown: bool


def in_twenty(chance: float) -> int:
    """A chance in dots of twenty; never none and never all."""
    return min(max(round(20 * chance), 1), 19)


def percent(share: float) -> int:
    return round(100 * share)


def readiness_of(user: Any, exam: Any, now: datetime | None = None) -> Readiness:
    """Where a learner stands today; three statements, and the clock's where the caller has not read it.

    A learner without answers has the prior and is told that it is too early.
    """
    instrument = instrument_of(exam.pk)
    row = Mastery.objects.visible_to(user).filter(exam=exam).first() if user.is_authenticated else None
    if row is None:
        return _readiness(instrument, None, instrument.model.prior(), None)
    now = now or read_db_now()
    state = at_day(state_of(row, instrument), instrument.model, day_number(now))
    week_ago = timezone.localtime(now).date() - timedelta(days=7)
    earlier = DailySnapshot.objects.visible_to(user).filter(exam=exam, day__lte=week_ago).order_by("-day").first()
    return _readiness(instrument, row, state, earlier)


def _readiness(instrument: Instrument, row: Mastery | None, state: AbilityState, earlier: DailySnapshot | None) -> Readiness:
    shown = report_of(state, instrument)
    dots = in_twenty(shown.chance)
    too_early = shown.verdict == "too_early"
    change = None
    if earlier is not None and not too_early and earlier.verdict != "too_early":
        change = dots - in_twenty(earlier.chance)
    return Readiness(
        state="too_early" if too_early else "shown",
        verdict=shown.verdict.value,
        answers=row.answers if row else 0,
        first_answers=shown.answers,
        needed=_needed(shown, instrument),
        estimate=round(shown.scaled),
        low=round(shown.scaled_low),
        high=round(shown.scaled_high),
        chance=shown.chance,
        in_twenty=dots,
        dots=tuple(round(dot) for dot in shown.dots),
        pass_mark=round(instrument.form.pass_mark),
        scale=(round(instrument.form.scale_min), round(instrument.form.scale_max)),
        domains=_domains(shown, state, instrument),
        tasks=_tasks(shown, state, instrument),
        stages=stage_masteries(state, instrument),
        updated_at=row.updated_at if row and row.answers else None,
        change_in_week=change,
        believed=state,
        instrument=instrument,
    )


def _needed(shown: Report, instrument: Instrument) -> Needed:
    domains = tuple((int(key), instrument.domain_titles[key], count) for key, count in shown.domains_missing.items())
    missing = max(shown.answers_missing, sum(shown.domains_missing.values()))
    too_wide = shown.verdict == "too_early" and not missing
    return Needed(answers=missing, of=shown.answers + missing, domains=domains, too_wide=too_wide)


def _domains(shown: Report, state: AbilityState, instrument: Instrument) -> list[DomainReadiness]:
    counts = answers_by_domain(state, instrument)
    rows = [
        DomainReadiness(
            number=int(key),
            title=instrument.domain_titles[key],
            weight=instrument.domain_weights[key],
            estimate=percent(part.score),
            low=percent(part.low),
            high=percent(part.high),
            marks_to_gain=round(shown.marks_to_gain[key], 1),
            answers=counts[key],
            too_few=counts[key] < FEW_ANSWERS,
        )
        for key, part in shown.domains.items()
    ]
    return sorted(rows, key=lambda row: -row.marks_to_gain)


def _tasks(shown: Report, state: AbilityState, instrument: Instrument) -> list[TaskReadiness]:
    layout = instrument.layout
    return [
        TaskReadiness(
            number=key,
            title=instrument.task_titles[key],
            domain=int(layout.domains[index]),
            estimate=percent(part.score),
            low=percent(part.low),
            high=percent(part.high),
            answers=int(state.first_answers[index]),
        )
        for index, (key, part) in enumerate(shown.tasks.items())
    ]


def stage_masteries(state: AbilityState, instrument: Instrument) -> dict[str, StageMastery]:
    """Every stage that has questions, by its slug."""
    estimates = stage_estimates(state, instrument.layout, instrument.curves)
    answers = state.stage_answers
    found = {}
    for slug, part in estimates.items():
        count = int(answers[instrument.layout.stage_index[slug]])
        level = stage_level(part, count)
        found[slug] = StageMastery(
            slug, instrument.stage_names[slug], percent(part.score), percent(part.low), percent(part.high), count, level, LEVELS[level]
        )
    return found


def stage_level(part: Estimate, answers: int) -> str:
    """The word for a stage. Mastered only where even the low end of the interval is a pass; levels can fall."""
    if answers == 0:
        return "not_started"
    if part.score < FAMILIAR:
        return "attempted"
    if part.score < PROFICIENT:
        return "familiar"
    return "mastered" if part.score >= MASTERED and part.low >= PROFICIENT else "proficient"


def readiness_history(user: Any, exam: Any, days: int = 84) -> list[Point]:
    """The learner's snapshots of the last days, oldest first; two statements."""
    since = timezone.localtime(read_db_now()).date() - timedelta(days=days)
    rows = DailySnapshot.objects.visible_to(user).filter(exam=exam, day__gte=since).order_by("day")
    return [Point(row.day, row.estimate, row.low, row.high, row.chance, row.verdict != "too_early") for row in rows]


def pace_of(row: Mastery | None) -> float | None:
    """The learner's typical seconds a question (the geometric mean); None before ten measured answers."""
    if row is None or row.pace_count < 10:
        return None
    return exp(row.pace_sum / row.pace_count)


def share_per_option(version_ids: Iterable[int]) -> dict[int, dict[str, float]]:
    """How large a share of learners chose each option the first time, by version and option key; versions under 30 answers left out."""
    from quizzes.public import version_texts

    rows = QuestionStatistics.objects.filter(pk__in=list(version_ids), first_answers__gte=SHOWN_FROM).values_list("pk", "sums")
    tallies = {pk: total for pk, sums in rows if (total := current_sums(sums)) is not None}
    texts = version_texts(tallies)
    return {
        pk: {
            option.key: tally.options[place].count / tally.everyone.count
            for place, option in enumerate(texts[pk].options)
            if place in tally.options
        }
        for pk, tally in tallies.items()
        if tally.everyone.count
    }


def rapid_answers(attempt_id: Any) -> RapidAnswers:
    """How many answers of a sitting came too fast to have read the question; none before it is graded. One statement."""
    row = AttemptEvidence.objects.filter(pk=attempt_id).values_list("records", flat=True).first()
    if row is None:
        return RapidAnswers(0, 0)
    records = ledger.read(bytes(row))
    answered = ledger.has(records, ledger.ANSWERED)
    return RapidAnswers(int((answered & ledger.has(records, ledger.RAPID)).sum()), int(answered.sum()))
