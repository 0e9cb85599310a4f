"""The accuracy report: what was said, beside what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.domain.honesty import FEWEST, report_accuracy
from analytics.models import AccuracyReport, AttemptEvidence, ExamResult
from tests.analytics.conftest import take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _recent(monkeypatch):
    """Sittings of these tests lie within the window."""
    monkeypatch.setattr("analytics.domain.honesty.WINDOW", timedelta(days=10_000))


def test_report_counts_every_first_answer(practised, exam):
    practised(10, 40)
    report = report_accuracy(exam_id=exam.pk)
    answers = report.report["answers"]
    assert report.predictions == answers["count"] == 400
    assert sum(part[2] for part in answers["diagram"]) == 400
    assert 0.4 < answers["log_loss"] < 0.9
    assert 0 <= answers["ece"] < 0.3
    assert answers["question_mean"] > 0.4
    assert [(age["from"], age["to"], age["count"]) for age in report.report["ages"]] == [(1, 25, 250), (26, 100, 150), (101, None, 0)]
    assert sum(domain["count"] for domain in report.report["domains"]) == 400


def test_small_groups_show_their_number_alone(practised, exam):
    practised(1, FEWEST - 1)
    answers = report_accuracy(exam_id=exam.pk).report["answers"]
    assert set(answers) == {"count", "question_mean"}


def test_nothing_predicted_gives_no_report(exam):
    assert report_accuracy(exam_id=exam.pk) is None
    assert not AccuracyReport.objects.exists()


def test_voided_and_repeated_answers_are_left_out(sitting, people, exam):
    first, second = people(2)
    take(sitting(40, user=first, voided=True), sitting(40, user=second, first_time=False))
    assert report_accuracy(exam_id=exam.pk) is None


def test_whole_exams_are_held_against_what_was_expected(practised, exam):
    practised(1, 40)
    row = AttemptEvidence.objects.get()
    for number, score in enumerate([36.0, 30.0] * 20):
        row.pk = None
        row.attempt_id = _another_attempt(row, number)
        row.score, row.expected_score, row.expected_variance = score, 33.0, 9.0
        row._state.adding = True
        row.save()
    exams = report_accuracy(exam_id=exam.pk).report["exams"]
    assert (exams["count"], exams["mean"], exams["inside"]) == (40, pytest.approx(0), 1.0)
    assert exams["sd"] == pytest.approx(1.0, abs=0.02)


def _another_attempt(row, number):
    from quizzes.models import Attempt

    attempt = Attempt.objects.get(pk=AttemptEvidence.objects.order_by("submitted_at").first().attempt_id)
    attempt.pk = None
    attempt._state.adding = True
    attempt.id = Attempt._meta.get_field("id").get_default()
    attempt.save()
    return attempt.pk


def test_reported_results_are_held_against_the_chance_stated(practised, people, exam):
    users = practised(40, 10)
    for number, user in enumerate(users):
        ExamResult.objects.create(
            user=user, exam=exam, taken_on=timezone.localdate(), passed=number % 4 != 0, reported_at=timezone.now(), stated_chance=0.75
        )
    results = report_accuracy(exam_id=exam.pk).report["results"]
    assert (results["count"], results["said"], results["happened"]) == (40, pytest.approx(0.75), pytest.approx(0.75))
    assert results["ece"] == pytest.approx(0)


def test_recalled_outcome_is_judged_by_the_old_prediction(sitting, learner, exam):
    from tests.analytics.conftest import spread

    questions = spread(exam)[:40]
    take(sitting(questions=questions, right=lambda _: False))
    before = report_accuracy(exam_id=exam.pk).report["answers"]
    take(sitting(questions=questions, right=lambda _: True, revision=2, attempt=AttemptEvidence.objects.get().attempt))
    after = report_accuracy(exam_id=exam.pk).report["answers"]
    assert (before["said"], before["happened"], after["happened"]) == (pytest.approx(after["said"]), 0.0, 1.0)
