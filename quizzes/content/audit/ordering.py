"""Whether the course can be read in order: no term is met before the lesson that explains it."""

from __future__ import annotations

from collections.abc import Iterator

from quizzes.content.audit.findings import Finding, none_of
from quizzes.content.records import Content


def check_order(content: Content) -> Iterator[Finding]:
    """Terms that are linked too early, and terms that their own lesson never names."""
    lessons = sorted(content.lessons, key=lambda lesson: lesson.order)
    by_slug = {lesson.slug: lesson for lesson in lessons}
    explained = {term.slug: by_slug[term.lesson] for term in content.terms if term.lesson in by_slug}
    linked = {lesson.slug: {link.slug for link in lesson.text.links if link.kind == "term"} for lesson in lessons}
    early = [
        f"{lesson.place.file}:{link.line}: “{link.slug}” is explained later, in {explained[link.slug].slug}"
        for lesson in lessons
        for link in lesson.text.links
        if link.kind == "term" and link.slug in explained and explained[link.slug].order > lesson.order
    ]
    yield none_of("course", "terms met before the lesson that explains them", list(dict.fromkeys(early)))
    unnamed = [
        f"{term.place.file}:{term.place.line_of('lesson')}: {term.slug} in {term.lesson}"
        for term in content.terms
        if term.lesson in linked and term.slug not in linked[term.lesson]
    ]
    yield none_of("course", "terms that the lesson explaining them does not link", unnamed)
