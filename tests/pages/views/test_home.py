"""The front page: what a visitor, a newcomer and a learner are shown first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Preferences
from lifecycle.public import enrol
from pages.views.home import main_loops
from quizzes.public import Wanted, start_attempt
from tests.pages.views.sittings import answer_many

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 15


def hero_of(body: str) -> str:
    """The title of the one main action."""
    return body.split('class="hero"')[1].split("<h3>")[1].split("</h3>", maxsplit=1)[0]


def test_visitor_can_try_ten_questions_without_an_account(client, exam):
    answer = client.get("/")
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "Try 10 questions" in body
    started = client.post(reverse("attempt-start", args=[exam.slug]), {"mode": "drill", "count": "10", "feedback": "each"})
    assert started.status_code == 302
    assert started.url.startswith("/attempts/")


def test_visitor_is_told_that_the_site_is_independent(client, exam):
    assert "not affiliated with or endorsed by Amazon Web Services" in client.get("/").content.decode()


def test_before_content_is_loaded_the_page_says_so(client, db):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No exam has been loaded" in answer.content.decode()


def test_newcomer_is_asked_two_questions_first(browser_of, learner, exam):
    answer = browser_of(learner).get("/")
    assert (answer.status_code, answer.url) == (302, "/start/")


def test_learner_without_answers_is_sent_to_find_their_level(browser_of, enrolled):
    body = browser_of(enrolled).get("/").content.decode()
    assert hero_of(body) == "Answer 15 questions to find your level"
    assert "Too early to say" in body
    assert "in 20</b>" not in body, "no chance before there is evidence for one"


def test_open_sitting_comes_first(browser_of, enrolled, exam):
    attempt = start_attempt(user=enrolled, exam=exam, wanted=Wanted(mode="drill", count=5))
    body = browser_of(enrolled).get("/").content.decode()
    assert hero_of(body).startswith("Continue")
    assert reverse("attempt", args=[attempt.pk]) in body
    assert "0 of 5 questions answered" in body


def test_learner_with_answers_sees_dots_and_domains(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=100, right=lambda position: position % 4 != 0)
    body = browser_of(enrolled).get("/").content.decode()
    assert "in 20</b>" in body
    assert body.count('class="c-hit"') + body.count('class="c-miss"') == 40, "twenty dots in two widths"
    assert body.count('class="iv"') == 5


def test_home_keeps_to_its_statements(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=60, right=lambda position: position % 3 != 0)
    start_attempt(user=enrolled, exam=exam, wanted=Wanted(mode="drill", count=5))
    browser = browser_of(enrolled)
    browser.get("/")  # the instrument is read once a process
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/").status_code == 200
    assert len(asked) <= MOST_STATEMENTS, "\n".join(query["sql"][:150] for query in asked)


@pytest.mark.parametrize(("days", "heading"), [(28, "Your exam is in 28 days"), (1, "Your exam is in 1 day"), (0, "Your exam is today")])
def test_heading_counts_the_days(browser_of, learner, exam, days, heading):
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() + timedelta(days=days))
    assert f"<h1>{heading}</h1>" in browser_of(learner).get("/").content.decode()


def test_exam_day_wishes_luck(browser_of, learner, exam):
    enrol(user=learner, exam=exam, exam_date=timezone.localdate())
    assert "Good luck today" in browser_of(learner).get("/").content.decode()


def test_exam_day_pushes_no_drill_and_no_open_sitting(browser_of, learner, exam):
    enrol(user=learner, exam=exam, exam_date=timezone.localdate())
    start_attempt(user=learner, exam=exam, wanted=Wanted(mode="drill", count=5))
    body = browser_of(learner).get("/").content.decode()
    assert hero_of(body) == "Nothing more to study today"
    hero = body.split('class="hero"')[1].split("</section>", maxsplit=1)[0]
    assert reverse("attempt-start", args=[exam.slug]) not in hero
    assert "questions answered" not in hero


def test_after_the_exam_the_result_is_asked_for_until_it_is_told(browser_of, learner, exam):
    enrol(user=learner, exam=exam, exam_date=timezone.localdate() - timedelta(days=2))
    browser = browser_of(learner)
    assert "Did you pass?" in browser.get("/").content.decode()
    told = browser.post(
        reverse("exam-result", args=[exam.slug]),
        {"taken_on": str(timezone.localdate() - timedelta(days=2)), "passed": "yes", "scaled": "742"},
    )
    assert told.status_code == 302
    assert "Did you pass?" not in browser.get("/").content.decode()


def test_main_loops_are_three_at_most_and_prefer_the_far_ones():
    loops = {(9, 1), (9, 0), (9, 4), (9, 5), (7, 4), (7, 1), (2, 1), (4, 1)}
    assert set(main_loops(loops)) == {(7, 4), (9, 1), (9, 0)}
    assert main_loops({(2, 1)}) == []
    assert main_loops({(5, 1)}) == [(5, 1)]


def test_run_of_days_can_be_hidden(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=10, right=lambda _position: True)
    browser = browser_of(enrolled)
    assert "Current run 1 day." in browser.get("/").content.decode()
    Preferences.objects.create(user=enrolled, streak_hidden=True)
    assert "Current run" not in browser.get("/").content.decode()
