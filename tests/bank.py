"""A small exam with a real bank, for tests: five domains, fourteen tasks, all five kinds."""

from __future__ import annotations

from datetime import date
from typing import Any

from lifecycle.models import Blueprint, Domain, Exam, Lesson, Objective, Stage, Task
from quizzes.models import KeyRevision, Option, Question, QuestionVersion, Scenario

WEIGHTS = {1: (20, 10, 3, 3), 2: (24, 12, 4, 3), 3: (28, 14, 4, 4), 4: (14, 7, 2, 2), 5: (14, 7, 2, 2)}


def make_exam(slug: str = "aif-c01") -> Exam:
    """An exam with its blueprint, one lesson a task, and two stages on task 1.3."""
    exam = Exam.objects.create(slug=slug, code=slug.upper(), name="Practitioner", provider="A cloud")
    blueprint = Blueprint.objects.create(
        exam=exam,
        edition="1.1",
        published=date(2026, 4, 30),
        minutes=90,
        questions=65,
        scored=50,
        unscored=15,
        scale_min=100,
        scale_max=1000,
        pass_mark=700,
        assumed_cut=0.7,
        checked=date(2026, 11, 20),
    )
    order = 0
    for number, (weight, scored, unscored, tasks) in WEIGHTS.items():
        domain = Domain.objects.create(
            blueprint=blueprint, number=number, title=f"Domain {number}", weight=weight, scored=scored, unscored=unscored
        )
        for index in range(1, tasks + 1):
            order += 1
            task = Task.objects.create(domain=domain, number=f"{number}.{index}", title=f"Task {number}.{index}", order=order)
            Objective.objects.create(task=task, code=f"{task.number}.1", text="Know it.", order=1)
            Lesson.objects.create(
                exam=exam,
                slug=f"lesson-{number}-{index}",
                title=f"Lesson {task.number}",
                task=task,
                order=order * 100,
                minutes=5,
                summary="What it is.",
                key_rule="One rule.",
                body="Text.",
                checked=date(2026, 11, 20),
            )
    for place, slug_of_stage in enumerate(("eda", "monitoring")):
        Stage.objects.create(exam=exam, slug=slug_of_stage, order=place, name=slug_of_stage.title(), purpose="Purpose.")
    return exam


def make_question(exam: Exam, task: str = "1.3", *, kind: str = "multiple_choice", number: int = 1, **fields: Any) -> Question:
    """A published question whose right answer is known: `right_answer` gives it, `wrong_answer` one that is wrong."""
    return make_questions(exam, [(task, kind, number)], **fields)[0]


def make_questions(exam: Exam, wanted: list[tuple[str, str, int]], **fields: Any) -> list[Question]:
    """Published questions by (task, kind, number), in a handful of statements."""
    tasks = {task.number: task for task in Task.objects.filter(domain__blueprint__exam=exam)}
    objectives = {row.task_id: row for row in Objective.objects.filter(task__in=tasks.values())}
    lessons = {row.task_id: row for row in Lesson.objects.filter(exam=exam)}
    scenario, _made = Scenario.objects.get_or_create(exam=exam, slug="case", defaults={"title": "A case", "text": "What happened."})
    questions = Question.objects.bulk_create(
        Question(
            exam=exam,
            slug=f"{task}-{kind}-{number}",
            kind=kind,
            task=tasks[task],
            objective=objectives[tasks[task].pk],
            lesson=lessons[tasks[task].pk],
            scenario=scenario if kind == "case_study" else None,
            **{"level": "apply", "difficulty": "medium", **fields},
        )
        for task, kind, number in wanted
    )
    versions = QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question=question,
            number=1,
            kind=question.kind,
            stem=f"Which of these fits {question.slug}?",
            choose={"multiple_response": 2, "ordering": 3, "matching": 3}.get(question.kind, 1),
            rule="The rule.",
            source_title="A page",
            source_url="https://example.org/page",
            checked=date(2026, 11, 20),
            text_digest=f"{question.pk}",
        )
        for question in questions
    )
    Option.objects.bulk_create(option for version in versions for option in _options(version, version.kind))
    KeyRevision.objects.bulk_create(KeyRevision(version=version, answer=KEYS[version.kind]) for version in versions)
    for question, version in zip(questions, versions, strict=True):
        question.current_version = version
        question.state = Question.State.PUBLISHED
    Question.objects.bulk_update(questions, ["current_version", "state"])
    return questions


KEYS: dict[str, Any] = {
    "multiple_choice": ["c"],
    "multiple_response": ["b", "d"],
    "ordering": ["c", "a", "b"],
    "matching": {"p1": "b", "p2": "c", "p3": "a"},
    "case_study": ["a"],
}
WRONG: dict[str, Any] = {
    "multiple_choice": ["a"],
    "multiple_response": ["a", "b"],
    "ordering": ["a", "c", "b"],
    "matching": {"p1": "a", "p2": "c", "p3": "b"},
    "case_study": ["b"],
}


def _options(version: QuestionVersion, kind: str) -> list[Option]:
    count = 5 if kind == "multiple_response" else 4
    prompts = {key: prompt for prompt, key in KEYS["matching"].items()} if kind == "matching" else {}
    return [
        Option(
            version=version,
            order=place,
            key=key,
            text=f"Option {key}",
            prompt=f"Prompt for {key}" if key in prompts else "",
            prompt_key=prompts.get(key, ""),
            rationale=f"Because of {key}.",
        )
        for place, key in enumerate("abcde"[:count])
    ]


def make_bank(exam: Exam, per_task: int = 12) -> list[Question]:
    """Enough multiple choice for a simulation, and one question of every other kind in task 1.3."""
    tasks = Task.objects.filter(domain__blueprint__exam=exam).values_list("number", flat=True)
    wanted = [(task, "multiple_choice", number) for task in tasks for number in range(1, per_task + 1)]
    wanted += [("1.3", kind, 1) for kind in ("multiple_response", "ordering", "matching")]
    wanted += [("1.3", "case_study", number) for number in (1, 2)]
    questions = make_questions(exam, wanted)
    eda = Stage.objects.get(exam=exam, slug="eda")
    eda.questions.set([question for question in questions if question.task.number == "1.3"])
    return questions


def right_answer(kind: str) -> Any:
    """The right answer to any question made here."""
    return KEYS[kind]


def wrong_answer(kind: str) -> Any:
    """A wrong answer to any question made here."""
    return WRONG[kind]
