"""The plan as rows of a page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.planner import Step
from lifecycle.public import enrol
from pages.plan_rows import step_row
from quizzes.models import Attempt, ReviewCard
from tests.analytics.conftest import *  # noqa: F403 - the same exam, learners and sittings
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


def test_sitting_is_a_form_with_a_field_for_each_value(exam):
    start = {"exam": exam.slug, "mode": "drill", "tasks": ["1.1", "1.2"], "count": 8, "feedback": "each"}
    row = step_row(Step("drill", "Drill", "Because.", 10, 0.0123, start), exam)
    assert row.post
    assert row.url == reverse("attempt-start", args=[exam.slug])
    assert row.fields == (("mode", "drill"), ("tasks", "1.1"), ("tasks", "1.2"), ("count", "8"), ("feedback", "each"))
    assert row.reason == "Because. Worth about 1.2 points of chance."


@pytest.mark.parametrize(
    ("gain", "marks", "words"),
    [
        (0.0123, 0.2, " Worth about 1.2 points of chance."),
        (0.0001, 0.24, " Worth about 0.2 right answers in the exam; your chance moves once more of these add up."),
        (0.0001, 0.01, ""),
    ],
)
def test_worth_is_told_in_chance_and_far_from_the_mark_in_right_answers(exam, gain, marks, words):
    step = Step("drill", "Drill", "Because.", 10, gain, {"exam": exam.slug, "mode": "drill"}, marks)
    assert step_row(step, exam).reason == "Because." + words


def test_lesson_is_a_link_to_where_the_reader_stopped(exam):
    row = step_row(Step("lesson", "Read", "Because.", 5, 0.0, {"lesson": "lesson-1-1", "section": "two"}), exam)
    assert (row.post, row.fields) == (False, ())
    assert row.url == reverse("lesson", args=[exam.slug, "lesson-1-1"]) + "#two"
    assert row.reason == "Because."


def test_readiness_page_shows_the_plan_and_its_first_step_starts(exam, learner, sitting, client):
    take(sitting(70, right=lambda position: position % 2 == 0, at=timezone.now()))
    for question in spread(exam)[:3]:
        ReviewCard.objects.create(
            user=learner,
            question=question,
            state=2,
            stability=1,
            difficulty=5,
            due_at=timezone.now() - timedelta(hours=1),
            reviewed_at=START,
        )
    client.force_login(learner)
    response = client.get(reverse("readiness", args=[exam.slug]))
    assert "The next ten minutes" in response.content.decode()
    steps = response.context["steps"]
    assert steps[0].icon == "repeat"
    drill = next(step for step in steps if step.icon == "target")
    fields: dict[str, list[str]] = {}
    for name, value in drill.fields:
        fields.setdefault(name, []).append(value)
    assert client.post(drill.url, fields).status_code == 302
    assert Attempt.objects.filter(user=learner, mode="drill", state="in_progress").count() == 1


def test_readiness_page_has_no_plan_before_a_verdict(exam, learner, client):
    client.force_login(learner)
    assert "The next ten minutes" not in client.get(reverse("readiness", args=[exam.slug])).content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "Set your exam date"), (0, "Your exam is today"), (1, "(1 day) we expect"), (12, "(12 days) we expect")],
)
def test_readiness_page_says_where_the_minutes_lead(exam, learner, sitting, client, days, words):
    take(sitting(70, right=lambda position: position % 3 != 0, at=timezone.now()))
    enrol(user=learner, exam=exam, exam_date=None if days is None else timezone.localdate() + timedelta(days=days))
    client.force_login(learner)
    body = client.get(reverse("readiness", args=[exam.slug])).content.decode()
    assert words in body
    assert ("The next ten minutes" in body) is (days != 0), "on the day itself rest beats one more drill"


@pytest.mark.parametrize(("every", "far"), [(6, True), (2, False)], ids=["far", "near"])
def test_who_is_far_is_told_that_no_domain_alone_is_enough(exam, learner, sitting, client, every, far):
    take(sitting(70, right=lambda position: position % every == 0, at=timezone.now()))
    client.force_login(learner)
    assert ("No domain alone is enough yet" in client.get(reverse("readiness", args=[exam.slug])).content.decode()) is far
