"""What learners chose, told with the check of an answer and by nothing before it."""

from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from analytics.models import QuestionStatistics
from analytics.tallies import BINS, Cell, Tally
from quizzes.models import Attempt
from tests import bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(learner):
    api = APIClient()
    api.force_login(learner)
    return api


@pytest.fixture
def drill(client, exam):
    """A drill of task 1.3 with every kind of question in it, explained one by one; everybody's answers counted."""
    asked = {"exam": exam.slug, "mode": "drill", "tasks": ["1.3"], "count": 17, "feedback": "each"}
    made = client.post("/api/v1/attempts/", asked).json()
    chosen(answers=30)
    return made


def chosen(*, answers):
    """As if that many had answered each question of the sitting: 2 in 5 chose the option written first, 3 in 5 the third."""
    (attempt,) = Attempt.objects.all()
    took = {0: Cell(answers * 2 // 5), 2: Cell(answers * 3 // 5)}
    tally = Tally(everyone=Cell(answers), options=took, option_bins={place: [0] * BINS for place in took})
    QuestionStatistics.objects.all().delete()
    QuestionStatistics.objects.bulk_create(
        QuestionStatistics(pk=version, exam_id=attempt.exam_id, first_answers=answers, sums=tally.as_json())
        for version, _scored in attempt.form
    )


def of_kind(attempt, kind):
    return next(question for question in attempt["questions"] if question["kind"] == kind)


def save(client, attempt, position, answer, **fields):
    body = {"answer": answer, "base_version": 0, "save_id": str(uuid.uuid4()), **fields}
    return client.put(f"/api/v1/attempts/{attempt['id']}/responses/{position}/", body)


def check(client, attempt, position):
    return client.post(f"/api/v1/attempts/{attempt['id']}/check/{position}/")


def shares(client, attempt, kind):
    """Shares by option key, as the check of a right answer to a question of that kind says them."""
    question = of_kind(attempt, kind)
    save(client, attempt, question["position"], bank.right_answer(kind))
    return {option["key"]: option["share"] for option in check(client, attempt, question["position"]).json()["options"]}


def test_check_says_how_many_chose_each_option(client, drill):
    assert shares(client, drill, "multiple_choice") == {"a": 40, "b": None, "c": 60, "d": None}


@pytest.mark.parametrize(("answers", "said"), [(29, {None}), (30, {None, 40, 60})])
def test_check_says_shares_from_thirty_answers(client, drill, answers, said):
    chosen(answers=answers)
    assert set(shares(client, drill, "multiple_choice").values()) == said


@pytest.mark.parametrize("kind", ["ordering", "matching"])
def test_check_says_no_share_where_nothing_is_chosen(client, drill, kind):
    assert set(shares(client, drill, kind).values()) == {None}


def test_nothing_but_the_check_says_shares(client, drill):
    question = of_kind(drill, "multiple_choice")
    refused = check(client, drill, question["position"])
    assert refused.status_code == 409, "nothing was answered yet"
    answered = save(client, drill, question["position"], ["a"])
    path = f"/api/v1/attempts/{drill['id']}/"
    bodies = [refused, answered, client.get(path), client.get(f"{path}status/"), client.get("/api/v1/attempts/")]
    told = check(client, drill, question["position"])
    bodies += [client.get(path), save(client, drill, question["position"] % 17 + 1, None)]
    assert b'"share"' in told.content
    assert [body for body in bodies if b'"share"' in body.content or b"report_url" in body.content] == []


def test_shares_cost_a_check_one_statement(client, drill, django_assert_num_queries, django_assert_max_num_queries):
    choice, order = (of_kind(drill, kind) for kind in ("multiple_choice", "ordering"))
    for question in (choice, order):
        save(client, drill, question["position"], bank.right_answer(question["kind"]))
        check(client, drill, question["position"])
    with django_assert_max_num_queries(10) as without:
        check(client, drill, order["position"])
    with django_assert_num_queries(len(without) + 1):
        check(client, drill, choice["position"])
