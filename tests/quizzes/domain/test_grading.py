"""Grading: exactly one grade, whatever happens to whoever grades."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.public import read_db_now
from quizzes.catalogue import current_keys
from quizzes.domain import attempts, grading, recalls, sweeping
from quizzes.models import (
    Attempt,
    Exposure,
    Grade,
    GradingJob,
    KeyRevision,
    Question,
    QuestionVersion,
    Quiz,
    QuizQuestion,
    Recall,
    ReviewCard,
)
from quizzes.signals import attempts_graded
from tests import bank
from tests.quizzes.conftest import answer_all, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(start, learner):
    """A submitted sitting; the first `right` questions are answered right, the others wrong."""

    def _submitted(mode="drill", right=99, user=learner, **wish):
        attempt = start(mode, user=user, **wish)
        answer_all(attempt, right=lambda position: position <= right)
        return attempts.submit_attempt(attempt_id=attempt.pk, user=user)

    return _submitted


@pytest.fixture
def heard():
    """What the signal said."""
    batches = []

    def listen(graded, **kwargs):
        batches.append(graded)

    attempts_graded.connect(listen)
    yield batches
    attempts_graded.disconnect(listen)


def test_drain_grades_what_was_submitted(submitted):
    attempt = submitted(tasks=("1.3",), count=17, right=11)
    assert grading.drain_jobs(worker="w1") == 1
    grade = Grade.objects.get(attempt=attempt)
    attempt.refresh_from_db()
    assert (grade.score, grade.max_score, grade.graded_by, attempt.state) == (11, 17, "w1", "graded")
    assert grade.credits == [1.0] * 11 + [0.0] * 6
    assert GradingJob.objects.get(attempt=attempt).state == "done"


def test_drain_a_second_time_finds_nothing(submitted):
    submitted(count=3)
    assert [grading.drain_jobs(worker="w1"), grading.drain_jobs(worker="w2")] == [1, 0]
    assert Grade.objects.count() == 1


@pytest.mark.parametrize(("wrong", "scaled", "passed"), [(0, 1000, True), (15, 700, True), (16, 683, False), (50, 100, False)])
def test_simulation_counts_its_scored_questions_on_the_scale(start, learner, wrong, scaled, passed):
    attempt = start("simulation")
    scored = [position for position, entry in enumerate(attempt.form, start=1) if entry[1]]
    answer_all(attempt, right=lambda position: position not in scored[:wrong])
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="w")
    grade = Grade.objects.get()
    assert (grade.score, grade.max_score, grade.scaled, grade.passed) == (50 - wrong, 50, scaled, passed)


def test_unanswered_is_wrong(start, learner):
    attempt = start(count=4)
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="w")
    assert Grade.objects.get().score == 0


def test_signal_tells_what_was_answered(submitted, heard, learner):
    attempt = submitted(tasks=("1.3",), stages=("eda",), count=4, right=3)
    grading.drain_jobs(worker="w")
    [[graded]] = heard
    assert (graded.attempt_id, graded.user_id, graded.revision) == (attempt.pk, learner.pk, 1)
    assert [answer.right for answer in graded.answers] == [True] * 3 + [False]
    assert all(answer.first_time and answer.seen and answer.stages == ("eda",) for answer in graded.answers)


def test_signal_failing_leaves_no_grade(submitted):
    def refuse(**kwargs):
        raise RuntimeError("no mastery")

    attempt = submitted(count=3)
    attempts_graded.connect(refuse)
    try:
        grading.drain_jobs(worker="w")
    finally:
        attempts_graded.disconnect(refuse)
    attempt.refresh_from_db()
    assert attempt.state == "submitted"
    assert not Grade.objects.exists()
    assert not Exposure.objects.exists()


def test_database_failing_puts_a_batch_back_uncounted_and_each_job_alone(submitted):
    def be_away(**kwargs):
        raise OperationalError("database or disk is full")

    for _attempt in range(2):
        submitted(count=3)
    attempts_graded.connect(be_away)
    try:
        for _outage in range(4):  # more often than a job may fail
            assert grading.drain_jobs(worker="w") == 0
            assert list(GradingJob.objects.values_list("state", "alone", "tries", "lease_owner")) == [("waiting", True, 0, "")] * 2
            assert all(job.not_before > read_db_now() for job in GradingJob.objects.all())
            GradingJob.objects.update(not_before=None)
    finally:
        attempts_graded.disconnect(be_away)
    assert grading.drain_jobs(worker="w") == 2


def test_endless_loop_is_ended_and_counted_as_a_failure(submitted, monkeypatch):
    def loop(**kwargs):
        while True:
            pass

    monkeypatch.setattr(grading, "PROCESSOR_SECONDS", 0.2)
    submitted(count=3)
    attempts_graded.connect(loop)
    try:
        for _try in range(3):
            assert grading.drain_jobs(worker="w") == 0
            GradingJob.objects.update(not_before=None)
    finally:
        attempts_graded.disconnect(loop)
    job = GradingJob.objects.get()
    assert (job.state, job.tries) == ("needs_attention", 3)
    assert "TookTooLong" in job.last_error


def test_second_meeting_is_not_a_first_time(submitted, heard):
    submitted(tasks=("4.1",), count=12)
    submitted(tasks=("4.1",), count=12)
    grading.drain_jobs(worker="w")
    answers = [answer for batch in heard for graded in batch for answer in graded.answers]
    assert [answer.first_time for answer in answers] == [True] * 12 + [False] * 12
    assert set(Exposure.objects.values_list("times", flat=True)) == {2}


def test_misses_make_review_cards(submitted, learner):
    submitted(count=5, right=3)
    grading.drain_jobs(worker="w")
    cards = ReviewCard.objects.filter(user=learner)
    assert cards.count() == 2
    assert all(card.stability == pytest.approx(0.212) and card.due_at > card.reviewed_at for card in cards)


def test_expired_lease_is_taken_by_the_next(submitted):
    attempt = submitted(count=3)
    assert [job.attempt_id for job in grading.claim_jobs(worker="dead")] == [attempt.pk]
    assert grading.claim_jobs(worker="next") == []
    GradingJob.objects.update(lease_until=read_db_now() - timedelta(seconds=1))
    assert grading.drain_jobs(worker="early") == 0  # it died alone once: a short rest first
    GradingJob.objects.update(not_before=None)
    assert grading.drain_jobs(worker="next") == 1
    assert Grade.objects.get().graded_by == "next"


def test_worker_that_lost_its_lease_writes_nothing(submitted):
    submitted(count=3)
    jobs = grading.claim_jobs(worker="slow")
    GradingJob.objects.update(lease_owner="quick")
    assert grading.grade_jobs(jobs=jobs, worker="slow") == 0
    assert not Grade.objects.exists()


def poison(attempt):
    """Make a sitting that cannot be graded: its pinned version has no key."""
    KeyRevision.objects.filter(version_id=attempt.form[0][0]).delete()


def test_poisoned_job_stops_nobody_and_waits_for_a_person(submitted, other_learner):
    bad = submitted(tasks=("5.2",), count=3)
    good = submitted(tasks=("2.1",), count=3, user=other_learner)
    poison(bad)
    for _round in range(6):
        grading.drain_jobs(worker="w")
        GradingJob.objects.update(not_before=None)
    good.refresh_from_db()
    bad.refresh_from_db()
    job = GradingJob.objects.get(attempt=bad)
    assert (good.state, bad.state, job.state, job.tries) == ("graded", "needs_attention", "needs_attention", 3)
    assert "KeyError" in job.last_error


def test_requeued_job_is_graded_once_mended(submitted):
    bad = submitted(tasks=("5.2",), count=3)
    removed = list(KeyRevision.objects.filter(version_id=bad.form[0][0]))
    poison(bad)
    for _round in range(3):
        grading.drain_jobs(worker="w")
        GradingJob.objects.update(not_before=None)
    for key in removed:
        key.save()
    assert grading.requeue(attempt_ids=[bad.pk]) == 1
    assert grading.drain_jobs(worker="w") == 1
    bad.refresh_from_db()
    assert bad.state == "graded"


def test_sweep_leaves_fresh_jobs_to_the_workers(submitted):
    submitted(count=3)
    assert sweeping.sweep_once(worker="sweep").graded == 0
    assert sweeping.sweep_once(worker="sweep", workers_first=timedelta()).graded == 1


def test_recall_makes_a_second_revision_and_keeps_the_first(submitted, heard, other_learner):
    attempt = submitted(tasks=("5.2",), count=12, right=12)
    other = submitted(tasks=("5.1",), count=3)
    grading.drain_jobs(worker="w")
    version = QuestionVersion.objects.get(pk=attempt.form[4][0])
    assert recalls.preview_recall(version=version, answer=["a"], voided=False) == recalls.RecallPreview(1, 1)
    recalls.recall_version(version=version, answer=["a"], voided=False, reason="The key was wrong.", actor=other_learner)
    grading.drain_jobs(worker="w")
    assert [(grade.revision, grade.score) for grade in Grade.objects.filter(attempt=attempt).order_by("revision")] == [(1, 12), (2, 11)]
    assert Grade.objects.filter(attempt=other).count() == 1
    assert Recall.objects.get().attempts_affected == 1
    assert heard[-1][0].revision == 2
    assert Attempt.objects.get(pk=attempt.pk).state == "graded"


def test_preview_of_a_recall_marks_as_the_quiz_does(start, learner, exam):
    question = Question.objects.get(kind="matching")
    quiz = Quiz.objects.create(exam=exam, slug="partly", title="Partly", state="published", marking="partial")
    QuizQuestion.objects.create(quiz=quiz, question=question, order=1)
    attempt = start("quiz", quiz=quiz)
    put(attempt, 1, bank.wrong_answer("matching"))  # one pair of three is right
    attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    grading.drain_jobs(worker="w")
    key = KeyRevision.objects.get(version=question.current_version).answer
    assert Grade.objects.get().score == pytest.approx(1 / 3)
    assert recalls.preview_recall(version=question.current_version, answer=key, voided=False) == recalls.RecallPreview(1, 0)
    assert recalls.preview_recall(version=question.current_version, answer=key, voided=True) == recalls.RecallPreview(1, 1)


def test_preview_of_a_recall_costs_the_same_for_any_number_of_sittings(submitted):
    costs = []
    for sittings in (1, 3):
        for _sitting in range(sittings):
            attempt = submitted(tasks=("5.2",), count=12)
        grading.drain_jobs(worker="w")
        _place, version = multiple_choice(attempt)[0]
        with CaptureQueriesContext(connection) as context:
            preview = recalls.preview_recall(version=version, answer=["a"], voided=False)
        costs.append(len(context))
        assert preview.affected == preview.changing == Attempt.objects.count()
    assert costs == [3, 3]


def multiple_choice(attempt):
    """The multiple-choice versions of a sitting, with the places where they stand."""
    versions = QuestionVersion.objects.filter(pk__in=[pk for pk, _scored in attempt.form], kind="multiple_choice").in_bulk()
    return [(place, versions[pk]) for place, (pk, _scored) in enumerate(attempt.form) if pk in versions]


def test_two_keys_corrected_before_anybody_grades_make_a_revision_each(submitted, other_learner):
    attempt = submitted(tasks=("5.2",), count=12)
    grading.drain_jobs(worker="w")
    for _place, version in multiple_choice(attempt)[:2]:
        recalls.recall_version(version=version, answer=["a"], voided=False, reason="The key was wrong.", actor=other_learner)
    assert grading.drain_jobs(worker="w") == 2
    assert list(Grade.objects.filter(attempt=attempt).order_by("revision").values_list("revision", flat=True)) == [1, 2, 3]
    assert not GradingJob.objects.exclude(state="done").exists()


@pytest.mark.django_db(transaction=True)
def test_key_corrected_while_a_batch_is_graded_reaches_that_batch(submitted, other_learner):
    attempt = submitted(tasks=("5.2",), count=12)
    place, version = multiple_choice(attempt)[0]

    def correct():
        recalls.recall_version(version=version, answer=["a"], voided=False, reason="The key was wrong.", actor=other_learner)
        connection.close()

    correction = threading.Thread(target=correct)

    def meanwhile(**kwargs):
        correction.start()  # the keys were read, and the grade is not committed
        correction.join(1)

    attempts_graded.connect(meanwhile)
    try:
        grading.grade_jobs(jobs=grading.claim_jobs(worker="w"), worker="w")
    finally:
        attempts_graded.disconnect(meanwhile)
    correction.join(30)
    grading.drain_jobs(worker="w")
    assert [grade.keys[place] for grade in Grade.objects.filter(attempt=attempt).order_by("revision")] == [1, 2]


def test_voided_question_gives_everybody_the_mark(submitted, other_learner):
    attempt = submitted(tasks=("5.2",), count=12, right=0)
    grading.drain_jobs(worker="w")
    version = QuestionVersion.objects.get(pk=attempt.form[0][0])
    recalls.recall_version(version=version, answer=["a"], voided=True, reason="Two answers are right.", actor=other_learner)
    grading.drain_jobs(worker="w")
    assert Grade.objects.get(attempt=attempt, revision=2).score == 1


@pytest.mark.parametrize("mode", ["drill", "simulation"])
def test_grading_a_batch_costs_the_same_statements_whatever_its_size(submitted, mode):
    submitted(mode, count=5)
    grading.drain_jobs(worker="w")  # what is cached per process is read now
    current_keys(QuestionVersion.objects.values_list("pk", flat=True))
    costs = []
    for size in (1, 4):
        for _sitting in range(size):
            submitted(mode, count=5)
        with CaptureQueriesContext(connection) as context:
            assert grading.drain_jobs(worker="w") == size
        costs.append(len(context))
    assert max(costs) - min(costs) <= 1  # questions met before and new ones are written by a statement each
    assert max(costs) < 45


def test_guest_attempt_is_graded_without_a_learner(start, heard):
    attempt = start(user=None, guest_key="g", count=3)
    put(attempt, 1, None)
    attempts.submit_attempt(attempt_id=attempt.pk, user=None, guest_key="g")
    grading.drain_jobs(worker="w")
    assert Grade.objects.count() == 1
    assert heard == []
