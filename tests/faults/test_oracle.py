"""The oracle is silent when all is well, and finds each planted break."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from accounts.clock import read_db_now
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.domain.grading import drain_jobs
from quizzes.models import Attempt, Exposure, Grade, GradingJob, Response
from tests.bank import make_bank, make_exam, right_answer, wrong_answer
from tests.faults import oracle
from tests.faults.learners import Acknowledged, Ledger
from tests.servers.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger():
    """What the client of one graded drill saw; everything is well."""
    exam = make_exam()
    make_bank(exam, per_task=3)
    user = make_person("learner")
    attempt = start_attempt(user=user, exam=exam, wanted=Wanted(mode="drill", tasks=("1.3",), count=6, feedback="end"))
    attempt.deadline = read_db_now() + timedelta(hours=1)
    attempt.save()
    book = Ledger()
    for position, (version_id, _scored) in enumerate(attempt.form, start=1):
        kind = Attempt.objects.model._meta.apps.get_model("quizzes.QuestionVersion").objects.get(pk=version_id).kind
        value = right_answer(kind) if position % 2 else wrong_answer(kind)
        save = Save(answer=value, base_version=0, save_id=uuid.uuid4())
        saved = save_answer(attempt_id=attempt.pk, user_id=user.pk, guest_key="", position=position, save=save)
        book.note_save(Acknowledged(str(attempt.pk), position, saved.version, str(saved.save_id), saved.answer))
    submit_attempt(attempt_id=attempt.pk, user=user)
    book.note_receipt(str(attempt.pk), {"answered": 6})
    book.note_receipt(str(attempt.pk), {"answered": 6})
    drain_jobs(worker="worker:here:1:1")
    return book


def found(ledger, **expected):
    """The numbers of the rules that are broken."""
    return {breach.rule for breach in oracle.judge(ledger, **expected).breaches}


def test_nothing_is_found_where_all_is_well(ledger):
    verdict = oracle.judge(ledger)
    assert verdict.breaches == ()
    assert (verdict.acknowledged, verdict.lost, verdict.submitted, verdict.grades, verdict.duplicates) == (6, 0, 1, 1, 0)


def test_a_lost_save_is_found(ledger):
    Response.objects.filter(position=2).delete()
    assert "I1" in found(ledger)
    assert oracle.judge(ledger).lost == 1


def test_a_save_rolled_back_to_an_older_version_is_found(ledger):
    seen = ledger.saves[0]
    ledger.note_save(Acknowledged(seen.attempt, seen.position, seen.version + 1, str(uuid.uuid4()), seen.answer))
    assert found(ledger) == {"I1"}


def test_an_acknowledged_answer_that_was_overwritten_under_its_version_is_found(ledger):
    Response.objects.filter(position=1).update(save_id=uuid.uuid4())
    assert found(ledger) == {"I1"}


def test_receipts_that_differ_are_found(ledger):
    next(iter(ledger.receipts.values())).append({"answered": 5})
    assert found(ledger) == {"I2"}


def test_a_missing_grade_is_found(ledger):
    Grade.objects.all().delete()
    assert found(ledger) == {"I2"}


def test_a_second_order_is_found(ledger):
    job = GradingJob.objects.get()
    GradingJob.objects.create(attempt=job.attempt, revision=2, state="done", created_at=job.created_at, done_at=job.done_at)
    assert found(ledger) == {"I2"}
    assert found(ledger, regraded=True) == set()


def test_an_answer_counted_twice_for_the_learner_is_found(ledger):
    Exposure.objects.filter(pk=Exposure.objects.order_by("pk").first().pk).update(times=2)
    assert found(ledger) == {"I2"}


def test_a_wrong_credit_is_found(ledger):
    grade = Grade.objects.get()
    Grade.objects.update(credits=[1.0 - grade.credits[0], *grade.credits[1:]])
    assert found(ledger) == {"I4"}


def test_a_wrong_score_is_found(ledger):
    grade = Grade.objects.get()
    Grade.objects.update(score=grade.score - 1)
    assert found(ledger) == {"I4"}


def test_an_answer_changed_after_the_grade_is_found(ledger):
    right = next(row for row in Response.objects.all() if row.position % 2)
    Response.objects.filter(pk=right.pk).update(answer=None)
    assert found(ledger) == {"I1", "I4"}


def test_an_answer_after_the_grace_is_found(ledger):
    Response.objects.filter(position=1).update(saved_at=Attempt.objects.get().deadline + timedelta(seconds=31))
    assert found(ledger) == {"I5"}


def test_an_attempt_that_stays_open_is_found(ledger):
    attempt = Attempt.objects.get()
    Attempt.objects.create(
        user=attempt.user,
        exam=attempt.exam,
        mode="drill",
        title="Open",
        feedback="end",
        form=attempt.form,
        question_count=attempt.question_count,
        seed=1,
        started_at=attempt.started_at,
        active_at=attempt.started_at,
        deadline=read_db_now() - timedelta(seconds=61),
    )
    assert found(ledger) == {"I5"}


@pytest.mark.parametrize("state", ["waiting", "leased"])
def test_an_order_left_over_is_found(ledger, state):
    GradingJob.objects.update(state=state, lease_owner="worker:gone:1:1", lease_until=read_db_now())
    assert found(ledger) == {"I6"}


def test_an_attempt_that_waits_for_a_person_is_found_unless_it_is_expected(ledger):
    GradingJob.objects.update(state="needs_attention")
    Attempt.objects.update(state="needs_attention")
    Grade.objects.all().delete()
    Exposure.objects.all().delete()
    assert found(ledger) == {"I6"}
    assert found(ledger, needs_attention=1) == set()


@pytest.mark.parametrize(
    ("kind", "key", "given", "whole", "partial"),
    [
        ("multiple_choice", ["c"], ["c"], 1, 1),
        ("multiple_choice", ["c"], ["a"], 0, 0),
        ("multiple_choice", ["c"], None, 0, 0),
        ("multiple_response", ["b", "d"], ["d", "b"], 1, 1),
        ("multiple_response", ["b", "d"], ["b", "a"], 0, 0.5),
        ("case_study", ["a"], [], 0, 0),
        ("ordering", ["c", "a", "b"], ["c", "a", "b"], 1, 1),
        ("ordering", ["c", "a", "b"], ["c", "b", "a"], 0, 1 / 3),
        ("ordering", ["c", "a", "b"], ["c"], 0, 1 / 3),
        ("matching", {"p1": "b", "p2": "c"}, {"p1": "b", "p2": "c"}, 1, 1),
        ("matching", {"p1": "b", "p2": "c"}, {"p1": "b", "p2": "a"}, 0, 0.5),
    ],
)
def test_the_second_marking_follows_the_rules(kind, key, given, whole, partial):
    assert oracle.mark(kind, key, given, partial=False) == whole
    assert oracle.mark(kind, key, given, partial=True) == pytest.approx(partial)
