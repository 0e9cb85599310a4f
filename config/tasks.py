"""Celery tasks of the project itself."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from config.heartbeat import BEAT_SECONDS, record_heartbeat


@shared_task(name="config.heartbeat", bind=True, ignore_result=True, expires=BEAT_SECONDS)
def heartbeat(self: Any) -> None:
    """Sent by beat: carrying it out proves that a worker hears the broker and reaches the database."""
    record_heartbeat(worker=self.request.hostname or "")
