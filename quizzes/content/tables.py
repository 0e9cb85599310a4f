"""Published content as plain rows, for scripts that audit it. What is edited in the admin shows here as it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from lifecycle.public import Lesson, plain_words
from quizzes.domain.bank import text_of
from quizzes.domain.question_text import MATCHING, ORDERING, OptionText
from quizzes.models import Option, Question


def bank_rows(exam_slug: str | None = None) -> Iterator[dict[str, Any]]:
    """A row for each published question, by slug; a handful of statements."""
    options = Option.objects.select_related("misconception")
    questions = (
        Question.objects.published()
        .select_related("exam", "task", "objective", "lesson", "scenario", "current_version")
        .prefetch_related("stages", "services", Prefetch("current_version__options", options), "current_version__key_revisions")
        .order_by("exam__slug", "slug")
    )
    for question in questions.filter(exam__slug=exam_slug) if exam_slug else questions:
        yield _question_row(question)


def _question_row(question: Question) -> dict[str, Any]:
    version = question.current_version
    if version is None:  # the database forbids it for what is published
        raise ValueError(f"{question.slug} is published without a version")
    text = text_of(version)
    return {
        "slug": question.slug,
        "exam": question.exam.slug,
        "kind": text.kind,
        "task": question.task.number,
        "objective": question.objective.code if question.objective else None,
        "stages": [stage.slug for stage in question.stages.all()],
        "services": [service.slug for service in question.services.all()],
        "difficulty": question.difficulty,
        "level": question.level,
        "lesson": f"{question.lesson.slug}#{question.lesson_anchor}" if question.lesson_anchor else question.lesson.slug,
        "facts": question.facts,
        "scenario": question.scenario.slug if question.scenario else None,
        "scenario_text": question.scenario.text if question.scenario else None,
        "choose": text.choose,
        "stem": text.stem,
        "options": [_option_row(text.kind, option) for option in text.options],
        "rule": text.rule,
        "source": {"title": text.source_title, "url": text.source_url},
        "checked": text.checked,
        "version": version.number,
        "language": text.language,
    }


def _option_row(kind: str, option: OptionText) -> dict[str, Any]:
    """`position` is an ordering step's place, `match` the prompt that a matching answer belongs to; `correct` that it belongs at all."""
    belongs = {ORDERING: option.position is not None, MATCHING: bool(option.prompt)}.get(kind, option.correct)
    return {
        "text": option.text,
        "correct": belongs,
        "position": option.position,
        "match": option.prompt or None,
        "rationale": option.rationale,
        "misconception": option.misconception or None,
    }


def course_rows(exam_slug: str | None = None) -> Iterator[dict[str, Any]]:
    """A row for each published lesson, in course order; `words` counts the text without inline checks, `text` is Markdown."""
    lessons = (
        Lesson.objects.published()
        .select_related("exam", "task", "module")
        .prefetch_related("stages", "objectives", "services")
        .order_by("exam__slug", "order")
    )
    for lesson in lessons.filter(exam__slug=exam_slug) if exam_slug else lessons:
        yield {
            "slug": lesson.slug,
            "exam": lesson.exam.slug,
            "title": lesson.title,
            "module": lesson.module.number if lesson.module else None,
            "task": lesson.task.number,
            "stages": [stage.slug for stage in lesson.stages.all()],
            "objectives": [objective.code for objective in lesson.objectives.all()],
            "services": [service.slug for service in lesson.services.all()],
            "facts": lesson.facts,
            "order": lesson.order,
            "minutes": lesson.minutes,
            "words": len(plain_words(lesson.body).split()),
            "summary": lesson.summary,
            "key_rule": lesson.key_rule,
            "sections": [section["anchor"] for section in lesson.sections],
            "checks": len(lesson.checks),
            "checked": lesson.checked,
            "sources": lesson.sources,
            "text": lesson.body,
        }
