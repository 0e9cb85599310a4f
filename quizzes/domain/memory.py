"""What a learner has met and remembers of questions: exposures, and review cards scheduled by FSRS.

Cards follow READINESS.md section 3: made at the first miss; wrong is Again and right is Good, never Hard or Easy; no learning
steps; 90 % retention; at most three tenths of the days left to the exam between two reviews.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from fsrs import Card, Rating, Scheduler, State

from lifecycle.public import Enrolment
from quizzes.models import Attempt, Exposure, ReviewCard
from quizzes.signals import GradedAnswer

RETENTION = 0.90
LONGEST_INTERVAL = 36_500
LAST_LOOK = timedelta(days=3)
SHARE_OF_TIME_LEFT = 0.3


@dataclass(frozen=True, slots=True)
class Memory:
    """A card's numbers: FSRS state, stability in days, difficulty 1 to 10, when it is due and was last reviewed."""

    state: int
    stability: float
    difficulty: float
    due_at: datetime
    reviewed_at: datetime


def scheduler(*, fuzz: bool) -> Scheduler:
    """FSRS with binary feedback in mind: no steps of minutes, retention of 90 %."""
    return Scheduler(
        desired_retention=RETENTION, learning_steps=(), relearning_steps=(), maximum_interval=LONGEST_INTERVAL, enable_fuzzing=fuzz
    )


def remember(before: Memory | None, *, right: bool, at: datetime, exam_date: date | None, plan: Scheduler) -> Memory:
    """The memory after one more answer. `at` must have a zone; `exam_date` caps the interval."""
    card = Card(card_id=1) if before is None else _card(before)
    if before is not None:
        at = max(at, before.reviewed_at)
    card, _log = plan.review_card(card, Rating.Good if right else Rating.Again, at)
    assert card.stability is not None
    assert card.difficulty is not None
    after = Memory(int(card.state), card.stability, card.difficulty, card.due, at)
    return replace(after, due_at=_before_exam(after.due_at, at, exam_date))


def _card(memory: Memory) -> Card:
    return Card(
        card_id=1,
        state=State(memory.state),
        step=None if memory.state == State.Review else 0,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due_at,
        last_review=memory.reviewed_at,
    )


def _before_exam(due: datetime, at: datetime, exam_date: date | None) -> datetime:
    """Within three tenths of the days left, and once in the last three days before the exam."""
    if exam_date is None:
        return due
    exam = datetime.combine(exam_date, time(), tzinfo=at.tzinfo)
    days_left = (exam - at).total_seconds() / 86_400
    if days_left <= 0:
        return due
    capped = min(due, at + timedelta(days=math.ceil(SHARE_OF_TIME_LEFT * days_left)))
    last_look = exam - LAST_LOOK
    return last_look if at < last_look < capped else capped


def next_return(attempt: Attempt, *, position: int, question_id: int, right: bool, at: datetime) -> datetime | None:
    """When a question comes back if its answer, checked at `at` in an open sitting, is handed in as it stands.

    None when it does not come back: a visitor's, or a right answer to a question never missed. Once the sitting is graded, what its
    card says. The spread that scheduling adds to long intervals is left out, so such a day is a day or more off.
    """
    if attempt.user_id is None:
        return None
    stands_for = attempt.wanted.get("cards", {}).get(str(position), question_id)
    row = ReviewCard.objects.filter(user_id=attempt.user_id, question_id=stands_for).first()
    if attempt.state == Attempt.State.GRADED:
        return row.due_at if row else None
    if row is None and right:
        return None
    exam_date = Enrolment.objects.filter(user_id=attempt.user_id, exam_id=attempt.exam_id).values_list("exam_date", flat=True).first()
    return remember(_memory(row), right=right, at=at, exam_date=exam_date, plan=scheduler(fuzz=False)).due_at


def _memory(row: ReviewCard | None) -> Memory | None:
    return Memory(row.state, row.stability, row.difficulty, row.due_at, row.reviewed_at) if row else None


@dataclass(slots=True)
class Met:
    """How often a learner met a question, when first and last, and how it went last: a row of Exposure."""

    times: int
    first_at: datetime
    last_at: datetime
    last_right: bool
    last_flagged: bool


class Recollection:
    """The exposures and cards of some learners for some questions: read once, brought up to date, written once."""

    def __init__(self, user_ids: Iterable[int], question_ids: Iterable[int]) -> None:
        users, questions = list(user_ids), set(question_ids)
        exposures = Exposure.objects.filter(user_id__in=users, question_id__in=questions)
        self._exposures = {
            (user_id, question_id): Met(*met)
            for user_id, question_id, *met in exposures.values_list(
                "user_id", "question_id", "times", "first_at", "last_at", "last_right", "last_flagged"
            )
        }
        self._cards = {(row.user_id, row.question_id): row for row in ReviewCard.objects.filter(user_id__in=users)}
        enrolments = Enrolment.objects.filter(user_id__in=users).values_list("user_id", "exam_id", "exam_date")
        self._exam_dates = {(user_id, exam_id): exam_date for user_id, exam_id, exam_date in enrolments}
        self._plan = scheduler(fuzz=settings.REVIEW_FUZZ)
        self._touched_exposures: dict[tuple[int, int], Met] = {}
        self._touched_cards: dict[tuple[int, int], ReviewCard] = {}

    def has_met(self, user_id: int, question_id: int) -> bool:
        """Whether the learner met the question in an attempt already counted."""
        return (user_id, question_id) in self._exposures

    def add(self, attempt: Attempt, answers: list[GradedAnswer], flagged: AbstractSet[int]) -> None:
        """Count an attempt: what was seen is an exposure; misses make cards, and cards take every later answer."""
        assert attempt.user_id is not None
        assert attempt.submitted_at is not None
        stands_for = {int(position): card for position, card in attempt.wanted.get("cards", {}).items()}
        for answer in answers:
            if not answer.seen:
                continue
            self._expose(attempt.user_id, answer, attempt.submitted_at, answer.position in flagged)
            if answer.answered and not answer.voided:
                self._review(attempt, answer, stands_for.get(answer.position, answer.question_id))

    def _expose(self, user_id: int, answer: GradedAnswer, at: datetime, flagged: bool) -> None:
        key = (user_id, answer.question_id)
        met = self._exposures.get(key)
        if met is None:
            met = self._exposures[key] = Met(0, at, at, answer.right, flagged)
        met.times += 1
        met.last_at, met.last_right, met.last_flagged = at, answer.right, flagged
        self._touched_exposures[key] = met

    def _review(self, attempt: Attempt, answer: GradedAnswer, question_id: int) -> None:
        assert attempt.user_id is not None
        assert attempt.submitted_at is not None
        key = (attempt.user_id, question_id)
        row = self._cards.get(key)
        if row is None and answer.right:
            return
        after = remember(
            _memory(row),
            right=answer.right,
            at=attempt.submitted_at,
            exam_date=self._exam_dates.get((attempt.user_id, attempt.exam_id)),
            plan=self._plan,
        )
        if row is None:
            row = ReviewCard(user_id=attempt.user_id, question_id=question_id, reviews=0, lapses=0)
            self._cards[key] = row
        row.state, row.stability, row.difficulty = after.state, after.stability, after.difficulty
        row.due_at, row.reviewed_at = after.due_at, after.reviewed_at
        row.reviews += 1
        row.lapses += not answer.right
        self._touched_cards[key] = row

    def write(self) -> None:
        """Write what was touched; two statements."""
        if self._touched_exposures:
            _write_exposures(self._touched_exposures)
        if self._touched_cards:
            ReviewCard.objects.bulk_create(
                self._touched_cards.values(),
                update_conflicts=True,
                unique_fields=["user", "question"],
                update_fields=["state", "stability", "difficulty", "due_at", "reviewed_at", "reviews", "lapses"],
            )


# An exam has 65 of them: as model instances they took longer to write than all the rest of a batch took to grade.
EXPOSE = """
    INSERT INTO quizzes_exposure (user_id, question_id, times, first_at, last_at, last_right, last_flagged)
    {rows}
    ON CONFLICT (user_id, question_id) DO UPDATE SET
        times = excluded.times, last_at = excluded.last_at, last_right = excluded.last_right, last_flagged = excluded.last_flagged
"""
POSTGRESQL = EXPOSE.format(
    rows="SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::bool[], %s::bool[])"
)
SQLITE = EXPOSE.format(rows="VALUES (%s, %s, %s, %s, %s, %s, %s)")


def _write_exposures(exposures: dict[tuple[int, int], Met]) -> None:
    rows = [
        (user_id, question_id, met.times, met.first_at, met.last_at, met.last_right, met.last_flagged)
        for (user_id, question_id), met in exposures.items()
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL, [list(column) for column in zip(*rows, strict=True)])
        else:
            adapt = connection.ops.adapt_datetimefield_value
            cursor.executemany(SQLITE, [(*row[:3], adapt(row[3]), adapt(row[4]), *row[5:]) for row in rows])


def today(at: datetime) -> date:
    """The day of a moment in the zone of the site."""
    return timezone.localdate(at)
