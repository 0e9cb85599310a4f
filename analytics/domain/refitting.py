"""The re-fit of what calibrations take for granted: each night the cut and the recalibration by reported results, each month the
hyper-parameters and the label means too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import structlog

from accounts.public import read_db_now
from analytics import ledger
from analytics.domain.mastery import day_number
from analytics.instrument import Instrument, instrument_of
from analytics.models import AttemptEvidence, ExamResult, Mastery, ModelSettings, ParameterVersion
from analytics.readiness.calibration import label_means
from analytics.readiness.outcomes import UNCHANGED, Recalibration, implied_cut, recalibrate
from analytics.readiness.scores import ExamScore, chance_to_pass
from analytics.readiness.tuning import EVALUATIONS, TakenAnswer, Tuning, tune
from lifecycle.public import Blueprint

event = structlog.get_logger(__name__)

LEARNERS = 300
ANSWERS_EACH = 100
MOST_ANSWERS = 400


def refit(*, exam_id: int, monthly: bool = True, evaluations: int = EVALUATIONS) -> ModelSettings | None:
    """Publish new settings where the evidence carries any; None when nothing changed. Nightly, only what results say.

    Hyper-parameters need 300 learners with 100 answers and must predict held-out learners better; the cut and the recalibration
    need 200 reported results with 30 fails; label means need 5 calibrated questions of the label.
    """
    instrument = instrument_of(exam_id)
    before = ModelSettings.objects.filter(exam_id=exam_id).first() or ModelSettings(exam_id=exam_id)
    tuning = _tuned(instrument, evaluations) if monthly else None
    cut, recalibration, results = _by_results(instrument, before)
    after = ModelSettings(
        exam_id=exam_id,
        created_at=read_db_now(),
        hyper=tuning.hyper.as_dict() if tuning and tuning.better else before.hyper,
        label_means=(_label_means(instrument) if monthly else {}) or before.label_means,
        recalibration_intercept=recalibration.intercept,
        recalibration_slope=recalibration.slope,
        results=results,
        cut=cut,
        log_loss=tuning.after if tuning else None,
        log_loss_before=tuning.before if tuning else None,
    )
    if all(getattr(after, name) == getattr(before, name) for name in _COMPARED):
        return None
    after.save()
    event.info("model_refitted", exam=exam_id, results=results, hyper=bool(tuning and tuning.better))
    return after


_COMPARED = ("hyper", "label_means", "recalibration_intercept", "recalibration_slope", "cut")


def _tuned(instrument: Instrument, evaluations: int) -> Tuning | None:
    rows = Mastery.objects.filter(exam_id=instrument.exam_id, first_answers__gte=ANSWERS_EACH).order_by("user_id")
    learners = list(rows.values_list("user_id", flat=True)[:LEARNERS])
    if len(learners) < LEARNERS:
        return None
    return tune(instrument.layout, instrument.hyper, [_history(instrument, user_id) for user_id in learners], evaluations)


def _history(instrument: Instrument, user_id: int) -> list[TakenAnswer]:
    """A learner's first 400 answers as the filter took them."""
    history: list[TakenAnswer] = []
    rows = AttemptEvidence.objects.filter(user_id=user_id, exam_id=instrument.exam_id).order_by("submitted_at", "attempt_id")
    for submitted_at, data in rows.values_list("submitted_at", "records"):
        for record in ledger.read(bytes(data)):
            asked = instrument.questions.get(int(record["question"]))
            flags = int(record["flags"])
            if asked is None or flags & ledger.VOIDED or not record["weight"]:
                continue
            weight = int(record["weight"]) / ledger.QUARTERS
            history.append(TakenAnswer(asked.parameters, bool(flags & ledger.RIGHT), weight, day_number(submitted_at)))
        if len(history) >= MOST_ANSWERS:
            break
    return history[:MOST_ANSWERS]


def _label_means(instrument: Instrument) -> dict[str, float]:
    """The mean calibrated difficulty of each label, on the published scale less the shift that labels get; empty before one."""
    newest = ParameterVersion.objects.filter(exam_id=instrument.exam_id).first()
    if newest is None:
        return {}
    asked = [one for one in instrument.questions.values() if str(one.question_id) in newest.parameters]
    rows = [newest.parameters[str(one.question_id)] for one in asked]
    difficulty = np.array([row[1] for row in rows]) - newest.label_shift
    means = label_means(difficulty, np.array([one.label for one in asked]), np.array([row[3] for row in rows]))
    return {label: round(mean, 4) for label, mean in means.items()}


def _by_results(instrument: Instrument, before: ModelSettings) -> tuple[float | None, Recalibration, int]:
    """First the cut that the reported results imply, then what is left to recalibrate at that cut."""
    rows = ExamResult.objects.filter(exam_id=instrument.exam_id, expected_variance__gt=0)
    found: list[tuple[Any, ...]] = list(rows.order_by("pk").values_list("expected_score", "expected_variance", "passed"))
    if not found:
        return before.cut, UNCHANGED, 0
    mean, variance, passed = (np.array(column) for column in zip(*found, strict=True))
    form = instrument.form
    assumed = Blueprint.objects.get(exam_id=instrument.exam_id, current=True).assumed_cut
    cut = implied_cut(mean, variance, passed, questions=form.questions, assumed=assumed)
    moved = replace(form, cut=cut)
    chance = np.array([chance_to_pass(ExamScore(float(m), float(v)), moved) for m, v in zip(mean, variance, strict=True)])
    return (None if cut == assumed else cut), recalibrate(chance, passed), len(found)
