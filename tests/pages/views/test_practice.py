"""The practice page: ways to be asked, and what each asks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from pages.starting import level_at, levels_of
from quizzes.models import Attempt, Question, QuestionVersion
from tests.pages.views.sittings import answer_many


@pytest.mark.parametrize(
    ("estimate", "too_few", "level"),
    [(40, False, "easy"), (59, False, "easy"), (60, False, "medium"), (80, False, "medium"), (81, False, "hard"), (95, True, "medium")],
)
def test_level_follows_the_share_likely_to_be_right(estimate, too_few, level):
    assert level_at(SimpleNamespace(estimate=estimate, too_few=too_few)) == level


def test_near_your_level_waits_until_the_level_is_known(browser_of, enrolled, exam):
    body = browser_of(enrolled).get(reverse("practice", args=[exam.slug])).content.decode()
    assert "Your level is not known yet." in body
    assert 'name="near_level"' not in body


def test_near_your_level_asks_twenty_questions_of_that_level(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=60, right=lambda _position: True)
    wanted = dict(levels_of(enrolled, exam))
    assert len(wanted) == 5
    level = wanted[1]
    Question.objects.filter(exam=exam).exclude(exposures__user=enrolled).update(difficulty="easy" if level != "easy" else "hard")
    fits = Question.objects.filter(exam=exam, task__domain__number=1).exclude(exposures__user=enrolled).first()
    Question.objects.filter(pk=fits.pk).update(difficulty=level)
    browser = browser_of(enrolled)
    assert 'name="near_level" value="on"' in browser.get(reverse("practice", args=[exam.slug])).content.decode()
    started = browser.post(
        reverse("attempt-start", args=[exam.slug]), {"mode": "drill", "near_level": "on", "count": "20", "feedback": "each"}
    )
    attempt = Attempt.objects.get(pk=started.url.strip("/").split("/")[1])
    assert attempt.question_count == 20
    assert attempt.title == "Drill: questions near your level"
    asked = QuestionVersion.objects.filter(pk__in=[entry[0] for entry in attempt.form]).values_list("question_id", flat=True)
    assert fits.pk in asked, "the one question of the level is among them"
