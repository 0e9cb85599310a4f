"""manage.py item_statistics: classical statistics of a table of marks, in Moodle's definitions."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.statistics.classical import ItemStatistics, QuizStatistics, quiz_statistics
from analytics.statistics.tables import TableRefused, read_marks

COLUMNS = tuple(field.name for field in fields(ItemStatistics))
QUIZ = tuple(field.name for field in fields(QuizStatistics) if field.name != "items")


class Command(BaseCommand):
    help = "Print classical item statistics of a CSV file of marks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--marks",
            metavar="FILE",
            required=True,
            help="CSV: a column an item, a line an attempt; a first column `attempt` may name them, a line `max` the maximum marks.",
        )
        parser.add_argument("--format", choices=["text", "csv", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Path(options["marks"]).open(newline="", encoding="utf-8-sig") as file:
                table = read_marks(file)
            found = quiz_statistics(table.marks, table.maxima)
        except OSError as error:
            raise CommandError(f"{options['marks']}: {error.strerror}") from error
        except (TableRefused, ValueError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['marks']}: {error}") from error
        {"text": self._text, "csv": self._csv, "json": self._json}[options["format"]](table.items, found)

    def _text(self, names: tuple[str, ...], found: QuizStatistics) -> None:
        for name, item in zip(names, found.items, strict=True):
            self.stdout.write(name)
            for column in COLUMNS:
                self.stdout.write(f"  {column:<26}{_plain(getattr(item, column)):>16}")
        self.stdout.write("all items")
        for column in QUIZ:
            self.stdout.write(f"  {column:<26}{_plain(getattr(found, column)):>16}")

    def _csv(self, names: tuple[str, ...], found: QuizStatistics) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(("item", *COLUMNS))
        for name, item in zip(names, found.items, strict=True):
            writer.writerow((name, *(getattr(item, column) for column in COLUMNS)))
        for column in QUIZ:
            writer.writerow((column, getattr(found, column)))

    def _json(self, names: tuple[str, ...], found: QuizStatistics) -> None:
        items = [{"item": name} | _without_nan(asdict(item)) for name, item in zip(names, found.items, strict=True)]
        document = _without_nan({column: getattr(found, column) for column in QUIZ})
        self.stdout.write(json.dumps(document | {"items": items}, indent=1))


def _plain(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.10g}"


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: null."""
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values.items()}
