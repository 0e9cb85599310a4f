"""What can be refused, said by the domain; one table in the API turns these into HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any


class Refused(Exception):
    """The base of everything that is refused for a reason the person can be told."""


class NothingToAsk(Refused):
    """No question fits what was asked for."""


class QuizClosed(Refused):
    """The quiz is not open now."""


class AttemptsUsedUp(Refused):
    """All sittings allowed have been used."""


class NotForGuests(Refused):
    """Needs an account."""


class AttemptMissing(Refused):
    """There is no such attempt for this person."""


class AnswerMisshapen(Refused):
    """The answer does not fit the question."""


class SaveStale(Refused):
    """Another save came first; carries what is stored."""

    def __init__(self, stored: dict[str, Any] | None) -> None:
        super().__init__("stale")
        self.stored = stored


class SaveLate(Refused):
    """The deadline and its grace are over."""

    def __init__(self, deadline: datetime) -> None:
        super().__init__("late")
        self.deadline = deadline


class AttemptClosed(Refused):
    """The attempt takes no more answers; carries its state."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class AttemptPaused(Refused):
    """The clock is stopped; resume first."""


class AnswerChecked(Refused):
    """The feedback was shown, so the answer stands."""


class NotGraded(Refused):
    """There is no grade yet."""


class NotAllowed(Refused):
    """This kind of attempt does not allow it."""
