"""The table from what the domain refuses to what HTTP answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError

from accounts.domain import errors


class Refusal(APIException):
    """A refusal as a problem detail; `problem` holds members beside the standard ones."""

    def __init__(self, status_code: int, code: str, detail: str, **problem: Any) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code = status_code
        self.problem = {"code": code, **problem}


def as_refusal(error: errors.Refused) -> APIException:
    """What HTTP answers for a refusal of the domain."""
    match error:
        case errors.WrongPassword():
            return ValidationError({"password": [_("This is not the password.")]})
        case errors.LastLead():
            detail = _("Make somebody else a lead first: a team cannot be without one.")
            return Refusal(status.HTTP_409_CONFLICT, "last_lead", detail, teams=list(error.teams))
    raise error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refusals of the domain into problem details."""
    try:
        yield
    except errors.Refused as error:
        raise as_refusal(error) from error
    except Invalid as error:
        raise ValidationError(error.message_dict) from error
