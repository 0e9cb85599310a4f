"""The week, the calendar and the run of study days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pages.study import WEEKS, first_day, rhythm, runs
from quizzes.public import StudyDay

FRIDAY = date(2026, 11, 20)


def ago(*days: int) -> set[date]:
    return {FRIDAY - timedelta(days=day) for day in days}


@pytest.mark.parametrize(
    ("days", "run"),
    [
        ((), (0, 0)),
        ((0,), (1, 1)),
        ((1,), (1, 1)),
        ((0, 1, 2), (3, 3)),
        ((0, 3), (2, 2)),
        ((0, 4), (1, 1)),
        ((3,), (1, 1)),
        ((4,), (0, 1)),
        ((0, 1, 10, 11, 12), (2, 3)),
    ],
)
def test_run_forgives_two_free_days(days, run):
    assert runs(ago(*days), FRIDAY) == run


def test_calendar_begins_on_a_monday_twelve_weeks_back():
    assert first_day(FRIDAY) == date(2026, 8, 31)
    assert first_day(FRIDAY).weekday() == 0
    assert (FRIDAY - first_day(FRIDAY)).days < 7 * WEEKS


def test_rhythm_counts_minutes_of_this_week_alone():
    done = {
        FRIDAY: StudyDay(12, 25 * 60),
        FRIDAY - timedelta(days=2): StudyDay(5, 10 * 60),
        FRIDAY - timedelta(days=5): StudyDay(40, 3600),
    }
    shown = rhythm(done, today=FRIDAY, goal=20)
    assert shown.minutes == 35
    assert [row[1] for row in shown.week.table.rows] == ["0", "0", "10", "0", "25"]
    assert shown.days.table.rows[-1][1:] == ("2", "17")
    assert shown.days.table.rows[-2][1:] == ("1", "40")
    assert len(shown.days.table.rows) == WEEKS


def test_rhythm_of_nothing_can_be_drawn():
    shown = rhythm({}, today=FRIDAY, goal=20)
    assert (shown.minutes, shown.run, shown.best) == (0, 0, 0)
