"""Workers that hear: each message of the heartbeat that a worker carries out leaves its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.public import db_now, read_db_now
from config.models import Heartbeat

BEAT_SECONDS = 10
STALE_AFTER = timedelta(seconds=60)
FORGET_AFTER = timedelta(days=1)


def record_heartbeat(*, worker: str) -> None:
    """Note that this worker was heard now, and forget those that are gone for a day."""
    Heartbeat.objects.update_or_create(worker=worker[:120], defaults={"seen_at": db_now()})
    Heartbeat.objects.filter(seen_at__lt=read_db_now() - FORGET_AFTER).delete()


def last_heard(worker: str = "") -> datetime | None:
    """When this worker, or any, was last heard."""
    beats = Heartbeat.objects.filter(worker=worker) if worker else Heartbeat.objects.all()
    return beats.order_by("-seen_at").values_list("seen_at", flat=True).first()


def is_heard(worker: str = "") -> bool:
    """Whether this worker, or any, carried out a message within the last minute."""
    heard = last_heard(worker)
    return heard is not None and read_db_now() - heard < STALE_AFTER
