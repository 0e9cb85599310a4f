"""The integrity check finds what is planted, and nothing in sound data."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.public import read_db_now
from quizzes.domain import attempts, grading
from quizzes.domain.bank import text_of
from quizzes.domain.integrity import CHECKS, verify_integrity
from quizzes.domain.question_text import text_digest
from quizzes.models import Attempt, Exposure, Grade, GradingJob, KeyRevision, Option, QuestionVersion, Response
from tests.quizzes.conftest import answer_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound(start, learner):
    """Two graded sittings of every kind of question, and an open one."""
    for version in QuestionVersion.objects.all():
        QuestionVersion.objects.filter(pk=version.pk).update(text_digest=text_digest(text_of(version)))
    for right in (9, 17):
        attempt = start(tasks=("1.3",), count=17)
        answer_all(attempt, right=lambda position, right=right: position <= right)
        attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
        grading.drain_jobs(worker="w")
    start("simulation")
    return attempt


def long_ago():
    return read_db_now() - timedelta(hours=1)


def published(kind):
    return QuestionVersion.objects.filter(kind=kind, question__current_version_id=F("pk")).first()


def graded():
    return Attempt.objects.filter(state="graded")


PLANTED = {
    "open_attempts_end_in_time": lambda: Attempt.objects.open().update(deadline=long_ago()),
    "submitted_attempts_have_a_job": lambda: GradingJob.objects.all().delete(),
    "jobs_are_not_left_over": lambda: GradingJob.objects.update(state="waiting", created_at=long_ago()),
    "done_jobs_have_their_grade": lambda: GradingJob.objects.update(revision=7),
    "grades_and_states_agree": lambda: graded().update(state="submitted"),
    "times_are_in_order": lambda: graded().update(submitted_at=long_ago() - timedelta(days=1)),
    "no_answer_is_late": lambda: Response.objects.update(saved_at=read_db_now() + timedelta(hours=1)),
    "forms_pin_what_exists": lambda: graded().update(form=[[10**9, 1]] * 17),
    "answers_fit_their_questions": lambda: Response.objects.filter(position=1).update(answer=["zz"]),
    "keys_name_their_options": lambda: KeyRevision.objects.filter(version__kind="ordering").update(answer=["zz"]),
    "grades_are_right": lambda: Grade.objects.update(score=1),
    "grades_follow_the_keys": lambda: KeyRevision.objects.create(version=published("ordering"), revision=2, answer=["a", "b", "c"]),
    "published_text_never_changed": lambda: Option.objects.filter(version__kind="matching", order=0).update(rationale="Another reason."),
    "published_questions_can_be_asked": lambda: Option.objects.filter(version=published("ordering")).delete(),
    "learners_met_what_they_answered": lambda: Exposure.objects.all().delete(),
}


def test_sound_data_has_no_finding(sound, capsys):
    assert verify_integrity() == []
    call_command("verify_integrity")
    assert "nothing found" in capsys.readouterr().out


def test_every_check_has_a_planted_corruption():
    assert set(PLANTED) == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize("check", PLANTED)
def test_planted_corruption_is_found(sound, check):
    PLANTED[check]()
    assert check in {finding.check for finding in verify_integrity()}
    with pytest.raises(CommandError, match="findings"):
        call_command("verify_integrity")


def test_answer_stored_after_the_submit_and_before_the_grade_is_found(start, learner):
    attempt = start(count=3)
    answer_all(attempt)
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    Response.objects.filter(position=1).update(saved_at=read_db_now() + timedelta(minutes=1))
    assert "no_answer_is_late" in {finding.check for finding in verify_integrity()}


@pytest.mark.parametrize("credit", [0, 1])
def test_a_single_wrong_credit_is_found(sound, credit):
    grade = Grade.objects.order_by("score").first()
    grade.credits[12 if credit else 0] = credit
    grade.score = sum(grade.credits)
    grade.save()
    assert [finding.check for finding in verify_integrity()] == ["grades_are_right"]
