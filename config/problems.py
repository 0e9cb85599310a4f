"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback
from structlog.contextvars import get_contextvars

logger = structlog.get_logger("studyloop.problem")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "2"


def problem(*, code: str, status_code: int, detail: str, instance: str, **members: Any) -> dict[str, Any]:
    """The members of a problem detail in their usual order; `members` are extensions such as `errors` or `stored`."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "code": code,
        "detail": detail,
        "instance": instance,
        "request_id": get_contextvars().get("request_id", ""),
        **members,
    }


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error that a person or a script can do something about, as a problem detail.

    A database that is away or busy answers 503 with Retry-After: the browser keeps what it wanted to save and comes again.
    Anything unforeseen returns None, and becomes a 500 with its trace in the log alone.
    """
    path = context["request"].path
    if isinstance(error, (OperationalError, InterfaceError)):
        set_rollback()
        logger.warning("database_away", error=type(error).__name__)
        body = problem(code="unavailable", status_code=503, detail=_("Not stored yet: the database is busy. Try again."), instance=path)
        return _answer(body, {"Retry-After": RETRY_SECONDS})
    response = exception_handler(error, context)
    if response is None:
        return None
    code, detail, members = _describe(error)
    members |= getattr(error, "problem", {})
    body = problem(code=members.pop("code", code), status_code=response.status_code, detail=detail, instance=path, **members)
    headers = {name: value for name, value in response.items() if name in {"Retry-After", "WWW-Authenticate"}}
    return _answer(body, headers)


def _answer(body: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _describe(error: Exception) -> tuple[str, str, dict[str, Any]]:
    """Code, sentence and extension members of an error."""
    match error:
        case exceptions.ValidationError():
            return "invalid", _("Some values cannot be taken."), {"errors": _by_field(error.detail)}
        case Http404():
            return "not_found", _("There is nothing here."), {}
        case PermissionDenied():
            return "permission_denied", _("You may not do this."), {}
        case exceptions.APIException():
            codes = error.get_codes()
            return codes if isinstance(codes, str) else error.default_code, str(error.detail), {}
    return "error", str(error), {}


def _by_field(detail: Any, prefix: str = "") -> dict[str, list[Any]]:
    """Messages by field, nested ones as `options.2.text`; what belongs to no field stands under `non_field_errors`."""
    if isinstance(detail, dict):
        found: dict[str, list[Any]] = {}
        for name, inner in detail.items():
            found |= _by_field(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    if isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        found = {}
        for index, inner in enumerate(detail):
            if inner:
                found |= _by_field(inner, f"{prefix}.{index}" if prefix else str(index))
        return found
    return {prefix or "non_field_errors": detail if isinstance(detail, list) else [detail]}


def problem_json(request: HttpRequest, *, status_code: int, code: str, detail: str, **members: Any) -> JsonResponse:
    """A problem detail outside DRF: for paths under /api/ that no view answers."""
    body = problem(code=code, status_code=status_code, detail=detail, instance=request.path, **members)
    return JsonResponse(body, status=status_code, content_type=MEDIA_TYPE)
