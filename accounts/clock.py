"""The one clock: the database's. Deadlines, leases and histories are judged by it, never by a browser or a web host.

Tests may move it: when `settings.CLOCK_OFFSET_FILE` is set (only the test environment sets it), the seconds in that file
are added, in every process alike.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, Expression, ExpressionWrapper, Value
from django.db.models.functions import Now
from django.utils import timezone


def clock_offset() -> timedelta:
    """How far tests have moved the clock; zero in any other environment."""
    path = settings.CLOCK_OFFSET_FILE
    if not path:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(path).read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()


def db_now() -> Expression:
    """The database's time as an expression, for filters and updates."""
    offset = clock_offset()
    if not offset:
        return Now()
    return ExpressionWrapper(Now() + Value(offset), output_field=DateTimeField())


def read_db_now() -> datetime:
    """The database's time as a value with a zone; costs one statement on PostgreSQL.

    The embedded SQLite has no clock of its own: it reads the host's, and so do we.
    """
    if connection.vendor == "sqlite":
        return timezone.now() + clock_offset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0] + clock_offset()
