"""The measuring instrument of an exam: its layout, the questions' parameters in force, response curves, form and settings.

Built from the database once per process and kept until a stamp of what it rests on changes; the stamp costs one statement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import hypot
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Max, OuterRef, Subquery

from analytics.models import ModelSettings, ParameterVersion
from analytics.readiness.calibration import LABEL_MEANS, LABEL_SD
from analytics.readiness.curves import Bank, Curves, response_curves
from analytics.readiness.filter import QuestionParameters
from analytics.readiness.outcomes import Recalibration
from analytics.readiness.scores import ExamForm, Standard
from analytics.readiness.state import AbilityModel, Hyperparameters, Layout, ability_model
from lifecycle.public import Blueprint, Domain, Exam, Stage, Task
from quizzes.public import KeyRevision, Question, QuestionVersion

ANY_EXAM = -1
EDIT_SD = 0.5
START_SLOPE = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the instrument knows it."""

    question_id: int
    task: int
    stage: int | None
    label: str
    version_id: int | None
    published: bool
    parameters: QuestionParameters
    mean_seconds: float | None
    answers: int


@dataclass(frozen=True)
class Instrument:
    """Everything needed to take an answer into a state and to report one."""

    exam_id: int
    layout: Layout
    hyper: Hyperparameters
    form: ExamForm
    recalibration: Recalibration
    questions: dict[int, Asked]
    label_means: dict[str, float]
    label_shift: float
    parameter_version: int | None
    domain_titles: dict[str, str]
    domain_weights: dict[str, float]
    task_titles: dict[str, str]
    stage_names: dict[str, str]
    stamp: tuple[Any, ...]

    @property
    def model(self) -> AbilityModel:
        return ability_model(self.layout, self.hyper)

    @cached_property
    def standard(self) -> Standard:
        return Standard(self.layout, self.form, self.curves, self.recalibration)

    @cached_property
    def curves(self) -> Curves:
        active = [asked for asked in self.questions.values() if asked.published]
        return response_curves(
            self.layout,
            Bank(
                task=np.array([asked.task for asked in active], dtype=np.int64),
                stage=np.array([-1 if asked.stage is None else asked.stage for asked in active], dtype=np.int64),
                slope=np.array([asked.parameters.slope for asked in active], dtype=np.float64),
                difficulty=np.array([asked.parameters.difficulty for asked in active], dtype=np.float64),
                uncertainty=np.array([asked.parameters.uncertainty for asked in active], dtype=np.float64),
            ),
        )


class NoBlueprint(LookupError):
    """The exam has no current blueprint, so nothing can be measured."""


_instruments: dict[int, Instrument] = {}


def instrument_of(exam_id: int) -> Instrument:
    """The instrument in force for an exam: one statement when nothing changed. Raises NoBlueprint."""
    stamp = _stamp(exam_id)
    known = _instruments.get(exam_id)
    if known is None or known.stamp != stamp:
        known = _instruments[exam_id] = _build(exam_id, stamp)
    return known


def forget() -> None:
    """Drop all instruments of this process; for tests, whose databases forget ids."""
    _instruments.clear()


def _stamp(exam_id: int) -> tuple[Any, ...]:
    sql, parameters = _stamp_statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, [exam_id if value == ANY_EXAM else value for value in parameters])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NoBlueprint(f"exam {exam_id} has no current blueprint")
    return tuple(row)


@cache
def _stamp_statement() -> tuple[str, tuple[Any, ...]]:
    """What `_stamp` asks, for ANY_EXAM. It is put together once per process: that took longer than the database takes to answer."""

    def newest(rows: Any) -> Subquery:
        return Subquery(rows.filter(exam=OuterRef("pk")).order_by("-pk").values("pk")[:1])

    everything = Question.objects.filter(exam=OuterRef("pk")).order_by()
    questions, published = everything.values("exam"), everything.published().values("exam")
    versions = QuestionVersion.objects.filter(question__exam=OuterRef("pk")).order_by().values("question__exam")
    corrected = _corrected_keys().filter(version__question__exam=OuterRef("pk")).order_by().values("version__question__exam")
    rows = Exam.objects.filter(pk=ANY_EXAM).values_list(
        Subquery(Blueprint.objects.filter(exam=OuterRef("pk"), current=True).values("pk")[:1]),
        newest(ParameterVersion.objects),
        newest(ModelSettings.objects),
        Subquery(published.annotate(number=Count("pk")).values("number")),
        Subquery(questions.annotate(newest=Max("pk")).values("newest")),
        Subquery(versions.annotate(newest=Max("pk")).values("newest")),
        Subquery(corrected.annotate(newest=Max("pk")).values("newest")),
    )
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)


def _corrected_keys() -> Any:
    """Keys that took the place of another."""
    return KeyRevision.objects.filter(revision__gt=1)


def _build(exam_id: int, stamp: tuple[Any, ...]) -> Instrument:
    blueprint = Blueprint.objects.get(pk=stamp[0])
    parameters = ParameterVersion.objects.filter(pk=stamp[1]).first()
    settings = ModelSettings.objects.filter(pk=stamp[2]).first() or ModelSettings(hyper={}, label_means={})
    domains = {str(domain.number): domain for domain in Domain.objects.filter(blueprint=blueprint)}
    tasks = list(Task.objects.filter(domain__blueprint=blueprint).order_by("order").values_list("number", "domain__number", "title"))
    stages = list(Stage.objects.filter(exam_id=exam_id).order_by("order").values_list("slug", "name"))
    layout = Layout(
        tasks=tuple(number for number, _domain, _title in tasks),
        domains=tuple(str(domain) for _number, domain, _title in tasks),
        stages=tuple(slug for slug, _name in stages),
    )
    label_means = LABEL_MEANS | settings.label_means
    form = ExamForm.from_domains(
        layout,
        {key: domain.weight for key, domain in domains.items()},
        {key: domain.scored for key, domain in domains.items()},
        cut=settings.cut or blueprint.assumed_cut,
        scale_min=blueprint.scale_min,
        pass_mark=blueprint.pass_mark,
        scale_max=blueprint.scale_max,
    )
    return Instrument(
        exam_id=exam_id,
        layout=layout,
        hyper=_hyperparameters(settings, parameters),
        form=form,
        recalibration=Recalibration(settings.recalibration_intercept, settings.recalibration_slope),
        questions=_questions(exam_id, layout, label_means, parameters),
        label_means=label_means,
        label_shift=parameters.label_shift if parameters else 0.0,
        parameter_version=stamp[1],
        domain_titles={key: domain.title for key, domain in domains.items()},
        domain_weights={key: float(domain.weight) for key, domain in domains.items()},
        task_titles={number: title for number, _domain, title in tasks},
        stage_names=dict(stages),
        stamp=stamp,
    )


def _hyperparameters(settings: ModelSettings, parameters: ParameterVersion | None) -> Hyperparameters:
    """The settings in force, with the ability that learners start with as the last calibration found it."""
    hyper = Hyperparameters(**settings.hyper)
    if parameters is None or parameters.start_ability is None:
        return hyper
    return replace(hyper, mu0=parameters.start_ability)


def _questions(exam_id: int, layout: Layout, label_means: dict[str, float], fitted: ParameterVersion | None) -> dict[int, Asked]:
    stage_of: dict[int, str] = {}
    links = Question.stages.through.objects.filter(question__exam_id=exam_id).order_by("question_id", "stage__order")
    for question_id, slug in links.values_list("question_id", "stage__slug"):
        stage_of.setdefault(question_id, slug)
    rows = Question.objects.filter(exam_id=exam_id).values_list("pk", "task__number", "difficulty", "current_version_id", "state")
    known = fitted.parameters if fitted else {}
    corrected = set(_corrected_keys().filter(created_at__gt=fitted.created_at).values_list("version_id", flat=True)) if fitted else set()
    shift = fitted.label_shift if fitted else 0.0
    questions = {}
    for question_id, task_number, label, version_id, state in rows:
        task = layout.task_index.get(task_number)
        if task is None:
            continue
        stage = layout.stage_index.get(stage_of.get(question_id, ""))
        slope, difficulty, uncertainty, answers, version, seconds = known.get(
            str(question_id), (START_SLOPE, label_means[label] + shift, LABEL_SD, 0, version_id, None)
        )
        if version != version_id or version_id in corrected:
            uncertainty = hypot(uncertainty, EDIT_SD)
        questions[question_id] = Asked(
            question_id=question_id,
            task=task,
            stage=stage,
            label=label,
            version_id=version_id,
            published=state == Question.State.PUBLISHED and version_id is not None,
            parameters=QuestionParameters(task, slope, difficulty, uncertainty, stage),
            mean_seconds=seconds,
            answers=answers,
        )
    return questions
