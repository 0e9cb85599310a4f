"""Orders to grade, grades, and changes of keys carried to those whom they affect."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class GradingJob(models.Model):
    """The durable order to grade an attempt. The broker only carries hints to it.

    A worker holds it by a lease; an expired lease can be taken by the next one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        LEASED = "leased", _("Being graded")
        DONE = "done", _("Done")
        NEEDS_ATTENTION = "needs_attention", _("Needs attention")

    attempt = models.ForeignKey("quizzes.Attempt", models.CASCADE, related_name="jobs")
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("times it failed alone"), default=0)
    alone = models.BooleanField(_("to be graded by itself, since a batch with it failed"), default=False)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(_("back-off after a failure"), null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "revision"], name="grading_job_once"),
            models.CheckConstraint(
                condition=~Q(state="leased") | (Q(lease_until__isnull=False) & ~Q(lease_owner="")), name="grading_job_leased_has_lease"
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(done_at__isnull=False), name="grading_job_done_has_time"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="grading_job_open", condition=Q(state__in=["waiting", "leased"])),
            models.Index(fields=["created_at"], name="grading_job_attention", condition=Q(state="needs_attention")),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} revision {self.revision} {self.state}"


class Grade(models.Model):
    """The result of grading an attempt under given key revisions; added, never edited.

    `credits` holds one number from 0 to 1 for each position; `keys` the key revision used for each.
    """

    attempt = models.ForeignKey("quizzes.Attempt", models.CASCADE, related_name="grades")
    revision = models.PositiveIntegerField(default=1)
    score = models.FloatField(_("credit of the scored questions"))
    max_score = models.FloatField(_("scored questions"))
    scaled = models.PositiveSmallIntegerField(_("score on the exam's scale"), null=True)
    passed = models.BooleanField(null=True)
    credits = models.JSONField()
    keys = models.JSONField()
    graded_at = models.DateTimeField()
    graded_by = models.CharField(_("process that graded it"), max_length=120)

    class Meta:
        ordering = ["attempt", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "revision"], name="grade_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=models.F("max_score")), name="grade_score_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} revision {self.revision}: {self.score:g} of {self.max_score:g}"


class Recall(models.Model):
    """A change of key, or a voided question, carried to everybody whom it affects."""

    key_revision = models.OneToOneField("quizzes.KeyRevision", models.PROTECT, related_name="recall")
    attempts_affected = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"recall {self.key_revision_id}"
