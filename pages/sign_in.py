"""What a visitor did before signing in becomes theirs."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest

from accounts.public import User
from quizzes.public import claim_guest_attempts

log = structlog.get_logger(__name__)


def keep_guest_attempts(sender: Any = None, *, request: HttpRequest | None = None, user: User, **kwargs: Any) -> None:
    """Receive Django's word that somebody signed in or up: sittings of this browser's session go to the account.

    Whatever goes wrong here, the person is signed in; the key stays in the session for the next time.
    """
    session = getattr(request, "session", None)
    key = session.get("guest_key", "") if session is not None else ""
    if session is None or not key:
        return
    try:
        claim_guest_attempts(guest_key=key, user=user)
    except Exception:
        log.exception("guest_attempts_not_claimed", user=user.pk)
    else:
        session.pop("guest_key", None)
