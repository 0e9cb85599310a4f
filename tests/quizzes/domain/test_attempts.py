"""The life of a sitting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.public import read_db_now
from quizzes.domain import attempts, grading
from quizzes.domain.errors import (
    AttemptClosed,
    AttemptMissing,
    AttemptsUsedUp,
    NotAllowed,
    NotForGuests,
    QuizClosed,
    SaveLate,
)
from quizzes.models import Attempt, Exposure, GradingJob, Question, Quiz, QuizQuestion
from quizzes.models.attempt import GRACE
from tests.quizzes.conftest import answer_all, holds_until, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def quiz(exam):
    quiz = Quiz.objects.create(exam=exam, slug="friday", title="Friday quiz", state="published", minutes=20)
    for order, question in enumerate(Question.objects.filter(task__number="2.2")[:4]):
        QuizQuestion.objects.create(quiz=quiz, question=question, order=order)
    return quiz


@pytest.mark.parametrize(
    ("allowance", "minutes"), [("x1", 90), ("plus30", 120), ("x1.25", 112), ("x1.5", 135), ("x2", 180), ("none", None)]
)
def test_start_pins_deadline_by_allowance(start, allowance, minutes):
    attempt = start("simulation", allowance=allowance)
    assert attempt.minutes == minutes
    assert (attempt.deadline and attempt.deadline - attempt.started_at) == (minutes and timedelta(minutes=minutes))


@pytest.mark.parametrize(("count", "minutes"), [(1, 2), (5, 7), (10, 14), (13, 18), (20, 28), (65, 90)])
def test_pace_is_the_exams_rounded_up(exam, count, minutes):
    assert attempts.pace_minutes(exam.blueprints.get(), count) == minutes


@pytest.mark.parametrize(("allowance", "minutes"), [("x1", 14), ("plus30", 44), ("x1.25", 18), ("x1.5", 21), ("x2", 28), ("none", None)])
def test_drill_at_exam_pace_has_the_exams_time_for_its_questions(start, allowance, minutes):
    attempt = start(count=10, timing="exam_pace", allowance=allowance)
    assert attempt.minutes == minutes
    assert (attempt.deadline and attempt.deadline - attempt.started_at) == (minutes and timedelta(minutes=minutes))
    assert attempt.wanted["timing"] == "exam_pace"


def test_drill_has_no_clock_unless_it_is_wanted(start):
    attempt = start(count=10)
    assert (attempt.minutes, attempt.deadline, attempt.wanted["timing"]) == (None, None, "none")


def test_drill_at_exam_pace_counts_the_questions_it_found(start):
    attempt = start(tasks=("2.1",), count=40, timing="exam_pace")
    assert (attempt.question_count, attempt.minutes) == (12, 17)


def test_timed_drill_is_closed_at_its_deadline(start):
    attempt = start(count=5, timing="exam_pace", feedback="each")
    put(attempt, 1, None)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=read_db_now() - timedelta(seconds=31))
    with pytest.raises(SaveLate):
        put(attempt, 2, None)
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == ("submitted", attempt.deadline)


def test_allowance_of_a_timed_drill_is_raised_by_its_own_time(start, other_learner):
    attempt = start(count=10, timing="exam_pace")
    raised = attempts.raise_allowance(attempt=attempt, allowance="x2", actor=other_learner)
    assert (raised.minutes, raised.deadline) == (28, attempt.deadline + timedelta(minutes=14))


def test_start_pins_versions_against_later_edits(start):
    attempt = start(tasks=("2.1",), count=3)
    pinned = [version_id for version_id, _scored in attempt.form]
    Question.objects.filter(versions__in=pinned).update(state="retired")
    assert [version_id for version_id, _scored in Attempt.objects.get(pk=attempt.pk).form] == pinned


def test_quiz_is_taken_in_its_order(start, quiz):
    attempt = start("quiz", quiz=quiz)
    assert [entry[0] for entry in attempt.form] == [entry.question.current_version_id for entry in quiz.entries.all()]
    assert attempt.minutes == 20


def test_quiz_deadline_never_passes_its_closing(start, quiz):
    quiz.closes_at = read_db_now() + timedelta(minutes=5)
    quiz.save()
    assert start("quiz", quiz=quiz).deadline == quiz.closes_at


@pytest.mark.parametrize("fields", [{"opens_at": 1}, {"closes_at": -1}, {"state": "draft"}])
def test_quiz_that_is_not_open_cannot_be_started(start, quiz, fields):
    values = {name: read_db_now() + timedelta(hours=v) if isinstance(v, int) else v for name, v in fields.items()}
    Quiz.objects.filter(pk=quiz.pk).update(**values)
    with pytest.raises(QuizClosed):
        start("quiz", quiz=quiz)


def test_quiz_of_a_team_is_closed_to_others(start, quiz, other_learner):
    from accounts.models import Membership, Team

    team = Team.objects.create(name="One", slug="one")
    Membership.objects.create(team=team, user=other_learner)
    Quiz.objects.filter(pk=quiz.pk).update(team=team)
    with pytest.raises(QuizClosed):
        start("quiz", quiz=quiz)
    assert start("quiz", quiz=quiz, user=other_learner)


def test_quiz_allows_only_so_many_sittings(start, quiz):
    Quiz.objects.filter(pk=quiz.pk).update(attempts_allowed=1)
    quiz.refresh_from_db()
    start("quiz", quiz=quiz)
    with pytest.raises(AttemptsUsedUp):
        start("quiz", quiz=quiz)


@pytest.mark.parametrize("wish", [{"mode": "simulation"}, {"mode": "drill", "count": 11}, {"mode": "drill", "timing": "exam_pace"}])
def test_guests_get_ten_sample_questions_only(start, wish):
    with pytest.raises(NotForGuests):
        start(wish.pop("mode"), user=None, guest_key="g", **wish)
    assert start(user=None, guest_key="g", count=10).question_count == 10


def test_submit_orders_one_grading_however_often(start, learner):
    attempt = start(count=3)
    first = attempts.submit_attempt(attempt_id=attempt.pk, user=learner, key="k")
    again = attempts.submit_attempt(attempt_id=attempt.pk, user=learner, key="k")
    assert first.state == again.state == "submitted"
    assert first.submitted_at == again.submitted_at
    assert GradingJob.objects.filter(attempt=attempt).count() == 1


def test_submit_of_another_is_missing(start, other_learner):
    with pytest.raises(AttemptMissing):
        attempts.submit_attempt(attempt_id=start(count=3).pk, user=other_learner)


def test_submit_after_the_deadline_counts_as_of_the_deadline(start, learner):
    attempt = start("simulation")
    deadline = read_db_now() - timedelta(seconds=20)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=deadline)
    assert attempts.submit_attempt(attempt_id=attempt.pk, user=learner).submitted_at == deadline


def test_close_overdue_submits_after_grace_as_of_the_deadline(start):
    def ended(attempt, past):
        deadline = read_db_now() - timedelta(seconds=past)
        Attempt.objects.filter(pk=attempt.pk).update(deadline=deadline)
        return deadline

    holds_until(lambda: ended(start("simulation"), 29) + GRACE, lambda: attempts.close_overdue() == 0)
    attempt = Attempt.objects.get(state="in_progress")
    deadline = ended(attempt, 31)
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submitted_at) == ("submitted", deadline)
    assert GradingJob.objects.filter(attempt=attempt).count() == 1


def test_close_overdue_leaves_alone_who_was_given_time_meanwhile(start):
    attempt = start("simulation")
    Attempt.objects.filter(pk=attempt.pk).update(deadline=read_db_now() - timedelta(minutes=5))
    given = []

    def give_time_first(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not given:
            given.append(attempt.pk)
            Attempt.objects.filter(pk=attempt.pk).update(deadline=read_db_now() + timedelta(hours=1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(give_time_first):
        assert attempts.close_overdue() == 0
    assert given
    assert Attempt.objects.get(pk=attempt.pk).state == "in_progress"


def test_close_overdue_leaves_paused_exams_alone(start, learner):
    attempt = start("practice_exam")
    attempts.pause_attempt(attempt_id=attempt.pk, user=learner)
    Attempt.objects.filter(pk=attempt.pk).update(deadline=read_db_now() - timedelta(hours=1))
    assert attempts.close_overdue() == 0


def test_close_idle_submits_old_drills_and_cancels_empty_ones(start):
    answered, empty, fresh = start(count=3), start(count=3), start(count=3)
    put(answered, 1, None)
    answered.responses.update(answer=["a"], saved_at=read_db_now() - timedelta(days=15))
    old = read_db_now() - timedelta(days=15)
    Attempt.objects.filter(pk__in=[answered.pk, empty.pk]).update(active_at=old)
    assert attempts.close_idle() == 2
    states = {row.pk: row.state for row in Attempt.objects.all()}
    assert (states[answered.pk], states[empty.pk], states[fresh.pk]) == ("submitted", "cancelled", "in_progress")


def test_pause_stops_the_clock(start, learner):
    attempt = start("practice_exam")
    attempts.pause_attempt(attempt_id=attempt.pk, user=learner)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=read_db_now() - timedelta(minutes=10))
    resumed = attempts.resume_attempt(attempt_id=attempt.pk, user=learner)
    assert timedelta(minutes=10) <= resumed.deadline - attempt.deadline < timedelta(minutes=11)


def test_simulation_cannot_be_paused(start, learner):
    with pytest.raises(NotAllowed):
        attempts.pause_attempt(attempt_id=start("simulation").pk, user=learner)


def test_five_minutes_can_be_added_ten_times(start, learner):
    attempt = start("practice_exam")
    for _time in range(10):
        added = attempts.add_minutes(attempt_id=attempt.pk, user=learner)
    assert added.deadline == attempt.deadline + timedelta(minutes=50)
    with pytest.raises(NotAllowed):
        attempts.add_minutes(attempt_id=attempt.pk, user=learner)


def test_no_minutes_are_added_once_the_time_is_over(start, learner):
    attempt = start("practice_exam")
    Attempt.objects.filter(pk=attempt.pk).update(deadline=read_db_now() - timedelta(seconds=1))
    with pytest.raises(AttemptClosed):
        attempts.add_minutes(attempt_id=attempt.pk, user=learner)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=read_db_now() - timedelta(minutes=1))
    assert attempts.add_minutes(attempt_id=attempt.pk, user=learner).five_minutes_added == 1


def test_submit_while_the_clock_stands_still_has_its_own_time(start, learner):
    attempt = start("practice_exam")
    now = read_db_now()
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=now - timedelta(hours=3), deadline=now - timedelta(hours=1), paused_at=now - timedelta(hours=2)
    )
    submitted = attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    assert submitted.submitted_at >= now
    assert timedelta(minutes=59) < submitted.deadline - submitted.submitted_at <= timedelta(hours=1)


def test_allowance_is_raised_while_it_runs_and_never_lowered(start, other_learner):
    attempt = start("simulation")
    raised = attempts.raise_allowance(attempt=attempt, allowance="x1.5", actor=other_learner)
    assert raised.deadline == attempt.deadline + timedelta(minutes=45)
    assert AuditEntry.objects.get().action == "raise_allowance"
    with pytest.raises(NotAllowed):
        attempts.raise_allowance(attempt=raised, allowance="x1", actor=other_learner)
    assert attempts.raise_allowance(attempt=raised, allowance="none", actor=other_learner).deadline is None


@pytest.mark.parametrize("minutes", [1, 5, 90])
def test_allowance_is_raised_on_the_minutes_that_the_sitting_began_with(start, quiz, other_learner, minutes):
    attempt = start("quiz", quiz=quiz, allowance="x1.25")
    Quiz.objects.filter(pk=quiz.pk).update(minutes=minutes)
    raised = attempts.raise_allowance(attempt=attempt, allowance="x1.5", actor=other_learner)
    assert (attempt.minutes, raised.minutes) == (25, 30)
    assert raised.deadline == attempt.deadline + timedelta(minutes=5)


@given(st.integers(1, 1000), st.sampled_from(["x1", "plus30", "x1.25", "x1.5", "x2"]))
def test_standard_minutes_are_found_again_in_every_allowance(minutes, allowance):
    assert attempts._standard_minutes(attempts.minutes_allowed(minutes, allowance), allowance) == minutes


def test_cancelled_attempt_takes_nothing_more(start, learner, other_learner):
    attempt = start(count=3)
    assert attempts.cancel_attempt(attempt=attempt, reason="Fire alarm.", actor=other_learner)
    with pytest.raises(AttemptClosed):
        put(attempt, 1, None)
    assert attempts.submit_attempt(attempt_id=attempt.pk, user=learner).state == "cancelled"
    assert not GradingJob.objects.exists()


def test_claimed_sample_questions_count_for_the_new_account(start, other_learner):
    attempt = start(user=None, guest_key="g", count=5)
    answer_all(attempt)
    attempts.submit_attempt(attempt_id=attempt.pk, user=None, guest_key="g")
    grading.drain_jobs(worker="test")
    assert attempts.claim_guest_attempts(guest_key="g", user=other_learner) == 1
    assert Exposure.objects.filter(user=other_learner).count() == 5
    assert attempts.claim_guest_attempts(guest_key="g", user=other_learner) == 0


def test_claim_without_a_key_claims_nothing(start, other_learner):
    start(user=None, guest_key="g", count=5)
    assert attempts.claim_guest_attempts(guest_key="", user=other_learner) == 0
