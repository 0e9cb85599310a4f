"""What a person says of themselves."""

from __future__ import annotations

from accounts.models import User


def change_profile(*, user: User, display_name: str | None = None) -> User:
    """Change the name that others see; an empty one goes back to the user name. Raises ValidationError by field."""
    if display_name is not None:
        user.display_name = " ".join(display_name.split())
        user.clean_fields(exclude=[field.name for field in User._meta.fields if field.name != "display_name"])
        user.save(update_fields=["display_name"])
    return user
