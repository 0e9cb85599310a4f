"""The plan for the next minutes as rows of a page: what to do, why, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.public import Readiness, Step, plan_next

MINUTES = 10
LEAST_GAIN = 0.0005
LEAST_MARKS = 0.05
ICONS = {"reviews": "repeat", "drill": "target", "lesson": "book", "diagnostic": "gauge"}


@dataclass(frozen=True)
class StepRow:
    """A row of `components/task_row.html`. A sitting is started by a form, a lesson is a link."""

    icon: str
    title: str
    reason: str
    minutes: int
    url: str
    post: bool
    fields: tuple[tuple[str, str], ...]


def plan_rows(user: Any, exam: Any, standing: Readiness) -> list[StepRow]:
    """The rows of the plan, the first to be done first."""
    return [step_row(step, exam) for step in plan_next(user, exam, MINUTES, standing)]


def worth_words(step: Step) -> str:
    """What a step is worth: in chance to pass, or in right answers where the chance hardly moves; empty where neither does."""
    if step.gain >= LEAST_GAIN:
        return _("Worth about %(points)s points of chance.") % {"points": f"{100 * step.gain:.1f}"}
    if step.marks >= LEAST_MARKS:
        return _("Worth about %(marks)s right answers in the exam; your chance moves once more of these add up.") % {
            "marks": f"{step.marks:.1f}"
        }
    return ""


def step_row(step: Step, exam: Any) -> StepRow:
    """A step with its worth in words."""
    reason = step.reason
    if worth := worth_words(step):
        reason += f" {worth}"
    if step.kind == "lesson":
        url = reverse("lesson", kwargs={"exam": exam.slug, "slug": step.start["lesson"]})
        anchor = f"#{step.start['section']}" if step.start["section"] else ""
        return StepRow(ICONS[step.kind], step.title, reason, step.minutes, url + anchor, post=False, fields=())
    fields = tuple(
        (name, str(value))
        for name, values in step.start.items()
        if name != "exam"
        for value in (values if isinstance(values, list) else [values])
    )
    url = reverse("attempt-start", kwargs={"exam": exam.slug})
    return StepRow(ICONS[step.kind], step.title, reason, step.minutes, url, post=True, fields=fields)
