"""What a learner has met, remembers, and has to say about questions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Exposure(models.Model):
    """A learner has met a question: first and last time, and how it went last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exposures")
    question = models.ForeignKey("quizzes.Question", models.CASCADE, related_name="exposures")
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_right = models.BooleanField()
    last_flagged = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="exposure_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.question_id}"


class ReviewCardQuerySet(models.QuerySet["ReviewCard"]):
    """Reads of review cards."""

    def visible_to(self, user: Any) -> ReviewCardQuerySet:
        """A person's own cards."""
        return self.filter(user_id=user.pk)


class ReviewCard(models.Model):
    """A learner's memory of one question, scheduled by FSRS. Days of stability; difficulty 1 to 10."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="review_cards")
    question = models.ForeignKey("quizzes.Question", models.CASCADE, related_name="review_cards")
    state = models.PositiveSmallIntegerField(_("1 learning, 2 review, 3 relearning"))
    stability = models.FloatField()
    difficulty = models.FloatField()
    due_at = models.DateTimeField()
    reviewed_at = models.DateTimeField()
    reviews = models.PositiveIntegerField(default=1)
    lapses = models.PositiveIntegerField(default=0)

    objects = ReviewCardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="review_card_once")]
        indexes = [models.Index(fields=["user", "due_at"], name="review_card_due")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.question_id} due {self.due_at:%Y-%m-%d}"


class ProblemReportQuerySet(models.QuerySet["ProblemReport"]):
    """Reads of reports."""

    def visible_to(self, user: Any) -> ProblemReportQuerySet:
        """What a person reported; instructors read all of them in the administration."""
        return self.filter(reporter_id=user.pk)

    def unread(self) -> ProblemReportQuerySet:
        """Answered, and the answer not looked at yet."""
        return self.exclude(state=ProblemReport.State.OPEN).filter(seen_at__isnull=True)


class ProblemReport(models.Model):
    """A learner says that something is wrong with a question; an instructor answers."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FIXED = "fixed", _("Fixed")
        DECLINED = "declined", _("Explained, not changed")

    class Kind(models.TextChoices):
        WRONG_KEY = "wrong_key", _("The marked answer is wrong")
        TWO_RIGHT = "two_right", _("More than one answer can be right")
        UNCLEAR = "unclear", _("The text is unclear")
        OUTDATED = "outdated", _("It is out of date")
        OTHER = "other", _("Something else")

    version = models.ForeignKey("quizzes.QuestionVersion", models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="problem_reports")
    attempt = models.ForeignKey("quizzes.Attempt", models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField(blank=True, max_length=2000)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    answer = models.TextField(_("answer to the reporter"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(_("answer seen by the reporter"), null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ProblemReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind}"
