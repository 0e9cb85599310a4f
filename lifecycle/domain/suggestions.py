"""A learner misses a service or a term in the reference, and an instructor answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import AuditEntry, db_now, read_db_now
from lifecycle.domain.errors import NotAllowed, TooManySuggestions
from lifecycle.models import Exam, Service, Term, TermSuggestion

MOST_A_DAY = 10


@dataclass(frozen=True)
class Suggested:
    """A person's suggestion of this name, and whether it was made now or had been before."""

    suggestion: TermSuggestion
    made: bool


def folded(name: str) -> str:
    """A name as two are compared: one blank between words, no capitals."""
    return " ".join(name.split()).casefold()


def entry_named(*, exam: Exam, name: str) -> Service | Term | None:
    """The service or term that bears this name already, as its own or as another one; two statements."""
    wanted = folded(name)
    for service in Service.objects.filter(exam=exam):
        if wanted in {folded(said) for said in (service.name, *service.aliases)}:
            return service
    for term in Term.objects.filter(exam=exam):
        if wanted in {folded(said) for said in (term.term, *term.also)}:
            return term
    return None


def suggest_term(*, exam: Exam, kind: str, name: str, note: str, suggested_by: Any) -> Suggested:
    """Put a name that the reference lacks into the queue of the instructors; the same name of the same person is there once.

    Raises TooManySuggestions for more than ten new ones within a day.
    """
    with transaction.atomic():
        mine = TermSuggestion.objects.visible_to(suggested_by)
        before = mine.filter(exam=exam, folded=folded(name)).first()
        if before is not None:
            return Suggested(before, made=False)
        if mine.filter(created_at__gt=read_db_now() - timedelta(days=1)).count() >= MOST_A_DAY:
            raise TooManySuggestions
        suggestion, made = TermSuggestion.objects.get_or_create(
            exam=exam,
            suggested_by=suggested_by,
            folded=folded(name),
            defaults={"kind": kind, "name": " ".join(name.split()), "note": note.strip(), "created_at": db_now()},
        )
    suggestion.refresh_from_db()
    return Suggested(suggestion, made)


def answer_suggestion(*, suggestion: TermSuggestion, state: str, answer: str, actor: Any) -> TermSuggestion:
    """Close a suggestion. Raises NotAllowed when it is closed already, or declined without saying why."""
    if state == TermSuggestion.State.DECLINED and not answer.strip():
        raise NotAllowed(_("Say why it is not added: whoever suggested it reads this."))
    with transaction.atomic():
        closed = TermSuggestion.objects.filter(pk=suggestion.pk, state=TermSuggestion.State.OPEN).update(
            state=state, answer=answer.strip(), answered_by=actor, answered_at=db_now()
        )
        if not closed:
            raise NotAllowed(_("This suggestion was answered before."))
        AuditEntry.objects.create(
            actor=actor, action="answer_suggestion", subject_kind="term_suggestion", subject_id=str(suggestion.pk), after={"state": state}
        )
    suggestion.refresh_from_db()
    return suggestion


def read_suggestions(*, suggested_by: Any) -> int:
    """Note that a person has looked at the answers to their suggestions; how many were new to them."""
    return TermSuggestion.objects.visible_to(suggested_by).unread().update(seen_at=db_now())
