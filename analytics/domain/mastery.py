"""From graded answers to what is believed of a learner: written in the grading transaction, replayed when history changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import log
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from django.db import transaction
from django.utils import timezone

from accounts.public import read_db_now
from analytics import ledger
from analytics.domain.groups import groups_of
from analytics.instrument import Asked, Instrument, NoBlueprint, instrument_of
from analytics.models import AttemptEvidence, DailySnapshot, Mastery
from analytics.readiness.filter import IGNORED, at_day, evidence_weight, is_rapid, update
from analytics.readiness.scores import ExamScore, Report, exam_score, moments, report
from analytics.readiness.state import AbilityState, LayoutMismatch, pack, unpack
from quizzes.public import WHOLE_EXAMS, Attempt, GradedAnswer, GradedAttempt, version_texts

event = structlog.get_logger(__name__)

DAY = 86_400.0
_CHOSEN_KINDS = frozenset({"multiple_choice", "multiple_response", "case_study"})
_MASTERY_FIELDS = [
    "state",
    "answers",
    "first_answers",
    "pace_sum",
    "pace_count",
    "last_submitted_at",
    "last_attempt",
    "stale",
    "updated_at",
]
_SNAPSHOT_FIELDS = [
    "estimate",
    "low",
    "high",
    "chance",
    "verdict",
    "answers",
    "first_answers",
    "expected_score",
    "expected_variance",
    "domains",
]


def day_number(moment: datetime) -> float:
    """A moment as days since 1970 with fraction, the filter's unit of time."""
    return moment.timestamp() / DAY


def is_exam_mode(mode: str, feedback: str) -> bool:
    """Whether what was seen and left open counts as wrong: whole exams, and quizzes that explain at the end."""
    return mode in WHOLE_EXAMS or (mode == Attempt.Mode.QUIZ and feedback == "end")


def take_graded(sender: Any = None, *, graded: list[GradedAttempt], **kwargs: Any) -> None:
    """Receive `attempts_graded`: evidence, mastery and the day's snapshot are written in the sender's transaction.

    Taking the same attempt twice changes nothing. A recall (revision above 1) changes outcomes in the evidence, never a stored
    prediction, and leaves the learner's row stale for a replay.
    """
    by_exam: dict[int, list[GradedAttempt]] = {}
    for attempt in graded:
        by_exam.setdefault(attempt.exam_id, []).append(attempt)
    for exam_id, attempts in by_exam.items():
        _take_exam(exam_id, sorted(attempts, key=lambda attempt: (attempt.submitted_at, attempt.attempt_id)))


def _take_exam(exam_id: int, attempts: list[GradedAttempt]) -> None:
    try:
        instrument = instrument_of(exam_id)
    except NoBlueprint:
        event.warning("mastery_without_blueprint", exam=exam_id)
        return
    with transaction.atomic(savepoint=False):
        learners = _locked_learners(instrument, {attempt.user_id for attempt in attempts})
        known = AttemptEvidence.objects.in_bulk([attempt.attempt_id for attempt in attempts])
        groups = groups_of(learners)
        fresh = []
        for attempt in attempts:
            earlier = known.get(attempt.attempt_id)
            if earlier is None:
                fresh.append(_take_attempt(learners[attempt.user_id], instrument, attempt, groups.get(attempt.user_id, "")))
            elif attempt.revision > earlier.revision:
                _take_recall(earlier, attempt)
                learners[attempt.user_id].row.stale = True
        AttemptEvidence.objects.bulk_create(fresh)
        _save(learners.values(), instrument)


@dataclass
class Learner:
    """A learner's row with its state unpacked. `asleep` tells that nothing was taken since it was read."""

    row: Mastery
    state: AbilityState
    asleep: bool = True


def _locked_learners(instrument: Instrument, user_ids: set[int]) -> dict[int, Learner]:
    """The rows of these learners, made where missing, locked in the order of their ids."""
    exam_id = instrument.exam_id
    rows = list(Mastery.objects.filter(exam_id=exam_id, user_id__in=user_ids).order_by("user_id").select_for_update())
    missing = user_ids - {row.user_id for row in rows}
    if missing:
        prior = pack(instrument.model.prior(), instrument.layout)
        now = read_db_now()
        new = [Mastery(user_id=user_id, exam_id=exam_id, state=prior, updated_at=now) for user_id in sorted(missing)]
        Mastery.objects.bulk_create(new, ignore_conflicts=True)
        rows = list(Mastery.objects.filter(exam_id=exam_id, user_id__in=user_ids).order_by("user_id").select_for_update())
    return {row.user_id: Learner(row, state_of(row, instrument)) for row in rows}


def state_of(row: Mastery, instrument: Instrument) -> AbilityState:
    """The state of a row; the prior, marked stale, where the row was packed for another blueprint."""
    try:
        return unpack(bytes(row.state), instrument.layout)
    except LayoutMismatch:
        row.stale = True
        return instrument.model.prior()


def _take_attempt(learner: Learner, instrument: Instrument, attempt: GradedAttempt, groups: str) -> AttemptEvidence:
    """Take one attempt into the learner's state and say what it showed."""
    row, state = learner.row, learner.state
    learner.asleep = False
    place = (attempt.submitted_at, attempt.attempt_id)
    if row.last_submitted_at is not None and (row.last_submitted_at, row.last_attempt) > place:
        row.stale = True
    else:
        row.last_submitted_at, row.last_attempt = place
    day = day_number(attempt.submitted_at)
    whole = _expected_score(state, instrument, attempt, day)
    answers_before = row.first_answers
    pace = row.pace_sum / row.pace_count if row.pace_count else None
    records = _take_answers(learner, instrument, attempt, day)
    return AttemptEvidence(
        attempt_id=attempt.attempt_id,
        user_id=attempt.user_id,
        exam_id=attempt.exam_id,
        mode=attempt.mode,
        submitted_at=attempt.submitted_at,
        revision=attempt.revision,
        records=ledger.write(records),
        answers_before=answers_before,
        pace_before=pace,
        score=_score(attempt) if whole else None,
        expected_score=whole.mean if whole else None,
        expected_variance=whole.variance if whole else None,
        groups=groups,
    )


def _score(attempt: GradedAttempt) -> float:
    return sum(answer.credit for answer in attempt.answers if answer.scored)


def _expected_score(state: AbilityState, instrument: Instrument, attempt: GradedAttempt, day: float) -> ExamScore | None:
    """What was to be expected of a whole exam before it was sat; None for anything else. The doubt about the cut is no part of it."""
    scored = sum(answer.scored for answer in attempt.answers)
    if attempt.mode not in WHOLE_EXAMS or scored != round(instrument.form.questions):
        return None
    before = at_day(state, instrument.model, day)
    tasks = len(instrument.layout.tasks)
    parts = moments(before.mean[:tasks], before.cov[:tasks, :tasks], instrument.curves.task)
    return exam_score(parts, replace(instrument.form, cut_sd=0.0))


def _take_answers(learner: Learner, instrument: Instrument, attempt: GradedAttempt, day: float) -> ledger.Records:
    row, state, model = learner.row, learner.state, instrument.model
    counts_open = is_exam_mode(attempt.mode, attempt.feedback)
    texts = version_texts(answer.version_id for answer in attempt.answers)
    records = []
    for answer in sorted(attempt.answers, key=lambda answer: answer.position):
        asked = instrument.questions.get(answer.question_id)
        if asked is None:
            continue
        rapid = answer.answered and answer.seconds > 0 and is_rapid(answer.seconds, asked.mean_seconds)
        weight = _weight(answer, asked, rapid=rapid, counts_open=counts_open)
        believed = update(state, model, asked.parameters, correct=answer.right, weight=weight, day=day)
        records.append(
            (
                answer.position,
                answer.question_id,
                answer.version_id,
                _flags(answer, rapid=rapid),
                round(weight * ledger.QUARTERS),
                believed.probability,
                believed.ability,
                min(round(100 * asked.parameters.uncertainty), ledger.WIDEST),
                min(answer.seconds, ledger.LONGEST),
                _chosen_bits(answer, texts[answer.version_id]),
            )
        )
        if weight != IGNORED:
            row.answers += 1
            row.first_answers += weight == 1.0
        if answer.answered and answer.seconds > 0 and not rapid:
            row.pace_sum += log(answer.seconds)
            row.pace_count += 1
    return np.array(records, dtype=ledger.RECORD)


def _weight(answer: GradedAnswer, asked: Asked, *, rapid: bool, counts_open: bool) -> float:
    """What an answer counts. What was left open is wrong where it was seen in an exam, and no evidence otherwise."""
    if answer.voided or not (answer.answered or (answer.seen and counts_open)):
        return IGNORED
    return evidence_weight(seen_before=not answer.first_time, rapid=rapid, retired=answer.version_id != asked.version_id)


def _flags(answer: GradedAnswer, *, rapid: bool) -> int:
    return (
        ledger.RIGHT * answer.right
        | ledger.FIRST * answer.first_time
        | ledger.RAPID * rapid
        | ledger.ANSWERED * answer.answered
        | ledger.VOIDED * answer.voided
        | ledger.SCORED * answer.scored
    )


def _chosen_bits(answer: GradedAnswer, text: Any) -> int:
    """The options chosen, as bits by their place as written; 0 for kinds whose answer is no choice of options."""
    if text.kind not in _CHOSEN_KINDS or not isinstance(answer.chosen, list):
        return 0
    chosen = set(answer.chosen)
    return sum(1 << place for place, option in enumerate(text.options[:16]) if option.key in chosen)


def _take_recall(evidence: AttemptEvidence, attempt: GradedAttempt) -> None:
    """Put the outcomes of a recall into an attempt's evidence, and keep what the question statistics still hold of it."""
    before = bytes(evidence.records)
    right = {answer.position: answer.right for answer in attempt.answers}
    voided = {answer.position: answer.voided for answer in attempt.answers}
    evidence.records = ledger.write(ledger.with_outcomes(ledger.read(before), right, voided))
    evidence.revision = attempt.revision
    if evidence.counted:
        evidence.superseded = before
        evidence.counted = False
    if evidence.score is not None:
        evidence.score = _score(attempt)
    evidence.save(update_fields=["records", "revision", "superseded", "counted", "score"])


def _save(learners: Iterable[Learner], instrument: Instrument) -> None:
    now = read_db_now()
    touched = [learner for learner in learners if not learner.asleep or learner.row.stale]
    for learner in touched:
        learner.row.state = pack(learner.state, instrument.layout)
        learner.row.updated_at = now
    Mastery.objects.bulk_create(
        [learner.row for learner in touched], update_conflicts=True, unique_fields=["id"], update_fields=_MASTERY_FIELDS
    )
    snapshots = [snapshot_of(learner.row, learner.state, instrument) for learner in touched if not learner.asleep]
    DailySnapshot.objects.bulk_create(
        snapshots, update_conflicts=True, unique_fields=["user", "exam", "day"], update_fields=_SNAPSHOT_FIELDS
    )


def report_of(state: AbilityState, instrument: Instrument) -> Report:
    """Everything shown of a learner under the instrument in force."""
    return report(state, instrument.standard)


def snapshot_of(row: Mastery, state: AbilityState, instrument: Instrument) -> DailySnapshot:
    """The learner's standing on the day of the last answer taken."""
    shown = report_of(state, instrument)
    counts = answers_by_domain(state, instrument)
    return DailySnapshot(
        user_id=row.user_id,
        exam_id=row.exam_id,
        day=timezone.localtime(row.last_submitted_at).date(),
        estimate=round(shown.scaled),
        low=round(shown.scaled_low),
        high=round(shown.scaled_high),
        chance=shown.chance,
        verdict=shown.verdict.value,
        answers=row.answers,
        first_answers=row.first_answers,
        expected_score=shown.exam.mean,
        expected_variance=shown.exam.variance,
        domains={key: [round(part.score, 4), round(part.low, 4), round(part.high, 4), counts[key]] for key, part in shown.domains.items()},
    )


def answers_by_domain(state: AbilityState, instrument: Instrument) -> dict[str, int]:
    """First-time answers taken in each domain."""
    layout = instrument.layout
    counts = np.bincount(layout.domain_of_task, weights=state.first_answers, minlength=len(layout.domain_keys))
    return {key: int(count) for key, count in zip(layout.domain_keys, counts, strict=True)}


def replay(*, user_id: int, exam_id: int) -> Mastery | None:
    """Work out a learner's row again from all evidence in order, under the parameters in force; None without a row.

    With the same parameters, a replay of answers that came in order gives the same state to the last bit. Stored predictions and
    the snapshots of past days, which are what was stated then, stay as they are.
    """
    instrument = instrument_of(exam_id)
    with transaction.atomic():
        row = Mastery.objects.filter(user_id=user_id, exam_id=exam_id).select_for_update().first()
        if row is None:
            return None
        learner = Learner(row, instrument.model.prior(), asleep=False)
        row.answers = row.first_answers = row.pace_count = 0
        row.pace_sum = 0.0
        row.last_submitted_at = row.last_attempt = None
        evidence = AttemptEvidence.objects.filter(user_id=user_id, exam_id=exam_id).order_by("submitted_at", "attempt_id")
        for attempt_id, submitted_at, data in evidence.values_list("attempt_id", "submitted_at", "records").iterator():
            _replay_attempt(learner, instrument, attempt_id, submitted_at, ledger.read(bytes(data)))
        row.stale = False
        row.state = pack(learner.state, instrument.layout)
        row.updated_at = read_db_now()
        row.save(update_fields=_MASTERY_FIELDS)
    return row


def _replay_attempt(learner: Learner, instrument: Instrument, attempt_id: UUID, submitted_at: datetime, records: ledger.Records) -> None:
    row, day = learner.row, day_number(submitted_at)
    for record in records.tolist():
        _position, question_id, _version, flags, quarters, _probability, _ability, _uncertainty, seconds, _chosen = record
        asked = instrument.questions.get(question_id)
        if asked is None:
            continue
        weight = 0.0 if flags & ledger.VOIDED else quarters / ledger.QUARTERS
        update(learner.state, instrument.model, asked.parameters, correct=bool(flags & ledger.RIGHT), weight=weight, day=day)
        if weight != IGNORED:
            row.answers += 1
            row.first_answers += weight == 1.0
        if flags & ledger.ANSWERED and seconds > 0 and not flags & ledger.RAPID:
            row.pace_sum += log(seconds)
            row.pace_count += 1
    row.last_submitted_at, row.last_attempt = submitted_at, attempt_id


def replay_stale(*, limit: int = 200) -> int:
    """Replay learners whose history changed, oldest first; returns how many. Run it again until it returns 0."""
    waiting = list(Mastery.objects.filter(stale=True).order_by("updated_at").values_list("user_id", "exam_id")[:limit])
    for user_id, exam_id in waiting:
        replay(user_id=user_id, exam_id=exam_id)
    return len(waiting)


def replay_all(*, exam_id: int) -> int:
    """Replay every learner of an exam, one transaction each; returns how many. Weekly, after new parameters."""
    learners = list(Mastery.objects.filter(exam_id=exam_id).order_by("user_id").values_list("user_id", flat=True))
    for user_id in learners:
        replay(user_id=user_id, exam_id=exam_id)
    return len(learners)
