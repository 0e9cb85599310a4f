"""Keys hold still while a batch is graded, so that a corrected key reaches every sitting.

A correction orders the regrading of what is graded already. A batch that read the old key and is not committed yet would be missed:
not graded when the correction looks, and graded by the old key a moment later. On PostgreSQL an advisory lock keeps the two apart;
SQLite has one writer. It is taken before any row, so that nobody who waits for it holds what a grader needs.
"""

from __future__ import annotations

from django.db import connection

KEYS_LOCK = 7_203_342


def hold_keys_still() -> None:
    """Wait for a correction that is being written, and let none begin before this transaction ends. Graders share it."""
    _lock("pg_advisory_xact_lock_shared")


def change_keys() -> None:
    """Wait for the batches that are being graded, and let none begin before this transaction ends."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEYS_LOCK])
