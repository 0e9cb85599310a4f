"""Which exam a page is about where its address does not say."""

from __future__ import annotations

from typing import Any

from lifecycle.public import Enrolment, Exam


def enrolment_or_exam(user: Any, **more: Any) -> tuple[Enrolment | None, Exam | None]:
    """The newest enrolment of a person with its exam; without one the first exam there is (None before content is loaded).

    `more`: further columns of the enrolment's row, in the same statement.
    """
    mine = Enrolment.objects.visible_to(user).select_related("exam", "blueprint", "last_lesson").annotate(**more)
    enrolment = mine.order_by("-created_at", "-pk").first()
    if enrolment is not None:
        return enrolment, enrolment.exam
    return None, Exam.objects.order_by("pk").first()
