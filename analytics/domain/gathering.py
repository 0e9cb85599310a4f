"""Statistics per question: graded evidence not yet counted is added up in batches, by one gatherer at a time.

Graders only insert evidence; the sums belong to the gatherer alone. So workers that grade the same questions never wait for each
other. PostgreSQL keeps a second gatherer out by an advisory lock. SQLite has one writer, who must not be kept for long: there a batch
is added up without a lock, and written only if nothing it rests on has changed in the meantime.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import connection, transaction
from django.utils import timezone

from accounts.public import read_db_now
from analytics import ledger
from analytics.domain.groups import MODE, named
from analytics.models import AttemptEvidence, QuestionDay, QuestionStatistics
from analytics.tallies import OutdatedSums, Sitting, Tally, tally
from quizzes.public import WHOLE_EXAMS

event = structlog.get_logger(__name__)

BATCH = 400
BATCH_EMBEDDED = 60
CATCH_UP = 1_000
"""A batch where much waits: each writes nearly every row of the bank once, so that fewer batches are less work in all."""
GATHERER_LOCK = 7_310_001
STUDY, EXAM = "study", "exam"
_ATTEMPT_BITS = (1 << 62) - 1


@dataclass(frozen=True)
class _Batch:
    """A batch added up: the evidence with its revisions, the rows to be written, and when the rows they replace were made."""

    revisions: dict[object, int]
    statistics: list[QuestionStatistics]
    gathered_before: dict[int, datetime | None]
    days: list[QuestionDay]


def gather(*, batch: int | None = None) -> list[int]:
    """Add one batch of evidence to the statistics; returns the versions touched, empty when nothing waits or another gathers."""
    if connection.vendor != "postgresql":
        return _gather(batch or BATCH_EMBEDDED)
    with transaction.atomic():
        return _gather(batch or BATCH) if _alone() else []


def gather_all(*, batch: int | None = None) -> int:
    """Gather until nothing waits; returns the number of batches."""
    batches = 0
    while gather(batch=batch):
        batches += 1
    return batches


def _alone() -> bool:
    """Whether this transaction is the only gatherer; held until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [GATHERER_LOCK])
        return bool(cursor.fetchone()[0])


def _gather(size: int) -> list[int]:
    waiting = list(AttemptEvidence.objects.filter(counted=False).order_by("exam_id")[:size])
    if not waiting:
        return []
    try:
        added = _added_up(waiting)
    except OutdatedSums:
        renew_outdated()
        return _gather(size)
    with transaction.atomic():
        if not _still_so(added):
            event.info("statistics_left_to_another")
            return []
        QuestionStatistics.objects.bulk_create(
            added.statistics,
            update_conflicts=True,
            unique_fields=["version"],
            update_fields=["sums", "first_answers", "gathered_at"],
            batch_size=200,
        )
        QuestionDay.objects.bulk_create(
            added.days, update_conflicts=True, unique_fields=["question", "day"], update_fields=["met", "first_met"], batch_size=200
        )
        AttemptEvidence.objects.filter(pk__in=added.revisions).update(counted=True, superseded=None)
    event.info("statistics_gathered", attempts=len(waiting), versions=len(added.statistics))
    return sorted(row.version_id for row in added.statistics)


def _still_so(added: _Batch) -> bool:
    """Whether the evidence still waits as it was read, and nobody else has written the rows it is added to."""
    waiting = AttemptEvidence.objects.filter(pk__in=added.revisions, counted=False).select_for_update()
    if dict(waiting.values_list("pk", "revision")) != added.revisions:
        return False
    rows = QuestionStatistics.objects.filter(pk__in=[row.version_id for row in added.statistics])
    return dict(rows.values_list("pk", "gathered_at")) == added.gathered_before


def sitting_of(evidence: AttemptEvidence, records: bytes | memoryview) -> Sitting:
    """One attempt's evidence as the tallies read it."""
    group = EXAM if evidence.mode in WHOLE_EXAMS else STUDY
    return Sitting(
        evidence.attempt_id.int & _ATTEMPT_BITS,
        evidence.submitted_at,
        ledger.read(bytes(records)),
        evidence.pace_before,
        (named(MODE, group), *evidence.groups.split()),
    )


def _added_up(waiting: list[AttemptEvidence]) -> _Batch:
    """The batch added to what its versions have, less what the statistics still hold of recalled attempts."""
    by_exam: dict[int, list[AttemptEvidence]] = defaultdict(list)
    for evidence in waiting:
        by_exam[evidence.exam_id].append(evidence)
    exam_of_version: dict[int, int] = {}
    changes: dict[int, list[tuple[Tally, int]]] = defaultdict(list)
    for exam_id, part in by_exam.items():
        old = tally(sitting_of(evidence, evidence.superseded) for evidence in part if evidence.superseded is not None)
        new = tally(sitting_of(evidence, evidence.records) for evidence in part)
        for sign, tallies in ((-1, old), (1, new)):
            for version, change in tallies.items():
                exam_of_version[version] = exam_id
                changes[version].append((change, sign))
    rows = QuestionStatistics.objects.in_bulk(changes)
    before = {version: row.gathered_at for version, row in rows.items()}
    now = read_db_now()
    for version, parts in changes.items():
        row = rows.setdefault(version, QuestionStatistics(version_id=version, exam_id=exam_of_version[version], sums={}))
        total = Tally.from_json(row.sums)
        for change, sign in parts:
            total.add(change, sign)
        row.sums = total.as_json()
        row.first_answers = total.everyone.count
        row.gathered_at = now
    return _Batch({evidence.pk: evidence.revision for evidence in waiting}, list(rows.values()), before, _days(waiting))


def _days(waiting: list[AttemptEvidence]) -> list[QuestionDay]:
    """Who met which question on which day, added to what is known. A recalled attempt was counted before."""
    met: Counter[tuple[int, date]] = Counter()
    first: Counter[tuple[int, date]] = Counter()
    for evidence in waiting:
        if evidence.superseded is not None:
            continue
        day = timezone.localtime(evidence.submitted_at).date()
        records = ledger.read(bytes(evidence.records))
        for question, new in zip(records["question"].tolist(), ledger.has(records, ledger.FIRST).tolist(), strict=True):
            met[question, day] += 1
            first[question, day] += new
    known = _known_days(met)
    return [
        QuestionDay(
            question_id=question,
            day=day,
            met=count + (known[question, day].met if (question, day) in known else 0),
            first_met=first[question, day] + (known[question, day].first_met if (question, day) in known else 0),
        )
        for (question, day), count in sorted(met.items())
    ]


def _known_days(wanted: Iterable[tuple[int, date]]) -> dict[tuple[int, date], QuestionDay]:
    days = {day for _question, day in wanted}
    return {(row.question_id, row.day): row for row in QuestionDay.objects.filter(day__in=days)}


def renew_outdated() -> list[int]:
    """Throw away the sums of every exam that has some of another format, so that the gatherer counts all of it anew.

    Returns these exams. Sums of two formats are never added up or shown.
    """
    exams = sorted(QuestionStatistics.objects.outdated().values_list("exam_id", flat=True).distinct())
    for exam_id in exams:
        event.warning("statistics_counted_anew", exam=exam_id)
        _throw_away(exam_id)
    return exams


def rebuild(*, exam_id: int, batch: int = CATCH_UP) -> int:
    """Throw the sums of an exam away and gather all its evidence again; returns the number of batches."""
    _throw_away(exam_id)
    return gather_all(batch=batch)


def _throw_away(exam_id: int) -> None:
    with transaction.atomic():
        QuestionStatistics.objects.filter(exam_id=exam_id).update(sums={}, first_answers=0, gathered_at=None)
        QuestionDay.objects.filter(question__exam_id=exam_id).delete()
        AttemptEvidence.objects.filter(exam_id=exam_id).update(counted=False, superseded=None)
