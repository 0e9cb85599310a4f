"""The work of a night, a week and a month, exam by exam. A failure in one exam does not keep the others from theirs."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from analytics.domain.calibrating import calibrate_exam
from analytics.domain.gathering import CATCH_UP, gather_all, renew_outdated
from analytics.domain.honesty import report_accuracy
from analytics.domain.judging import judge
from analytics.domain.mastery import replay_all, replay_stale
from analytics.domain.refitting import refit
from lifecycle.public import Blueprint

event = structlog.get_logger(__name__)


def exams_measured() -> list[int]:
    """The exams that have a current blueprint."""
    return list(Blueprint.objects.filter(current=True).order_by("exam_id").values_list("exam_id", flat=True))


def run_night() -> None:
    """Gather what waits, calibrate, heed reported results, raise flags over the whole bank, report the accuracy, replay who is stale."""
    renew_outdated()
    gather_all(batch=CATCH_UP)
    _for_each_exam(_night_of)
    while replay_stale():
        pass


def _night_of(exam_id: int) -> None:
    calibrate_exam(exam_id=exam_id)
    refit(exam_id=exam_id, monthly=False)
    judge(exam_id=exam_id)
    report_accuracy(exam_id=exam_id)


def run_week() -> None:
    """Replay every learner, so that abilities stand on the newest parameters."""
    _for_each_exam(lambda exam_id: replay_all(exam_id=exam_id))


def run_month() -> None:
    """Re-fit the settings of every exam."""
    _for_each_exam(lambda exam_id: refit(exam_id=exam_id))


def _for_each_exam(work: Callable[[int], object]) -> None:
    failed: list[Exception] = []
    for exam_id in exams_measured():
        try:
            work(exam_id)
        except Exception as error:  # noqa: BLE001 - told below, when all exams had their turn
            event.exception("night_failed", exam=exam_id)
            failed.append(error)
    if failed:
        raise ExceptionGroup("some exams had no night", failed)
