"""manage.py doctor: looks at the whole installation; exit status 1 when something is bad."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.doctor import Verdict, examine


class Command(BaseCommand):
    help = "Look at settings, database, Redis, clock, migrations, workers, jobs, disk, mail and content, and say what to do."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        counted: Counter[Verdict] = Counter()
        for line in examine():
            counted[line.verdict] += 1
            if json:
                self.stdout.write(as_json(asdict(line)))
            else:
                self.stdout.write(f"{line.verdict:4} {line.subject}: {line.found}")
                if line.remedy:
                    self.stdout.write(f"       → {line.remedy}")
            self.stdout.flush()
        if not json:
            self.stdout.write(f"{counted[Verdict.OK]} ok, {counted[Verdict.WARN]} to know, {counted[Verdict.BAD]} bad")
        if counted[Verdict.BAD]:
            sys.exit(1)


def as_json(line: dict[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(line, ensure_ascii=False)
