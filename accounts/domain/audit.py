"""The record of who did what. Entries hold ids and facts, never names or addresses: they outlive the people they speak of."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from accounts.models import AuditEntry, User


def record(action: str, subject: Model, *, actor: User | None, before: Any = None, after: Any = None) -> AuditEntry:
    """Add an entry about a row; inside the caller's transaction."""
    return AuditEntry.objects.create(
        actor=actor, action=action, subject_kind=subject._meta.model_name or "", subject_id=str(subject.pk), before=before, after=after
    )
