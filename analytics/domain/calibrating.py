"""The nightly calibration: questions' parameters from all learners' first answers, published as a new version at the very end.

Interrupted at any point it leaves no trace, and the parameters before stay in force.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
import structlog
from numpy.typing import NDArray

from accounts.public import read_db_now
from analytics import ledger
from analytics.instrument import EDIT_SD, Instrument, instrument_of
from analytics.models import AttemptEvidence, ParameterVersion, QuestionStatistics
from analytics.readiness.calibration import (
    LABEL_SD,
    LINK_FROM,
    START_ANSWERS,
    Calibration,
    Labels,
    Link,
    calibrate,
    first_answers,
    linked,
    mean_sigma,
    pseudo_persons,
    sort_answers,
    start_ability,
)
from analytics.tallies import current_sums

event = structlog.get_logger(__name__)

ROWS_AT_ONCE = 2_000
FEWEST_STARTERS = 100
Progress = Callable[[str, int, float], None]
"""Told the step (`read`, `fit`), how far it is (answers, cycle), and for a fit the relative change."""


@dataclass(frozen=True)
class Evidence:
    """First answers in the order each learner gave them, as columns: learner and question (dense numbers), domain, right or wrong."""

    learner: NDArray[np.int32]
    question: NDArray[np.int32]
    domain: NDArray[np.int8]
    right: NDArray[np.bool_]


def calibrate_exam(*, exam_id: int, progress: Progress | None = None) -> ParameterVersion | None:
    """Fit, link and publish the parameters of an exam; None, and nothing changed, while there are no answers to fit."""
    instrument = instrument_of(exam_id)
    before = ParameterVersion.objects.filter(exam_id=exam_id).first()
    questions = sorted(instrument.questions)
    told = progress or _silent
    evidence = read_evidence(instrument, questions, told)
    if not len(evidence.question):
        return None
    started = time.perf_counter()
    answers = sort_answers(pseudo_persons(evidence.learner, evidence.domain), evidence.question, evidence.right)
    raw = calibrate(answers, _labels(instrument, questions, before), progress=lambda cycle, change: told("fit", cycle, change))
    link = _link(raw, instrument, questions, before)
    fit = linked(raw, link)
    version = ParameterVersion.objects.create(
        exam_id=exam_id,
        created_at=read_db_now(),
        parameters=_parameters(fit, instrument, questions),
        answers=len(answers.question),
        persons=fit.persons,
        cycles=fit.cycles,
        converged=fit.converged,
        log_likelihood=fit.log_likelihood,
        label_shift=_label_shift(raw, link, instrument),
        start_ability=_start(evidence, raw, link, instrument),
        link_scale=link.scale,
        link_shift=link.shift,
        link_questions=link.questions,
        seconds=time.perf_counter() - started,
    )
    event.info("questions_calibrated", exam=exam_id, count=version.answers, cycles=version.cycles, seconds=round(version.seconds, 2))
    return version


def _silent(step: str, done: int, change: float) -> None:
    """Nobody listens."""


def read_evidence(instrument: Instrument, questions: list[int], told: Progress) -> Evidence:
    """All evidence of an exam that a calibration may use: first answers at full weight to current versions, a chunk at a time."""
    place = np.full(max(questions, default=0) + 1, -1, dtype=np.int32)
    place[questions] = np.arange(len(questions), dtype=np.int32)
    current = np.zeros(len(place), dtype=np.int64)
    domain_of = np.zeros(len(questions), dtype=np.int8)
    for index, number in enumerate(questions):
        asked = instrument.questions[number]
        current[number] = asked.version_id or 0
        domain_of[index] = instrument.layout.domain_of_task[asked.task]
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]] = []
    read = 0
    for learners, records in _chunks(instrument.exam_id):
        usable = (records["weight"] == ledger.QUARTERS) & ~ledger.has(records, ledger.VOIDED) & (records["question"] < len(place))
        usable[usable] = current[records["question"][usable]] == records["version"][usable]
        parts.append((learners[usable], place[records["question"][usable]], ledger.has(records, ledger.RIGHT)[usable]))
        read += int(usable.sum())
        told("read", read, 0.0)
    if not parts:
        parts = [(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, bool))]
    learner, question = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    return Evidence(learner, question, domain_of[question], np.concatenate([part[2] for part in parts]))


def _chunks(exam_id: int) -> Iterator[tuple[NDArray[np.int32], ledger.Records]]:
    """The ledger by learner and time, some thousand attempts at once, with the learner of each record."""
    rows = AttemptEvidence.objects.filter(exam_id=exam_id).order_by("user_id", "submitted_at", "attempt_id")
    batch: list[tuple[int, bytes]] = []
    for user_id, records in rows.values_list("user_id", "records").iterator(chunk_size=ROWS_AT_ONCE):
        batch.append((user_id, bytes(records)))
        if len(batch) == ROWS_AT_ONCE:
            yield _joined(batch)
            batch = []
    if batch:
        yield _joined(batch)


def _joined(batch: list[tuple[int, bytes]]) -> tuple[NDArray[np.int32], ledger.Records]:
    lengths = [len(data) // ledger.RECORD.itemsize for _user, data in batch]
    learners = np.repeat(np.array([user for user, _data in batch], dtype=np.int32), lengths)
    return learners, ledger.read(b"".join(data for _user, data in batch))


def _labels(instrument: Instrument, questions: list[int], before: ParameterVersion | None) -> Labels:
    """The authors' labels; for an edited question its earlier difficulty, taken back to the scale of a fit, and doubted more."""
    asked = [instrument.questions[question] for question in questions]
    mean = np.array([instrument.label_means[one.label] for one in asked])
    sd = np.full(len(asked), LABEL_SD)
    shifts = np.ones(len(asked), dtype=bool)
    for index, one in enumerate(asked):
        known = before.parameters.get(str(one.question_id)) if before else None
        if before and known and known[4] != one.version_id and known[3] >= LINK_FROM:
            mean[index] = (known[1] - before.link_shift) / before.link_scale
            sd[index] = min(LABEL_SD, hypot(known[2] / before.link_scale, EDIT_SD))
            shifts[index] = False
    return Labels(mean, sd, shifts)


def _link(fit: Calibration, instrument: Instrument, questions: list[int], before: ParameterVersion | None) -> Link:
    """Mean-sigma over the questions with 50 answers in both nights and the same version."""
    if before is None:
        return Link()
    new, old = [], []
    for index, question in enumerate(questions):
        known = before.parameters.get(str(question))
        if known and known[3] >= LINK_FROM and fit.answers[index] >= LINK_FROM and known[4] == instrument.questions[question].version_id:
            new.append(fit.difficulty[index])
            old.append(known[1])
    return mean_sigma(np.array(new), np.array(old))


def _label_shift(fit: Calibration, link: Link, instrument: Instrument) -> float:
    """What to add to the mean of a label on the published scale, for questions that are added before the next night."""
    centre = float(np.mean(list(instrument.label_means.values())))
    return link.scale * (centre + fit.shift) + link.shift - centre


def _start(evidence: Evidence, fit: Calibration, link: Link, instrument: Instrument) -> float | None:
    """The ability with which learners start, on the published scale; None while too few have started."""
    early = first_answers(evidence.learner, evidence.domain, START_ANSWERS)
    if len(np.unique(evidence.learner)) < FEWEST_STARTERS:
        return None
    person = pseudo_persons(evidence.learner[early], evidence.domain[early], START_ANSWERS)
    answers = sort_answers(person, evidence.question[early], evidence.right[early])
    sd = sqrt(float(instrument.model.prior_cov[0, 0])) / link.scale
    return link.scale * start_ability(answers, fit, sd=sd, prior=-link.shift / link.scale) + link.shift


def _parameters(fit: Calibration, instrument: Instrument, questions: list[int]) -> dict[str, list[float | int | None]]:
    versions = [instrument.questions[question].version_id for question in questions]
    rows = QuestionStatistics.objects.filter(pk__in=[version for version in versions if version]).values_list("pk", "sums")
    seconds = {pk: total.mean_seconds for pk, sums in rows if (total := current_sums(sums)) is not None}
    return {
        str(question): [
            round(float(fit.slope[index]), 6),
            round(float(fit.difficulty[index]), 6),
            round(float(fit.uncertainty[index]), 6),
            int(fit.answers[index]),
            versions[index],
            seconds.get(versions[index] or 0),
        ]
        for index, question in enumerate(questions)
    }
