"""manage.py verify_integrity: every promise about answers and grades, asked of the live data."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from quizzes.domain.integrity import CHECKS, verify_integrity

SHOWN = 200


class Command(BaseCommand):
    help = "Check that what is stored is consistent; exit status 1 when something does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            findings = verify_integrity(on_check=lambda name: self.stderr.write(f"  {name.replace('_', ' ')} …"))
        except DatabaseError as error:
            raise CommandError(f"The check could not be ended: {str(error).strip()}. manage.py doctor says what is wrong.") from error
        for finding in findings[:SHOWN]:
            self.stdout.write(f"{finding.check}: {finding.subject}: {finding.detail}")
        if len(findings) > SHOWN:
            self.stdout.write(f"… and {len(findings) - SHOWN} more")
        if findings:
            raise CommandError(f"{len(findings)} findings in {len({finding.check for finding in findings})} of {len(CHECKS)} checks.")
        self.stdout.write(f"{len(CHECKS)} checks, nothing found.")
