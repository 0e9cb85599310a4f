"""The content API: open to everybody, paginated, the same number of statements for 1, 3 and 300 rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from lifecycle.models import Formula, Lesson, LessonProgress, Service, ServiceConfusion, Stage, StageLoop, Term
from tests.lifecycle.conftest import add_lessons


@pytest.fixture
def client() -> APIClient:
    return APIClient()


@pytest.fixture
def signed_in(learner) -> APIClient:
    client = APIClient()
    client.force_authenticate(learner)
    return client


def slugs(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["slug"] for row in answer.json()["results"]]


def test_exams(client, exam):
    assert client.get("/api/v1/exams/").json()["results"][0]["code"] == "MINI"


def test_blueprint(client, exam):
    body = client.get("/api/v1/exams/mini/blueprint/").json()
    assert (body["edition"], body["questions"], body["pass_mark"]) == ("1.0", 3, 700)
    assert [domain["weight"] for domain in body["domains"]] == [60, 40]
    assert [objective["code"] for objective in body["domains"][0]["tasks"][0]["objectives"]] == ["1.1.1", "1.1.2"]
    assert client.get("/api/v1/exams/nothing/blueprint/").status_code == 404


def test_stages_have_their_ways_back(client, exam):
    rows = client.get("/api/v1/stages/?exam=mini").json()["results"]
    assert [row["slug"] for row in rows] == ["training", "monitoring", "mlops"]
    assert rows[1]["loops_back"] == [{"to": "training", "when": "the model is out of date"}]
    assert rows[1]["services"] == ["gauge", "ledger"]


def test_services_have_what_they_are_confused_with(client, exam):
    rows = client.get("/api/v1/services/").json()["results"]
    assert rows[0]["confused_with"] == [
        {"service": "ledger", "name": "Ledger", "difference": "Gauge watches models; Ledger watches money."}
    ]
    assert slugs(client.get("/api/v1/services/?stage=mlops")) == ["ledger"]
    assert slugs(client.get("/api/v1/services/?stage=nothing")) == []


def test_lessons_can_be_filtered(client, exam):
    assert slugs(client.get("/api/v1/lessons/")) == ["two-drifts", "counting-costs"]
    assert slugs(client.get("/api/v1/lessons/?task=2.1")) == ["counting-costs"]
    assert slugs(client.get("/api/v1/lessons/?module=1")) == ["two-drifts"]
    assert slugs(client.get("/api/v1/lessons/?stage=monitoring")) == ["two-drifts"]
    assert client.get("/api/v1/lessons/?exam=nothing").status_code == 404
    assert client.get("/api/v1/lessons/?module=one").json()["errors"] == {"module": ["A whole number is needed."]}
    Lesson.objects.filter(slug="two-drifts").update(published=False)
    assert slugs(client.get("/api/v1/lessons/")) == ["counting-costs"]


def test_lesson_comes_without_the_answers_of_its_checks(client, exam):
    answer = client.get("/api/v1/lessons/two-drifts/")
    body = answer.json()
    assert body["sections"][0] == {"anchor": "two-kinds", "title": "Two kinds"}
    assert body["checks"][0]["options"] == ["The concept", "The data"]
    assert "data-check=" in body["html"]
    for secret in ("correct", "why", "The relation has changed"):
        assert secret not in answer.content.decode()
    assert client.get("/api/v1/lessons/nothing/").status_code == 404


def test_terms_and_formulas(client, exam):
    assert client.get("/api/v1/terms/").json()["results"][0]["lesson"] == "two-drifts"
    assert slugs(client.get("/api/v1/formulas/?kind=classification")) == ["recall"]
    assert slugs(client.get("/api/v1/formulas/?kind=text")) == []


def test_lists_are_paginated(client, exam):
    add_lessons(exam, 300)
    first = client.get("/api/v1/lessons/").json()
    assert (first["count"], len(first["results"])) == (302, 50)
    assert len(client.get("/api/v1/lessons/?limit=1000").json()["results"]) == 200
    assert len(client.get(first["next"]).json()["results"]) == 50


def more_services(exam, count):
    rows = Service.objects.bulk_create(
        Service(exam=exam, slug=f"s{count}-{n}", name=f"S {count} {n}", description="D.") for n in range(count)
    )
    ServiceConfusion.objects.bulk_create(ServiceConfusion(service=row, other=rows[0], difference="D.", order=0) for row in rows[1:])
    for row in rows[:3]:
        row.stages.set(exam.stages.all())


def more_stages(exam, count):
    rows = Stage.objects.bulk_create(Stage(exam=exam, slug=f"g{count}-{n}", order=count + n, name="G", purpose="P.") for n in range(count))
    StageLoop.objects.bulk_create(StageLoop(origin=row, target=rows[0], when="W.", order=0) for row in rows[1:])


def more_terms(exam, count):
    lesson = exam.lessons.first()
    Term.objects.bulk_create(Term(exam=exam, slug=f"t{count}-{n}", term=f"T {n}", definition="D.", lesson=lesson) for n in range(count))


def more_formulas(exam, count):
    lesson = exam.lessons.first()
    Formula.objects.bulk_create(
        Formula(
            exam=exam,
            slug=f"f{count}-{n}",
            order=n,
            name="F",
            kind="text",
            formula="f",
            words="W",
            use_when="U",
            example="E",
            lesson=lesson,
        )
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/v1/lessons/", add_lessons),
        ("/api/v1/services/", more_services),
        ("/api/v1/stages/", more_stages),
        ("/api/v1/terms/", more_terms),
        ("/api/v1/formulas/", more_formulas),
    ],
)
def test_lists_cost_the_same_for_1_3_and_300_rows(client, exam, path, more):
    exam.stages.all().delete() if "stages" in path else None
    costs = set()
    for count in (1, 3, 300):
        getattr(exam, path.split("/")[3]).filter(slug__regex=r"\d-\d").delete()
        exam.lessons.filter(slug__startswith="more").delete()
        more(exam, count)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{path}?exam=mini&limit=200").status_code == 200
        costs.add(len(queries))
    assert len(costs) == 1, costs


def test_search(client, exam):
    hits = client.get("/api/v1/search/?q=gau&exam=mini").json()["results"]
    assert (hits[0]["kind"], hits[0]["slug"], hits[0]["url"]) == ("service", "gauge", "/reference/services/gauge/")
    assert client.get("/api/v1/search/").json() == {"results": []}
    assert len(client.get("/api/v1/search/?q=t&limit=1").json()["results"]) == 1
    assert client.get("/api/v1/search/?q=t&limit=0").status_code == 400
    assert client.get("/api/v1/search/?q=t&limit=99999999999").status_code == 400
    assert client.get(f"/api/v1/search/?q=t&limit=000010{'9' * 5000}").status_code == 400
    assert client.get("/api/v1/search/?q=t&exam=nothing").status_code == 404


def test_search_before_content_is_loaded(client, db):
    assert client.get("/api/v1/search/?q=gauge").json() == {"results": []}


def test_progress_is_put_and_read(signed_in, exam):
    answer = signed_in.put("/api/v1/lessons/two-drifts/progress/", {"state": "begun", "section": "two-kinds"})
    assert answer.status_code == 200
    assert (answer.json()["lesson"], answer.json()["state"], answer.json()["section"]) == ("two-drifts", "begun", "two-kinds")
    body = signed_in.get("/api/v1/progress/mini/").json()
    assert body["lessons"] == {"total": 2, "begun": 1, "done": 0, "state": "begun"}
    assert body["modules"] == {"1": {"total": 1, "begun": 1, "done": 0, "state": "begun"}}
    assert body["next"] == {"slug": "two-drifts", "title": "Two drifts", "minutes": 4, "section": "two-kinds"}
    signed_in.put("/api/v1/lessons/two-drifts/progress/", {"state": "done"})
    signed_in.put("/api/v1/lessons/counting-costs/progress/", {"state": "done"})
    body = signed_in.get("/api/v1/progress/mini/").json()
    assert (body["lessons"]["state"], body["next"]) == ("done", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"state": "half"}, "state"), ({}, "state"), ({"state": "begun", "section": "nowhere"}, "section"), ([], "non_field_errors")],
)
def test_bad_progress_names_the_field(signed_in, exam, body, field):
    answer = signed_in.put("/api/v1/lessons/two-drifts/progress/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not LessonProgress.objects.exists()


def test_progress_needs_an_account(client, exam):
    assert client.put("/api/v1/lessons/two-drifts/progress/", {"state": "done"}).status_code in {401, 403}
    assert client.get("/api/v1/progress/mini/").status_code in {401, 403}


def test_progress_of_what_is_not_there(signed_in, exam):
    assert signed_in.put("/api/v1/lessons/nothing/progress/", {"state": "done"}).status_code == 404
    assert signed_in.get("/api/v1/progress/nothing/").status_code == 404


def test_lesson_of_two_exams_has_to_be_told_apart(signed_in, exam):
    from tests.bank import make_exam

    other = make_exam()
    Lesson.objects.filter(exam=other, slug="lesson-1-1").update(slug="two-drifts")
    assert signed_in.get("/api/v1/lessons/two-drifts/").json()["errors"].keys() == {"exam"}
    assert signed_in.get("/api/v1/lessons/two-drifts/?exam=mini").json()["title"] == "Two drifts"


def test_inline_check_is_answered(client, signed_in, exam):
    path = "/api/v1/lessons/two-drifts/checks/0/"
    assert client.post(path, {"option": 1}).json() == {
        "right": False,
        "why": "The inputs have not moved.",
        "correct_index": 0,
        "correct_why": "The relation has changed.",
    }
    assert not LessonProgress.objects.exists()
    assert signed_in.post(path, {"option": 0}).json()["right"]
    assert LessonProgress.objects.get().checks == {"0": 0}
    assert client.post("/api/v1/lessons/two-drifts/checks/2/", {"option": 0}).status_code == 404
    assert client.post(path, {"option": 7}).json()["errors"].keys() == {"option"}
    assert client.post(path, {"option": "x"}).status_code == 400
