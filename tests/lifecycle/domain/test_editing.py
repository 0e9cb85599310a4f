"""Edits by people: as strict as the files, searchable at once, and marked."""

from __future__ import annotations

import pytest

from accounts.models import AuditEntry, User
from lifecycle.domain.editing import store_entry, store_lesson
from lifecycle.domain.errors import LessonRefused
from lifecycle.models import Lesson, Term
from lifecycle.search import search


@pytest.fixture
def instructor(db) -> User:
    return User.objects.create_user("ines")


def test_stored_lesson_has_its_sections_and_checks(lesson, instructor):
    lesson.body = lesson.body.replace("{#what-to-do}", "{#cure}").replace("More machines", "More zebras")
    store_lesson(lesson=lesson, actor=instructor)
    stored = Lesson.objects.get(pk=lesson.pk)
    assert [section["anchor"] for section in stored.sections] == ["two-kinds", "cure"]
    assert stored.checks[1]["options"][0]["text"] == "More zebras"
    assert stored.edited_at is not None
    assert AuditEntry.objects.get().actor == instructor


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(term:data-drift)", "(term:nothing)", "line 5: the term “nothing” does not exist"),
        ("#costs)", "#nothing)", "line 6: the lesson “counting-costs” has no section “nothing”"),
        ("figure:drifts", "figure:nothing", "line 8: the figure “nothing” does not exist"),
        (" {#two-kinds}", "", "line 3: the section “Two kinds” has no anchor"),
        ("  correct: true\n  why: The rel", "  why: The rel", "exactly one option must be correct"),
    ],
)
def test_mistakes_in_a_lesson_are_refused(lesson, instructor, old, new, message):
    before = lesson.body
    lesson.body = before.replace(old, new, 1)
    assert lesson.body != before
    with pytest.raises(LessonRefused, match=message):
        store_lesson(lesson=lesson, actor=instructor)
    assert Lesson.objects.get(pk=lesson.pk).body == before


def test_new_term_is_found_at_once(exam, instructor):
    store_entry(entry=Term(exam=exam, slug="zebra", term="Zebra", definition="An animal."), actor=instructor)
    assert [hit.slug for hit in search(exam, "zebra")] == ["zebra"]
    assert AuditEntry.objects.get().action == "content.make"
