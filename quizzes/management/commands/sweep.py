"""manage.py sweep: close what is overdue and grade what no worker took. Any number may run."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from quizzes.domain import grading, sweeping

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Close overdue attempts and grade what no worker took; needs only the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=2.0, help="Seconds between two rounds.")
        parser.add_argument("--workers-first", type=float, default=5.0, help="Seconds that workers have before a job is taken here.")
        parser.add_argument("--once", action="store_true", help="One round only.")

    def handle(self, *args: Any, every: float, workers_first: float, once: bool, **options: Any) -> None:
        if every <= 0 or workers_first < 0:
            raise CommandError("--every must be more than 0 seconds, and --workers-first not less than 0.")
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        worker = grading.process_name("sweep")
        while not stop.is_set():
            try:
                swept = sweeping.sweep_once(worker=worker, workers_first=timedelta(seconds=workers_first))
                if swept:
                    log.info("swept", overdue=swept.overdue_closed, idle=swept.idle_closed, graded=swept.graded)
            except DatabaseError as error:
                log.warning("sweep_database_away", error=str(error)[:200])
                connection.close()
                if once:
                    raise CommandError(f"Nothing was swept: {str(error).strip()}") from error
            if once:
                return
            stop.wait(every)
