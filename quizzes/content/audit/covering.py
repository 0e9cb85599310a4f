"""Whether everything that has to be taught is taught, and everything that can be asked is asked."""

from __future__ import annotations

from collections.abc import Iterator

from quizzes.content.audit.findings import Finding, none_of
from quizzes.content.records import Content
from quizzes.domain.question_text import CASE_STUDY

LEAST_REASON = 10


def check_coverage(content: Content) -> Iterator[Finding]:
    """Facts, objectives, misconceptions, and the services of the exam guide."""
    yield from _facts(content)
    yield from _objectives(content)
    yield from _services(content)
    used = {option.misconception for question in content.questions for option in question.text.options}
    idle = [record.slug for record in content.misconceptions if record.slug not in used]
    yield Finding("bank", "named misconceptions that a distractor uses", str(len(used - {""})), f"({len(idle)} wait)", passed=True)


def _facts(content: Content) -> Iterator[Finding]:
    """A fact counts as asked by a question that can be drawn for an exam; a case study alone does not do."""
    taught = {fact for lesson in content.lessons for fact in lesson.facts}
    asked = {fact for question in content.questions if question.kind != CASE_STUDY for fact in question.facts}
    askable = [fact for fact in content.facts if not fact.unasked]
    part = f"facts of {content.facts_task}"
    yield none_of(
        part,
        f"of {len(content.facts)} not taught by any lesson",
        [f"{f.code} {f.statement}" for f in content.facts if f.code not in taught],
    )
    yield none_of(
        part, f"of {len(askable)} that can be asked, not asked", [f"{f.code} {f.statement}" for f in askable if f.code not in asked]
    )
    yield none_of(part, "with too short a reason for not being asked", [f.code for f in content.facts if 0 < len(f.unasked) < LEAST_REASON])
    both = [fact.code for fact in content.facts if fact.unasked and fact.code in asked]
    yield none_of(part, "that are asked and yet marked as not to be asked", both)
    strayed = [
        f"{question.slug}: {', '.join(missing)}" for question in content.questions if (missing := sorted(set(question.facts) - taught))
    ]
    yield none_of(part, "asked without being taught, by question", strayed)


def _objectives(content: Content) -> Iterator[Finding]:
    taught = {objective for lesson in content.lessons for objective in lesson.objectives}
    missing = [code for code in content.objectives if code not in taught]
    yield none_of("course", f"of {len(content.objectives)} objectives not taught by any lesson", missing)
    with_lessons = {lesson.task for lesson in content.lessons}
    yield none_of("course", "tasks without a lesson", [task.number for task in content.tasks if task.number not in with_lessons])


def _services(content: Content) -> Iterator[Finding]:
    names = {name.casefold() for service in content.services for name in (service.name, *service.aliases)}
    missing = [name for name in content.in_scope_services if not {name.casefold(), name.partition(" (")[0].casefold()} & names]
    yield none_of("reference", f"of {len(content.in_scope_services)} services of the exam guide not described", missing)
