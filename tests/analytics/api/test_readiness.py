"""Readiness for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.analytics.conftest import spread, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking(client, learner):
    client.force_login(learner)
    return client


def get(client, path, **query):
    response = client.get(f"/api/v1/readiness/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_visitors_are_refused(client, exam):
    assert client.get(f"/api/v1/readiness/{exam.slug}/").status_code in {401, 403}


def test_too_early_is_a_state_without_a_figure_of_the_exam(asking, exam, sitting):
    take(sitting(10))
    body = get(asking, f"{exam.slug}/")
    assert (body["state"], body["verdict"], body["exam"]) == ("too_early", "too_early", None)
    assert (body["domains"], body["tasks"]) == ([], [])
    assert body["first_answers"] == 10
    assert body["needed"]["answers"] == 15
    assert {"number", "title", "answers"} == set(body["needed"]["domains"][0])


def test_enough_answers_show_everything(asking, exam, sitting):
    take(sitting(70, right=lambda position: position % 4 != 0))
    body = get(asking, f"{exam.slug}/")
    assert body["state"] == "shown"
    assert body["exam"]["low"] < body["exam"]["estimate"] < body["exam"]["high"]
    assert 0 < body["exam"]["chance"] < 1
    assert len(body["exam"]["dots"]) == 20
    assert len(body["domains"]) == 5
    assert len(body["tasks"]) == 14
    assert {"estimate", "low", "high", "answers", "number", "title", "weight", "marks_to_gain", "too_few"} == set(body["domains"][0])


def test_stages_show_from_their_first_answer(asking, exam, sitting):
    take(sitting(questions=[question for question in spread(exam) if question.task.number == "1.3"][:3]))
    assert {stage["slug"] for stage in get(asking, f"{exam.slug}/")["stages"]} == {"eda", "monitoring"}


def test_history_hides_days_that_were_too_early(asking, exam, sitting):
    now = timezone.now()
    take(sitting(10, at=now - timedelta(days=3)))
    take(sitting(70, at=now - timedelta(days=1)))
    points = get(asking, f"{exam.slug}/history/")
    assert [point["estimate"] is None for point in points] == [True, False]
    assert points[1]["low"] < points[1]["high"]
    assert len(get(asking, f"{exam.slug}/history/", days=2)) == 1


@pytest.mark.parametrize("days", ["0", "731", "ten"])
def test_impossible_days_are_named(asking, exam, days):
    response = asking.get(f"/api/v1/readiness/{exam.slug}/history/", {"days": days})
    assert response.status_code == 400
    assert "days" in response.json()["errors"]


def test_plan_says_what_to_start(asking, exam):
    (step,) = get(asking, f"{exam.slug}/plan/")
    assert (step["kind"], step["start"]["mode"]) == ("diagnostic", "diagnostic")


@pytest.mark.parametrize("path", ["", "history/", "plan/"])
def test_unknown_exam_is_missing(asking, exam, path):
    response = asking.get(f"/api/v1/readiness/nothing-such/{path}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_only_ones_own_is_seen(asking, exam, sitting, people):
    take(sitting(70, user=people(1)[0]))
    assert get(asking, f"{exam.slug}/")["answers"] == 0
    assert get(asking, f"{exam.slug}/history/", days=730) == []


def test_statements_do_not_grow_with_the_history(asking, exam, sitting):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(asking, f"{exam.slug}/")
        return len(queries)

    take(sitting(10))
    get(asking, f"{exam.slug}/")
    few = statements()
    for day in range(4):
        take(sitting(10, at=timezone.now() - timedelta(days=day)))
    assert statements() == few
