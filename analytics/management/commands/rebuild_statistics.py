"""manage.py rebuild_statistics: add all evidence up again, and say whether the sums were the same."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.domain.gathering import CATCH_UP, gather_all, rebuild, renew_outdated
from analytics.domain.judging import judge
from analytics.models import QuestionStatistics
from lifecycle.public import Exam


class Command(BaseCommand):
    help = "Rebuild the question statistics of an exam from its ledger of answers; any number of times, with equal results."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("exam", help="Slug of the exam.")

    def handle(self, *args: Any, exam: str, **options: Any) -> None:
        found = Exam.objects.filter(slug=exam).first()
        if found is None:
            raise CommandError(f"There is no exam {exam}.")
        if renew_outdated():
            self.stdout.write("Some sums were of an earlier release and told nothing; everything is counted anew.")
        gather_all(batch=CATCH_UP)
        rows = QuestionStatistics.objects.filter(exam=found, first_answers__gt=0)
        before = dict(rows.values_list("pk", "sums"))
        batches = rebuild(exam_id=found.pk)
        after = dict(rows.values_list("pk", "sums"))
        different = sorted(pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk))
        flags = judge(exam_id=found.pk)
        self.stdout.write(f"{len(after)} versions rebuilt in {batches} batches, {flags} flags open; {len(different)} had other sums before")
        for pk in different[:20]:
            self.stdout.write(f"  version {pk}")
