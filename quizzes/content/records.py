"""What content files say, checked field by field and free of the database."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from lifecycle.public import Check, LessonText, Place
from quizzes.domain.question_text import QuestionText


@dataclass(frozen=True)
class Record:
    """An entry of a content file. `digest` covers what it says, not where it stands."""

    place: Place = field(compare=False, repr=False)

    def digest(self) -> str:
        """Changes whenever the entry says something else."""
        said = {name: value for name, value in asdict(self).items() if name != "place"}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class ExamRecord(Record):
    slug: str
    code: str
    name: str
    provider: str
    level: str
    candidate: str
    language: str


@dataclass(frozen=True)
class ObjectiveRecord(Record):
    code: str
    text: str


@dataclass(frozen=True)
class TaskRecord(Record):
    number: str
    title: str
    objectives: tuple[ObjectiveRecord, ...]


@dataclass(frozen=True)
class DomainRecord(Record):
    number: int
    title: str
    short_title: str
    weight: int
    scored: int
    unscored: int
    tasks: tuple[TaskRecord, ...]


@dataclass(frozen=True)
class BlueprintRecord(Record):
    edition: str
    published: date | None
    minutes: int
    questions: int
    scored: int
    unscored: int
    scale_min: int
    scale_max: int
    pass_mark: int
    assumed_cut: float
    item_types: list[str]
    sources: list[dict[str, str]]
    checked: date | None
    domains: tuple[DomainRecord, ...]


@dataclass(frozen=True)
class LoopRecord(Record):
    to: str
    when: str


@dataclass(frozen=True)
class StageRecord(Record):
    slug: str
    order: int
    name: str
    cross_cutting: bool
    in_nine_stage_view: bool
    phase: int | None
    phase_title: str
    module: int | None
    purpose: str
    inputs: list[str]
    outputs: list[str]
    activities: list[str]
    common_mistakes: list[str]
    services: list[str]
    loops_back: tuple[LoopRecord, ...]


@dataclass(frozen=True)
class ModuleRecord(Record):
    number: int
    slug: str
    title: str
    difficulty: int
    summary: str
    prerequisites: list[str]
    objectives: list[str]
    success_measures: list[str]


@dataclass(frozen=True)
class FactRecord(Record):
    code: str
    topic: str
    statement: str
    unasked: str


@dataclass(frozen=True)
class ConfusionRecord(Record):
    service: str
    difference: str


@dataclass(frozen=True)
class ServiceRecord(Record):
    slug: str
    name: str
    aliases: list[str]
    category: str
    description: str
    stages: list[str]
    in_guide: str
    status: str
    source: str
    checked: date | None
    confused_with: tuple[ConfusionRecord, ...]
    facts: list[str]


@dataclass(frozen=True)
class TermRecord(Record):
    slug: str
    term: str
    also: list[str]
    definition: str
    example: str
    lesson: str


@dataclass(frozen=True)
class FormulaRecord(Record):
    slug: str
    name: str
    also: list[str]
    kind: str
    formula: str
    words: str
    use_when: str
    beware: str
    example: str
    lesson: str
    order: int


@dataclass(frozen=True)
class FigureRecord(Record):
    slug: str
    svg: str


@dataclass(frozen=True)
class MisconceptionRecord(Record):
    slug: str
    belief: str
    truth: str


@dataclass(frozen=True)
class LessonRecord(Record):
    slug: str
    title: str
    task: str
    module: int | None
    stages: list[str]
    order: int
    minutes: int
    objectives: list[str]
    facts: list[str]
    services: list[str]
    summary: str
    key_rule: str
    checked: date | None
    sources: list[dict[str, str]]
    language: str
    body: str
    text: LessonText = field(compare=False, repr=False)

    @property
    def checks(self) -> list[Check]:
        """Its inline checks."""
        return self.text.checks

    @property
    def anchors(self) -> set[str]:
        """The anchors of its sections."""
        return {section.anchor for section in self.text.sections}


@dataclass(frozen=True)
class ScenarioRecord(Record):
    slug: str
    title: str
    text: str
    language: str


@dataclass(frozen=True)
class QuestionRecord(Record):
    slug: str
    task: str
    objective: str
    stages: list[str]
    services: list[str]
    lesson: str
    anchor: str
    facts: list[str]
    level: str
    difficulty: str
    scenario: str
    text: QuestionText

    @property
    def kind(self) -> str:
        """The kind of question."""
        return self.text.kind

    @property
    def domain(self) -> int:
        """The number of its domain, from the task's number."""
        return int(self.task.partition(".")[0])


@dataclass
class Content:
    """Everything in the folder of one exam."""

    exam: ExamRecord | None = None
    blueprint: BlueprintRecord | None = None
    in_scope_services: list[str] = field(default_factory=list)
    stages: list[StageRecord] = field(default_factory=list)
    modules: list[ModuleRecord] = field(default_factory=list)
    facts_task: str = ""
    facts: list[FactRecord] = field(default_factory=list)
    services: list[ServiceRecord] = field(default_factory=list)
    terms: list[TermRecord] = field(default_factory=list)
    formulas: list[FormulaRecord] = field(default_factory=list)
    figures: list[FigureRecord] = field(default_factory=list)
    misconceptions: list[MisconceptionRecord] = field(default_factory=list)
    lessons: list[LessonRecord] = field(default_factory=list)
    scenarios: list[ScenarioRecord] = field(default_factory=list)
    questions: list[QuestionRecord] = field(default_factory=list)

    @property
    def tasks(self) -> list[TaskRecord]:
        """The task statements in the blueprint's order."""
        return [task for domain in self.blueprint.domains for task in domain.tasks] if self.blueprint else []

    @property
    def objectives(self) -> dict[str, str]:
        """The task of each objective."""
        return {objective.code: task.number for task in self.tasks for objective in task.objectives}

    def counts(self) -> dict[str, int]:
        """How many entries of each sort there are."""
        sorts: dict[str, list[Any]] = {
            "stages": self.stages,
            "services": self.services,
            "lessons": self.lessons,
            "terms": self.terms,
            "formulas": self.formulas,
            "figures": self.figures,
            "questions": self.questions,
        }
        return {name: len(entries) for name, entries in sorts.items()}
