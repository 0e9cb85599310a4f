"""The one table from what the domain refuses to what HTTP answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from quizzes.domain import errors


class Refusal(APIException):
    """A refusal as a problem detail; `problem` holds members beside the standard ones."""

    def __init__(self, status_code: int, code: str, detail: str, **problem: Any) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code = status_code
        self.problem = {"code": code, **problem}


WORDS: dict[type[errors.Refused], tuple[int, str, Any]] = {
    errors.AttemptMissing: (404, "not_found", _("There is no such attempt of yours.")),
    errors.AnswerMisshapen: (400, "invalid", _("The answer does not fit the question.")),
    errors.SaveStale: (409, "stale", _("Another device has saved a newer answer; it stands.")),
    errors.SaveLate: (409, "late", _("The time was over when this arrived.")),
    errors.AttemptClosed: (409, "closed", _("This attempt takes no more answers.")),
    errors.AttemptPaused: (409, "paused", _("The clock is stopped. Resume first.")),
    errors.AnswerChecked: (409, "checked", _("This answer was checked and stands.")),
    errors.NotGraded: (409, "not_graded", _("There is no result yet.")),
    errors.NothingToAsk: (409, "nothing_to_ask", _("No question fits this choice. Choose a wider one.")),
    errors.QuizClosed: (409, "quiz_closed", _("This quiz is not open now.")),
    errors.AttemptsUsedUp: (409, "attempts_used_up", _("All sittings of this quiz have been used.")),
    errors.NotForGuests: (403, "account_needed", _("Without an account, ten sample questions are open to you. Sign up for more.")),
    errors.NotAllowed: (409, "not_allowed", None),  # says it itself
}


def as_refusal(error: errors.Refused) -> Refusal:
    """What HTTP answers for a refusal of the domain."""
    status_code, code, words = WORDS[type(error)]
    return Refusal(status_code, code, str(error) if words is None else str(words), **_members(error))


def _members(error: errors.Refused) -> dict[str, Any]:
    """What a client needs beside the words."""
    match error:
        case errors.AnswerMisshapen():
            return {"errors": {"answer": [str(error)]}}
        case errors.SaveStale():
            return {"stored": error.stored}
        case errors.SaveLate():
            return {"deadline": error.deadline}
        case errors.AttemptClosed():
            return {"state": error.state}
    return {}


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refusals of the domain into problem details."""
    try:
        yield
    except errors.Refused as error:
        raise as_refusal(error) from error
