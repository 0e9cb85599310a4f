"""What happened on the real exam day, as learners report it, beside what was stated of them before."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.public import read_db_now
from analytics.instrument import instrument_of
from analytics.models import DailySnapshot, ExamResult
from analytics.readiness.scores import ExamScore, chance_to_pass


class ResultRefused(ValueError):
    """A result that cannot be; `field` names what is wrong with it and `reason` why, as a word."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def report_exam_result(*, user: Any, exam: Any, taken_on: date, passed: bool, scaled: int | None = None) -> ExamResult:
    """Keep a learner's own word on an exam, with the last statement made before that day; a second word on the day corrects it.

    Raises ResultRefused for a day to come, a score off the scale, or a score that contradicts the pass.
    """
    form = instrument_of(exam.pk).form
    now = read_db_now()
    if taken_on > timezone.localtime(now).date():
        raise ResultRefused("taken_on", "future")
    if scaled is not None and not form.scale_min <= scaled <= form.scale_max:
        raise ResultRefused("scaled", "off_scale")
    if scaled is not None and (scaled >= form.pass_mark) != passed:
        raise ResultRefused("scaled", "contradicts")
    with transaction.atomic():
        stated = DailySnapshot.objects.visible_to(user).filter(exam=exam, day__lte=taken_on).order_by("-day").first()
        said = {
            "passed": passed,
            "scaled": scaled,
            "reported_at": now,
            "stated_on": stated.day if stated else None,
            "stated_chance": stated.chance if stated else None,
            "stated_raw_chance": _raw_chance(stated, form) if stated else None,
            "expected_score": stated.expected_score if stated else None,
            "expected_variance": stated.expected_variance if stated else None,
        }
        result, _made = ExamResult.objects.update_or_create(user=user, exam=exam, taken_on=taken_on, defaults=said)
    return result


def _raw_chance(stated: DailySnapshot, form: Any) -> float:
    """The chance before any recalibration, from the score that was predicted."""
    return chance_to_pass(ExamScore(stated.expected_score, stated.expected_variance), form)
