"""Audit content files: schema, links, coverage, fairness, reading order."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quizzes.content.audit import audit_content
from quizzes.content.audit.findings import as_table
from quizzes.content.reading import read_content
from quizzes.management.commands.load_content import exam_folders


class Command(BaseCommand):
    help = "Audit content files and print a table; exit status 1 when something is missing, unfair or wrong. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", help="the exam's folder, such as aif-c01; without it, every exam")
        parser.add_argument("--path", type=Path, help="the folder that holds the exams (default: content)")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = [folder.name for folder in exam_folders(options["path"], options["exam"]) if not self._check(folder)]
        if failed:
            raise CommandError(f"Content of {', '.join(failed)} does not hold.")

    def _check(self, folder: Path) -> bool:
        reading = read_content(folder)
        mistakes = reading.mistakes.sorted()
        for mistake in mistakes:
            self.stderr.write(str(mistake))
        counts = ", ".join(f"{count} {name}" for name, count in reading.content.counts().items())
        self.stdout.write(f"{folder.name}: {counts}; {len(mistakes)} mistakes in the files\n\n")
        findings = audit_content(reading.content)
        self.stdout.write(as_table(findings))
        return not mistakes and all(finding.passed for finding in findings)
