"""manage.py worker_health: exit status 0 if a worker was heard within the last minute, 1 if none was."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.heartbeat import is_heard, last_heard


class Command(BaseCommand):
    help = "Say when a worker last carried out a message; exit status 1 if none did within a minute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--worker", default="", help="This worker alone, such as celery@host.")

    def handle(self, *args: Any, worker: str, **options: Any) -> None:
        heard = last_heard(worker)
        self.stdout.write(f"last heard: {heard.isoformat(timespec='seconds') if heard else 'never'}")
        if not is_heard(worker):
            sys.exit(1)
