"""The order of what to do next, and the reason that each step gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from analytics.public import readiness_of
from lifecycle.public import lesson_rows, next_of
from pages.next_steps import Standing, steps, weakest
from quizzes.public import Wanted, start_attempt
from tests.pages.views.sittings import answer_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def standing(enrolled, exam):
    """A learner with a hundred answers, nothing due and nothing open."""
    answer_many(enrolled, exam, count=100, right=lambda position: position % 4 != 0)
    return Standing(
        exam=exam,
        readiness=readiness_of(enrolled, exam),
        running=None,
        running_seconds=None,
        due=0,
        lesson=next_of(lesson_rows(enrolled, exam)),
        exam_date=None,
        today=timezone.localdate(),
    )


def test_newcomer_finds_their_level_first(standing, django_user_model):
    new = replace(standing, readiness=readiness_of(django_user_model.objects.create_user("new"), standing.exam))
    hero, more = steps(new)
    assert dict(hero.fields) == {"mode": "diagnostic"}
    assert "mode" not in {name for action in more for name, _value in action.fields}


def test_due_reviews_come_before_drills(standing):
    hero, more = steps(replace(standing, due=12))
    assert hero.title == "Review 12 questions that are due"
    assert dict(hero.fields)["count"] == "12"
    assert more[0].title.startswith("Drill: ")


def test_a_long_queue_is_taken_in_pieces(standing):
    hero, _more = steps(replace(standing, due=300))
    assert hero.title == "Review 20 of 300 due questions"
    assert dict(hero.fields)["count"] == "20"


def test_drill_is_in_the_domain_with_most_to_win(standing):
    hero, _more = steps(standing)
    best = max(standing.readiness.domains, key=lambda domain: domain.marks_to_gain)
    assert hero.title == f"Drill: {best.title}"
    assert dict(hero.fields)["domains"] == str(best.number)


def test_open_sitting_says_whether_its_clock_runs(standing, enrolled, exam):
    attempt = start_attempt(user=enrolled, exam=exam, wanted=Wanted(mode="practice_exam"))
    running, _more = steps(replace(standing, running=attempt, running_seconds=41 * 60))
    assert "41 minutes left; the clock is running." in running.reason
    attempt.paused_at = timezone.now()
    stopped, _more = steps(replace(standing, running=attempt, running_seconds=41 * 60))
    assert "the clock stopped when you left" in stopped.reason


def test_never_more_than_three_besides_the_main_one(standing, enrolled, exam):
    attempt = start_attempt(user=enrolled, exam=exam, wanted=Wanted(mode="drill", count=5))
    _hero, more = steps(replace(standing, running=attempt, due=3))
    assert len(more) == 3


def test_every_step_gives_a_reason(standing):
    hero, more = steps(replace(standing, due=3))
    assert all(action.reason for action in (hero, *more))


def test_weakest_of_none_is_none():
    assert weakest([]) is None


def test_on_the_day_of_the_exam_nothing_is_drilled(standing):
    hero, more = steps(replace(standing, due=12, exam_date=standing.today))
    assert hero.title == "Nothing more to study today"
    assert (hero.fields, more) == ((), [])
