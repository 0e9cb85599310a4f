"""What every request gets: an id, a line in the log, and headers that hold for all pages."""

from __future__ import annotations

import re
import sys
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from structlog.contextvars import bind_contextvars, clear_contextvars

from config.metrics import observe_request
from config.problems import RETRY_SECONDS, problem_json

logger = structlog.get_logger("studyloop.request")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = ("/health/", "/static/")

Handler = Callable[[HttpRequest], HttpResponse]


class RequestLog:
    """Give the request an id, carry it through every log line and back in X-Request-ID, and log one line at the end.

    An id that a proxy or a browser sends is kept if it is a plain word, so that one id leads through all logs. The line has the
    route, not the path: paths may hold tokens of invitations and resets.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        seconds = time.perf_counter() - started
        self._log(request, response, seconds)
        if settings.METRICS_TOKEN:
            observe_request(request, response, seconds)
        clear_contextvars()
        return response

    @staticmethod
    def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        if request.path.startswith(QUIET) and response.status_code < 500:
            return
        match = request.resolver_match
        fields: dict[str, object] = {"route": f"/{match.route}" if match else ""}
        user = getattr(request, "_cached_user", None)
        if user is not None and user.pk:
            fields["user"] = user.pk
        if match and "attempt_id" in match.kwargs:
            fields["attempt"] = str(match.kwargs["attempt_id"])
        logger.info("request", method=request.method, status=response.status_code, ms=round(seconds * 1000, 1), **fields)


class ResponseHeaders:
    """Headers of every response. A page that knew the visitor's session is never kept by a browser or a proxy."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        session = getattr(request, "session", None)
        if session is not None and session.accessed:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class NoNulls:
    """Refuse an address with a NUL in it: no name here has one, and PostgreSQL would end the request as an error of ours."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            detail = _("The address has a character that nothing here is named with.")
            if request.path.startswith("/api/"):
                return problem_json(request, status_code=400, code="invalid", detail=detail)
            raise BadRequest(detail)
        return self.get_response(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when something failed: 503 with Retry-After while the database is away, else 500; to programs as a problem detail.

    Django calls this while it handles the exception, also for one that a middleware raised.
    """
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status, code = (503, "unavailable") if away else (500, "error")
    response: HttpResponse
    if request.path.startswith("/api/"):
        detail = _("The database does not answer. Try again.") if away else _("Something failed here. The log has the trace.")
        response = problem_json(request, status_code=status, code=code, detail=detail)
    else:
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if away:
        response["Retry-After"] = RETRY_SECONDS
    return response
