"""Onboarding, readiness, history and daily review."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.models import ExamResult
from lifecycle.models import Domain, Enrolment
from pages.views.history import PAGE
from quizzes.models import Attempt, Grade, ReviewCard
from quizzes.public import Wanted, result_of, start_attempt
from tests.pages.views.sittings import answer_many

MOST_STATEMENTS = 12

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("name", ["start", "history"])
def test_page_of_a_person_asks_a_visitor_to_sign_in(client, exam, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["readiness", "review", "exam-result"])
def test_page_of_an_exam_asks_a_visitor_to_sign_in(client, exam, name):
    assert client.get(reverse(name, args=[exam.slug])).status_code == 302


@pytest.mark.parametrize("name", ["readiness", "review", "exam-result"])
def test_unknown_exam_is_not_found(browser_of, learner, exam, name):
    assert browser_of(learner).get(reverse(name, args=["no-such-exam"])).status_code == 404


# ── Onboarding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_start_keeps_date_and_minutes(browser_of, learner, exam):
    day = timezone.localdate() + timedelta(days=40)
    answer = browser_of(learner).post("/start/", {"exam_date": str(day), "minutes_a_day": "45"})
    assert answer.url == "/"
    enrolment = Enrolment.objects.get(user=learner)
    assert (enrolment.exam_date, enrolment.minutes_a_day) == (day, 45)


def test_start_can_be_skipped_once_for_all(browser_of, learner, exam):
    browser = browser_of(learner)
    browser.post("/start/", {"skip": "1"})
    assert Enrolment.objects.get(user=learner).exam_date_skipped
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"exam_date": "soon", "minutes_a_day": "20"}, "Enter a valid date"),
        ({"exam_date": "2001-01-01", "minutes_a_day": "20"}, "more than a year ago"),
        ({"exam_date": "2999-01-01", "minutes_a_day": "20"}, "more than three years ahead"),
        ({"exam_date": "", "minutes_a_day": "7"}, "Select a valid choice"),
    ],
)
def test_start_says_what_is_wrong_at_the_top_and_at_the_field(browser_of, learner, exam, said, complaint):
    answer = browser_of(learner).post("/start/", said)
    body = text_of(answer)
    assert answer.status_code == 422
    assert "<title>Error: " in body
    assert "There is a problem" in body
    assert body.count(complaint) == 2
    assert not Enrolment.objects.filter(user=learner).exists()


# ── Readiness ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_readiness_before_evidence_gives_no_number(browser_of, enrolled, exam):
    body = text_of(browser_of(enrolled).get(reverse("readiness", args=[exam.slug])))
    assert "<h1>Too early to say</h1>" in body
    assert "c-hit" not in body
    assert "Answer 15 questions" in body


def test_readiness_with_few_answers_says_how_many_are_missing(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=10, right=lambda _position: True)
    body = text_of(browser_of(enrolled).get(reverse("readiness", args=[exam.slug])))
    assert "<h1>Too early to say</h1>" in body
    assert "more questions that you have not met before" in body


def test_readiness_shows_the_same_numbers_as_its_table(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=100, right=lambda position: position % 4 != 0)
    answer = browser_of(enrolled).get(reverse("readiness", args=[exam.slug]))
    body, standing = text_of(answer), answer.context["readiness"]
    assert f"Estimated score {standing.estimate}, nine times in ten {standing.low} to {standing.high}" in body
    chart = answer.context["dots"]
    assert sum(row[2] == "pass" for row in chart.table.rows) == sum(dot >= standing.pass_mark for dot in standing.dots)
    assert "AWS does not publish how many right answers make a pass" in body


# ── History ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_history_without_sittings_offers_practice(browser_of, enrolled, exam):
    body = text_of(browser_of(enrolled).get(reverse("history")))
    assert "No sitting yet" in body
    assert reverse("practice", args=[exam.slug]) in body


def test_history_lists_own_sittings_alone(browser_of, enrolled, exam, django_user_model):
    attempt = answer_many(enrolled, exam, count=10, right=lambda position: position > 3)
    stranger = django_user_model.objects.create_user("stranger")
    assert reverse("attempt-result", args=[attempt.pk]) in text_of(browser_of(enrolled).get(reverse("history")))
    assert str(attempt.pk) not in text_of(browser_of(stranger).get(reverse("history")))


def marks_in_history(browser) -> list[list[tuple]]:
    """Of each sitting on the page, the marks by domain: (short title, right, of, low); domains not asked about are left out."""
    lines = browser.get(reverse("history")).context["lines"]
    return [[(domain.name, domain.right, domain.of, domain.low) for domain in line.domains if domain.of] for line in lines]


def test_history_has_the_marks_of_each_domain_that_the_result_has(browser_of, enrolled, exam):
    attempt = answer_many(enrolled, exam, count=40, right=lambda position: position % 3 != 0)
    result = result_of(attempt)
    (marks,) = marks_in_history(browser_of(enrolled))
    assert [(name, right, of) for name, right, of, _low in marks] == [(d.title, f"{d.right:g}", d.of) for d in result.domains]
    assert [low for *_names, low in marks] == [d.right / d.of < 0.7 for d in result.domains]
    assert len(marks) == 5
    assert sum(float(right) for _name, right, *_rest in marks) == result.score


def test_history_says_in_words_and_by_a_mark_where_a_domain_is_low(browser_of, enrolled, exam):
    Domain.objects.filter(number=4).update(short_title="Fourth")
    answer_many(enrolled, exam, count=10, right=lambda position: position > 4, domains=(4,))
    answer_many(enrolled, exam, count=10, right=lambda position: position > 3, domains=(2,))
    browser = browser_of(enrolled)
    assert marks_in_history(browser) == [[("Domain 2", "7", 10, False)], [("Fourth", "6", 10, True)]]
    body = text_of(browser.get(reverse("history")))
    assert '<span class="marks" aria-hidden="true"><span>Domain 2</span><span>Fourth</span></span>' in body
    enough, low = re.findall(r'<ul class="marks">(.*?)</ul>', body)
    assert enough == '<li><span class="name">Domain 2 </span>7 of 10</li><li class="none" aria-hidden="true">–</li>'
    assert low == (
        '<li class="none" aria-hidden="true">–</li><li class="low"><span class="name">Fourth </span>'
        '<span aria-hidden="true">▾ </span>6 of 10<span class="vh"> under 70%</span></li>'
    )


def test_history_counts_scored_questions_alone(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=65, right=lambda _position: True, mode="simulation")
    (marks,) = marks_in_history(browser_of(enrolled))
    assert [of for _name, _right, of, _low in marks] == [10, 12, 14, 7, 7]


def test_history_takes_the_newest_grade(browser_of, enrolled, exam):
    attempt = answer_many(enrolled, exam, count=10, right=lambda position: position > 5, domains=(4,))
    grade = Grade.objects.get(attempt=attempt)
    grade.pk, grade.revision, grade.score, grade.credits = None, 2, 10, [1.0] * 10
    grade.save()
    assert marks_in_history(browser_of(enrolled)) == [[("Domain 4", "10", 10, False)]]


def test_history_has_no_marks_before_they_are_given(browser_of, enrolled, exam):
    start_attempt(user=enrolled, exam=exam, wanted=Wanted(mode="drill", count=5))
    browser = browser_of(enrolled)
    assert marks_in_history(browser) == [[]]
    assert "0 of 5 answered" in text_of(browser.get(reverse("history")))


def test_history_costs_the_same_with_1_3_and_300_sittings(browser_of, enrolled, exam):
    model = answer_many(enrolled, exam, count=20, right=lambda position: position % 2)
    grade = Grade.objects.get(attempt=model)
    browser = browser_of(enrolled)
    costs = []
    for more in (0, 2, 297):
        copies = Attempt.objects.bulk_create(
            Attempt(
                user=enrolled, exam=exam, mode="drill", title="Drill", state="graded", feedback="end", form=model.form, question_count=20,
                seed=1, started_at=model.started_at, active_at=model.active_at, submitted_at=model.submitted_at, graded_at=model.graded_at,
            )
            for _ in range(more)
        )  # fmt: skip
        Grade.objects.bulk_create(
            Grade(attempt=copy, score=10, max_score=20, credits=grade.credits, keys=grade.keys, graded_at=grade.graded_at, graded_by="test")
            for copy in copies
        )
        with CaptureQueriesContext(connection) as queries:
            lines = browser.get(reverse("history")).context["lines"]
        assert len(lines) == min(Attempt.objects.count(), PAGE)
        assert all(line.domains for line in lines)
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= MOST_STATEMENTS


def test_history_draws_a_line_from_two_exams_on(browser_of, enrolled, exam):
    browser = browser_of(enrolled)
    answer_many(enrolled, exam, count=65, right=lambda _position: True, mode="simulation")
    assert browser.get(reverse("history")).context["line"] is None
    answer_many(enrolled, exam, count=65, right=lambda position: position % 2, mode="simulation")
    line = browser.get(reverse("history")).context["line"]
    assert line.sentence.startswith("1 of 2 exams passed")
    assert line.table.rows[0][1] == "1000"


# ── Daily review ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_review_without_cards_says_how_they_come(browser_of, enrolled, exam):
    body = text_of(browser_of(enrolled).get(reverse("review", args=[exam.slug])))
    assert "You have no questions to review yet" in body


def test_review_counts_what_is_due_and_starts_it(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=10, right=lambda position: position > 4)
    due = ReviewCard.objects.filter(user=enrolled)
    assert due.count() == 4
    due.update(due_at=timezone.now() - timedelta(hours=1))
    browser = browser_of(enrolled)
    body = text_of(browser.get(reverse("review", args=[exam.slug])))
    assert "<h1>4 questions are due</h1>" in body
    started = browser.post(reverse("attempt-start", args=[exam.slug]), {"mode": "review", "count": "4", "feedback": "each"})
    assert started.status_code == 302


def test_review_with_nothing_due_names_the_next_time(browser_of, enrolled, exam):
    answer_many(enrolled, exam, count=10, right=lambda position: position > 4)
    ReviewCard.objects.filter(user=enrolled).update(due_at=timezone.now() + timedelta(days=2))
    answer = browser_of(enrolled).get(reverse("review", args=[exam.slug]))
    assert "Nothing is due now" in text_of(answer)
    assert "The next question returns on" in text_of(answer)
    assert answer.context["week"].table.rows[2][1] == "4"


# ── The real exam ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_exam_result_is_kept(browser_of, enrolled, exam):
    browser_of(enrolled).post(
        reverse("exam-result", args=[exam.slug]), {"taken_on": str(timezone.localdate()), "passed": "no", "scaled": "655"}
    )
    result = ExamResult.objects.get(user=enrolled)
    assert (result.passed, result.scaled) == (False, 655)


@pytest.mark.parametrize(
    "said",
    [
        {"taken_on": "2999-01-01", "passed": "yes"},
        {"taken_on": "", "passed": "yes"},
        {"taken_on": "2026-11-01", "passed": ""},
        {"taken_on": "2026-11-01", "passed": "yes", "scaled": "650"},
        {"taken_on": "2026-11-01", "passed": "yes", "scaled": "5000"},
    ],
)
def test_impossible_exam_result_is_refused_with_words(browser_of, enrolled, exam, said):
    answer = browser_of(enrolled).post(reverse("exam-result", args=[exam.slug]), said)
    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)
    assert not ExamResult.objects.exists()
