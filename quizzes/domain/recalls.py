"""A corrected key, or a voided question, carried to everybody whom it affects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from accounts.public import AuditEntry, db_now
from quizzes.domain.key_changes import change_keys
from quizzes.hints import hint_drain
from quizzes.models import Attempt, Grade, GradingJob, KeyRevision, QuestionVersion, Recall, Response
from quizzes.models.quiz import Marking
from quizzes.scoring import score_answer

CHUNK = 500


@dataclass(frozen=True)
class RecallPreview:
    """Graded sittings that hold the version, and those whose marks for it would change."""

    affected: int
    changing: int


def preview_recall(*, version: QuestionVersion, answer: Any, voided: bool) -> RecallPreview:
    """What a new key would change, without changing it; two statements for each five hundred sittings."""
    affected = changing = 0
    holding = _holding(version)
    while attempts := list(islice(holding, CHUNK)):
        position_of = {a.pk: [version_id for version_id, _scored in a.form].index(version.pk) + 1 for a in attempts}
        credits = dict(Grade.objects.filter(attempt__in=attempts).order_by("revision").values_list("attempt", "credits"))
        given = _answers_at(position_of)
        affected += len(attempts)
        for attempt in attempts:
            partial = attempt.marking == Marking.PARTIAL
            credit = 1.0 if voided else score_answer(version.kind, answer, given.get(attempt.pk), partial=partial).credit
            changing += attempt.pk in credits and credits[attempt.pk][position_of[attempt.pk] - 1] != credit
    return RecallPreview(affected, changing)


def _answers_at(position_of: dict[UUID, int]) -> dict[UUID, Any]:
    """The answers that sittings have at a position each."""
    rows = Response.objects.filter(attempt__in=list(position_of), position__in=set(position_of.values()))
    stored = rows.values_list("attempt", "position", "answer")
    return {attempt_id: answer for attempt_id, position, answer in stored if position == position_of[attempt_id]}


def recall_version(*, version: QuestionVersion, answer: Any, voided: bool, reason: str, actor: Any) -> Recall:
    """Correct the key of a version (or void it) and order every graded sitting that holds it to be graded again.

    The first grade stays; each sitting gets the next revision.
    """
    with transaction.atomic():
        change_keys()
        QuestionVersion.objects.select_for_update().get(pk=version.pk)
        last = KeyRevision.objects.filter(version=version).aggregate(last=Max("revision"))["last"] or 0
        before = KeyRevision.objects.get(version=version, revision=last)
        key = KeyRevision.objects.create(version=version, revision=last + 1, answer=answer, voided=voided, reason=reason, created_by=actor)
        attempts = [attempt.pk for attempt in _holding(version)]
        _order_regrading(attempts)
        recall = Recall.objects.create(
            key_revision=key, attempts_affected=len(attempts), reason=reason, created_by=actor, created_at=db_now()
        )
        AuditEntry.objects.create(
            actor=actor,
            action="recall_version",
            subject_kind="question_version",
            subject_id=str(version.pk),
            before={"answer": before.answer, "voided": before.voided},
            after={"answer": answer, "voided": voided, "reason": reason},
        )
        transaction.on_commit(hint_drain, robust=True)
    recall.refresh_from_db()
    return recall


def _order_regrading(attempt_ids: list[UUID]) -> None:
    last = dict(GradingJob.objects.filter(attempt__in=attempt_ids).values_list("attempt").annotate(Max("revision")))
    GradingJob.objects.bulk_create(
        [GradingJob(attempt_id=attempt_id, revision=last.get(attempt_id, 0) + 1, created_at=db_now()) for attempt_id in attempt_ids]
    )


def _holding(version: QuestionVersion) -> Iterator[Attempt]:
    """Graded attempts whose form pins the version, oldest first."""
    graded = Attempt.objects.filter(state=Attempt.State.GRADED)
    if connection.vendor == "postgresql":
        graded = graded.extra(where=["form @> %s::jsonb OR form @> %s::jsonb"], params=[f"[[{version.pk}, 1]]", f"[[{version.pk}, 0]]"])
    else:
        graded = graded.extra(where=["EXISTS (SELECT 1 FROM json_each(form) WHERE json_extract(value, '$[0]') = %s)"], params=[version.pk])
    return graded.order_by("pk").iterator(chunk_size=500)
