"""The request of a page behind `login_required`."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.public import User


class SignedInRequest(HttpRequest):
    """A request whose user is a person: the decorator has sent everybody else to sign in."""

    user: User
