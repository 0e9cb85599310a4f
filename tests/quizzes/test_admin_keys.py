"""Correcting the key of a question in the admin: whom it concerns is seen before anything changes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain.roles import make_instructor
from accounts.models import User
from quizzes.domain import attempts, grading
from quizzes.models import Grade, KeyRevision, Question, Recall
from tests.bank import KEYS, WRONG
from tests.quizzes.conftest import answer_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(exam):
    user = User.objects.create_user("ina", password="correct horse battery")
    make_instructor(user=user)
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture
def graded(start, learner):
    """A sitting of all questions of task 1.3, every answer right."""
    attempt = start(tasks=("1.3",), count=17)
    answer_all(attempt)
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="w")
    return attempt


def question_of(kind: str) -> Question:
    return Question.objects.filter(task__number="1.3", kind=kind).order_by("slug").first()


def page_of(question: Question, number: int = 1) -> str:
    return reverse("admin:quizzes_question_key", args=[question.pk, number])


def typed(kind: str, answer, **fields):
    """What a browser sends for a key."""
    if kind == "ordering":
        data = {f"place-{key}": answer.index(key) + 1 if key in answer else "" for key in "abcd"}
    elif kind == "matching":
        data = {f"prompt-{prompt}": key for prompt, key in answer.items()}
    else:
        data = {"answer": answer}
    return {"reason": "The source says otherwise.", **data, **fields}


@pytest.mark.parametrize("kind", KEYS)
def test_form_shows_the_key_in_force(client, kind):
    form = client.get(page_of(question_of(kind))).context["form"]
    shown = {name: field.initial for name, field in form.fields.items() if name not in {"voided", "reason"}}
    wanted = typed(kind, KEYS[kind])
    assert {name: str(value) for name, value in shown.items()} == {name: str(wanted[name]) for name in shown}


@pytest.mark.parametrize("kind", KEYS)
def test_correction_is_counted_first_and_then_graded_again(client, graded, kind):
    question = question_of(kind)
    body = client.post(page_of(question), typed(kind, WRONG[kind], _preview="1"))
    assert (body.context["preview"].affected, body.context["preview"].changing) == (1, 1)
    assert KeyRevision.objects.filter(version=question.current_version).count() == 1

    done = client.post(page_of(question), typed(kind, WRONG[kind], _correct="1"), follow=True)
    assert "Sittings graded again: 1." in done.content.decode()
    latest = KeyRevision.objects.filter(version=question.current_version).order_by("-revision").first()
    assert (latest.revision, latest.answer, latest.reason) == (2, WRONG[kind], "The source says otherwise.")
    grading.drain_jobs(worker="w")
    assert list(Grade.objects.filter(attempt=graded).order_by("revision").values_list("revision", "score")) == [(1, 17), (2, 16)]


def test_voided_question_gives_everybody_the_mark(client, start, learner):
    attempt = start(tasks=("1.3",), count=17)
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="w")
    question = question_of("multiple_choice")
    client.post(page_of(question), typed("multiple_choice", KEYS["multiple_choice"], voided="on", _correct="1"))
    grading.drain_jobs(worker="w")
    assert list(Grade.objects.filter(attempt=attempt).order_by("revision").values_list("score", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("multiple_choice", ["a", "b"], "1 options are needed."),
        ("multiple_choice", [], "1 options are needed."),
        ("multiple_response", ["b"], "2 options are needed."),
        ("matching", {"p1": "a", "p2": "a", "p3": "b"}, "names an option twice"),
        ("multiple_choice", KEYS["multiple_choice"], "This is the key already."),
    ],
)
def test_impossible_key_is_refused_at_the_field(client, kind, answer, said):
    body = client.post(page_of(question_of(kind)), typed(kind, answer, _correct="1"))
    assert body.status_code == 200
    assert said in body.content.decode()
    assert not Recall.objects.exists()


def test_two_steps_in_one_place_are_refused(client):
    data = typed("ordering", KEYS["ordering"], _correct="1") | {"place-a": "1", "place-b": "1"}
    body = client.post(page_of(question_of("ordering")), data)
    assert "Two steps have the same place." in body.content.decode()
    assert not Recall.objects.exists()


def test_correction_without_a_reason_is_refused(client):
    body = client.post(page_of(question_of("multiple_choice")), typed("multiple_choice", ["a"], reason="", _correct="1"))
    assert body.context["form"].errors["reason"]
    assert not Recall.objects.exists()


def test_version_that_nobody_was_asked_has_no_key_to_correct(client):
    question = question_of("multiple_choice")
    assert client.get(page_of(question, 2)).status_code == 302
    page = client.get(reverse("admin:quizzes_question_change", args=[question.pk])).content.decode()
    assert page_of(question) in page


def test_who_may_not_change_questions_corrects_no_key(exam):
    viewer = User.objects.create_user("vic", password="correct horse battery", is_staff=True)
    client = Client()
    client.force_login(viewer)
    assert client.post(page_of(question_of("multiple_choice")), typed("multiple_choice", ["a"], _correct="1")).status_code in {302, 403}
    assert not Recall.objects.exists()
