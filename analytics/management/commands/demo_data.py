"""Make the demonstration accounts on the first run, and tell their passwords at every run while they hold."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analytics.demo import keys
from analytics.demo.making import NothingToLearn, is_made, make_demonstration
from analytics.domain.nights import run_night, run_week
from lifecycle.public import Exam


class Command(BaseCommand):
    help = "Make a learner with some history, an instructor, and a lead with a team. Never in production; a second run makes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", default="aif-c01", help="the exam's slug (default: aif-c01)")

    def handle(self, *args: Any, exam: str, **options: Any) -> None:
        """Make what is missing, then tell the accounts."""
        if settings.PRODUCTION:
            raise CommandError("Demonstration accounts are never made in production.")
        if not is_made():
            self._make(exam)
        for line in keys.lines():
            self.stdout.write(line)

    def _make(self, slug: str) -> None:
        started = time.monotonic()
        self.stdout.write("Demonstration: making a learner, an instructor and a team with ten weeks behind them …")
        self.stdout.flush()
        try:
            with quietly("quizzes"):
                make_demonstration(exam=Exam.objects.get(slug=slug), progress=self._progress)
            with quietly("analytics"):
                self._progress("a night: questions measured, flags raised, honesty worked out")
                run_night()
                run_week()
        except (Exam.DoesNotExist, NothingToLearn) as error:
            raise CommandError(f"There are no questions of {slug} yet: run manage.py load_content first.") from error
        self.stdout.write(f"Demonstration: made ({time.monotonic() - started:.1f} s)")

    def _progress(self, message: str) -> None:
        self.stdout.write(f"  {message} …")
        self.stdout.flush()


@contextmanager
def quietly(name: str) -> Iterator[None]:
    """Keep the two hundred gradings of invented people out of the log; warnings still come."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
