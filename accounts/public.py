"""What other apps may use of accounts."""

from accounts.clock import db_now, read_db_now
from accounts.domain.errors import InvitationGone, LastLead, NotLead, NotMember, Refused, WrongPassword
from accounts.domain.preferences import set_preferences
from accounts.domain.privacy import close_account, erase_account, export_account
from accounts.domain.roles import is_instructor, make_instructor
from accounts.domain.teams import (
    change_role,
    change_team,
    create_team,
    invite,
    join_team,
    leave_team,
    remove_member,
    set_consent,
    withdraw_invitation,
)
from accounts.drafts import DraftGone, draft_of, keep_draft
from accounts.languages import NAMES as LANGUAGE_NAMES
from accounts.models import AuditEntry, Invitation, Membership, Preferences, Team, User
from accounts.personal import Fate, Personal, register
from accounts.queries import Seat, TeamRow, Welcome, members_of, open_invitations, preferences_of, seat_in, teams_of, welcome_of
from accounts.spreadsheet import csv_table

__all__ = [
    "LANGUAGE_NAMES",
    "AuditEntry",
    "DraftGone",
    "Fate",
    "Invitation",
    "InvitationGone",
    "LastLead",
    "Membership",
    "NotLead",
    "NotMember",
    "Personal",
    "Preferences",
    "Refused",
    "Seat",
    "Team",
    "TeamRow",
    "User",
    "Welcome",
    "WrongPassword",
    "change_role",
    "change_team",
    "close_account",
    "create_team",
    "csv_table",
    "db_now",
    "draft_of",
    "erase_account",
    "export_account",
    "invite",
    "is_instructor",
    "join_team",
    "keep_draft",
    "leave_team",
    "make_instructor",
    "members_of",
    "open_invitations",
    "preferences_of",
    "read_db_now",
    "register",
    "remove_member",
    "seat_in",
    "set_consent",
    "set_preferences",
    "teams_of",
    "welcome_of",
    "withdraw_invitation",
]
