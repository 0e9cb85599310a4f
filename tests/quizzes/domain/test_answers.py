"""Saving answers: acknowledged means stored, retries are harmless, nothing older overwrites, nothing lands late."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from accounts.public import read_db_now
from quizzes.domain.answers import check_response
from quizzes.domain.attempts import pause_attempt, submit_attempt
from quizzes.domain.errors import (
    AnswerChecked,
    AnswerMisshapen,
    AttemptClosed,
    AttemptMissing,
    AttemptPaused,
    NotAllowed,
    SaveLate,
    SaveStale,
)
from quizzes.models import Attempt, Response
from quizzes.models.attempt import GRACE
from tests.quizzes.conftest import holds_until, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def drill(start):
    return start(tasks=("2.1",), count=5, feedback="each")


def move_deadline(attempt, seconds):
    """Set the deadline that many seconds from now, and return it."""
    deadline = read_db_now() + timedelta(seconds=seconds)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=deadline)
    return deadline


def test_save_answer_stores_what_was_given(drill):
    saved = put(drill, 1, ["a"], flagged=True, struck=("b",), seconds=12, confidence=2)
    row = Response.objects.get(attempt=drill, position=1)
    assert (row.answer, row.version, row.flagged, row.struck, row.seconds, row.confidence) == (["a"], 1, True, ["b"], 12, 2)
    assert (saved.version, saved.saved_at, saved.save_id) == (1, row.saved_at, row.save_id)


def test_save_answer_counts_versions_and_changes(drill):
    put(drill, 1, ["a"])
    put(drill, 1, ["b"], base=1)
    put(drill, 1, ["b"], base=2, flagged=True)
    row = Response.objects.get(attempt=drill, position=1)
    assert (row.answer, row.version, row.changes) == (["b"], 3, 1)


def test_save_answer_can_be_cleared(drill):
    put(drill, 1, ["a"])
    put(drill, 1, [], base=1)
    assert Response.objects.get(attempt=drill, position=1).answer is None


def test_same_save_id_answers_as_before(drill):
    save_id = uuid.uuid4()
    first = put(drill, 1, ["a"], save_id=save_id)
    again = put(drill, 1, ["a"], save_id=save_id)
    assert (again.version, again.saved_at, again.answer) == (first.version, first.saved_at, first.answer)
    assert Response.objects.get(attempt=drill).version == 1


def test_same_save_id_answers_as_before_even_after_the_submit(drill, learner):
    save_id = uuid.uuid4()
    put(drill, 1, ["a"], save_id=save_id)
    submit_attempt(attempt_id=drill.pk, user=learner)
    assert put(drill, 1, ["a"], save_id=save_id).version == 1


def test_older_version_gets_what_is_stored(drill):
    put(drill, 1, ["a"])
    put(drill, 1, ["b"], base=1)
    with pytest.raises(SaveStale) as refused:
        put(drill, 1, ["c"], base=1)
    assert refused.value.stored["answer"] == ["b"]
    assert Response.objects.get(attempt=drill).answer == ["b"]


def test_second_device_with_a_first_save_erases_nothing(drill):
    put(drill, 1, ["a"])
    with pytest.raises(SaveStale):
        put(drill, 1, None)
    assert Response.objects.get(attempt=drill).answer == ["a"]


def test_version_that_never_was_is_stale(drill):
    with pytest.raises(SaveStale) as refused:
        put(drill, 1, ["a"], base=4)
    assert refused.value.stored is None
    assert not Response.objects.exists()


@pytest.mark.parametrize("answer", [["z"], ["a", "b"], {"p1": "a"}, "a"])
def test_answer_of_the_wrong_shape_is_refused(drill, answer):
    with pytest.raises(AnswerMisshapen):
        put(drill, 1, answer)
    assert not Response.objects.exists()


def test_someone_elses_attempt_is_missing(drill, other_learner):
    drill.user_id = other_learner.pk
    with pytest.raises(AttemptMissing):
        put(drill, 1, ["a"])
    with pytest.raises(AttemptMissing):
        put(drill, 1, ["nonsense"])
    assert not Response.objects.exists()


def test_guests_answer_only_their_own(start):
    attempt = start(user=None, guest_key="mine", count=10)
    put(attempt, 1, None)
    attempt.guest_key = "other"
    with pytest.raises(AttemptMissing):
        put(attempt, 2, None)
    attempt.guest_key = ""
    with pytest.raises(AttemptMissing):
        put(attempt, 2, None)


@pytest.mark.parametrize("position", [0, 6])
def test_position_outside_the_form_is_missing(drill, position):
    with pytest.raises(AttemptMissing):
        put(drill, position, ["a"])


@pytest.mark.parametrize("past", [-10, 29])
def test_save_is_taken_within_grace(drill, past):
    def taken():
        try:
            return put(drill, 1, ["a"]).version == 1
        except SaveLate:
            return False

    holds_until(lambda: move_deadline(drill, -past) + GRACE, taken)
    assert Response.objects.get().answer == ["a"]


def test_save_after_the_grace_is_refused(drill):
    deadline = move_deadline(drill, -31)
    with pytest.raises(SaveLate) as refused:
        put(drill, 1, ["a"])
    assert refused.value.deadline == deadline
    assert not Response.objects.exists()


def test_save_after_submit_is_refused(drill, learner):
    put(drill, 1, ["a"])
    submit_attempt(attempt_id=drill.pk, user=learner)
    with pytest.raises(AttemptClosed):
        put(drill, 1, ["b"], base=1)
    assert Response.objects.get(attempt=drill).answer == ["a"]


def test_save_while_paused_is_refused(start, learner):
    attempt = start("practice_exam")
    pause_attempt(attempt_id=attempt.pk, user=learner)
    with pytest.raises(AttemptPaused):
        put(attempt, 1, None)


def test_checked_answer_stands(drill, learner):
    put(drill, 1, ["a"])
    check_response(attempt_id=drill.pk, user=learner, position=1)
    with pytest.raises(AnswerChecked):
        put(drill, 1, ["c"], base=1)


def test_check_needs_an_answer_and_the_mode(drill, start, learner):
    with pytest.raises(NotAllowed):
        check_response(attempt_id=drill.pk, user=learner, position=1)
    at_the_end = start(count=5, feedback="end")
    put(at_the_end, 1, None)
    with pytest.raises(NotAllowed):
        check_response(attempt_id=at_the_end.pk, user=learner, position=1)


def test_save_is_one_statement_on_postgresql_once_the_form_is_known(drill, django_assert_num_queries):
    from django.db import connection

    put(drill, 1, ["a"])
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):  # SQLite: begin, write, deadline, commit
        put(drill, 2, ["a"])
