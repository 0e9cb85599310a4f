"""The question bank for scripts: one JSON object a line for each published question."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from quizzes.content.tables import bank_rows


class Command(BaseCommand):
    help = "Print one JSON object a line for each published question, as learners get it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", help="slug of an exam; without it, every exam")

    def handle(self, *args: Any, **options: Any) -> None:
        printed = 0
        for row in bank_rows(options["exam"]):
            self.stdout.write(orjson.dumps(row).decode())
            printed += 1
        if not printed:
            raise CommandError("There is no published question. `manage.py load_content` loads the bank.")
