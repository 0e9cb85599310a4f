"""manage.py requeue: put jobs that need attention back in line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quizzes.domain import grading
from quizzes.models import GradingJob


class Command(BaseCommand):
    help = "Put grading jobs that need attention back in line with a clean record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("attempts", nargs="*", type=UUID, help="Attempt ids.")
        parser.add_argument("--all", action="store_true", help="Every job that needs attention.")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["attempts"]) == options["all"]:
            raise CommandError("Name attempts, or say --all.")
        stuck = set(GradingJob.objects.filter(state=GradingJob.State.NEEDS_ATTENTION).values_list("attempt_id", flat=True))
        named = stuck if options["all"] else set(options["attempts"])
        self.stdout.write(f"{grading.requeue(attempt_ids=named)} put back in line.")
        if strangers := sorted(map(str, named - stuck)):
            raise CommandError(f"No job of these needs attention: {', '.join(strangers)}.")
