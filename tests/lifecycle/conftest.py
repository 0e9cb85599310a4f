"""The small sample exam, loaded, and a learner."""

from __future__ import annotations

import pytest

from accounts.models import User
from lifecycle.models import Exam, Lesson
from quizzes.content.loading import load_exam
from tests.quizzes.content.conftest import SAMPLE


@pytest.fixture
def exam(db) -> Exam:
    load_exam(folder=SAMPLE)
    return Exam.objects.get(slug="mini")


@pytest.fixture
def lesson(exam) -> Lesson:
    return Lesson.objects.select_related("exam").get(slug="two-drifts")


@pytest.fixture
def learner(db) -> User:
    return User.objects.create_user("ada", password="correct horse battery")


def add_lessons(exam: Exam, count: int) -> list[Lesson]:
    """More lessons like the first, in course order after it."""
    first = Lesson.objects.filter(exam=exam).order_by("order").first()
    return Lesson.objects.bulk_create(
        Lesson(
            exam=exam,
            slug=f"more-{n}",
            title=f"More {n}",
            task=first.task,
            module=first.module,
            order=1000 + n,
            minutes=5,
            summary="What it is.",
            key_rule="One rule.",
            body="Text.",
            sections=[{"anchor": "part", "title": "Part"}],
            checked=first.checked,
        )
        for n in range(count)
    )
