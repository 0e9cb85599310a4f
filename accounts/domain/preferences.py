"""How a person wants the pages to be."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import Preferences, User

CHANGEABLE = frozenset(field.name for field in Preferences._meta.concrete_fields if field.name not in ("id", "user"))


@transaction.atomic
def set_preferences(*, user: User, **changes: Any) -> Preferences:
    """Change some preferences and keep the others; the row is made at the first change.

    Raises ValidationError by field for a value that cannot be, and TypeError for a name that is no preference.
    """
    if unknown := sorted(changes.keys() - CHANGEABLE):
        raise TypeError(f"no preference has the name {', '.join(unknown)}")
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two devices at once: the second finds the first one's row
    preferences = Preferences.objects.filter(user=user).first() or Preferences(user=user)
    for name, value in changes.items():
        setattr(preferences, name, value)
    preferences.full_clean(exclude=["user"])
    preferences.save()
    return preferences
