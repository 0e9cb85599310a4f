"""Celery tasks: each makes one domain call, and is safe to run twice. Beat's schedule names them.

The long ones acknowledge their message at once: one that died is done again the next night, rather than a second time beside a
first that is only slow.
"""

from __future__ import annotations

from celery import shared_task

from analytics.domain import judging, mastery, nights

BATCHES_A_MESSAGE = 20
LONG = {"acks_late": False, "ignore_result": True, "time_limit": 4 * 3600, "soft_time_limit": 4 * 3600 - 60}


@shared_task(name="analytics.gather", acks_late=True, ignore_result=True)
def gather() -> None:
    """Add what was graded to the question statistics, and judge the questions it touched."""
    for _ in range(BATCHES_A_MESSAGE):
        if not judging.gather_and_judge():
            return


@shared_task(name="analytics.replay_stale", acks_late=True, ignore_result=True)
def replay_stale() -> None:
    """Replay learners whose history changed."""
    mastery.replay_stale()


@shared_task(name="analytics.nightly", **LONG)
def nightly() -> None:
    """Calibrate, judge all questions, and say how honest the predictions were."""
    nights.run_night()


@shared_task(name="analytics.weekly", **LONG)
def weekly() -> None:
    """Replay every learner under the parameters in force."""
    nights.run_week()


@shared_task(name="analytics.monthly", **LONG)
def monthly() -> None:
    """Re-fit hyper-parameters, label means, and what reported results say."""
    nights.run_month()
