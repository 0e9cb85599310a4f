"""Tokens of scripts live no longer than the password they were got with."""

from __future__ import annotations

from typing import Any

from rest_framework.authtoken.models import Token

from accounts.models import User


def forget_token(sender: Any = None, *, user: User, **kwargs: Any) -> None:
    """Receive allauth's word that a password is new: whoever knew the old one may hold a token, so it ends."""
    Token.objects.filter(user=user).delete()
