"""The one signal between apps: attempts were graded.

Sent once a batch with `send` (not robust) inside the grading transaction, so that whoever listens writes with the grade or
neither is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.dispatch import Signal

from quizzes.scoring import Answer

attempts_graded = Signal()
"""Arguments: `graded`, a list of GradedAttempt in the order (submitted, attempt)."""


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """One position of a graded attempt. `first_time`: the learner met this question for the first time."""

    position: int
    question_id: int
    version_id: int
    task_number: str
    stages: tuple[str, ...]
    difficulty: str
    credit: float
    right: bool
    answered: bool
    seen: bool
    first_time: bool
    voided: bool
    scored: bool
    seconds: int
    confidence: int | None
    chosen: Answer


@dataclass(frozen=True, slots=True)
class GradedAttempt:
    """A graded attempt of a learner with an account. A revision above 1 is a recall: history stays as it was predicted."""

    attempt_id: UUID
    user_id: int
    exam_id: int
    mode: str
    feedback: str
    submitted_at: datetime
    revision: int
    answers: tuple[GradedAnswer, ...]
