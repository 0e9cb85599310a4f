"""Shared reads: the outline of the course, where a learner stands in it, what comes next.

Every page, the API and team reports take their counts from here, so that they agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from lifecycle.models import Blueprint, Enrolment, Exam, Lesson, LessonProgress, Module, Task, TermSuggestion

NOT_STARTED, BEGUN, DONE = "not_started", LessonProgress.State.BEGUN.value, LessonProgress.State.DONE.value


@dataclass(frozen=True)
class Count:
    """Lessons in all, begun but not done, and done."""

    total: int = 0
    begun: int = 0
    done: int = 0

    @property
    def state(self) -> str:
        """not_started, begun or done; nothing to do is not started."""
        if self.total and self.done >= self.total:
            return DONE
        return BEGUN if self.begun or self.done else NOT_STARTED

    @property
    def percent(self) -> int:
        """Done lessons in percent, rounded down."""
        return 100 * self.done // self.total if self.total else 0

    def plus(self, state: str) -> Count:
        """The count with one more lesson in a state."""
        return Count(self.total + 1, self.begun + (state == BEGUN), self.done + (state == DONE))


@dataclass(frozen=True)
class LessonRow:
    """A lesson in a list. `section` is the anchor where the reader stopped."""

    slug: str
    title: str
    minutes: int
    summary: str
    order: int
    task_number: str
    module_number: int | None
    stage_slugs: tuple[str, ...]
    state: str
    section: str = ""
    seen_at: Any = None


@dataclass(frozen=True)
class OutlinePart:
    """A module of the course, or a task whose lessons belong to none. `module` has the module's own texts."""

    kind: str
    number: str
    title: str
    domain_number: int
    domain_title: str
    task_number: str
    module: Module | None
    lessons: tuple[LessonRow, ...]
    count: Count


@dataclass(frozen=True)
class Outline:
    """The course in order."""

    parts: tuple[OutlinePart, ...]
    count: Count

    @property
    def lessons(self) -> list[LessonRow]:
        """Every lesson in course order."""
        return [lesson for part in self.parts for lesson in part.lessons]

    @property
    def minutes(self) -> int:
        """Reading time of the whole course."""
        return sum(lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True)
class ProgressCounts:
    """Where a learner stands, in lessons: over all, by module number, stage slug and task number."""

    lessons: Count
    modules: dict[int, Count] = field(default_factory=dict)
    stages: dict[str, Count] = field(default_factory=dict)
    tasks: dict[str, Count] = field(default_factory=dict)


def the_exam(slug: str) -> Exam:
    """The exam of an address; Exam.DoesNotExist where there is none."""
    return Exam.objects.get(slug=slug)


def current_blueprint(exam: Exam) -> Blueprint:
    """The edition of the guide that is in force; Blueprint.DoesNotExist before content is loaded."""
    return Blueprint.objects.get(exam=exam, current=True)


def enrolment_of(user: Any, exam: Exam) -> Enrolment | None:
    """A person's enrolment; None for a visitor or before the first lesson."""
    if not user.is_authenticated:
        return None
    return Enrolment.objects.visible_to(user).filter(exam=exam).select_related("last_lesson").first()


def enrolment_or_exam(user: Any, **more: Any) -> tuple[Enrolment | None, Exam | None]:
    """Which exam a request is about where its address does not say: the newest enrolment of a person with its exam; without one the
    first exam there is (None before content is loaded). `more`: further columns of the enrolment's row, in the same statement.
    """
    mine = Enrolment.objects.visible_to(user).select_related("exam", "blueprint", "last_lesson").annotate(**more)
    enrolment = mine.order_by("-created_at", "-pk").first()
    if enrolment is not None:
        return enrolment, enrolment.exam
    return None, Exam.objects.order_by("pk").first()


def unread_suggestions() -> Coalesce:
    """How many answers to their suggestions the person of a row has not read: a column for rows that have a `user`."""
    unread = TermSuggestion.objects.unread().filter(suggested_by=OuterRef("user")).order_by()
    return Coalesce(Subquery(unread.values("suggested_by").annotate(n=models.Count("pk")).values("n")), 0)


def lesson_rows(user: Any, exam: Exam) -> list[LessonRow]:
    """The published lessons in course order with a person's state; three statements (two for a visitor)."""
    stages = _stages_of_lessons(exam)
    progress = _progress_of(user, exam)
    lessons = Lesson.objects.published().filter(exam=exam).order_by("order", "pk")
    fields = ("pk", "slug", "title", "minutes", "summary", "order", "task__number", "module__number")
    return [
        LessonRow(
            slug=slug,
            title=title,
            minutes=minutes,
            summary=summary,
            order=order,
            task_number=task,
            module_number=module,
            stage_slugs=tuple(stages.get(pk, ())),
            state=progress[pk].state if pk in progress else NOT_STARTED,
            section=progress[pk].section if pk in progress else "",
            seen_at=progress[pk].seen_at if pk in progress else None,
        )
        for pk, slug, title, minutes, summary, order, task, module in lessons.values_list(*fields)
    ]


def _stages_of_lessons(exam: Exam) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    links = Lesson.stages.through.objects.filter(lesson__exam=exam).order_by("stage__order")
    for lesson_id, slug in links.values_list("lesson_id", "stage__slug"):
        found[lesson_id].append(slug)
    return found


def _progress_of(user: Any, exam: Exam) -> dict[int, LessonProgress]:
    if not user.is_authenticated:
        return {}
    rows = LessonProgress.objects.visible_to(user).filter(lesson__exam=exam)
    return {row.lesson_id: row for row in rows.only("lesson_id", "state", "section", "seen_at")}


def progress_counts(user: Any, exam: Exam) -> ProgressCounts:
    """Where a person stands; three statements however long the course is."""
    return count_lessons(lesson_rows(user, exam))


def count_lessons(rows: Iterable[LessonRow]) -> ProgressCounts:
    """The counts of some lessons."""
    total = Count()
    modules: dict[int, Count] = defaultdict(Count)
    stages: dict[str, Count] = defaultdict(Count)
    tasks: dict[str, Count] = defaultdict(Count)
    for row in rows:
        total = total.plus(row.state)
        tasks[row.task_number] = tasks[row.task_number].plus(row.state)
        if row.module_number is not None:
            modules[row.module_number] = modules[row.module_number].plus(row.state)
        for slug in row.stage_slugs:
            stages[slug] = stages[slug].plus(row.state)
    return ProgressCounts(total, dict(modules), dict(stages), dict(tasks))


def progress_counts_for(users: Collection[Any], exam: Exam) -> dict[int, Count]:
    """The count over all lessons for each of many people, by user id; two statements however many they are."""
    total = Lesson.objects.published().filter(exam=exam).count()
    ids = [getattr(user, "pk", user) for user in users]
    rows = (
        LessonProgress.objects.filter(user_id__in=ids, lesson__exam=exam, lesson__published=True)
        .values_list("user_id", "state")
        .annotate(lessons=models.Count("pk"))
        .order_by()
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for user_id, state, lessons in rows:
        found[user_id][state] = lessons
    return {pk: Count(total, found[pk].get(BEGUN, 0), found[pk].get(DONE, 0)) for pk in ids}


def course_outline(user: Any, exam: Exam) -> Outline:
    """The course in its parts: the modules, and the tasks outside them, in course order. Five statements."""
    modules = {module.number: module for module in Module.objects.filter(exam=exam)}
    tasks = Task.objects.filter(domain__blueprint__exam=exam, domain__blueprint__current=True).select_related("domain")
    by_number = {task.number: task for task in tasks}
    grouped: dict[tuple[str, int | None], list[LessonRow]] = defaultdict(list)
    rows = lesson_rows(user, exam)
    for row in rows:
        grouped[row.task_number, row.module_number].append(row)
    parts = [
        _outline_part(by_number[task_number], modules.get(module_number) if module_number is not None else None, lessons)
        for (task_number, module_number), lessons in sorted(grouped.items(), key=lambda item: item[1][0].order)
        if task_number in by_number
    ]
    return Outline(tuple(parts), count_lessons(rows).lessons)


def _outline_part(task: Task, module: Module | None, lessons: list[LessonRow]) -> OutlinePart:
    return OutlinePart(
        kind="module" if module else "task",
        number=str(module.number) if module else task.number,
        title=module.title if module else task.title,
        domain_number=task.domain.number,
        domain_title=task.domain.title,
        task_number=task.number,
        module=module,
        lessons=tuple(lessons),
        count=count_lessons(lessons).lessons,
    )


def next_lesson(user: Any, exam: Exam) -> LessonRow | None:
    """Where to go on: the begun lesson seen last, else the first that is not done; None when all are."""
    return next_of(lesson_rows(user, exam))


def next_of(rows: Collection[LessonRow]) -> LessonRow | None:
    """The same choice among lessons that were read already."""
    begun = [row for row in rows if row.state == BEGUN]
    if begun:
        return max(begun, key=lambda row: row.seen_at)
    return next((row for row in rows if row.state == NOT_STARTED), None)


def lessons_done(user: Any, exam: Exam) -> int:
    """How many published lessons a person has done."""
    if not user.is_authenticated:
        return 0
    done = LessonProgress.objects.visible_to(user).filter(lesson__exam=exam, lesson__published=True, state=DONE)
    return done.count()
