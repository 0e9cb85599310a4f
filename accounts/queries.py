"""Shared reads of people and teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Lower

from accounts.clock import read_db_now
from accounts.domain.errors import InvitationGone
from accounts.models import Invitation, Membership, Preferences, Team


def preferences_of(user: Any) -> Preferences:
    """A person's preferences; the defaults, unsaved, for who never changed any and for visitors."""
    if not user.is_authenticated:
        return Preferences()
    return Preferences.objects.filter(user_id=user.pk).first() or Preferences(user_id=user.pk)


@dataclass(frozen=True)
class TeamRow:
    """A team as one of its people sees it in a list."""

    team: Team
    role: str
    shares: bool
    members: int

    @property
    def leads(self) -> bool:
        return self.role == Membership.Role.LEAD


def teams_of(user: Any) -> list[TeamRow]:
    """The teams of a person by name, those they lead first; one statement."""
    mine = Membership.objects.filter(team=OuterRef("pk"), user_id=user.pk)
    people = Membership.objects.filter(team=OuterRef("pk"), user__is_active=True).order_by().values("team")
    teams = (
        Team.objects.visible_to(user)
        .annotate(role=Subquery(mine.values("role")), shares=Subquery(mine.values("shares")))
        .annotate(count=Subquery(people.annotate(number=Count("pk")).values("number")))
        .order_by(Lower("name"), "pk")
    )
    rows = [TeamRow(team, team.role, team.shares, team.count) for team in teams]
    return sorted(rows, key=lambda row: not row.leads)


@dataclass(frozen=True)
class Seat:
    """Who looks at a team: the team, what they are in it, and whom they may see."""

    team: Team
    viewer: Any
    leads: bool


def seat_in(slug: str, viewer: Any) -> Seat:
    """The viewer's place in a team. Raises Team.DoesNotExist for anybody outside, as for a team that does not exist."""
    if not viewer.is_authenticated:
        raise Team.DoesNotExist
    mine = Membership.objects.filter(user_id=viewer.pk, team__slug=slug).select_related("team").first()
    if mine is None:
        raise Team.DoesNotExist
    return Seat(mine.team, viewer, mine.role == Membership.Role.LEAD)


def members_of(team: Team) -> list[Membership]:
    """Memberships with their people, by name, leads included; one statement."""
    rows = Membership.objects.filter(team=team, user__is_active=True).select_related("user")
    return sorted(rows, key=lambda row: (row.user.shown_name.casefold(), row.pk))


def open_invitations(team: Team) -> list[Invitation]:
    """The links of a team that still open the door, newest first."""
    return list(Invitation.objects.usable(read_db_now()).filter(team=team).select_related("created_by").order_by("-pk"))


@dataclass(frozen=True)
class Welcome:
    """What a visitor with a link sees before joining."""

    team: Team
    role: str
    leads: list[str]
    members: int


def welcome_of(token: str) -> Welcome:
    """The team a link leads to, with the names of its leads. Raises InvitationGone."""
    invitation = Invitation.objects.usable(read_db_now()).select_related("team").filter(token=token).first()
    if invitation is None:
        raise InvitationGone
    people = members_of(invitation.team)
    leads = [row.user.shown_name for row in people if row.role == Membership.Role.LEAD]
    return Welcome(invitation.team, invitation.role, leads, len(people))
