"""Loading what lifecycle owns: exam, blueprint, stages, services, modules, lessons, glossary, formulas, figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from lifecycle.public import (
    Blueprint,
    Domain,
    Exam,
    Figure,
    Formula,
    Lesson,
    Module,
    Objective,
    Service,
    ServiceConfusion,
    Stage,
    StageLoop,
    Task,
    Term,
)
from quizzes.content.records import BlueprintRecord, Content, ExamRecord, LessonRecord, ServiceRecord, StageRecord
from quizzes.content.syncing import Synced, set_links, sync_loaded, sync_parts


@dataclass
class LoadedCourse:
    """Ids of what the bank refers to, by the names that content files use."""

    exam: Exam
    edition: str
    tasks: dict[str, int] = field(default_factory=dict)
    objectives: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    lessons: dict[str, int] = field(default_factory=dict)
    synced: dict[str, Synced] = field(default_factory=dict)


def load_course(content: Content) -> LoadedCourse:
    """Write the course and the reference; to be called inside a transaction with content free of mistakes."""
    if content.exam is None or content.blueprint is None:
        raise ValueError("content without an exam or a blueprint")
    course = LoadedCourse(_exam(content.exam), content.blueprint.edition)
    _blueprint(course, content.blueprint)
    _stages_and_services(course, content)
    modules = _modules(course, content)
    _lessons(course, content, modules)
    _reference(course, content)
    return course


def _exam(record: ExamRecord) -> Exam:
    # Not the whole row's lock: attempts that start and grades that are written meanwhile refer to it.
    lock = {"no_key": True} if connection.features.has_select_for_no_key_update else {}
    exam = Exam.objects.select_for_update(**lock).filter(slug=record.slug).first() or Exam(slug=record.slug)
    if exam.edited_at is None:
        for name in ("code", "name", "provider", "level", "candidate", "language"):
            setattr(exam, name, getattr(record, name))
        exam.save()
    return exam


def _blueprint(course: LoadedCourse, record: BlueprintRecord) -> None:
    Blueprint.objects.filter(exam=course.exam, current=True).exclude(edition=record.edition).update(current=False)
    synced = sync_loaded(
        Blueprint,
        Blueprint.objects.filter(exam=course.exam),
        [record],
        row_key=lambda row: row.edition,
        record_key=lambda blueprint: blueprint.edition,
        values=lambda blueprint: {
            "exam": course.exam,
            "current": True,
            **_same(
                blueprint,
                "edition published minutes questions scored unscored scale_min scale_max pass_mark assumed_cut item_types sources checked",
            ),
        },
    )
    blueprint = synced.rows[record.edition]
    course.synced["blueprints"] = synced
    domains = sync_parts(
        Domain,
        blueprint.domains.all(),
        {
            domain.number: {"blueprint_id": blueprint.pk, **_same(domain, "number title short_title weight scored unscored")}
            for domain in record.domains
        },
        row_key=lambda row: row.number,
    )
    _tasks(course, record, domains)


def _same(record: Any, names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names.split()}


def _tasks(course: LoadedCourse, record: BlueprintRecord, domains: dict[int, Domain]) -> None:
    domain_ids = [domain.pk for domain in domains.values()]
    numbered = [(domain, task) for domain in record.domains for task in domain.tasks]
    tasks = sync_parts(
        Task,
        Task.objects.filter(domain_id__in=domain_ids),
        {
            task.number: {"domain_id": domains[domain.number].pk, "number": task.number, "title": task.title, "order": order}
            for order, (domain, task) in enumerate(numbered, 1)
        },
        row_key=lambda row: row.number,
    )
    coded = [(task, objective) for _domain, task in numbered for objective in task.objectives]
    objectives = sync_parts(
        Objective,
        Objective.objects.filter(task__domain_id__in=domain_ids),
        {
            objective.code: {"task_id": tasks[task.number].pk, "code": objective.code, "text": objective.text, "order": order}
            for order, (task, objective) in enumerate(coded, 1)
        },
        row_key=lambda row: row.code,
    )
    course.tasks = {number: task.pk for number, task in tasks.items()}
    course.objectives = {code: objective.pk for code, objective in objectives.items()}


def _by_slug(course: LoadedCourse, model: Any, records: list[Any], names: str, **options: Any) -> Synced:
    return sync_loaded(
        model,
        model.objects.filter(exam=course.exam),
        records,
        row_key=lambda row: row.slug,
        record_key=lambda record: record.slug,
        values=options.pop("values", None) or (lambda record: {"exam": course.exam, **_same(record, names)}),
        **options,
    )


def _stages_and_services(course: LoadedCourse, content: Content) -> None:
    common = "slug order name cross_cutting in_nine_stage_view phase phase_title purpose inputs outputs activities common_mistakes"
    stages = _by_slug(
        course,
        Stage,
        content.stages,
        "",
        values=lambda record: {"exam": course.exam, "module_number": record.module, **_same(record, common)},
    )
    services = _by_slug(course, Service, content.services, "slug name aliases category description in_guide status source checked")
    for synced in (stages, services):
        _delete(synced)
    course.stages = {slug: row.pk for slug, row in stages.rows.items()}
    course.services = {slug: row.pk for slug, row in services.rows.items()}
    course.synced |= {"stages": stages, "services": services}
    _stage_links(course, stages.changed)
    _service_links(course, services.changed)


def _delete(synced: Synced) -> None:
    for row in synced.gone:
        row.delete()


def _stage_links(course: LoadedCourse, changed: list[tuple[Stage, StageRecord]]) -> None:
    set_links(
        Stage.services.through, "stage", "service", {row.pk: [course.services[s] for s in record.services] for row, record in changed}
    )
    StageLoop.objects.filter(origin__in=[row for row, _record in changed]).delete()
    StageLoop.objects.bulk_create(
        StageLoop(origin=row, target_id=course.stages[loop.to], when=loop.when, order=order)
        for row, record in changed
        for order, loop in enumerate(record.loops_back)
    )


def _service_links(course: LoadedCourse, changed: list[tuple[Service, ServiceRecord]]) -> None:
    set_links(Service.stages.through, "service", "stage", {row.pk: [course.stages[s] for s in record.stages] for row, record in changed})
    ServiceConfusion.objects.filter(service__in=[row for row, _record in changed]).delete()
    ServiceConfusion.objects.bulk_create(
        ServiceConfusion(service=row, other_id=course.services[confusion.service], difference=confusion.difference, order=order)
        for row, record in changed
        for order, confusion in enumerate(record.confused_with)
    )


def _modules(course: LoadedCourse, content: Content) -> dict[int, Module]:
    synced = sync_loaded(
        Module,
        Module.objects.filter(exam=course.exam),
        content.modules,
        row_key=lambda row: row.number,
        record_key=lambda record: record.number,
        values=lambda record: {
            "exam": course.exam,
            **_same(record, "number slug title difficulty summary prerequisites objectives success_measures"),
        },
    )
    course.synced["modules"] = synced
    return synced.rows


def _lessons(course: LoadedCourse, content: Content, modules: dict[int, Module]) -> None:
    names = "slug title order minutes summary key_rule body facts sources checked language"
    synced = _by_slug(
        course,
        Lesson,
        content.lessons,
        "",
        salt=course.edition,
        values=lambda record: {
            "exam": course.exam,
            "task_id": course.tasks[record.task],
            "module": modules[record.module] if record.module else None,
            "sections": [{"anchor": section.anchor, "title": section.title} for section in record.text.sections],
            "checks": [check.as_json() for check in record.checks],
            "published": True,
            **_same(record, names),
        },
    )
    course.lessons = {slug: row.pk for slug, row in synced.rows.items()}
    course.synced["lessons"] = synced
    Lesson.objects.filter(pk__in=[row.pk for row in synced.gone]).update(published=False, content_digest="")
    synced.gone = [row for row in synced.gone if row.published]
    for module in course.synced["modules"].gone:
        if not module.lessons.exists():
            module.delete()
    _lesson_links(course, synced.changed)


def _lesson_links(course: LoadedCourse, changed: list[tuple[Lesson, LessonRecord]]) -> None:
    for through, target, name, ids in (
        (Lesson.objectives.through, "objective", "objectives", course.objectives),
        (Lesson.stages.through, "stage", "stages", course.stages),
        (Lesson.services.through, "service", "services", course.services),
    ):
        set_links(through, "lesson", target, {row.pk: [ids[slug] for slug in getattr(record, name)] for row, record in changed})


def _reference(course: LoadedCourse, content: Content) -> None:
    def with_lesson(names: str) -> Any:
        return lambda record: {"exam": course.exam, "lesson_id": course.lessons[record.lesson], **_same(record, names)}

    terms = _by_slug(course, Term, content.terms, "", values=with_lesson("slug term also definition example"))
    formulas = _by_slug(
        course, Formula, content.formulas, "", values=with_lesson("slug order name also kind formula words use_when beware example")
    )
    figures = _by_slug(course, Figure, content.figures, "slug svg")
    for synced in (terms, formulas, figures):
        _delete(synced)
    course.synced |= {"terms": terms, "formulas": formulas, "figures": figures}
