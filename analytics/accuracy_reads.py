"""What the honesty page shows: last night's report, in figures that need no more arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.instrument import instrument_of
from analytics.models import AccuracyReport, ModelSettings, ParameterVersion
from analytics.readiness.outcomes import ENOUGH_FAILS, ENOUGH_RESULTS


@dataclass(frozen=True, slots=True)
class SaidAndHappened:
    """A group of predictions of about the same chance; shares from 0 to 1."""

    count: int
    said: float
    happened: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    """How a group of predictions did. `enough` is False where there are too few to say; then only `count` counts."""

    name: str
    count: int
    enough: bool
    said: float = 0.0
    happened: float = 0.0
    log_loss: float = 0.0
    brier: float = 0.0
    ece: float = 0.0
    diagram: tuple[SaidAndHappened, ...] = ()


@dataclass(frozen=True)
class WholeExams:
    """Practice exams against what was predicted before them: standardised surprise, and the share inside the 90 % interval."""

    count: int
    enough: bool
    mean: float = 0.0
    sd: float = 0.0
    inside: float = 0.0


@dataclass(frozen=True)
class Honesty:
    """Last night's accuracy of an exam, and what the estimates rest on. `created_at` is None before the first night."""

    created_at: datetime | None
    since: datetime | None
    answers: Judged
    question_mean: float | None
    ages: tuple[Judged, ...]
    domains: tuple[Judged, ...]
    exams: WholeExams
    results: Judged
    results_needed: int
    fails_needed: int
    recalibrated: bool
    cut: float
    cut_questions: int
    scored: int
    pass_mark: int
    calibrated_answers: int
    calibrated_at: datetime | None


def honesty_of(exam: Any) -> Honesty:
    """The newest report of an exam; a handful of statements."""
    instrument = instrument_of(exam.pk)
    newest = AccuracyReport.objects.filter(exam=exam).first()
    report: dict[str, Any] = newest.report if newest else {}
    settings = ModelSettings.objects.filter(exam=exam).first()
    parameters = ParameterVersion.objects.filter(exam=exam).defer("parameters").first()
    exams = report.get("exams", {"count": 0})
    return Honesty(
        created_at=newest.created_at if newest else None,
        since=newest.since if newest else None,
        answers=_judged("", report.get("answers")),
        question_mean=report.get("answers", {}).get("question_mean"),
        ages=tuple(_judged(_age(part), part) for part in report.get("ages", ())),
        domains=tuple(_judged(part["title"], part) for part in report.get("domains", ())),
        exams=WholeExams(enough="mean" in exams, **exams),
        results=_judged("", report.get("results")),
        results_needed=ENOUGH_RESULTS,
        fails_needed=ENOUGH_FAILS,
        recalibrated=settings is not None and (settings.recalibration_intercept, settings.recalibration_slope) != (0.0, 1.0),
        cut=instrument.form.cut,
        cut_questions=instrument.form.cut_questions,
        scored=round(instrument.form.questions),
        pass_mark=round(instrument.form.pass_mark),
        calibrated_answers=parameters.answers if parameters else 0,
        calibrated_at=parameters.created_at if parameters else None,
    )


def _age(part: dict[str, Any]) -> str:
    return f"{part['from']}–{part['to']}" if part["to"] else f"{part['from']}+"


def _judged(name: str, part: dict[str, Any] | None) -> Judged:
    if not part or "ece" not in part:
        return Judged(name, part["count"] if part else 0, enough=False)
    return Judged(
        name=name,
        count=part["count"],
        enough=True,
        said=part["said"],
        happened=part["happened"],
        log_loss=part["log_loss"],
        brier=part["brier"],
        ece=part["ece"],
        diagram=tuple(
            SaidAndHappened(count, said, happened, low, high) for _from, _to, count, said, happened, low, high in part["diagram"]
        ),
    )
