"""The attempts API: shapes, refusals, and what never leaves the server."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import Preferences
from accounts.public import read_db_now
from lifecycle.public import enrol
from quizzes import catalogue
from quizzes.domain import grading
from quizzes.models import Attempt, GradingJob, Option, ProblemReport, Question, QuestionVersion, ReviewCard, Scenario
from tests import bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(learner):
    api = APIClient()
    api.force_login(learner)
    return api


@pytest.fixture
def stranger(other_learner):
    api = APIClient()
    api.force_login(other_learner)
    return api


@pytest.fixture
def drill(client, exam):
    """A drill of task 1.3 with every kind of question in it."""
    answer = client.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "drill", "tasks": ["1.3"], "count": 17, "feedback": "each"})
    assert answer.status_code == 201
    return answer.json()


def save(client, attempt, position, answer, *, base=0, save_id=None, **fields):
    body = {"answer": answer, "base_version": base, "save_id": str(save_id or uuid.uuid4()), **fields}
    return client.put(f"/api/v1/attempts/{attempt['id']}/responses/{position}/", body)


def of_kind(attempt, kind):
    return next(question for question in attempt["questions"] if question["kind"] == kind)


def test_start_answers_the_questions_without_their_keys(drill):
    assert len(drill["questions"]) == 17
    assert {question["kind"] for question in drill["questions"]} == set(Question.Kind.values)
    matching = of_kind(drill, "matching")
    assert len(matching["prompts"]) == 3 and len(matching["options"]) == 4
    assert of_kind(drill, "case_study")["scenario"]["title"] == "A case"
    assert drill["responses"] == [] and drill["state"] == "in_progress" and drill["feedback"] == "each"


def test_case_study_tells_what_it_told_when_the_attempt_began(client, exam, drill):
    Scenario.objects.update(title="Another case", text="Something else happened.")
    catalogue.forget()  # a process that was started since
    again = client.get(f"/api/v1/attempts/{drill['id']}/").json()
    assert of_kind(again, "case_study")["scenario"] == of_kind(drill, "case_study")["scenario"]
    client.post(f"/api/v1/attempts/{drill['id']}/submit/")
    grading.drain_jobs(worker="w")
    result = client.get(f"/api/v1/attempts/{drill['id']}/result/").json()
    assert of_kind(result, "case_study")["scenario"]["text"] == "What happened."


def test_case_study_of_a_new_attempt_tells_what_was_edited(client, exam, drill):
    Scenario.objects.update(text="Something else happened.")
    wish = {"exam": exam.slug, "mode": "drill", "tasks": ["1.3"], "count": 17}
    told = of_kind(client.post("/api/v1/attempts/", wish).json(), "case_study")["scenario"]
    assert told == {"slug": "case", "title": "A case", "text": "Something else happened."}


def test_open_attempt_leaks_no_key_and_no_rationale(client, exam, drill):
    Option.objects.update(rationale="CANARY-rationale")
    QuestionVersion.objects.update(rule="CANARY-rule")
    save(client, drill, 1, None)
    bodies = [
        client.get(f"/api/v1/attempts/{drill['id']}/"),
        client.get(f"/api/v1/attempts/{drill['id']}/status/"),
        client.get(f"/api/v1/attempts/{drill['id']}/result/"),
        client.get("/api/v1/attempts/"),
        save(client, drill, 2, None, flagged=True),
        client.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "simulation"}),
    ]
    for body in bodies:
        assert b"CANARY" not in body.content
        assert "correct" not in json.dumps(body.json())


def test_save_is_acknowledged_with_what_is_stored(client, drill):
    question = of_kind(drill, "multiple_response")
    answer = save(client, drill, question["position"], ["d", "b"], seconds=9, flagged=True)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["version"], body["answer"], body["flagged"]) == (1, ["b", "d"], True)
    again = client.get(f"/api/v1/attempts/{drill['id']}/").json()["responses"]
    assert [(row["position"], row["answer"], row["seconds"]) for row in again] == [(question["position"], ["b", "d"], 9)]


def test_stale_save_is_a_conflict_with_the_stored_answer(client, drill):
    position = of_kind(drill, "multiple_choice")["position"]
    save(client, drill, position, ["a"])
    answer = save(client, drill, position, ["b"])
    assert answer.status_code == 409
    assert answer["Content-Type"].startswith("application/problem+json")
    assert (answer.json()["code"], answer.json()["stored"]["answer"]) == ("stale", ["a"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answer": "a"}, "answer"),
        ({"answer": ["nope"]}, "answer"),
        ({"answer": ["a"] * 30}, "answer"),
        ({"base_version": -1}, "base_version"),
        ({"save_id": "x"}, "save_id"),
        ({"seconds": -3}, "seconds"),
        ({"confidence": 7}, "confidence"),
    ],
)
def test_save_of_the_wrong_shape_names_the_field(client, drill, body, field):
    position = of_kind(drill, "multiple_choice")["position"]
    whole = {"answer": ["a"], "base_version": 0, "save_id": str(uuid.uuid4())} | body
    answer = client.put(f"/api/v1/attempts/{drill['id']}/responses/{position}/", whole)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_late_save_is_a_conflict_with_the_deadline(client, drill):
    deadline = read_db_now() - timedelta(minutes=1)
    Attempt.objects.update(deadline=deadline)
    answer = save(client, drill, 1, None)
    assert (answer.status_code, answer.json()["code"]) == (409, "late")
    assert answer.json()["deadline"]


@pytest.mark.parametrize("method", ["get", "patch", "put", "check", "submit", "status", "result", "pause"])
def test_someone_elses_attempt_is_not_found(stranger, client, drill, method):
    path = f"/api/v1/attempts/{drill['id']}/"
    answer = {
        "get": lambda: stranger.get(path),
        "patch": lambda: stranger.patch(path, {"position": 1}),
        "put": lambda: save(stranger, drill, 1, None),
        "check": lambda: stranger.post(f"{path}check/1/"),
        "submit": lambda: stranger.post(f"{path}submit/"),
        "status": lambda: stranger.get(f"{path}status/"),
        "result": lambda: stranger.get(f"{path}result/"),
        "pause": lambda: stranger.post(f"{path}pause/"),
    }[method]()
    assert answer.status_code == 404
    assert Attempt.objects.get().state == "in_progress"


def test_unknown_attempt_is_not_found(client, exam):
    assert client.get(f"/api/v1/attempts/{uuid.uuid4()}/").status_code == 404


def test_check_explains_every_option_and_locks_the_answer(client, drill):
    for kind in Question.Kind.values:
        question = of_kind(drill, kind)
        save(client, drill, question["position"], bank.right_answer(kind))
        body = client.post(f"/api/v1/attempts/{drill['id']}/check/{question['position']}/").json()
        assert body["right"] is True and body["correct"] == bank.right_answer(kind)
        assert all(option["rationale"] for option in body["options"])
        assert len(body["options"]) == len(question["options"])
        assert body["lesson"]["url"] == "/aif-c01/lessons/lesson-1-3/"
        late = save(client, drill, question["position"], None, base=1)
        assert (late.status_code, late.json()["code"]) == (409, "checked")


def test_check_says_when_a_missed_question_returns_and_grading_holds_to_it(client, drill):
    missed, known = of_kind(drill, "multiple_choice"), of_kind(drill, "ordering")
    wrong = next(option["key"] for option in missed["options"] if [option["key"]] != bank.right_answer("multiple_choice"))
    save(client, drill, missed["position"], [wrong])
    save(client, drill, known["position"], bank.right_answer("ordering"))
    path = f"/api/v1/attempts/{drill['id']}/"
    said = client.post(f"{path}check/{missed['position']}/").json()["returns_at"]
    assert client.post(f"{path}check/{known['position']}/").json()["returns_at"] is None, "never missed, so it has no card"
    client.post(f"{path}submit/")
    grading.drain_jobs(worker="w")
    card = ReviewCard.objects.get()
    assert abs(card.due_at - datetime.fromisoformat(said)) < timedelta(hours=1)
    assert card.due_at > read_db_now()
    again = client.post(f"{path}check/{missed['position']}/").json()["returns_at"]
    assert datetime.fromisoformat(again) == card.due_at, "what was graded is not counted twice"


def test_check_counts_on_from_the_card_that_the_question_has(client, drill, learner):
    question = of_kind(drill, "multiple_choice")
    version = Attempt.objects.get().form[question["position"] - 1][0]
    now = read_db_now()
    made = {"state": 2, "stability": 20.0, "difficulty": 5.0, "reviews": 3, "lapses": 1}
    asked = QuestionVersion.objects.get(pk=version).question
    ReviewCard.objects.create(user=learner, question=asked, due_at=now, reviewed_at=now - timedelta(days=20), **made)
    save(client, drill, question["position"], bank.right_answer("multiple_choice"))
    said = client.post(f"/api/v1/attempts/{drill['id']}/check/{question['position']}/").json()["returns_at"]
    assert datetime.fromisoformat(said) > now + timedelta(days=20), "right once more: later than the last time"


def test_check_without_an_answer_is_refused(client, drill):
    answer = client.post(f"/api/v1/attempts/{drill['id']}/check/1/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_allowed")


def test_submit_gives_the_same_receipt_each_time(client, drill):
    save(client, drill, of_kind(drill, "multiple_choice")["position"], ["c"])
    path = f"/api/v1/attempts/{drill['id']}/submit/"
    first = client.post(path, headers={"Idempotency-Key": "one"})
    grading.drain_jobs(worker="w")
    again = client.post(path, headers={"Idempotency-Key": "one"})
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.json()["answered"] == 1
    assert first["Retry-After"] == "1" and first["Location"] == first.json()["status_url"]
    assert GradingJob.objects.count() == 1


def test_submit_refuses_a_huge_key(client, drill):
    answer = client.post(f"/api/v1/attempts/{drill['id']}/submit/", headers={"Idempotency-Key": "k" * 5000})
    assert answer.status_code == 400
    assert Attempt.objects.get().state == "in_progress"


def test_status_says_when_to_ask_again(client, drill):
    path = f"/api/v1/attempts/{drill['id']}/status/"
    assert "Retry-After" not in client.get(path)
    client.post(f"/api/v1/attempts/{drill['id']}/submit/")
    assert client.get(path)["Retry-After"] == "1"
    grading.drain_jobs(worker="w")
    done = client.get(path)
    assert done.json()["state"] == "graded" and "Retry-After" not in done


def test_result_explains_everything(client, drill):
    for question in drill["questions"]:
        right = question["position"] % 2 == 0
        answer = bank.right_answer(question["kind"]) if right else bank.wrong_answer(question["kind"])
        save(client, drill, question["position"], answer)
    client.post(f"/api/v1/attempts/{drill['id']}/submit/")
    assert client.get(f"/api/v1/attempts/{drill['id']}/result/").status_code == 409
    grading.drain_jobs(worker="w")
    result = client.get(f"/api/v1/attempts/{drill['id']}/result/").json()
    assert (result["score"], result["max_score"], result["scaled"]) == (8, 17, None)
    assert [question["right"] for question in result["questions"]] == [p % 2 == 0 for p in range(1, 18)]
    assert result["domains"] == [{"number": 1, "title": "Domain 1", "right": 8.0, "of": 17}]
    for asked, explained in zip(drill["questions"], result["questions"], strict=True):
        assert all(option["rationale"] for option in explained["options"])
        if asked["kind"] != "matching":
            assert [o["key"] for o in asked["options"]] == [o["key"] for o in explained["options"]]
    assert all(question["returns_at"] for question in result["questions"] if not question["right"])


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "exam"),
        ({"exam": "aif-c01"}, "mode"),
        ({"exam": "no-such", "mode": "drill"}, "exam"),
        ({"exam": "aif-c01", "mode": "quiz"}, "mode"),
        ({"exam": "aif-c01", "mode": "drill", "count": 1000}, "count"),
        ({"quiz": "no-such"}, "quiz"),
        ({"exam": "aif-c01", "mode": "drill", "allowance": "x9"}, "allowance"),
        ({"exam": "aif-c01", "mode": "drill", "timing": "fast"}, "timing"),
        ({"exam": "aif-c01", "mode": "simulation", "timing": "exam_pace"}, "timing"),
        ({"exam": "aif-c01", "mode": "review", "timing": "exam_pace"}, "timing"),
        ({"quiz": "no-such", "timing": "exam_pace"}, "timing"),
    ],
)
def test_start_names_what_is_wrong(client, exam, wish, field):
    answer = client.post("/api/v1/attempts/", wish)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(("wish", "minutes"), [({}, None), ({"timing": "none"}, None), ({"timing": "exam_pace"}, 14)])
def test_drill_has_the_clock_that_is_asked_for(client, exam, wish, minutes):
    body = client.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "drill", "count": 10, **wish}).json()
    assert body["minutes"] == minutes
    assert (body["remaining_seconds"] is None) == (body["deadline"] is None) == (minutes is None)
    assert (body["can_pause"], body["can_add_minutes"]) == (False, 0)


def test_timed_drill_takes_the_allowance_kept_for_the_account(client, exam, learner):
    Preferences.objects.create(user=learner, allowance="x2")
    wish = {"exam": exam.slug, "mode": "drill", "count": 10, "timing": "exam_pace"}
    assert client.post("/api/v1/attempts/", wish).json()["minutes"] == 28
    assert client.post("/api/v1/attempts/", wish | {"allowance": "x1"}).json()["minutes"] == 14


def test_timed_drill_explains_after_each_and_ends_at_its_deadline(client, exam):
    wish = {"exam": exam.slug, "mode": "drill", "count": 5, "timing": "exam_pace", "feedback": "each"}
    drill = client.post("/api/v1/attempts/", wish).json()
    first = drill["questions"][0]
    save(client, drill, 1, bank.wrong_answer(first["kind"]))
    assert client.post(f"/api/v1/attempts/{drill['id']}/check/1/").json()["right"] is False
    Attempt.objects.update(deadline=read_db_now() - timedelta(seconds=40))
    late = save(client, drill, 2, None)
    assert (late.status_code, late.json()["code"]) == (409, "late")
    assert client.post(f"/api/v1/attempts/{drill['id']}/submit/").status_code == 202
    grading.drain_jobs(worker="w")
    result = client.get(f"/api/v1/attempts/{drill['id']}/result/").json()
    assert [question["answered"] for question in result["questions"]] == [True, False, False, False, False]


def test_start_ignores_what_is_not_the_learners_to_set(client, exam):
    body = {"exam": exam.slug, "mode": "drill", "count": 3, "state": "graded", "deadline": "2030-01-01", "user": 1, "score": 9, "seed": 1}
    client.post("/api/v1/attempts/", body)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.deadline) == ("in_progress", None) and attempt.seed != 1


def test_visitor_gets_ten_sample_questions_and_keeps_them(exam):
    visitor = APIClient()
    refused = visitor.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "simulation"})
    assert (refused.status_code, refused.json()["code"]) == (403, "account_needed")
    sample = visitor.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "drill", "count": 10}).json()
    assert save(visitor, sample, 1, None).status_code == 200
    assert APIClient().get(f"/api/v1/attempts/{sample['id']}/").status_code == 404


def test_practice_exam_can_be_paused_and_given_time(client, exam):
    attempt = client.post("/api/v1/attempts/", {"exam": exam.slug, "mode": "practice_exam"}).json()
    path = f"/api/v1/attempts/{attempt['id']}/"
    assert client.post(f"{path}pause/").json()["paused"] is True
    assert save(client, attempt, 1, None).json()["code"] == "paused"
    assert client.post(f"{path}resume/").json()["paused"] is False
    assert client.post(f"{path}add-minutes/").json()["can_add_minutes"] == 9


def test_position_is_remembered(client, drill):
    assert client.patch(f"/api/v1/attempts/{drill['id']}/", {"position": 5}).status_code == 204
    assert client.get(f"/api/v1/attempts/{drill['id']}/").json()["position"] == 5
    assert client.patch(f"/api/v1/attempts/{drill['id']}/", {"position": 18}).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_list_costs_the_same_statements_for_any_length(client, exam, learner, django_assert_num_queries, start, rows):
    attempt = start(count=3)
    fields = {field.attname: getattr(attempt, field.attname) for field in Attempt._meta.fields if field.attname != "id"}
    Attempt.objects.bulk_create(Attempt(**fields) for _row in range(rows - 1))
    with django_assert_num_queries(4):  # session, user, count, rows
        assert client.get("/api/v1/attempts/").json()["count"] == rows


def test_report_reaches_the_queue_with_its_version(client, drill, learner):
    version = QuestionVersion.objects.get(pk=Attempt.objects.get().form[0][0])
    body = {"kind": "unclear", "text": "Which team?", "attempt": drill["id"]}
    answer = client.post(f"/api/v1/questions/{version.question_id}/reports/", body)
    assert answer.status_code == 201
    report = ProblemReport.objects.get()
    assert (report.version, report.reporter, report.text) == (version, learner, "Which team?")
    client.post(f"/api/v1/questions/{version.question_id}/reports/", body | {"text": "Which of the teams?"})
    assert ProblemReport.objects.get().text == "Which of the teams?"


def test_reviews_without_a_named_exam_are_those_of_the_newest_enrolment(client, exam, learner):
    other = bank.make_exam("second")
    assert client.get("/api/v1/reviews/").json()["due"] == 0
    answer = client.post("/api/v1/reviews/")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_ask")
    question = bank.make_question(other, "1.1")
    now = read_db_now()
    ReviewCard.objects.create(
        user=learner, question=question, state=2, stability=1.0, difficulty=5.0, due_at=now, reviewed_at=now, reviews=1, lapses=1
    )
    enrol(user=learner, exam=other, minutes_a_day=20)
    assert client.get("/api/v1/reviews/").json()["due"] == 1
    assert client.get("/api/v1/reviews/?exam=aif-c01").json()["due"] == 0


def test_check_says_where_to_report_a_problem_with_the_version_that_was_met(client, drill, learner):
    question = of_kind(drill, "multiple_choice")
    save(client, drill, question["position"], ["a"])
    path = client.post(f"/api/v1/attempts/{drill['id']}/check/{question['position']}/").json()["report_url"]
    met = QuestionVersion.objects.get(pk=Attempt.objects.get().form[question["position"] - 1][0])
    newer = QuestionVersion.objects.get(pk=met.pk)
    newer.pk, newer.number = None, met.number + 1
    newer.save()
    Question.objects.filter(pk=met.question_id).update(current_version=newer)
    assert client.post(path, {"kind": "wrong_key", "text": "b fits too", "attempt": drill["id"]}).status_code == 201
    assert ProblemReport.objects.get().version == met, "not the newer one"


@pytest.mark.parametrize(("body", "field"), [({}, "kind"), ({"kind": "nonsense"}, "kind"), ({"kind": "other", "text": " "}, "text")])
def test_report_that_says_nothing_names_what_is_missing(client, drill, body, field):
    version = QuestionVersion.objects.get(pk=Attempt.objects.get().form[0][0])
    answer = client.post(f"/api/v1/questions/{version.question_id}/reports/", body | {"attempt": drill["id"]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not ProblemReport.objects.exists()


def test_reviews_are_due_after_a_miss(client, drill):
    assert client.post("/api/v1/reviews/").json()["code"] == "nothing_to_ask"
    for question in drill["questions"][:3]:
        save(client, drill, question["position"], bank.wrong_answer(question["kind"]))
    client.post(f"/api/v1/attempts/{drill['id']}/submit/")
    grading.drain_jobs(worker="w")
    from quizzes.models import ReviewCard

    ReviewCard.objects.update(due_at=read_db_now() - timedelta(hours=1))
    assert client.get("/api/v1/reviews/").json()["due"] == 3
    sitting = client.post("/api/v1/reviews/")
    assert sitting.status_code == 201
    assert len(sitting.json()["questions"]) == 3
