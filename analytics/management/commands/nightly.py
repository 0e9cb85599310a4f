"""manage.py nightly: the night's work now, for sites without a broker and for those who do not want to wait."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analytics.domain.nights import run_month, run_night, run_week


class Command(BaseCommand):
    help = "Gather statistics, calibrate, raise flags, report the accuracy, replay who is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", action="store_true", help="Replay every learner too.")
        parser.add_argument("--month", action="store_true", help="Re-fit hyper-parameters, label means and recalibration too.")

    def handle(self, *args: Any, week: bool, month: bool, **options: Any) -> None:
        run_night()
        if week:
            run_week()
        if month:
            run_month()
        self.stdout.write("done")
