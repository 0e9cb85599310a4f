"""Celery tasks of the project itself."""

from __future__ import annotations

from typing import Any

import structlog
from celery import shared_task
from django.db import DatabaseError

from config.heartbeat import BEAT_SECONDS, record_heartbeat

log = structlog.get_logger("studyloop.heartbeat")


@shared_task(name="config.heartbeat", bind=True, ignore_result=True, expires=BEAT_SECONDS)
def heartbeat(self: Any) -> None:
    """Sent by beat: carrying it out proves that a worker hears the broker and reaches the database."""
    try:
        record_heartbeat(worker=self.request.hostname or "")
    except DatabaseError as error:  # no beat is the news; a trace every ten seconds would drown the rest
        log.warning("heartbeat_not_recorded", error=type(error).__name__)
