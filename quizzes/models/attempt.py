"""Sittings and the answers given in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quizzes.identity import uuid7
from quizzes.models.quiz import Feedback, Marking

GRACE = timedelta(seconds=30)
"""What arrives later than the deadline plus this is refused."""

HISTORY_LENGTH = 4000
"""Characters kept, beside the newest save, of what was stored at a position over time: some two hundred saves."""


class Timing(models.TextChoices):
    """The clock of a drill; other modes have theirs."""

    NONE = "none", _("No clock")
    EXAM_PACE = "exam_pace", _("Exam pace")


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Reads of attempts."""

    def visible_to(self, user: Any, guest_key: str = "") -> AttemptQuerySet:
        """A person's own attempts, or those of a guest's session."""
        if user is not None and user.is_authenticated:
            return self.filter(user_id=user.pk)
        if guest_key:
            return self.filter(user=None, guest_key=guest_key)
        return self.none()

    def open(self) -> AttemptQuerySet:
        """Attempts that still take answers, the deadline aside."""
        return self.filter(state=Attempt.State.IN_PROGRESS)


class Attempt(models.Model):
    """One sitting. Everything it depends on is pinned at the start.

    `form` lists the pinned versions in order as [[version id, scored 0 or 1], ...]; `seed` gives each question its option order.
    `wanted` has, beside what was asked for, what was pinned with it: review cards by position, and scenarios by version.
    """

    class Mode(models.TextChoices):
        SIMULATION = "simulation", _("Exam simulation")
        PRACTICE_EXAM = "practice_exam", _("Practice exam")
        DRILL = "drill", _("Drill")
        DIAGNOSTIC = "diagnostic", _("Find your level")
        REVIEW = "review", _("Daily review")
        QUIZ = "quiz", _("Quiz")

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        SUBMITTED = "submitted", _("Being marked")
        GRADED = "graded", _("Marked")
        NEEDS_ATTENTION = "needs_attention", _("Needs attention")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="attempts")
    guest_key = models.CharField(max_length=64, blank=True)
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="attempts")
    quiz = models.ForeignKey("quizzes.Quiz", models.PROTECT, null=True, blank=True, related_name="attempts")
    mode = models.CharField(max_length=16, choices=Mode.choices)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices, default=State.IN_PROGRESS)
    feedback = models.CharField(max_length=8, choices=Feedback.choices)
    marking = models.CharField(max_length=16, choices=Marking.choices, default=Marking.ALL_OR_NOTHING)
    wanted = models.JSONField(_("what was asked for"), default=dict, encoder=DjangoJSONEncoder)
    form = models.JSONField()
    question_count = models.PositiveSmallIntegerField()
    seed = models.PositiveBigIntegerField()
    allowance = models.CharField(max_length=8, default="x1")
    minutes = models.PositiveSmallIntegerField(_("minutes, allowance included"), null=True, blank=True)
    started_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submit_key = models.CharField(_("idempotency key of the submit"), max_length=64, blank=True)
    graded_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(_("last answer or look"))
    position = models.PositiveSmallIntegerField(_("question shown last"), default=1)
    cancelled_reason = models.CharField(max_length=250, blank=True)
    five_minutes_added = models.PositiveSmallIntegerField(default=0)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, guest_key="") | (Q(user__isnull=True) & ~Q(guest_key="")), name="attempt_has_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["in_progress", "cancelled"]) | Q(submitted_at__isnull=False), name="attempt_submitted_has_time"
            ),
            models.CheckConstraint(condition=~Q(state="graded") | Q(graded_at__isnull=False), name="attempt_graded_has_time"),
            models.CheckConstraint(condition=Q(question_count__gte=1), name="attempt_has_questions"),
            models.CheckConstraint(condition=Q(paused_at=None) | Q(mode="practice_exam"), name="attempt_pause_in_practice_only"),
        ]
        indexes = [
            models.Index(fields=["user", "-started_at"], name="attempt_history"),
            models.Index(fields=["guest_key"], name="attempt_guest", condition=~Q(guest_key="")),
            models.Index(fields=["deadline"], name="attempt_open_deadline", condition=Q(state="in_progress")),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.pk}"

    def pinned_scenario(self, version_id: int) -> tuple[str, str, str] | None:
        """What a case study told (slug, title, text) when the sitting began; None where nothing was pinned."""
        pinned = self.wanted.get("scenarios", {}).get(str(version_id))
        return (pinned[0], pinned[1], pinned[2]) if pinned else None


WHOLE_EXAMS = frozenset({Attempt.Mode.SIMULATION.value, Attempt.Mode.PRACTICE_EXAM.value})
"""The modes that ask a whole exam by its blueprint, with a place on its scale."""


class Response(models.Model):
    """One answer in a sitting; made by the first save of its position.

    `version` counts the saves that were taken; a save names the one it started from. `answer` is None (open), a list of option
    keys, or {prompt key: answer key}. `history` has a line for each save that was taken: milliseconds since 1970 by the
    database's clock, a blank, and the answer as JSON.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="responses")
    position = models.PositiveSmallIntegerField()
    answer: Any = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1)
    save_id = models.UUIDField()
    flagged = models.BooleanField(default=False)
    struck = models.JSONField(default=list)
    seconds = models.PositiveIntegerField(_("time on the question"), default=0)
    confidence = models.PositiveSmallIntegerField(_("how sure, 1 to 3"), null=True)
    changes = models.PositiveSmallIntegerField(_("times a given answer was changed"), default=0)
    checked_at = models.DateTimeField(_("feedback shown"), null=True)
    saved_at = models.DateTimeField()
    history = models.TextField(_("what was stored when"), default="", db_default="", blank=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="response_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="response_position_from_one"),
            models.CheckConstraint(condition=Q(confidence=None) | Q(confidence__range=(1, 3)), name="response_confidence"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.position}"
