"""A learner says that something is wrong with a question, and an instructor answers."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.public import AuditEntry, db_now
from quizzes.domain.errors import NotAllowed
from quizzes.models import Attempt, ProblemReport, QuestionVersion


def report_problem(*, version: QuestionVersion, reporter: Any, attempt: Attempt | None, kind: str, text: str) -> ProblemReport:
    """Put a report into the queue of the instructors; one open report a person and version, a repeat replaces its text."""
    with transaction.atomic():
        report, made = ProblemReport.objects.get_or_create(
            version=version,
            reporter=reporter,
            state=ProblemReport.State.OPEN,
            defaults={"attempt": attempt, "kind": kind, "text": text, "created_at": db_now()},
        )
        if not made:
            ProblemReport.objects.filter(pk=report.pk).update(kind=kind, text=text)
    report.refresh_from_db()
    return report


def read_answers(*, reporter: Any) -> int:
    """Note that a person has looked at the answers to their reports; how many were new to them."""
    return ProblemReport.objects.visible_to(reporter).unread().update(seen_at=db_now())


def answer_report(*, report: ProblemReport, state: str, answer: str, actor: Any) -> ProblemReport:
    """Close a report with an answer that the reporter sees. Raises NotAllowed when it is closed already or has no answer."""
    if not answer.strip():
        raise NotAllowed("An answer to the reporter is needed.")
    with transaction.atomic():
        closed = ProblemReport.objects.filter(pk=report.pk, state=ProblemReport.State.OPEN).update(
            state=state, answer=answer, answered_by=actor, answered_at=db_now()
        )
        if not closed:
            raise NotAllowed("This report was answered before.")
        AuditEntry.objects.create(
            actor=actor, action="answer_report", subject_kind="problem_report", subject_id=str(report.pk), after={"state": state}
        )
    report.refresh_from_db()
    return report
