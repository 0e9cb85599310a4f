"""How much there is of everything, against what the course promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quizzes.content.audit.findings import Finding, at_least, none_of
from quizzes.content.records import Content, QuestionRecord
from quizzes.domain.question_text import CASE_STUDY, MATCHING, MULTIPLE_RESPONSE, ORDERING
from quizzes.domain.twins import group_twins

SIMULATIONS = 3
READING_SPEED = 200
"""Words a minute that a lesson's minutes may assume of a careful reader."""


@dataclass(frozen=True)
class Targets:
    """What a full bank and course have. Shares are percentages of all questions."""

    questions: int = 620
    of_task: dict[str, int] = field(default_factory=lambda: {"1.3": 180})
    each_task: int = 30
    each_objective: int = 4
    kinds: dict[str, float] = field(default_factory=lambda: {MULTIPLE_RESPONSE: 12.0, ORDERING: 8.0, MATCHING: 8.0})
    scenarios: int = 6
    applied: float = 50.0
    difficulty: dict[str, float] = field(default_factory=lambda: {"easy": 30.0, "medium": 45.0, "hard": 25.0})
    difficulty_slack: float = 6.0
    terms: int = 150
    services: int = 74


def count_content(content: Content, targets: Targets) -> Iterator[Finding]:
    """Questions by task, objective, kind, level and difficulty; lessons, terms and services."""
    questions = content.questions
    yield at_least("bank", "questions", len(questions), targets.questions)
    yield from _by_task(content, targets)
    yield from _by_kind(content, targets)
    applied = sum(question.level in ("apply", "analyse") for question in questions)
    yield at_least("bank", "questions that apply or analyse", _percent(applied, len(questions)), targets.applied, unit=" %")
    yield from _by_difficulty(questions, targets)
    yield from _simulations(content)
    yield at_least("reference", "terms", len(content.terms), targets.terms)
    yield at_least("reference", "services", len(content.services), targets.services)
    yield from _lessons(content)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _by_task(content: Content, targets: Targets) -> Iterator[Finding]:
    tasks = Counter(question.task for question in content.questions)
    for task in content.tasks:
        wanted = targets.of_task.get(task.number, targets.each_task)
        yield at_least("bank", f"questions of task {task.number}", tasks[task.number], wanted)
    objectives = Counter(question.objective for question in content.questions)
    few = [f"{code}: {objectives[code]}" for code in content.objectives if objectives[code] < targets.each_objective]
    yield none_of("bank", f"objectives with fewer than {targets.each_objective} questions", few)


def _by_kind(content: Content, targets: Targets) -> Iterator[Finding]:
    kinds = Counter(question.kind for question in content.questions)
    for kind, wanted in targets.kinds.items():
        share = _percent(kinds[kind], len(content.questions))
        yield at_least("bank", f"{kind.replace('_', ' ')} ({kinds[kind]})", share, wanted, unit=" %")
    yield at_least("bank", f"case studies (with {kinds[CASE_STUDY]} questions)", len(content.scenarios), targets.scenarios)


def _by_difficulty(questions: Sequence[QuestionRecord], targets: Targets) -> Iterator[Finding]:
    levels = Counter(question.difficulty for question in questions)
    for difficulty, wanted in targets.difficulty.items():
        share = _percent(levels[difficulty], len(questions))
        passed = abs(share - wanted) <= targets.difficulty_slack
        yield Finding("bank", f"{difficulty} questions", f"{share:.1f} %", f"{wanted:.0f} ± {targets.difficulty_slack:.0f} %", passed)


def _simulations(content: Content) -> Iterator[Finding]:
    drawn = draw_simulations(content)
    wanted = content.blueprint.questions if content.blueprint else 0
    full = sum(len(form) == wanted for form in drawn)
    short = [f"simulation {number}: {len(form)} of {wanted} questions" for number, form in enumerate(drawn, 1) if len(form) < wanted]
    yield at_least("bank", "disjoint exam simulations that can be drawn", full, SIMULATIONS, entries=short)


def draw_simulations(content: Content, count: int = SIMULATIONS) -> list[list[str]]:
    """Draw exams without a question in common and without near-duplicates inside one; slugs of each, short where the bank is.

    Question after question goes to the exam that has fewest of its domain and none of its near-duplicates. Within a domain this
    is as good as any draw: the members of a group go to different exams until each has one.
    """
    if content.blueprint is None:
        return []
    pool = [question for question in content.questions if question.kind != CASE_STUDY]
    group_of = {index: number for number, group in enumerate(group_twins([q.text.stem for q in pool])) for index in group}
    order = sorted(range(len(pool)), key=lambda index: (pool[index].domain, group_of.get(index, len(pool) + index)))
    needed = {domain.number: domain.scored + domain.unscored for domain in content.blueprint.domains}
    drawn: list[list[int]] = [[] for _ in range(count)]
    for index in order:
        domain, group = pool[index].domain, group_of.get(index, -1 - index)
        fitting = [
            form
            for form in drawn
            if sum(pool[other].domain == domain for other in form) < needed[domain] and group not in {group_of.get(o, -1 - o) for o in form}
        ]
        if fitting:
            min(fitting, key=lambda form: sum(pool[other].domain == domain for other in form)).append(index)
    return [[pool[index].slug for index in form] for form in drawn]


def _lessons(content: Content) -> Iterator[Finding]:
    hasty = [
        f"{lesson.place.file}: {lesson.text.words} words in {lesson.minutes} minutes"
        for lesson in content.lessons
        if lesson.text.words > READING_SPEED * lesson.minutes
    ]
    yield none_of("course", f"lessons that need more than {READING_SPEED} words a minute", hasty)
    taught = {stage for lesson in content.lessons for stage in lesson.stages}
    asked = {stage for question in content.questions for stage in question.stages}
    yield none_of("course", "stages without a lesson", [stage.slug for stage in content.stages if stage.slug not in taught])
    yield none_of("bank", "stages without a question", [stage.slug for stage in content.stages if stage.slug not in asked])
