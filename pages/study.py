"""What a learner did, day by day: the week against its goal, the last weeks, the run of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format

from pages.charts import Chart, calendar, week_bars
from quizzes.public import StudyDay

WEEKS = 12
FREE_DAYS = 2
"""Days a week that may pass without study and leave the run whole."""


@dataclass(frozen=True)
class Rhythm:
    """The week and the weeks before, drawn, with the run of days."""

    minutes: int
    week: Chart
    days: Chart
    run: int
    best: int


def first_day(today: date) -> date:
    """The Monday that begins the calendar."""
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(weeks=WEEKS - 1)


def rhythm(done: Mapping[date, StudyDay], *, today: date, goal: int) -> Rhythm:
    """Draw the days since `first_day`. `goal` is minutes a day."""
    monday = today - timedelta(days=today.weekday())
    week = [monday + timedelta(days=offset) for offset in range((today - monday).days + 1)]
    minutes = [(date_format(day, "D"), round(done[day].seconds / 60) if day in done else 0) for day in week]
    sunday = monday + timedelta(days=6)
    start = first_day(today)
    counts = [done[day].answers if (day := start + timedelta(days=offset)) in done else 0 for offset in range((sunday - start).days + 1)]
    run, best = runs({day for day in done if done[day].answers}, today)
    return Rhythm(
        minutes=sum(count for _label, count in minutes),
        week=week_bars(minutes, goal=goal),
        days=calendar(counts, last_day=sunday),
        run=run,
        best=best,
    )


def runs(active: set[date], today: date) -> tuple[int, int]:
    """The current and the longest run in study days.

    A run ends when more than FREE_DAYS days in a row pass without study; today is not over yet.
    """
    best = length = 0
    before: date | None = None
    for day in sorted(active):
        length = length + 1 if before is not None and (day - before).days <= FREE_DAYS + 1 else 1
        best, before = max(best, length), day
    current = length if before is not None and (today - before).days <= FREE_DAYS + 1 else 0
    return current, best
