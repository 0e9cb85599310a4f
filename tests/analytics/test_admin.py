"""Flags on questions in the admin: looked at, taken on, closed by the domain."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.domain.roles import make_instructor
from accounts.models import AuditEntry, User
from analytics.admin import WORDS
from analytics.models import AccuracyReport, ModelSettings, ParameterVersion, QuestionFlag
from analytics.statistics.flags import Flag
from quizzes.models import Question
from tests import bank


@pytest.fixture
def exam(db):
    return bank.make_exam()


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


def raise_flag(exam, question, flag="key_suspect", severity="block"):
    now = timezone.now()
    return QuestionFlag.objects.create(
        version=question.current_version, exam=exam, flag=flag, severity=severity, value=0.1, answers=120, raised_at=now, seen_at=now
    )


LIST = "admin:analytics_questionflag_changelist"
CHANGE = "admin:analytics_questionflag_change"


def test_every_flag_has_words_for_authors():
    assert set(WORDS) == {flag.value for flag in Flag}


def test_flag_leads_to_its_question_and_says_what_is_wrong(client, exam):
    question = bank.make_question(exam)
    flag = raise_flag(exam, question)
    page = client.get(reverse(CHANGE, args=[flag.pk])).content.decode()
    assert "the key may be wrong" in page
    assert reverse("admin:quizzes_question_change", args=[question.pk]) in page


def test_closing_the_last_block_lets_the_question_back_into_exams(client, exam, instructor):
    question = bank.make_question(exam)
    Question.objects.update(blocked_from_exams=True)
    flag = raise_flag(exam, question)
    refused = client.post(reverse(CHANGE, args=[flag.pk]), {"state": "accepted", "note": ""})
    assert (refused.status_code, list(refused.context["adminform"].form.errors)) == (200, ["note"])
    assert '<textarea name="note"' in refused.content.decode()
    client.post(reverse(CHANGE, args=[flag.pk]), {"state": "accepted", "note": "The key is right; the stem was read too fast."})
    flag.refresh_from_db()
    question.refresh_from_db()
    assert (flag.state, flag.owner, question.blocked_from_exams) == ("accepted", instructor, False)
    assert AuditEntry.objects.get(action="question_flag_closed").actor == instructor
    client.post(reverse(CHANGE, args=[flag.pk]), {"state": "fixed", "note": "Again."})
    flag.refresh_from_db()
    assert flag.state == "accepted"


def test_flags_are_taken_on(client, exam, instructor):
    flag = raise_flag(exam, bank.make_question(exam))
    client.post(reverse(LIST), {"action": "take", "_selected_action": [flag.pk]})
    flag.refresh_from_db()
    assert (flag.owner, flag.state) == (instructor, "open")


def test_list_of_flags_costs_the_same_with_1_3_and_300_rows(client, exam):
    costs = []
    for start, count in ((0, 1), (1, 2), (3, 297)):
        questions = bank.make_questions(exam, [("1.1", "multiple_choice", 100 + start + n) for n in range(count)])
        now = timezone.now()
        QuestionFlag.objects.bulk_create(
            QuestionFlag(
                version=question.current_version,
                exam=exam,
                flag="too_easy",
                severity="advice",
                value=1,
                answers=50,
                raised_at=now,
                seen_at=now,
            )
            for question in questions
        )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(LIST)).status_code == 200
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs


@pytest.mark.parametrize("model", [ParameterVersion, ModelSettings, AccuracyReport])
def test_what_the_model_was_fitted_to_is_not_for_instructors(client, exam, model):
    assert client.get(reverse(f"admin:analytics_{model._meta.model_name}_changelist")).status_code == 403
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert root.get(reverse(f"admin:analytics_{model._meta.model_name}_changelist")).status_code == 200
    assert root.get(reverse(f"admin:analytics_{model._meta.model_name}_add")).status_code == 403
