"""Learners report what happened on the exam day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.domain.results import ResultRefused, report_exam_result
from analytics.models import DailySnapshot, ExamResult
from tests.analytics.conftest import START, take

pytestmark = pytest.mark.django_db

AFTER = START.date() + timedelta(days=10)


def test_result_keeps_what_was_stated_before(sitting, learner, exam):
    take(sitting(30))
    take(sitting(30, at=START + timedelta(days=20)))
    result = report_exam_result(user=learner, exam=exam, taken_on=AFTER, passed=True, scaled=760)
    stated = DailySnapshot.objects.get(day=START.date())
    assert (result.stated_on, result.stated_chance, result.expected_score) == (stated.day, stated.chance, stated.expected_score)
    assert result.stated_raw_chance == pytest.approx(stated.chance)


def test_second_word_on_a_day_corrects_the_first(learner, exam):
    report_exam_result(user=learner, exam=exam, taken_on=AFTER, passed=True)
    report_exam_result(user=learner, exam=exam, taken_on=AFTER, passed=False, scaled=655)
    result = ExamResult.objects.get()
    assert (result.passed, result.scaled, result.stated_chance) == (False, 655, None)


def test_second_exam_is_a_second_result(learner, exam):
    report_exam_result(user=learner, exam=exam, taken_on=AFTER, passed=False)
    report_exam_result(user=learner, exam=exam, taken_on=AFTER + timedelta(days=1), passed=True)
    assert ExamResult.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "field", "reason"),
    [
        ({"scaled": 1001, "passed": True}, "scaled", "off_scale"),
        ({"scaled": 99, "passed": False}, "scaled", "off_scale"),
        ({"scaled": 699, "passed": True}, "scaled", "contradicts"),
        ({"scaled": 700, "passed": False}, "scaled", "contradicts"),
    ],
)
def test_impossible_results_are_refused(learner, exam, facts, field, reason):
    with pytest.raises(ResultRefused) as refused:
        report_exam_result(user=learner, exam=exam, taken_on=AFTER, **facts)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert not ExamResult.objects.exists()


def test_day_to_come_is_refused(learner, exam):
    with pytest.raises(ResultRefused) as refused:
        report_exam_result(user=learner, exam=exam, taken_on=timezone.localdate() + timedelta(days=1), passed=True)
    assert refused.value.field == "taken_on"
