"""manage.py credit_outage: give running sittings the time that an outage took from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from quizzes.domain.errors import NotAllowed
from quizzes.domain.outages import record_outage


def moment(text: str) -> datetime:
    """An ISO time; without a zone it is in TIME_ZONE. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at if timezone.is_aware(at) else timezone.make_aware(at)


class Command(BaseCommand):
    help = "Record a proven outage, and move the deadlines of running sittings by the part of it that fell into their time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", type=moment, required=True, help="2026-11-21T10:00, or with a zone …+00:00")
        parser.add_argument("--until", type=moment, required=True)
        parser.add_argument("--reason", required=True, help="Learners read it.")

    def handle(self, *args: Any, since: datetime, until: datetime, reason: str, **options: Any) -> None:
        try:
            credited = record_outage(since=since, until=until, reason=reason, actor=None)
        except NotAllowed as error:
            raise CommandError(str(error)) from error
        for credit in credited.credits:
            self.stdout.write(f"{credit.attempt_id}: {credit.seconds} s")
        self.stdout.write(f"{len(credited.credits)} running sittings were given time.")
        if credited.too_late:
            self.stdout.write(f"{credited.too_late} ended within the outage and stay as they are; their learners may sit again.")
