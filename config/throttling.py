"""How often a caller may call: counters of a fixed window, one cache operation a request."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:  # DRF's views import their throttles, so that throttles cannot import views
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from config.cache import MemoryCache, PatientRedisCache


def tally(key: str, *, timeout: int) -> int:
    """Count one more under a key of the cache; returns the count."""
    counter: PatientRedisCache | MemoryCache = caches["default"]  # type: ignore[assignment]
    return counter.tally(key, timeout)


class WindowThrottle(SimpleRateThrottle):
    """Count calls in the current minute, hour or day.

    DRF's own throttle reads and writes the list of all recent calls, which costs more than the call itself at hundreds a minute.
    """

    scope = ""

    def __init__(self) -> None:
        """Leave the rate to `allow_request`: it depends on the view or the caller."""

    def scope_of(self, request: Request, view: APIView) -> str | None:
        """The name of the rate that counts here, or None where none does."""
        return self.scope

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Who is counted: the account, or the address where there is none."""
        user = request.user
        ident = f"user-{user.pk}" if user and user.is_authenticated else f"addr-{self.get_ident(request)}"
        return f"throttle:{self.scope}:{ident}"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this call is within the rate; the counter starts anew with each window."""
        scope = self.scope_of(request, view)
        rate = self.THROTTLE_RATES.get(scope) if scope else None
        if not rate:
            return True
        self.scope = scope or ""
        allowed, window = self.parse_rate(rate)
        assert allowed
        assert window
        now = time.time()
        self.left = window - now % window
        key = f"{self.get_cache_key(request, view)}:{int(now // window)}"
        return tally(key, timeout=window + 1) <= allowed

    def wait(self) -> float:
        """Seconds until the next window."""
        return math.ceil(self.left)


class CallerThrottle(WindowThrottle):
    """What one account, or one address without an account, asks of the API where no tighter rate counts."""

    def scope_of(self, request: Request, view: APIView) -> str | None:
        """Accounts and visitors have different rates; an endpoint with a rate of its own is counted there, once."""
        if self.THROTTLE_RATES.get(getattr(view, "throttle_scope", None) or ""):
            return None
        return "caller" if request.user and request.user.is_authenticated else "visitor"


class ScopeThrottle(WindowThrottle):
    """The tighter rate of a costly or delicate endpoint, named by the view's `throttle_scope`."""

    def scope_of(self, request: Request, view: APIView) -> str | None:
        """The view's own scope."""
        scope: Any = getattr(view, "throttle_scope", None)
        return scope
