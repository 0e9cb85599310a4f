"""People and teams: who learns, who leads, how each wants the pages to be, and what was done in their name."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.languages import validate_language


class User(AbstractUser):
    """A person with an account. Roles: instructor by group, team lead by membership, superuser by flag."""

    display_name = models.CharField(_("name shown to others"), max_length=120, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.UniqueConstraint(Lower("email"), name="user_email_once", condition=~models.Q(email="")),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name that others see: the chosen one, else the full name, else the user name."""
        return self.display_name or self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Up to two letters for the round mark beside a name."""
        return "".join(part[0] for part in self.shown_name.split()[:2]).upper()


class Preferences(models.Model):
    """How a person wants the pages to look and behave; one row each, made when first changed."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class ShortcutKeys(models.TextChoices):
        OFF = "off", _("Off")
        PLAIN = "plain", _("Single letters")
        ALT = "alt", _("With Alt")

    class Allowance(models.TextChoices):
        """Extra time in an exam, chosen before the start and pinned to the attempt."""

        STANDARD = "x1", _("Standard time")
        PLUS_30 = "plus30", _("30 minutes more")
        X1_25 = "x1.25", _("A quarter more")
        X1_5 = "x1.5", _("Half more")
        X2 = "x2", _("Double time")
        NONE = "none", _("No time limit")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences")
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.AUTO)
    text_size = models.PositiveSmallIntegerField(_("text size in percent"), default=100)
    readable_letters = models.BooleanField(_("easier-to-read letters"), default=False)
    reduced_motion = models.BooleanField(_("less motion"), default=False)
    shortcut_keys = models.CharField(max_length=8, choices=ShortcutKeys.choices, default=ShortcutKeys.PLAIN)
    timer_hidden = models.BooleanField(_("hide the timer"), default=False)
    spoken_warnings = models.BooleanField(_("spoken time warnings"), default=True)
    allowance = models.CharField(max_length=8, choices=Allowance.choices, default=Allowance.STANDARD)
    streak_hidden = models.BooleanField(_("hide the run of study days"), default=False)
    weekly_mail = models.BooleanField(_("weekly e-mail"), default=True)
    language = models.CharField(
        _("language known best"), max_length=12, blank=True, default="", db_default="", validators=[validate_language]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(text_size__range=(100, 200)), name="preferences_text_size"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class TeamQuerySet(models.QuerySet["Team"]):
    """Reads of teams."""

    def visible_to(self, user: Any) -> TeamQuerySet:
        """The teams a person belongs to, as lead or member; an anonymous visitor sees none."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(memberships__user=user).distinct()

    def led_by(self, user: Any) -> TeamQuerySet:
        """The teams a person leads."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(memberships__user=user, memberships__role=Membership.Role.LEAD).distinct()


class Team(models.Model):
    """People who prepare together."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    exam_from = models.DateField(_("exam window from"), null=True, blank=True)
    exam_until = models.DateField(_("exam window until"), null=True, blank=True)
    mail_day = models.PositiveSmallIntegerField(_("day of the weekly e-mail, 0 = Monday"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(mail_day__range=(0, 6)), name="team_mail_day"),
            models.CheckConstraint(
                condition=models.Q(exam_from=None) | models.Q(exam_until=None) | models.Q(exam_until__gte=models.F("exam_from")),
                name="team_window_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team. Without consent (`shares`) the lead sees the name and no figures."""

    class Role(models.TextChoices):
        LEAD = "lead", _("Lead")
        MEMBER = "member", _("Member")

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)
    shares = models.BooleanField(_("shares progress with the lead"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]
        indexes = [models.Index(fields=["user", "role"], name="membership_user_role")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} as {self.role}"


def new_invitation_token() -> str:
    """A token of 192 random bits for a link."""
    return secrets.token_urlsafe(24)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def usable(self, now: datetime) -> InvitationQuerySet:
        """Links that still open the door."""
        return self.filter(withdrawn_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """A link that lets whoever holds it join a team, until it expires or is withdrawn."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=64, unique=True, default=new_invitation_token, editable=False)
    role = models.CharField(max_length=8, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invitation to {self.team_id}"


class AuditEntry(models.Model):
    """Who did what to which thing, before and after. Added, never edited."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
