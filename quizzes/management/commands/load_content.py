"""Load the course and the question bank from text files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from quizzes.content.loading import ContentRefused, LoadReport, load_exam


class Command(BaseCommand):
    help = "Validate content files, then load them in one transaction. Does nothing where they are those of the last load."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exam", help="the exam's folder, such as aif-c01; without it, every exam")
        parser.add_argument("--path", type=Path, help="the folder that holds the exams (default: content)")
        parser.add_argument("--again", action="store_true", help="also where the files are those of the last load")

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in exam_folders(options["path"], options["exam"]):
            try:
                report = load_exam(folder=folder, again=options["again"], progress=self._progress)
            except ContentRefused as refused:
                for mistake in refused.mistakes:
                    self.stderr.write(str(mistake))
                raise CommandError(f"{folder.name}: {len(refused.mistakes)} mistakes; nothing was loaded.") from refused
            self._report(report)

    def _progress(self, message: str) -> None:
        self.stdout.write(f"  {message} …")
        self.stdout.flush()

    def _report(self, report: LoadReport) -> None:
        if report.unchanged:
            self.stdout.write(f"{report.exam}: files unchanged, {report.published} questions published.")
        else:
            for line in summary(report):
                self.stdout.write(line)
        if report.edited:
            self.stdout.write("Edited in the admin, therefore left as they are:")
            for name in report.edited:
                self.stdout.write(f"  {name}")


def summary(report: LoadReport) -> list[str]:
    """What a load did, in lines."""
    bank = report.bank
    lines = [f"{report.exam}: {report.published} questions published."]
    for name, synced in report.course.items():
        if synced.made or synced.updated or synced.gone:
            lines.append(f"  {name}: {synced.made} new, {synced.updated} changed, {len(synced.gone)} removed")
    counts = {
        "new": len(bank.made),
        "with a new version": len(bank.versions),
        "with a corrected key": len(bank.keys),
        "touched without a new version": len(set(bank.changed) - set(bank.versions) - set(bank.keys)),
        "retired": len(bank.retired),
    }
    lines.append("  questions: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    lines += [f"  key corrected: {slug}" for slug in bank.keys]
    return lines


def exam_folders(path: Path | None, exam: str | None) -> list[Path]:
    """The folders to work on; raises CommandError naming what is missing."""
    top = path or Path(settings.BASE_DIR) / "content"
    if not top.is_dir():
        raise CommandError(f"There is no folder {top}.")
    folders = [top / exam] if exam else sorted(folder.parent for folder in top.glob("*/exam.yaml"))
    if not folders or not folders[0].is_dir():
        raise CommandError(f"There is no exam in {top}." if not exam else f"There is no folder {top / exam}.")
    return folders
