"""What can be refused about people and teams; `accounts.api.refusals` turns these into HTTP."""

from __future__ import annotations

from collections.abc import Sequence


class Refused(Exception):
    """The base of everything that is refused for a reason the person can be told."""


class NotLead(Refused):
    """Only a lead of the team may do this."""


class NotMember(Refused):
    """The person does not belong to the team."""


class LastLead(Refused):
    """A team must keep a lead; carries the names of the teams that would lose theirs."""

    def __init__(self, teams: Sequence[str]) -> None:
        super().__init__(", ".join(teams))
        self.teams = tuple(teams)


class InvitationGone(Refused):
    """The link is unknown, has expired, or was withdrawn; which of these is nobody's business."""


class WrongPassword(Refused):
    """The password that confirms a delicate step is wrong."""
