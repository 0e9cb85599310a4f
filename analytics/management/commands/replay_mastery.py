"""manage.py replay_mastery: work learners' states out again from the ledger of their answers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.domain.mastery import replay_all, replay_stale
from lifecycle.public import Exam


class Command(BaseCommand):
    help = "Replay who is stale; with --all, every learner of an exam under the parameters in force."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", metavar="EXAM", dest="everybody", help="Slug of the exam whose learners are all replayed.")

    def handle(self, *args: Any, everybody: str | None, **options: Any) -> None:
        if everybody is None:
            replayed = 0
            while found := replay_stale():
                replayed += found
        else:
            exam = Exam.objects.filter(slug=everybody).first()
            if exam is None:
                raise CommandError(f"There is no exam {everybody}.")
            replayed = replay_all(exam_id=exam.pk)
        self.stdout.write(f"{replayed} learners replayed")
