"""Proven outages, and the time they gave back to sittings that ran."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Outage(models.Model):
    """A time in which learners could not answer, for a reason of ours; recorded once, by a person, and never edited."""

    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason, shown to learners"), max_length=250)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-since"]
        constraints = [models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="outage_ends_after_it_begins")]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M}–{self.until:%H:%M} UTC"


class TimeCredit(models.Model):
    """The time that an outage took from a sitting, given back by moving its deadline; never edited."""

    attempt = models.ForeignKey("quizzes.Attempt", models.CASCADE, related_name="time_credits")
    outage = models.ForeignKey(Outage, models.PROTECT, related_name="credits")
    seconds = models.PositiveIntegerField()
    credited_at = models.DateTimeField()

    class Meta:
        ordering = ["credited_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "outage"], name="time_credit_once"),
            models.CheckConstraint(condition=Q(seconds__gte=1), name="time_credit_gives"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.seconds} s"
