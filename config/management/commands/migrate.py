"""manage.py migrate, as it may run while learners answer: no wait for a lock is long, and no index build is cut off.

A change of a table waits for whoever uses it, and everybody else then waits behind the change. So it gives up after two seconds and
tries again, a few times; between two tries the others go on.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

LOCK_SECONDS = 2
TRIES = 15
PAUSE = 1.0


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        """As Django's own, with PostgreSQL's waits bounded for this session."""
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        within = connection.in_atomic_block  # a caller's transaction: the bounds end with it, and the connection is the caller's
        scope = "LOCAL" if within else "SESSION"
        with connection.cursor() as cursor:
            cursor.execute(f"SET {scope} lock_timeout = '{LOCK_SECONDS}s'; SET {scope} statement_timeout = 0")
        try:
            self._try_again_when_locked(args, options)
        finally:
            if not within:
                connection.close()  # the next user of it gets the usual bounds

    def _try_again_when_locked(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self.stderr.write(f"A table is in use for longer than {LOCK_SECONDS} s; try {attempt} of {TRIES}. What was applied stays.")
                time.sleep(PAUSE)
        raise CommandError("The table was in use all the time. End the long transaction (pg_stat_activity names it) and run this again.")
