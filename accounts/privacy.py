"""What accounts, and the packages that belong to it, keep about people."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from accounts.models import AuditEntry, User
from accounts.personal import Fate, Personal, Row, register


def _record(user: User) -> Iterator[Row]:
    """What the person did, and what was done to their account."""
    about = Q(actor=user) | Q(subject_kind="user", subject_id=str(user.pk))
    rows = AuditEntry.objects.filter(about).order_by("pk").values("at", "action", "subject_kind", "subject_id", "before", "after")
    for row in rows.iterator(chunk_size=1000):
        yield dict(row)


register(
    Personal("accounts.Preferences", "user", Fate.ERASED, "preferences", (
        "theme", "text_size", "readable_letters", "reduced_motion", "shortcut_keys", "timer_hidden", "spoken_warnings", "allowance",
        "streak_hidden", "weekly_mail", "language",
    )),
    Personal("accounts.Membership", "user", Fate.ERASED, "teams", ("team__name", "role", "shares", "joined_at")),
    Personal("accounts.Invitation", "created_by", Fate.UNNAMED, "invitations", (
        "team__name", "role", "created_at", "expires_at", "withdrawn_at",
    )),
    Personal("accounts.AuditEntry", "actor", Fate.UNNAMED, "record", rows=_record),
    Personal("account.EmailAddress", "user", Fate.ERASED, "addresses", ("email", "verified", "primary")),
    Personal("account.EmailConfirmation", "email_address__user", Fate.ERASED),
    Personal("mfa.Authenticator", "user", Fate.ERASED, "second_factors", ("type", "created_at", "last_used_at")),
    Personal("authtoken.Token", "user", Fate.ERASED, "tokens", ("created",)),
    Personal("admin.LogEntry", "user", Fate.ERASED, "admin_actions", ("action_time", "content_type__model", "object_id", "action_flag")),
    Personal("accounts.User_groups", "user", Fate.ERASED, "groups", ("group__name",)),
    Personal("accounts.User_user_permissions", "user", Fate.ERASED),
)  # fmt: skip
