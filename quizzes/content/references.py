"""What entries say about each other: every name that is used exists, and exists once."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from lifecycle.public import Mistakes, Place
from quizzes.content.records import Content, LessonRecord, QuestionRecord, Record, StageRecord
from quizzes.domain.question_text import CASE_STUDY, SCENARIO_QUESTIONS


def check_references(content: Content, mistakes: Mistakes) -> None:
    """Note every name that stands for nothing, or for two things."""
    _References(content, mistakes).check()


class _References:
    def __init__(self, content: Content, mistakes: Mistakes) -> None:
        self.content, self.mistakes = content, mistakes
        self.stages = {stage.slug for stage in content.stages}
        self.services = {service.slug for service in content.services}
        self.terms = {term.slug for term in content.terms}
        self.formulas = {formula.slug for formula in content.formulas}
        self.figures = {figure.slug for figure in content.figures}
        self.misconceptions = {misconception.slug for misconception in content.misconceptions}
        self.facts = {fact.code for fact in content.facts}
        self.tasks = {task.number for task in content.tasks}
        self.modules = {module.number for module in content.modules}
        self.objectives = content.objectives
        self.lessons = {lesson.slug: lesson for lesson in content.lessons}
        self.scenarios = {scenario.slug: scenario for scenario in content.scenarios}

    def check(self) -> None:
        self._unique()
        self._services()
        for stage in self.content.stages:
            self._stage(stage)
        for term in self.content.terms:
            self._known(term, "lesson", [term.lesson], self.lessons)
        for formula in self.content.formulas:
            self._known(formula, "lesson", [formula.lesson], self.lessons)
        for lesson in self.content.lessons:
            self._lesson(lesson)
        for question in self.content.questions:
            self._question(question)
        self._scenarios()
        if not self.modules and any(lesson.module for lesson in self.content.lessons):
            self.mistakes.add(Place(self._file("modules.yaml"), 1), "the file is missing or empty, but lessons name modules")

    def _file(self, name: str) -> str:
        return f"{self.content.exam.slug}/{name}" if self.content.exam else name

    def _known(self, record: Record, name: str, values: Sequence[Any], known: Collection[Any]) -> None:
        for number, value in enumerate(values, 1):
            if value in known or value == "":
                continue
            near = difflib.get_close_matches(str(value), [str(item) for item in known], n=1, cutoff=0.8)
            hint = f"; did you mean “{near[0]}”?" if near else ""
            place = f"{name}.{number}" if f"{name}.{number}" in record.place.lines else name
            self.mistakes.add(record.place, f"“{value}” does not exist{hint}", place)

    def _unique(self) -> None:
        content = self.content
        objectives = [objective for task in content.tasks for objective in task.objectives]
        self._once(content.stages, "slug", lambda stage: stage.slug)
        self._once(content.modules, "number", lambda module: module.number)
        self._once(content.modules, "slug", lambda module: module.slug)
        self._once(content.facts, "id", lambda fact: fact.code)
        self._once(content.services, "slug", lambda service: service.slug)
        self._once(content.services, "name", lambda service: service.name.casefold())
        self._once(content.terms, "slug", lambda term: term.slug)
        self._once(content.terms, "term", lambda term: term.term.casefold())
        self._once(content.formulas, "slug", lambda formula: formula.slug)
        self._once(content.misconceptions, "slug", lambda misconception: misconception.slug)
        self._once(content.lessons, "", lambda lesson: lesson.slug)
        self._once(content.lessons, "order", lambda lesson: lesson.order)
        self._once(content.scenarios, "scenario", lambda scenario: scenario.slug)
        self._once(content.questions, "slug", lambda question: question.slug)
        self._once(content.tasks, "number", lambda task: task.number)
        self._once(objectives, "id", lambda objective: objective.code)

    def _once(self, records: Iterable[Any], name: str, value_of: Callable[[Any], Any]) -> None:
        first: dict[Any, Record] = {}
        for record in records:
            value = value_of(record)
            if value == "":
                continue
            if value in first:
                place = first[value].place
                self.mistakes.add(record.place, f"“{value}” stands already in {place.file}:{place.line_of(name)}", name)
            else:
                first[value] = record

    def _services(self) -> None:
        for service in self.content.services:
            self._known(service, "stages", service.stages, self.stages)
            self._known(service, "facts", service.facts, self.facts)
            for confusion in service.confused_with:
                self._known(confusion, "service", [confusion.service], self.services)
                if confusion.service == service.slug:
                    self.mistakes.add(confusion.place, "a service cannot be confused with itself", "service")
            self._each_once(service, "confused_with", [confusion.service for confusion in service.confused_with])

    def _each_once(self, record: Record, name: str, values: Sequence[str]) -> None:
        for value, count in Counter(values).items():
            if count > 1:
                self.mistakes.add(record.place, f"“{value}” stands twice", name)

    def _stage(self, stage: StageRecord) -> None:
        self._known(stage, "services", stage.services, self.services)
        if stage.module is not None and self.modules:
            self._known(stage, "module", [stage.module], self.modules)
        orders = {other.slug: other.order for other in self.content.stages}
        for loop in stage.loops_back:
            self._known(loop, "to", [loop.to], self.stages)
            if orders.get(loop.to, -1) >= stage.order:
                self.mistakes.add(loop.place, f"“{loop.to}” is not an earlier stage", "to")
        self._each_once(stage, "loops_back", [loop.to for loop in stage.loops_back])

    def _lesson(self, lesson: LessonRecord) -> None:
        self._known(lesson, "task", [lesson.task], self.tasks)
        self._known(lesson, "stages", lesson.stages, self.stages)
        self._known(lesson, "objectives", lesson.objectives, self.objectives)
        self._known(lesson, "services", lesson.services, self.services)
        self._facts(lesson, lesson.task, lesson.facts)
        if lesson.module is not None and self.modules:
            self._known(lesson, "module", [lesson.module], self.modules)
        in_course = lesson.task == self.content.facts_task
        if in_course != (lesson.module is not None) and lesson.task in self.tasks:
            message = (
                "a lesson of this task belongs to a module" if in_course else f"only lessons of task {self.content.facts_task} have one"
            )
            self.mistakes.add(lesson.place, message, "module")
        self._links(lesson)

    def _links(self, lesson: LessonRecord) -> None:
        known: dict[str, Collection[str]] = {
            "term": self.terms,
            "service": self.services,
            "formula": self.formulas,
            "lesson": self.lessons,
            "figure": self.figures,
        }
        for link in lesson.text.links:
            place = Place(lesson.place.file, link.line, "text")
            if link.slug not in known[link.kind]:
                near = difflib.get_close_matches(link.slug, known[link.kind], n=1, cutoff=0.8)
                hint = f"; did you mean “{near[0]}”?" if near else ""
                self.mistakes.add(place, f"the {link.kind} “{link.slug}” does not exist{hint}")
            elif link.kind == "lesson" and link.anchor and link.anchor not in self.lessons[link.slug].anchors:
                self.mistakes.add(place, f"the lesson “{link.slug}” has no section “{link.anchor}”")

    def _facts(self, record: Record, task: str, facts: list[str]) -> None:
        if facts and task != self.content.facts_task:
            self.mistakes.add(record.place, f"only task {self.content.facts_task} has facts", "facts")
        self._known(record, "facts", facts, self.facts)

    def _question(self, question: QuestionRecord) -> None:
        self._known(question, "task", [question.task], self.tasks)
        self._known(question, "objective", [question.objective], self.objectives)
        self._known(question, "stages", question.stages, self.stages)
        self._known(question, "services", question.services, self.services)
        self._facts(question, question.task, question.facts)
        for number, option in enumerate(question.text.options, 1):
            self._known(question, f"options.{number}.misconception", [option.misconception], self.misconceptions)
        if question.objective in self.objectives and self.objectives[question.objective] != question.task:
            self.mistakes.add(question.place, f"{question.objective} is no objective of task {question.task}", "objective")
        self._lesson_of(question)

    def _lesson_of(self, question: QuestionRecord) -> None:
        lesson = self.lessons.get(question.lesson)
        if lesson is None:
            self._known(question, "lesson", [question.lesson], self.lessons)
        elif not question.anchor:
            self.mistakes.add(question.place, "needs the section of the lesson, such as detecting-drift#two-kinds", "lesson")
        elif question.anchor not in lesson.anchors:
            self.mistakes.add(question.place, f"the lesson “{question.lesson}” has no section “{question.anchor}”", "lesson")

    def _scenarios(self) -> None:
        low, high = SCENARIO_QUESTIONS
        asked = Counter(question.scenario for question in self.content.questions if question.kind == CASE_STUDY)
        for scenario in self.content.scenarios:
            if not low <= asked[scenario.slug] <= high:
                message = f"has {asked[scenario.slug]} questions; a case study has {low} to {high}"
                self.mistakes.add(scenario.place, message, "scenario")
        for question in self.content.questions:
            if question.kind == CASE_STUDY:
                self._scenario_of(question)

    def _scenario_of(self, question: QuestionRecord) -> None:
        scenario = self.scenarios.get(question.scenario)
        if scenario is None:
            self._known(question, "scenario", [question.scenario], self.scenarios)
        elif scenario.place.file != question.place.file or scenario.place.line > question.place.line:
            self.mistakes.add(question.place, "its scenario must come before it in the same file", "scenario")
