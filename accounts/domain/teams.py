"""Teams: made, joined by a link, left, led. A team always keeps a lead, and every change leaves an audit entry.

The team's row is locked by whatever touches its memberships, so that two leads who leave at once cannot both be the last but one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.clock import read_db_now
from accounts.domain.audit import record
from accounts.domain.errors import InvitationGone, LastLead, NotLead, NotMember
from accounts.models import Invitation, Membership, Team, User

Role = Membership.Role
INVITATION_DAYS = 14
LONGEST_INVITATION_DAYS = 90
SLUG_LENGTH = 60
RESERVED_SLUGS = frozenset({"new", "join", "all"})
CHANGEABLE = frozenset({"name", "exam_from", "exam_until", "mail_day"})


@transaction.atomic
def create_team(*, name: str, actor: User, exam_from: date | None = None, exam_until: date | None = None) -> Team:
    """Make a team with its maker as lead. Raises ValidationError by field (no name, a window that ends before it begins)."""
    team = Team(name=name.strip(), slug=_free_slug(name), exam_from=exam_from, exam_until=exam_until)
    team.full_clean()
    team.save()
    Membership.objects.create(team=team, user=actor, role=Role.LEAD)
    record("team.create", team, actor=actor)
    return team


def _free_slug(name: str) -> str:
    """An address of the team's name; a number is added where it is taken."""
    base = slugify(name)[:SLUG_LENGTH].strip("-") or "team"
    taken = set(Team.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    if base not in taken:
        return base
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken)


@transaction.atomic
def change_team(*, team: Team, actor: User, **changes: Any) -> Team:
    """Change name, exam window or the day of the e-mail. Raises NotLead, ValidationError; TypeError for another field."""
    if unknown := sorted(changes.keys() - CHANGEABLE):
        raise TypeError(f"a team's {', '.join(unknown)} cannot be changed")
    locked = _locked(team)
    _require_lead(locked, actor)
    for field, value in changes.items():
        setattr(locked, field, value)
    locked.full_clean()
    locked.save(update_fields=list(changes))
    record("team.change", locked, actor=actor, after={"fields": sorted(changes)})
    return locked


@transaction.atomic
def invite(*, team: Team, actor: User, role: str = Role.MEMBER, days: int = INVITATION_DAYS) -> Invitation:
    """Make a link that lets whoever holds it join for some days. Raises NotLead, ValidationError."""
    _require_lead(team, actor)
    if role not in Role.values:
        raise ValidationError({"role": _("There is no such role.")})
    if not 1 <= days <= LONGEST_INVITATION_DAYS:
        raise ValidationError({"days": _("A link is good for 1 to %(most)d days.") % {"most": LONGEST_INVITATION_DAYS}})
    invitation = Invitation.objects.create(team=team, role=role, created_by=actor, expires_at=read_db_now() + timedelta(days=days))
    record("team.invite", team, actor=actor, after={"invitation": invitation.pk, "role": role, "days": days})
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: User) -> None:
    """Make a link useless; a repeat changes nothing. Raises NotLead."""
    _require_lead(invitation.team, actor)
    if Invitation.objects.filter(pk=invitation.pk, withdrawn_at=None).update(withdrawn_at=read_db_now()):
        record("team.withdraw_invitation", invitation.team, actor=actor, after={"invitation": invitation.pk})


@transaction.atomic
def join_team(*, token: str, user: User, shares: bool = True) -> Membership:
    """Join by the token of a link. Who belongs already stays as they are, but a lead's link makes a lead of them.

    `shares`: whether the lead may see this person's progress. Raises InvitationGone.
    """
    invitation = Invitation.objects.usable(read_db_now()).select_related("team").filter(token=token).first()
    if invitation is None:
        raise InvitationGone
    team = _locked(invitation.team)
    membership, joined = Membership.objects.get_or_create(team=team, user=user, defaults={"role": invitation.role, "shares": shares})
    if joined:
        record("team.join", team, actor=user, after={"role": invitation.role, "shares": shares, "invitation": invitation.pk})
    elif invitation.role == Role.LEAD and membership.role != Role.LEAD:
        _set_role(membership, Role.LEAD, actor=user)
    return membership


@transaction.atomic
def leave_team(*, team: Team, user: User) -> None:
    """Leave; nothing of the person is seen in the team any more. Raises NotMember, LastLead."""
    _end(_membership(_locked(team), user), actor=user, action="team.leave")


@transaction.atomic
def remove_member(*, team: Team, member: User, actor: User) -> None:
    """Take somebody out of a team. Raises NotLead, NotMember, LastLead.

    The team's open links are withdrawn with it: else the one who was removed could walk in again by the link they came by.
    """
    locked = _locked(team)
    _require_lead(locked, actor)
    _end(_membership(locked, member), actor=actor, action="team.remove")
    now = read_db_now()
    Invitation.objects.usable(now).filter(team=locked).update(withdrawn_at=now)


@transaction.atomic
def change_role(*, team: Team, member: User, role: str, actor: User) -> Membership:
    """Make a member a lead, or a lead a member; a repeat changes nothing. Raises NotLead, NotMember, LastLead, ValidationError."""
    if role not in Role.values:
        raise ValidationError({"role": _("There is no such role.")})
    locked = _locked(team)
    _require_lead(locked, actor)
    membership = _membership(locked, member)
    if membership.role != role:
        if membership.role == Role.LEAD:
            _require_another_lead(membership)
        _set_role(membership, role, actor=actor)
    return membership


@transaction.atomic
def set_consent(*, team: Team, user: User, shares: bool) -> Membership:
    """Let the lead see this person's progress, or stop it at once. Only the person decides. Raises NotMember."""
    membership = _membership(_locked(team), user)
    if membership.shares != shares:
        membership.shares = shares
        membership.save(update_fields=["shares"])
        record("team.consent", team, actor=user, before={"shares": not shares}, after={"shares": shares})
    return membership


def teams_without_other_lead(user: User) -> list[Team]:
    """The teams, other people in them, that would be left without a lead if this person went."""
    led = Team.objects.led_by(user)
    others = Membership.objects.filter(team__in=led).exclude(user=user).values_list("team_id", "role")
    with_others = {team_id for team_id, _role in others}
    with_lead = {team_id for team_id, role in others if role == Role.LEAD}
    return [team for team in led if team.pk in with_others - with_lead]


def _locked(team: Team) -> Team:
    return Team.objects.select_for_update().get(pk=team.pk)


def _require_lead(team: Team, actor: User) -> None:
    if not actor.is_superuser and not Membership.objects.filter(team=team, user=actor, role=Role.LEAD).exists():
        raise NotLead


def _membership(team: Team, user: User) -> Membership:
    membership = Membership.objects.select_related("team").filter(team=team, user=user).first()
    if membership is None:
        raise NotMember
    return membership


def _set_role(membership: Membership, role: str, *, actor: User) -> None:
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    record("team.role", membership.team, actor=actor, before={"role": before}, after={"role": role, "user": membership.user_id})


def _require_another_lead(membership: Membership) -> None:
    leads = Membership.objects.filter(team=membership.team_id, role=Role.LEAD)
    if not leads.exclude(pk=membership.pk).exists():
        raise LastLead([membership.team.name])


def _end(membership: Membership, *, actor: User, action: str) -> None:
    if membership.role == Role.LEAD:
        _require_another_lead(membership)
    membership.delete()
    record(action, membership.team, actor=actor, before={"role": membership.role, "user": membership.user_id})
