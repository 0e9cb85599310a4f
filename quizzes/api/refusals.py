"""The one table from what the domain refuses to what HTTP answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException

from quizzes.domain import errors


class Refusal(APIException):
    """A refusal as a problem detail; `problem` holds members beside the standard ones."""

    def __init__(self, status_code: int, code: str, detail: str, **problem: Any) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code = status_code
        self.problem = {"code": code, **problem}


def as_refusal(error: errors.Refused) -> Refusal:
    """What HTTP answers for a refusal of the domain."""
    match error:
        case errors.AttemptMissing():
            return Refusal(status.HTTP_404_NOT_FOUND, "not_found", _("There is no such attempt of yours."))
        case errors.AnswerMisshapen():
            return Refusal(
                status.HTTP_400_BAD_REQUEST, "invalid", _("The answer does not fit the question."), errors={"answer": [str(error)]}
            )
        case errors.SaveStale():
            return Refusal(
                status.HTTP_409_CONFLICT, "stale", _("Another device has saved a newer answer; it stands."), stored=error.stored
            )
        case errors.SaveLate():
            return Refusal(status.HTTP_409_CONFLICT, "late", _("The time was over when this arrived."), deadline=error.deadline)
        case errors.AttemptClosed():
            return Refusal(status.HTTP_409_CONFLICT, "closed", _("This attempt takes no more answers."), state=error.state)
        case errors.AttemptPaused():
            return Refusal(status.HTTP_409_CONFLICT, "paused", _("The clock is stopped. Resume first."))
        case errors.AnswerChecked():
            return Refusal(status.HTTP_409_CONFLICT, "checked", _("This answer was checked and stands."))
        case errors.NotGraded():
            return Refusal(status.HTTP_409_CONFLICT, "not_graded", _("There is no result yet."))
        case errors.NothingToAsk():
            return Refusal(status.HTTP_409_CONFLICT, "nothing_to_ask", _("No question fits this choice. Choose a wider one."))
        case errors.QuizClosed():
            return Refusal(status.HTTP_409_CONFLICT, "quiz_closed", _("This quiz is not open now."))
        case errors.AttemptsUsedUp():
            return Refusal(status.HTTP_409_CONFLICT, "attempts_used_up", _("All sittings of this quiz have been used."))
        case errors.NotForGuests():
            return Refusal(
                status.HTTP_403_FORBIDDEN, "account_needed", _("Without an account, ten sample questions are open to you. Sign up for more.")
            )
        case errors.NotAllowed():
            return Refusal(status.HTTP_409_CONFLICT, "not_allowed", str(error))
    raise error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn refusals of the domain into problem details."""
    try:
        yield
    except errors.Refused as error:
        raise as_refusal(error) from error
