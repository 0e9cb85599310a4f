"""Review cards against FSRS' own vectors (tests/reference/fsrs_vectors.json), and the product's rules around them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fsrs import Card, Rating, Scheduler, State

from quizzes.domain.memory import LONGEST_INTERVAL, RETENTION, Memory, remember, scheduler
from tests.reference import document

VECTORS = document("fsrs_vectors.json")["vectors"]
PRODUCT = [vector for vector in VECTORS if vector["name"].startswith("product: ")]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def named(vector: dict[str, Any]) -> str:
    return vector["name"]


def planner(vector: dict[str, Any]) -> Scheduler:
    given = vector["scheduler"]
    return Scheduler(
        parameters=tuple(given["parameters"]),
        desired_retention=given["desired_retention"],
        learning_steps=tuple(timedelta(seconds=step) for step in given["learning_steps"]),
        relearning_steps=tuple(timedelta(seconds=step) for step in given["relearning_steps"]),
        maximum_interval=given["maximum_interval"],
        enable_fuzzing=given["enable_fuzzing"],
    )


def assert_row(row: dict[str, Any], due: datetime, stability: float, difficulty: float, state: int) -> None:
    assert due == datetime.fromisoformat(row["due"])
    assert stability == row["stability"]
    assert difficulty == row["difficulty"]
    assert State(state).name == row["state"]


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_library_gives_its_own_vectors_exactly(vector):
    plan, card = planner(vector), Card(card_id=1)
    for row in vector["rows"]:
        card, _log = plan.review_card(card, Rating(row["rating"]), datetime.fromisoformat(row["review"]))
        assert_row(row, card.due, card.stability, card.difficulty, card.state)


@pytest.mark.parametrize("vector", PRODUCT, ids=named)
def test_product_remembers_as_the_vectors_say_exactly(vector):
    """Right is Good and wrong is Again, whatever passes through the database between."""
    plan, memory = planner(vector), None
    for row in vector["rows"]:
        right = {1: False, 3: True}[row["rating"]]
        memory = remember(memory, right=right, at=datetime.fromisoformat(row["review"]), exam_date=None, plan=plan)
        assert_row(row, memory.due_at, memory.stability, memory.difficulty, memory.state)


def test_product_schedules_without_steps_at_ninety_percent():
    plan = scheduler(fuzz=False)
    assert (plan.desired_retention, plan.maximum_interval, plan.enable_fuzzing) == (RETENTION, LONGEST_INTERVAL, False)
    assert (tuple(plan.learning_steps), tuple(plan.relearning_steps)) == ((), ())


def intervals(outcomes: list[bool], exam_date: date | None = None) -> list[int]:
    """Days until each next review when every one is done when it is due."""
    plan, memory, at, days = scheduler(fuzz=False), None, AT, []
    for right in outcomes:
        memory = remember(memory, right=right, at=at, exam_date=exam_date, plan=plan)
        days.append(round((memory.due_at - at).total_seconds() / 86_400))
        at = memory.due_at
    return days


def test_intervals_of_the_readings():
    assert intervals([False, True, True, True, True, True]) == [1, 2, 6, 17, 44, 102]
    assert intervals([True] * 5) == [2, 11, 46, 163, 497]


def test_no_interval_is_longer_than_three_tenths_of_the_time_left():
    exam = AT.date() + timedelta(days=40)
    memory = remember(None, right=True, at=AT, exam_date=exam, plan=scheduler(fuzz=False))
    for _ in range(3):
        at = memory.due_at
        memory = remember(memory, right=True, at=at, exam_date=exam, plan=scheduler(fuzz=False))
        left = (datetime.combine(exam, datetime.min.time(), tzinfo=UTC) - at).total_seconds() / 86_400
        assert (memory.due_at - at).total_seconds() / 86_400 <= -(-0.3 * left // 1)


def test_every_card_is_seen_once_in_the_last_three_days():
    exam = AT.date() + timedelta(days=6)
    settled = Memory(state=State.Review, stability=200.0, difficulty=5.0, due_at=AT, reviewed_at=AT - timedelta(days=1))
    memory = remember(settled, right=True, at=AT, exam_date=exam, plan=scheduler(fuzz=False))
    while memory.due_at.date() < exam - timedelta(days=3):
        memory = remember(memory, right=True, at=memory.due_at, exam_date=exam, plan=scheduler(fuzz=False))
    assert exam - timedelta(days=3) <= memory.due_at.date() < exam


def test_past_exam_limits_nothing():
    assert intervals([True, True], exam_date=AT.date() - timedelta(days=1)) == [2, 11]


def test_answer_that_comes_late_is_not_reviewed_before_the_last():
    first = remember(None, right=False, at=AT, exam_date=None, plan=scheduler(fuzz=False))
    late = remember(first, right=True, at=AT - timedelta(days=3), exam_date=None, plan=scheduler(fuzz=False))
    assert late.reviewed_at == AT
