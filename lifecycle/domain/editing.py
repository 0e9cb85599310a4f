"""Edits of the course and the reference by people: checked like the files, marked so that no load overwrites them, searchable at once."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.public import AuditEntry, read_db_now
from lifecycle.domain.errors import LessonRefused
from lifecycle.entries import Mistake, Mistakes, Place
from lifecycle.lesson_text import LessonText, Link, read_lesson_text
from lifecycle.models import Exam, Figure, Formula, Lesson, Service, Term
from lifecycle.search import SEARCHED, index_entry

KNOWN_BY_LINK: dict[str, Any] = {"term": Term, "service": Service, "formula": Formula, "lesson": Lesson, "figure": Figure}


def lesson_mistakes(*, exam: Exam, body: str) -> tuple[LessonText, list[Mistake]]:
    """A lesson's text taken apart, and what is wrong with it; links are looked up in the database."""
    mistakes = Mistakes()
    text = read_lesson_text(body, file="", mistakes=mistakes)
    for kind, model in KNOWN_BY_LINK.items():
        links = [link for link in text.links if link.kind == kind]
        known = (
            set(model.objects.filter(exam=exam, slug__in={link.slug for link in links}).values_list("slug", flat=True)) if links else set()
        )
        for link in links:
            if link.slug not in known:
                mistakes.add(Place("", link.line, "text"), f"the {kind} “{link.slug}” does not exist")
    _check_anchors(exam, text.links, mistakes)
    return text, mistakes.sorted()


def _check_anchors(exam: Exam, links: list[Link], mistakes: Mistakes) -> None:
    wanted = [link for link in links if link.kind == "lesson" and link.anchor]
    sections = dict(Lesson.objects.filter(exam=exam, slug__in={link.slug for link in wanted}).values_list("slug", "sections"))
    for link in wanted:
        if link.slug in sections and link.anchor not in {section["anchor"] for section in sections[link.slug]}:
            mistakes.add(Place("", link.line, "text"), f"the lesson “{link.slug}” has no section “{link.anchor}”")


@transaction.atomic
def store_lesson(*, lesson: Lesson, actor: Any) -> Lesson:
    """Store a lesson that a person made or edited; raises LessonRefused with every mistake of its text."""
    text, mistakes = lesson_mistakes(exam=lesson.exam, body=lesson.body)
    if mistakes:
        raise LessonRefused(mistakes)
    lesson.sections = [{"anchor": section.anchor, "title": section.title} for section in text.sections]
    lesson.checks = [check.as_json() for check in text.checks]
    return store_entry(entry=lesson, actor=actor)


@transaction.atomic
def store_entry(*, entry: Any, actor: Any) -> Any:
    """Store a stage, service, term, formula, module or other loaded entry that a person made or edited."""
    made = entry.pk is None
    entry.edited_at = read_db_now()
    entry.save()
    if isinstance(entry, SEARCHED):
        index_entry(entry)
    AuditEntry.objects.create(
        actor=actor,
        action="content.make" if made else "content.edit",
        subject_kind=type(entry).__name__.lower(),
        subject_id=getattr(entry, "slug", str(entry.pk)),
    )
    return entry
