"""manage.py generate_history: learners and their answers, made up at any size, graded and gathered by the production code."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.domain.generating import found_by_flags, generate_history
from analytics.domain.nights import run_night
from lifecycle.public import Exam

QUIET = ("quizzes.domain.grading", "analytics.domain.gathering")


class Command(BaseCommand):
    help = "Make up learners and a history of answers; the same seed makes the same. For trials and benchmarks, never on a live site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--exam", help="Slug of the exam (default: the first).")
        parser.add_argument("--learners", type=int, required=True)
        parser.add_argument("--responses", type=int, required=True, help="At least so many answers.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--team", type=int, default=0, help="Put so many of the learners into one team.")
        parser.add_argument("--bad", type=int, default=0, help="Make so many questions of each bad kind, and say which the flags find.")
        parser.add_argument("--night", action="store_true", help="Run the night's work at the end: calibration, flags, accuracy.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, run the night if asked for, and say what came of it. Raises CommandError in production and for bad sizes."""
        if settings.PRODUCTION:
            raise CommandError("Learners are never made up in production: their answers would be calibrated with the real ones.")
        exam = Exam.objects.filter(slug=options["exam"]).first() if options["exam"] else Exam.objects.order_by("pk").first()
        if exam is None:
            raise CommandError(f"There is no exam {options['exam'] or 'yet'}.")
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
        started = time.monotonic()
        self._told_at = 0.0
        try:
            made = generate_history(
                exam=exam,
                learners=options["learners"],
                responses=options["responses"],
                seed=options["seed"],
                team=options["team"],
                bad=options["bad"],
                progress=self._tell,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{made.learners:,} learners, {made.attempts:,} attempts, {made.responses:,} answers in {time.monotonic() - started:.0f} s"
        )
        if options["night"] or options["bad"]:
            run_night()
            self.stdout.write(f"night done after {time.monotonic() - started:.0f} s")
        if options["bad"]:
            for kind, (found, of) in found_by_flags(made).items():
                self.stdout.write(f"{kind:<14}{found} of {of} carry an alarm")

    def _tell(self, step: str, done: int, of: int) -> None:
        """A line at most every two seconds."""
        now = time.monotonic()
        if now - self._told_at > 2 or done >= of:
            self._told_at = now
            self.stderr.write(f"{step}: {done:,} of {of:,}")
