"""An exam with a bank, a learner, and sittings as graders report them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from analytics.domain.mastery import take_graded
from lifecycle.models import Stage
from quizzes.models import Attempt, Question
from quizzes.signals import GradedAnswer, GradedAttempt
from tests import bank

START = datetime(2026, 11, 1, 9, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def exam(db):
    """The exam of tests.bank with twelve questions a task, those of task 1.3 on two stages."""
    made = bank.make_exam()
    bank.make_bank(made, per_task=12)
    eda, monitoring = Stage.objects.filter(exam=made).order_by("order")
    for index, question in enumerate(Question.objects.filter(task__number="1.3").order_by("pk")):
        question.stages.set([eda if index % 2 else monitoring])
    return made


@pytest.fixture
def learner(db):
    return User.objects.create_user("ada")


@pytest.fixture
def people(db) -> Callable[[int], list[User]]:
    """Make that many learners."""

    def make(number: int) -> list[User]:
        return User.objects.bulk_create(User(username=f"learner{index}", email=f"l{index}@example.org") for index in range(number))

    return make


@pytest.fixture
def sitting(exam, learner) -> Callable[..., GradedAttempt]:
    """A graded sitting as the signal carries it; nothing is taken from it yet. The first answers are to questions in bank order,
    after those of earlier sittings."""
    given: dict[int, int] = {}

    def make(
        count: int = 10,
        *,
        user: User | None = None,
        right: Callable[[int], bool] = lambda position: position % 3 != 0,
        at: datetime = START,
        mode: str = "drill",
        feedback: str = "end",
        questions: list[Question] | None = None,
        first_time: bool = True,
        revision: int = 1,
        attempt: Attempt | None = None,
        **facts,
    ) -> GradedAttempt:
        owner = user or learner
        if questions is None:
            everything = spread(exam)
            begin = given.get(owner.pk, 0)
            questions = everything[begin : begin + count]
            given[owner.pk] = begin + count
        if attempt is None:
            attempt = Attempt.objects.create(
                user=owner,
                exam=exam,
                mode=mode,
                title="A sitting",
                state="graded",
                feedback=feedback,
                form=[[question.current_version_id, 1] for question in questions],
                question_count=len(questions),
                seed=1,
                started_at=at,
                active_at=at,
                submitted_at=at,
                graded_at=at,
            )
        answers = tuple(
            graded_answer(question, position, right(position), first_time=first_time, **facts)
            for position, question in enumerate(questions, start=1)
        )
        return GradedAttempt(attempt.pk, owner.pk, exam.pk, mode, feedback, at, revision, answers)

    return make


def spread(exam) -> list[Question]:
    """The multiple choice questions, a task after the other in turn, so that every few answers meet every domain."""
    by_task: dict[str, list[Question]] = {}
    for question in Question.objects.filter(exam=exam, kind="multiple_choice").select_related("task").order_by("task__order", "pk"):
        by_task.setdefault(question.task.number, []).append(question)
    longest = max(len(questions) for questions in by_task.values())
    return [questions[turn] for turn in range(longest) for questions in by_task.values() if turn < len(questions)]


def graded_answer(question: Question, position: int, right: bool, **facts) -> GradedAnswer:
    """An answer to a question of tests.bank; option c is the key, a the usual mistake."""
    said = {
        "question_id": question.pk,
        "version_id": question.current_version_id,
        "task_number": question.task.number,
        "stages": (),
        "difficulty": question.difficulty,
        "credit": float(right),
        "right": right,
        "answered": True,
        "seen": True,
        "first_time": True,
        "voided": False,
        "scored": True,
        "seconds": 40,
        "confidence": None,
        "chosen": ["c"] if right else ["a"],
    }
    return GradedAnswer(position=position, **(said | facts))


def take(*sittings: GradedAttempt) -> None:
    """What a grader does in its transaction."""
    with transaction.atomic():
        take_graded(graded=list(sittings))


@pytest.fixture
def practised(exam, people, sitting):
    """A cohort with abilities of its own that has practised: practised(learners, answers each)."""

    def make(learners: int, answers: int, seed: int = 1) -> list[User]:
        rng = random.Random(seed)
        users = people(learners)
        for number, user in enumerate(users):
            skill = rng.gauss(0.6, 0.15)
            take(
                sitting(answers, user=user, right=lambda _position, skill=skill: rng.random() < skill, at=START + timedelta(minutes=number))
            )
        return users

    return make
