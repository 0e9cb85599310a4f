"""How honest the predictions were: worked out each night from what was stored before the answers, and kept to be shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from accounts.public import read_db_now
from analytics import ledger
from analytics.instrument import Instrument, instrument_of
from analytics.models import AccuracyReport, AttemptEvidence, ExamResult
from analytics.readiness.accuracy import brier, calibration_error, coverage, log_loss, reliability
from analytics.readiness.state import Floats

event = structlog.get_logger(__name__)

WINDOW = timedelta(days=90)
MOST_ATTEMPTS = 20_000
FEWEST = 30
AGES = ((1, 25), (26, 100), (101, None))


def report_accuracy(*, exam_id: int) -> AccuracyReport | None:
    """Work out and keep last night's accuracy of an exam; None while nothing was predicted in the window."""
    instrument = instrument_of(exam_id)
    now = read_db_now()
    since = now - WINDOW
    said = _read(exam_id, since)
    if said is None:
        return None
    report = AccuracyReport.objects.create(
        exam_id=exam_id,
        created_at=now,
        since=since,
        predictions=len(said.right),
        report={
            "answers": _judged(said.probability, said.right) | {"question_mean": _question_mean(said)},
            "ages": [{"from": low, "to": high} | _judged_where(said, _aged(said.age, low, high)) for low, high in AGES],
            "domains": _by_domain(said, instrument),
            "exams": _exams(exam_id, since),
            "results": _results(exam_id),
        },
    )
    event.info("accuracy_reported", exam=exam_id, predictions=report.predictions)
    return report


class _Said:
    """What was predicted of first answers, and what came: columns of equal length."""

    def __init__(self, records: ledger.Records, age: NDArray[np.int64]) -> None:
        self.question = records["question"].astype(np.int64)
        self.probability = np.clip(records["probability"].astype(np.float64), 0.0, 1.0)
        self.right = ledger.has(records, ledger.RIGHT).astype(np.float64)
        self.age = age


def _read(exam_id: int, since: Any) -> _Said | None:
    """The newest attempts of the window. `age` counts a learner's first answers up to and with each."""
    rows = AttemptEvidence.objects.filter(exam_id=exam_id, submitted_at__gte=since).order_by("-submitted_at")[:MOST_ATTEMPTS]
    parts, ages = [], []
    for data, before in rows.values_list("records", "answers_before").iterator(chunk_size=1000):
        records = ledger.read(bytes(data))
        counted = (records["weight"] == ledger.QUARTERS) & ~ledger.has(records, ledger.VOIDED)
        parts.append(records[counted])
        ages.append(before + 1 + np.arange(int(counted.sum())))
    if not parts or not sum(len(part) for part in parts):
        return None
    return _Said(np.concatenate(parts), np.concatenate(ages))


def _judged(probability: Floats, right: Floats) -> dict[str, Any]:
    """Scores and diagram of a group of predictions; only the number where it is too small to say."""
    if len(right) < FEWEST:
        return {"count": len(right)}
    diagram = reliability(probability, right)
    return {
        "count": len(right),
        "said": float(probability.mean()),
        "happened": float(right.mean()),
        "log_loss": log_loss(probability, right),
        "brier": brier(probability, right),
        "ece": calibration_error(diagram),
        "diagram": [[part.low, part.high, part.count, part.said, part.happened, part.happened_low, part.happened_high] for part in diagram],
    }


def _judged_where(said: _Said, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    return _judged(said.probability[chosen], said.right[chosen])


def _aged(age: NDArray[np.int64], low: int, high: int | None) -> NDArray[np.bool_]:
    return (age >= low) & (age <= (high if high is not None else np.iinfo(np.int64).max))


def _question_mean(said: _Said) -> float:
    """Log loss of the plainest rival: each question's share right among the others' answers (plus one right and one wrong)."""
    _questions, place = np.unique(said.question, return_inverse=True)
    count, right = np.bincount(place), np.bincount(place, said.right)
    without_own = (right[place] - said.right + 1) / (count[place] - 1 + 2)
    return log_loss(without_own, said.right)


def _by_domain(said: _Said, instrument: Instrument) -> list[dict[str, Any]]:
    domain_of = {question: instrument.layout.domain_of_task[asked.task] for question, asked in instrument.questions.items()}
    domain = np.array([domain_of.get(int(question), -1) for question in said.question])
    return [
        {"number": key, "title": instrument.domain_titles[key]} | _judged_where(said, domain == index)
        for index, key in enumerate(instrument.layout.domain_keys)
    ]


def _exams(exam_id: int, since: Any) -> dict[str, Any]:
    """Whole practice exams: how their scores fell about what was predicted before them."""
    rows = AttemptEvidence.objects.filter(exam_id=exam_id, submitted_at__gte=since, score__isnull=False, expected_variance__gt=0)
    columns = np.array(list(rows.order_by("-submitted_at").values_list("score", "expected_score", "expected_variance")[:MOST_ATTEMPTS]))
    if len(columns) < FEWEST:
        return {"count": len(columns)}
    found = coverage(columns[:, 0], columns[:, 1], columns[:, 2])
    return {"count": found.count, "mean": found.mean, "sd": found.sd, "inside": found.inside}


def _results(exam_id: int) -> dict[str, Any]:
    """Real results that learners reported, against the chance stated before."""
    rows = list(ExamResult.objects.filter(exam_id=exam_id, stated_chance__isnull=False).values_list("stated_chance", "passed"))
    if not rows:
        return {"count": 0}
    return _judged(np.array([chance for chance, _passed in rows]), np.array([float(passed) for _chance, passed in rows]))
