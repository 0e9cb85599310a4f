"""The practice page: ways to be asked, and what each asks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from accounts.models import Preferences
from pages.starting import level_at, levels_of
from quizzes.models import Attempt, Exposure, Question, QuestionVersion
from quizzes.public import SubjectStock, subject_stock
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


def test_subjects_count_what_is_new_missed_and_flagged(enrolled, exam):
    before = subject_stock(enrolled, exam)
    assert before[("", "")].total == before[("", "")].new == sum(before[("domains", str(n))].total for n in range(1, 6))
    answer_many(enrolled, exam, count=20, right=lambda position: position > 8)
    missed = Exposure.objects.filter(user=enrolled, last_right=False).order_by("pk")
    Exposure.objects.filter(pk__in=[row.pk for row in missed[:3]]).update(last_flagged=True)
    Exposure.objects.filter(pk=Exposure.objects.filter(user=enrolled, last_right=True).first().pk).update(last_flagged=True)
    after = subject_stock(enrolled, exam)
    everything = after[("", "")]
    assert (everything.total, everything.new) == (before[("", "")].total, before[("", "")].total - 20)
    assert (everything.missed, everything.flagged, everything.both) == (8, 4, 3)
    for kind in ("domains", "tasks"):
        of_kind = [stock for (name, _value), stock in after.items() if name == kind]
        assert [sum(stock.missed for stock in of_kind), sum(stock.new for stock in of_kind)] == [8, everything.new]
    staged = Question.objects.filter(stages__slug="monitoring").count()
    assert after.get(("stages", "monitoring"), SubjectStock()).total == staged


@pytest.mark.parametrize(
    ("allowance", "ten", "said"),
    [
        ("x1", "14", "83 seconds for each question"),
        ("x1.5", "21", "Your time allowance counts: Half more."),
        ("plus30", "44", "30 minutes more"),
    ],
)
def test_the_builder_knows_the_minutes_of_each_length(browser_of, enrolled, exam, allowance, ten, said):
    Preferences.objects.create(user=enrolled, allowance=allowance)
    answer = browser_of(enrolled).get(reverse("practice", args=[exam.slug]))
    minutes = answer.context["clock"].split(" ")
    assert (len(minutes), minutes[9]) == (40, ten)
    assert said in answer.content.decode()


def test_the_builder_says_that_no_clock_runs_without_a_limit(browser_of, enrolled, exam):
    Preferences.objects.create(user=enrolled, allowance="none")
    answer = browser_of(enrolled).get(reverse("practice", args=[exam.slug]))
    assert answer.context["clock"] == ""
    assert "no clock runs at exam pace either" in answer.content.decode()
