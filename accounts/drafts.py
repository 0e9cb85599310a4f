"""Texts that an author looks at before storing them: kept in the cache for an hour, reachable by a signed name, by them alone."""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing
from django.core.cache import cache

LIFETIME = 3600


class DraftGone(LookupError):
    """The name is nobody's, somebody else's, or over an hour old."""


def keep_draft(*, author: Any, kind: str, content: dict[str, Any]) -> str:
    """Keep a draft and return its name. `content` holds what JSON can."""
    key = secrets.token_urlsafe(12)
    cache.set(f"draft:{kind}:{author.pk}:{key}", content, LIFETIME)
    return _signer(author, kind).sign(key)


def draft_of(*, author: Any, kind: str, name: str) -> dict[str, Any]:
    """The draft of a name. Raises DraftGone."""
    try:
        key = _signer(author, kind).unsign(name, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise DraftGone from error
    content = cache.get(f"draft:{kind}:{author.pk}:{key}")
    if content is None:
        raise DraftGone
    found: dict[str, Any] = content
    return found


def _signer(author: Any, kind: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"draft.{kind}.{author.pk}")
