"""Sittings, jobs, reports, quizzes, scenarios in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.domain.roles import make_instructor
from accounts.domain.teams import create_team
from accounts.models import AuditEntry, User
from lifecycle.domain.suggestions import suggest_term
from quizzes.domain.attempts import submit_attempt
from quizzes.domain.grading import drain_jobs
from quizzes.domain.reports import report_problem
from quizzes.models import Attempt, Grade, GradingJob, Misconception, ProblemReport, Question, Quiz, QuizQuestion, Scenario
from tests import bank


@pytest.fixture
def instructor(db):
    user = User.objects.create_user("ina")
    make_instructor(user=user)
    return user


@pytest.fixture
def client(instructor):
    made = Client()
    made.force_login(instructor)
    return made


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def told(page):
    return [str(message) for message in page.context["messages"]]


# Sittings


def test_attempts_are_read_and_not_written(client, start):
    attempt = start()
    page = client.get(address(Attempt, "change", attempt.pk))
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert client.post(address(Attempt, "change", attempt.pk), {"state": "graded", "score": 100}).status_code == 403
    assert client.get(address(Attempt, "add")).status_code == 403
    assert client.post(address(Attempt, "delete", attempt.pk), {"post": "yes"}).status_code == 403


def test_attempts_show_grades_and_jobs(client, start, learner):
    attempt = start()
    submit_attempt(attempt_id=attempt.pk, user=learner)
    drain_jobs(worker="worker:test")
    page = client.get(address(Attempt, "change", attempt.pk)).content.decode()
    assert "worker:test" in page
    assert "Done" in page


def test_more_time_is_given_to_what_runs(client, start, learner, instructor):
    attempt = start("simulation")
    over = start("simulation")
    submit_attempt(attempt_id=over.pk, user=learner)
    data = {"action": "raise_allowance", "_selected_action": [str(attempt.pk), str(over.pk)]}
    page = client.post(address(Attempt), data)
    assert page.status_code == 200
    assert b"new time allowance" in page.content
    page = client.post(address(Attempt), {**data, "apply": "1", "allowance": "x2"}, follow=True)
    assert told(page) == ["1 were given more time; it shows at once.", f"{over.title}: it no longer runs."]
    before = attempt.deadline
    attempt.refresh_from_db()
    assert attempt.deadline - before == timedelta(minutes=90)
    assert AuditEntry.objects.get(action="raise_allowance").actor == instructor


def test_time_is_never_taken_away(client, start):
    attempt = start("simulation", allowance="x2")
    data = {"action": "raise_allowance", "_selected_action": [str(attempt.pk)], "apply": "1", "allowance": "plus30"}
    assert told(client.post(address(Attempt), data, follow=True)) == [f"{attempt.title}: Time can be added, not taken away."]


def test_cancelling_wants_a_reason(client, start, instructor):
    attempt = start()
    data = {"action": "cancel", "_selected_action": [str(attempt.pk)]}
    assert client.post(address(Attempt), {**data, "apply": "1", "reason": ""}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.state == "in_progress"
    page = client.post(address(Attempt), {**data, "apply": "1", "reason": "The room had no power."}, follow=True)
    assert told(page) == ["1 cancelled; they are not scored."]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.cancelled_reason) == ("cancelled", "The room had no power.")
    assert told(client.post(address(Attempt), {**data, "apply": "1", "reason": "Again."}, follow=True)) == [
        f"{attempt.title}: it no longer runs."
    ]


def test_jobs_that_need_attention_are_put_back(client, start, learner):
    attempt = start()
    submit_attempt(attempt_id=attempt.pk, user=learner)
    GradingJob.objects.update(state="needs_attention", tries=3, last_error="boom")
    Attempt.objects.update(state="needs_attention")
    job = GradingJob.objects.get()
    assert b"boom" in client.get(f"{address(GradingJob)}?state__exact=needs_attention").content
    data = {"action": "put_back", "_selected_action": [job.pk]}
    assert told(client.post(address(GradingJob), data, follow=True)) == ["1 put back in line."]
    job.refresh_from_db()
    attempt.refresh_from_db()
    assert (job.state, job.tries, attempt.state) == ("waiting", 0, "submitted")
    assert told(client.post(address(GradingJob), data, follow=True)) == ["None of these needs attention."]
    assert drain_jobs(worker="test") == 1


def test_without_the_permission_there_are_no_actions(start, learner):
    from django.contrib.auth.models import Permission

    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_attempt", "view_gradingjob"]))
    attempt = start()
    client = Client()
    client.force_login(viewer)
    data = {"action": "cancel", "_selected_action": [str(attempt.pk)], "apply": "1", "reason": "x"}
    client.post(address(Attempt), data)
    attempt.refresh_from_db()
    assert attempt.state == "in_progress"


# Reports


def test_reports_are_answered_once(client, exam, learner, instructor):
    version = Question.objects.first().current_version
    report = report_problem(version=version, reporter=learner, attempt=None, kind="unclear", text="What is meant by this?")
    page = client.get(address(ProblemReport, "change", report.pk)).content.decode()
    assert "What is meant by this?" in page
    assert reverse("admin:quizzes_question_change", args=[version.question_id]) in page
    refused = client.post(address(ProblemReport, "change", report.pk), {"state": "fixed", "answer": ""})
    assert refused.status_code == 200
    assert "answer" in refused.context["adminform"].form.errors
    client.post(address(ProblemReport, "change", report.pk), {"state": "fixed", "answer": "Said more clearly now.", "text": "changed"})
    report.refresh_from_db()
    assert (report.state, report.answer, report.answered_by, report.text) == (
        "fixed",
        "Said more clearly now.",
        instructor,
        "What is meant by this?",
    )
    client.post(address(ProblemReport, "change", report.pk), {"state": "declined", "answer": "Other."})
    report.refresh_from_db()
    assert (report.state, report.answer) == ("fixed", "Said more clearly now.")


def test_open_reports_come_first(client, exam, learner):
    version = Question.objects.first().current_version
    for number in range(3):
        ProblemReport.objects.create(
            version=version, reporter=learner, kind="other", text=f"r{number}", created_at=timezone.now() + timedelta(minutes=number)
        )
    ProblemReport.objects.filter(text="r0").update(state="fixed", answered_at=timezone.now())
    rows = client.get(address(ProblemReport)).context["cl"].result_list
    assert [row.text for row in rows] == ["r1", "r2", "r0"]


# Quizzes


def quiz_data(exam, questions, **fields):
    data = {
        "exam": exam.pk, "title": "Checkpoint", "slug": "checkpoint", "description": "", "feedback": "end", "marking": "all_or_nothing",
        "minutes": "", "attempts_allowed": "", "opens_at_0": "", "opens_at_1": "", "closes_at_0": "", "closes_at_1": "", "team": "",
        "entries-TOTAL_FORMS": len(questions), "entries-INITIAL_FORMS": 0, **fields,
    }  # fmt: skip
    for number, (order, question) in enumerate(questions):
        data |= {f"entries-{number}-question": question.pk, f"entries-{number}-order": order}
    return data


def test_quiz_is_made_with_its_questions_in_order_and_published(client, exam, instructor):
    first, second, third = Question.objects.published().order_by("pk")[:3]
    assert client.post(address(Quiz, "add"), quiz_data(exam, [(3, first), (1, second), (0, third)])).status_code == 302
    quiz = Quiz.objects.get()
    assert [entry.question for entry in quiz.entries.all()] == [second, first, third]
    assert (quiz.state, quiz.created_by) == ("draft", instructor)
    page = client.post(address(Quiz), {"action": "publish", "_selected_action": [quiz.pk]}, follow=True)
    assert told(page)[-1] == "1 published."
    quiz.refresh_from_db()
    assert quiz.state == "published"
    client.post(address(Quiz), {"action": "retire", "_selected_action": [quiz.pk]})
    quiz.refresh_from_db()
    assert quiz.state == "retired"


def test_quiz_that_cannot_be_taken_is_not_published(client, exam):
    draft = bank.make_question(exam, number=99)
    Question.objects.filter(pk=draft.pk).update(state="draft")
    for title, questions in (("Empty", []), ("Unfinished", [draft])):
        quiz = Quiz.objects.create(exam=exam, slug=title.lower(), title=title)
        QuizQuestion.objects.bulk_create(QuizQuestion(quiz=quiz, question=question) for question in questions)
        (said,) = told(client.post(address(Quiz), {"action": "publish", "_selected_action": [quiz.pk]}, follow=True))
        assert said.startswith(f"{title}: ")
        quiz.refresh_from_db()
        assert quiz.state == "draft"


def test_quiz_with_a_window_in_the_wrong_order_is_refused(client, exam):
    data = quiz_data(exam, [], opens_at_0="2026-12-02", opens_at_1="00:00", closes_at_0="2026-12-01", closes_at_1="00:00")
    assert client.post(address(Quiz, "add"), data).status_code == 200
    assert Quiz.objects.count() == 0


def test_instructors_see_only_teams_they_lead(client, instructor, exam, learner):
    create_team(name="Theirs", actor=learner)
    own = create_team(name="Own", actor=instructor)
    page = client.get(address(Quiz, "add"))
    assert list(page.context["adminform"].form.fields["team"].queryset) == [own]
    assert b"Theirs" not in page.content


def test_quiz_of_another_team_stays_that_teams(client, exam, learner):
    team = create_team(name="Theirs", actor=learner)
    quiz = Quiz.objects.create(exam=exam, slug="friday", title="Friday", team=team, state="published")
    page = client.get(address(Quiz, "change", quiz.pk))
    data = {**page.context["adminform"].form.initial, "title": "Friday's quiz", "team": ""}
    data |= {f"entries-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    data = {name: value for name, value in data.items() if value is not None}
    assert client.post(address(Quiz, "change", quiz.pk), data).status_code == 302
    quiz.refresh_from_db()
    assert (quiz.title, quiz.team) == ("Friday's quiz", team)


def test_questions_are_found_by_their_words(client, exam):
    query = {"app_label": "quizzes", "model_name": "quizquestion", "field_name": "question", "term": "1.3-ordering"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["1.3-ordering-1"]


# Scenarios


def test_an_edited_scenario_is_marked_so_that_no_load_overwrites_it(client, exam):
    scenario = Scenario.objects.get()
    data = {"title": "Another title", "text": "What happened.", "questions-TOTAL_FORMS": 0, "questions-INITIAL_FORMS": 0}
    assert client.post(address(Scenario, "change", scenario.pk), data).status_code == 302
    scenario.refresh_from_db()
    assert scenario.title == "Another title"
    assert scenario.edited_at is not None


# The work queue


def test_the_first_page_says_what_waits(client, exam, learner, start):
    version = Question.objects.first().current_version
    report_problem(version=version, reporter=learner, attempt=None, kind="unclear", text="?")
    suggest_term(exam=exam, kind="term", name="Shadow traffic", note="", suggested_by=learner)
    Question.objects.filter(pk=Question.objects.last().pk).update(state="review")
    attempt = start()
    submit_attempt(attempt_id=attempt.pk, user=learner)
    GradingJob.objects.update(state="needs_attention")
    page = client.get("/admin/")
    queue = {item.label: item for item in page.context["queue"]}
    counts = {label: item.count for label, item in queue.items() if item.count}
    assert counts == {
        "drafts to review": 1,
        "reports of learners": 1,
        "services and terms that learners miss": 1,
        "gradings that need attention": 1,
    }
    for item in queue.values():
        assert client.get(item.url).status_code == 200, item
        assert len(client.get(item.url).context["cl"].result_list) == item.count, item


def test_the_first_page_costs_the_same_however_much_waits(client, exam):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/").status_code == 200
        return len(queries)

    before = cost()
    Question.objects.filter(pk__in=Question.objects.values("pk")[:60]).update(state="draft")
    assert cost() == before


# Cost


def make_rows(exam, count):
    """`count` rows of everything that has a list here."""
    start = Attempt.objects.count()
    users = User.objects.bulk_create(User(username=f"u{start + n}", password="!") for n in range(count))
    questions = bank.make_questions(exam, [("1.1", "multiple_choice", 1000 + start + n) for n in range(count)])
    now = timezone.now()
    attempts = Attempt.objects.bulk_create(
        Attempt(
            user=user, exam=exam, mode="drill", title="Drill", state="graded", feedback="end", form=[[1, 1]], question_count=1, seed=1,
            started_at=now, active_at=now, submitted_at=now, graded_at=now,
        )
        for user in users
    )  # fmt: skip
    GradingJob.objects.bulk_create(GradingJob(attempt=attempt, created_at=now) for attempt in attempts)
    Grade.objects.bulk_create(Grade(attempt=a, score=1, max_score=1, credits=[1], keys=[1], graded_at=now, graded_by="w") for a in attempts)
    ProblemReport.objects.bulk_create(
        ProblemReport(version=question.current_version, reporter=user, kind="other", created_at=now)
        for user, question in zip(users, questions, strict=True)
    )
    quizzes = Quiz.objects.bulk_create(Quiz(exam=exam, slug=f"q{start + n}", title="Q") for n in range(count))
    QuizQuestion.objects.bulk_create(QuizQuestion(quiz=quiz, question=question) for quiz, question in zip(quizzes, questions, strict=True))
    Scenario.objects.bulk_create(Scenario(exam=exam, slug=f"s{start + n}", title="S", text="T") for n in range(count))
    Misconception.objects.bulk_create(Misconception(slug=f"m{start + n}", belief="b", truth="t") for n in range(count))


@pytest.mark.parametrize("model", [Question, Quiz, Attempt, GradingJob, Grade, ProblemReport, Scenario, Misconception])
def test_lists_cost_the_same_with_1_3_and_300_rows(client, db, model):
    exam = bank.make_exam()
    costs = []
    for count in (1, 2, 297):
        make_rows(exam, count)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(model)).status_code == 200
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 16


def test_every_list_can_be_searched(client, exam):
    for model, desk in admin.site._registry.items():
        if desk.search_fields and client.get(address(model)).status_code == 200:
            assert client.get(f"{address(model)}?q=a%25'b").status_code == 200, model
