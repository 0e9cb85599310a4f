"""Celery tasks: each makes one domain call. The rows say what is to be done; a message only says that."""

from __future__ import annotations

from celery import shared_task

from quizzes.domain import grading


@shared_task(name="quizzes.drain", acks_late=True, ignore_result=True)
def drain() -> None:
    """Grade what waits."""
    grading.drain_jobs(worker=grading.process_name("worker"))
