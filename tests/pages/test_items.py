"""Item analysis: for instructors, worst first, nothing under thirty answers."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain.roles import bring_roles_up_to_date, make_instructor
from accounts.models import User
from analytics.domain.gathering import gather_all
from analytics.domain.judging import judge
from analytics.models import QuestionFlag
from quizzes.models import ProblemReport
from tests.analytics.conftest import *  # noqa: F403 - the same exam, learners and sittings
from tests.analytics.conftest import START, spread, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def instructor(db):
    bring_roles_up_to_date()
    assert Group.objects.exists()
    user = User.objects.create_user("teacher")
    make_instructor(user=user)
    return user


@pytest.fixture
def at_desk(client, instructor):
    client.force_login(instructor)
    return client


@pytest.fixture
def suspect(exam, people, sitting):
    """A question whose key the able do not choose."""
    rng = random.Random(3)
    everything = spread(exam)
    question, others = everything[0], everything[1:25]
    users = people(60)
    for number, user in enumerate(users):
        skill = number / len(users)
        take(sitting(questions=others, user=user, right=lambda _, skill=skill: rng.random() < 0.1 + 0.85 * skill))
        able = rng.random() < skill
        chosen = ["a"] if able else ["c"]
        take(sitting(questions=[question], user=user, right=lambda _, able=able: not able, chosen=chosen, at=START + timedelta(days=1)))
    gather_all()
    judge(exam_id=exam.pk)
    return question


@pytest.mark.parametrize("path", ["items", "item"])
def test_learners_and_visitors_are_kept_out(path, suspect, client, learner):
    url = reverse(path, args=[suspect.pk] if path == "item" else [])
    assert client.get(url).status_code == 302
    client.force_login(learner)
    assert client.get(url).status_code == 403


def test_list_begins_with_the_worst_in_words(suspect, at_desk):
    text = at_desk.get(reverse("items")).content.decode()
    assert "1 question needs a look" in text
    assert "The key may be wrong" in text
    assert "out of exams" in text
    assert suspect.slug in text


def test_all_questions_stand_behind_their_filter(suspect, at_desk, exam):
    response = at_desk.get(reverse("items"), {"show": "all"})
    assert response.context["list"].counts["all"] == exam.questions.filter(state="published").count()
    assert "under 30 first answers: nothing to say yet" in response.content.decode()
    assert at_desk.get(reverse("items"), {"show": "nothing-such"}).status_code == 404


def test_under_thirty_answers_no_figure_is_given(practised, exam, at_desk):
    practised(29, 3)
    gather_all()
    judge(exam_id=exam.pk)
    rows = at_desk.get(reverse("items"), {"show": "all"}).context["list"].rows
    assert {row.answers for row in rows} == {0, 29}
    assert all(row.facility is None and row.discrimination is None for row in rows)
    text = at_desk.get(reverse("item", args=[spread(exam)[0].pk])).content.decode()
    assert "29 first answers. Under 30 there is nothing to say." in text
    assert "Who chose what" not in text


def test_item_shows_options_by_thirds(suspect, at_desk):
    response = at_desk.get(reverse("item", args=[suspect.pk]))
    item, text = response.context["item"], response.content.decode()
    shares = {row.letter: (row.right, row.bottom, row.top) for row in item.options}
    assert shares["C"][0]
    assert not shares["A"][0]
    assert shares["A"][2] > shares["A"][1]
    assert shares["C"][2] < shares["C"][1]
    assert sum(row.share.value for row in item.options) == pytest.approx(1)
    assert item.early
    assert "Stronger learners choose" in text
    assert sum(row.answers for row in item.quintiles) == 60


def test_reports_of_learners_stand_beside_the_figures(suspect, at_desk, learner):
    ProblemReport.objects.create(
        version=suspect.current_version, reporter=learner, kind="wrong_key", text="B is right as well <b>", created_at=START
    )
    text = at_desk.get(reverse("item", args=[suspect.pk])).content.decode()
    assert "B is right as well &lt;b&gt;" in text
    assert at_desk.get(reverse("items"), {"show": "reported"}).context["list"].counts["reported"] == 1


def test_flag_is_taken_and_accepted_with_a_reason(suspect, at_desk, instructor):
    flag = QuestionFlag.objects.get(flag="key_suspect")
    url = reverse("flag-settle", args=[flag.pk])
    at_desk.post(url, {"do": "own"})
    flag.refresh_from_db()
    assert flag.owner == instructor
    at_desk.post(url, {"do": "accept", "note": " "})
    flag.refresh_from_db()
    assert flag.state == "open"
    response = at_desk.post(url, {"do": "accept", "note": "Checked."}, follow=True)
    flag.refresh_from_db()
    suspect.refresh_from_db()
    assert (flag.state, flag.note, suspect.blocked_from_exams) == ("accepted", "Checked.", False)
    assert "Earlier flags" in response.content.decode()


def test_settling_needs_an_instructor_and_a_known_word(suspect, client, at_desk, learner):
    url = reverse("flag-settle", args=[QuestionFlag.objects.first().pk])
    assert at_desk.post(url, {"do": "nothing-such"}).status_code == 404
    assert at_desk.get(url).status_code == 405
    client.force_login(learner)
    assert client.post(url, {"do": "own"}).status_code == 403


def test_list_and_item_take_few_statements_whatever_was_answered(suspect, at_desk, exam, people, sitting):
    def statements(url) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert at_desk.get(url).status_code == 200
        return len(queries)

    urls = [reverse("items") + "?show=all", reverse("item", args=[suspect.pk])]
    before = [statements(url) for url in urls]
    for number in range(3):
        user = User.objects.create_user(f"more{number}")
        take(sitting(40, user=user, at=START + timedelta(days=2)))
    gather_all()
    judge(exam_id=exam.pk)
    assert [statements(url) for url in urls] == before
    assert max(before) <= 20


def test_unknown_question_is_missing(exam, at_desk):
    assert at_desk.get(reverse("item", args=[0])).status_code == 404


def test_orderings_have_no_option_table(exam, people, sitting, at_desk):
    from quizzes.models import Question

    ordering = Question.objects.get(exam=exam, kind="ordering")
    take(*[sitting(questions=[ordering], user=user, chosen=["c", "a", "b"]) for user in people(31)])
    gather_all()
    judge(exam_id=exam.pk)
    response = at_desk.get(reverse("item", args=[ordering.pk]))
    assert response.context["item"].shown
    assert response.context["options"] is None
