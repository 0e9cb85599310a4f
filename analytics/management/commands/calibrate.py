"""manage.py calibrate: the nightly fit by hand; or a fit without priors of a file, to hold against other programs."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.domain.calibrating import calibrate_exam
from analytics.domain.nights import exams_measured
from analytics.readiness.marginal import Kind, MarginalFit, abilities, distinct_patterns, fit
from analytics.statistics.tables import TableRefused, read_responses
from lifecycle.public import Exam

HEADING = ("item", "slope", "se", "intercept", "se", "difficulty", "se")


class Command(BaseCommand):
    help = "Calibrate the questions of every exam (or of --exam); with --responses, fit a CSV file and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--exam", help="Slug of one exam.")
        parser.add_argument(
            "--responses",
            metavar="FILE",
            help="CSV with columns person, item, correct; or one column an item and an optional Frequency. Nothing is stored.",
        )
        parser.add_argument(
            "--model", choices=[kind.value for kind in Kind], default=Kind.TWO_PL.value, help="Model of --responses (default 2pl)."
        )
        parser.add_argument("--format", choices=["text", "csv", "json"], default="text", help="How --responses is printed.")
        parser.add_argument("--abilities", action="store_true", help="With --responses: print each pattern's expected ability too.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["responses"]:
            self._fit_file(options)
        else:
            self._calibrate(options["exam"])

    def _calibrate(self, slug: str | None) -> None:
        if slug and not Exam.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no exam {slug}.")
        exams = list(Exam.objects.filter(slug=slug).values_list("pk", flat=True)) if slug else exams_measured()
        for exam_id in exams:
            version = calibrate_exam(exam_id=exam_id, progress=self._tell)
            if version is None:
                self.stdout.write(f"exam {exam_id}: no answers to calibrate yet")
                continue
            state = "converged" if version.converged else "stopped before it converged"
            self.stdout.write(
                f"exam {exam_id}: {version.answers:,} answers of {version.persons:,} blocks, {version.cycles} cycles, {state},"
                f" {version.seconds:.1f} s; linked over {version.link_questions} questions"
                f" (scale {version.link_scale:.3f}, shift {version.link_shift:+.3f}); version {version.pk} is in force"
            )

    def _tell(self, step: str, done: int, change: float) -> None:
        if step == "read":
            self.stderr.write(f"read {done:,} answers")
        else:
            self.stderr.write(f"cycle {done}: relative change {change:.1e}")

    def _fit_file(self, options: dict[str, Any]) -> None:
        try:
            with Path(options["responses"]).open(newline="", encoding="utf-8-sig") as file:
                table = read_responses(file)
            patterns = distinct_patterns(table.answers, table.frequency)
            result = fit(patterns, Kind(options["model"]))
        except OSError as error:
            raise CommandError(f"{options['responses']}: {error.strerror}") from error
        except (TableRefused, ValueError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['responses']}: {error}") from error
        rows = [
            (
                name,
                *(
                    float(column[index])
                    for column in (
                        result.slope,
                        result.slope_se,
                        result.intercept,
                        result.intercept_se,
                        result.difficulty,
                        result.difficulty_se,
                    )
                ),
            )
            for index, name in enumerate(table.items)
        ]
        {"text": self._text, "csv": self._csv, "json": self._json}[options["format"]](result, rows)
        if options["abilities"]:
            self._abilities(result, patterns)
        if not result.converged:
            raise CommandError(
                "The search did not come to rest: a slope runs away, or the data say too little. Trust none of these figures."
            )

    def _text(self, result: MarginalFit, rows: list[tuple[Any, ...]]) -> None:
        self.stdout.write(f"{HEADING[0]:<20}" + "".join(f"{name:>12}" for name in HEADING[1:]))
        for name, *values in rows:
            self.stdout.write(f"{name:<20}" + "".join(f"{_plain(value):>12}" for value in values))
        self.stdout.write(f"variance of ability {result.variance:.6f} (se {_plain(result.variance_se)})")
        self.stdout.write(f"log-likelihood {result.log_likelihood:.5f}, {result.persons:,.0f} persons")

    def _csv(self, result: MarginalFit, rows: list[tuple[Any, ...]]) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(("item", "slope", "slope_se", "intercept", "intercept_se", "difficulty", "difficulty_se"))
        writer.writerows(rows)
        writer.writerow(("variance", result.variance, result.variance_se))
        writer.writerow(("log_likelihood", result.log_likelihood))

    def _json(self, result: MarginalFit, rows: list[tuple[Any, ...]]) -> None:
        document: dict[str, Any] = {key: value for key, value in asdict(result).items() if isinstance(value, (int, float, str, bool))}
        names = ("item", "slope", "slope_se", "intercept", "intercept_se", "difficulty", "difficulty_se")
        document["items"] = [dict(zip(names, row, strict=True)) for row in rows]
        self.stdout.write(json.dumps(_without_nan(document), indent=1))

    def _abilities(self, result: MarginalFit, patterns: Any) -> None:
        found = abilities(result, patterns.answers)
        for answers, frequency, mean, sd in zip(patterns.answers.tolist(), patterns.frequency, found.mean, found.sd, strict=True):
            shown = "".join("-" if answer < 0 else str(answer) for answer in answers)
            self.stdout.write(f"{shown} {frequency:8g} {mean:10.6f} {sd:10.6f}")


def _plain(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.6f}"


def _without_nan(value: Any) -> Any:
    """JSON has no NaN: null."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
