"""What a learner does with the course: enrolling, reading, answering inline checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from accounts.public import read_db_now
from lifecycle.domain.errors import CheckMissing, SectionMissing
from lifecycle.lesson_text import Check
from lifecycle.models import Enrolment, Exam, Lesson, LessonProgress
from lifecycle.queries import current_blueprint

MINUTES_A_DAY = 20


@transaction.atomic
def enrol(*, user: Any, exam: Exam, exam_date: date | None = None, minutes_a_day: int = MINUTES_A_DAY) -> Enrolment:
    """Say that a person learns for an exam, when it is, and how much time a day there is; a repeat changes date and minutes."""
    enrolment = ensure_enrolment(user=user, exam=exam)
    enrolment.exam_date = exam_date
    enrolment.exam_date_skipped = exam_date is None
    enrolment.minutes_a_day = minutes_a_day
    enrolment.save(update_fields=["exam_date", "exam_date_skipped", "minutes_a_day"])
    return enrolment


def ensure_enrolment(*, user: Any, exam: Exam) -> Enrolment:
    """A person's enrolment, made under the current blueprint where there is none."""
    found = Enrolment.objects.filter(user=user, exam=exam).first()
    if found is not None:
        return found
    return Enrolment.objects.get_or_create(user=user, exam=exam, defaults={"blueprint": current_blueprint(exam)})[0]


@transaction.atomic
def record_progress(*, user: Any, lesson: Lesson, state: str, section: str = "") -> LessonProgress:
    """Note that a lesson was begun or done, and the section where the reader is; what is done stays done.

    Raises SectionMissing for an anchor that the lesson does not have.
    """
    if section and section not in {known["anchor"] for known in lesson.sections}:
        raise SectionMissing(section)
    now = read_db_now()
    finished = state == LessonProgress.State.DONE
    progress, made = LessonProgress.objects.get_or_create(
        user=user,
        lesson=lesson,
        defaults={"state": state, "section": section, "begun_at": now, "seen_at": now, "done_at": now if finished else None},
    )
    if not made:
        mine = LessonProgress.objects.filter(pk=progress.pk)
        mine.update(seen_at=now, **({"section": section} if section else {}))
        if finished:
            mine.filter(state=LessonProgress.State.BEGUN).update(state=LessonProgress.State.DONE, done_at=now)
        progress.refresh_from_db()
    ensure_enrolment(user=user, exam=lesson.exam)
    Enrolment.objects.filter(user=user, exam_id=lesson.exam_id).update(last_lesson=lesson)
    return progress


@dataclass(frozen=True)
class CheckOutcome:
    """What an answer to an inline check was: right or not, why, which option is right, and why that one is."""

    right: bool
    why: str
    correct_index: int
    correct_why: str


@transaction.atomic
def answer_check(*, user: Any, lesson: Lesson, check: int, option: int) -> CheckOutcome:
    """Judge an answer to an inline check (both counted from 0) and keep it for a person with an account.

    Raises CheckMissing for a check or an option that is not there. Inline checks are for learning: they move no readiness.
    """
    if not 0 <= check < len(lesson.checks):
        raise CheckMissing(f"check {check}")
    asked = Check.from_json(lesson.checks[check])
    if not 0 <= option < len(asked.options):
        raise CheckMissing(f"option {option}")
    if user is not None and user.is_authenticated:
        _keep_answer(user, lesson, check, option)
    chosen, right = asked.options[option], asked.options[asked.correct_index]
    return CheckOutcome(chosen.correct, chosen.why, asked.correct_index, right.why)


def _keep_answer(user: Any, lesson: Lesson, check: int, option: int) -> None:
    record_progress(user=user, lesson=lesson, state=LessonProgress.State.BEGUN)
    progress = LessonProgress.objects.select_for_update().get(user=user, lesson=lesson)
    progress.checks = {**progress.checks, str(check): option}
    progress.save(update_fields=["checks"])
