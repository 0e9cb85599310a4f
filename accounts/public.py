"""What other apps may use of accounts."""

from accounts.clock import db_now, read_db_now
from accounts.models import AuditEntry, Invitation, Membership, Preferences, Team, User

__all__ = ["AuditEntry", "Invitation", "Membership", "Preferences", "Team", "User", "db_now", "read_db_now"]
