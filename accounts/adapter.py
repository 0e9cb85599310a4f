"""How allauth is told what this installation allows."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up by the SIGN_UP setting; the rest is allauth's own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether visitors may make accounts themselves."""
        return bool(settings.SIGN_UP)
