"""The work queue of the admin's first page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import QuestionFlag
from lifecycle.public import TermSuggestion
from quizzes.public import worklist

register = template.Library()


@dataclass(frozen=True)
class QueueItem:
    """A kind of work: how much of it waits, and where."""

    label: str
    count: int
    url: str


@register.simple_tag(takes_context=True)
def work_queue(context: dict[str, Any]) -> list[QueueItem]:
    """What waits for whoever may author questions, empty for others; seven statements."""
    user = context["request"].user
    if not user.has_perm("quizzes.change_question"):
        return []
    waiting = worklist()
    flags = QuestionFlag.objects.filter(state=QuestionFlag.State.OPEN).count()
    missing = TermSuggestion.objects.filter(state=TermSuggestion.State.OPEN).count()
    return [
        _item(_("drafts to review"), waiting.in_review, "quizzes_question", "state=review"),
        _item(_("flagged questions"), flags, "analytics_questionflag", "state=open"),
        _item(_("reports of learners"), waiting.reports, "quizzes_problemreport", "state=open"),
        _item(_("services and terms that learners miss"), missing, "lifecycle_termsuggestion", "state=open"),
        _item(_("gradings that need attention"), waiting.jobs, "quizzes_gradingjob", "state=needs_attention"),
        _item(_("published questions with a newer draft"), waiting.changes, "quizzes_question", "draft=yes"),
        _item(_("drafts being written"), waiting.drafts, "quizzes_question", "state=draft"),
    ]


def _item(label: str, count: int, model: str, query: str) -> QueueItem:
    field, _equals, value = query.partition("=")
    lookup = field if field == "draft" else f"{field}__exact"
    return QueueItem(label, count, f"{reverse(f'admin:{model}_changelist')}?{lookup}={value}")
