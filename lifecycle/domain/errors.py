"""What can be refused, said by the domain."""

from __future__ import annotations

from lifecycle.entries import Mistake


class CheckMissing(LookupError):
    """The lesson has no such inline check, or the check no such option."""


class SectionMissing(LookupError):
    """The lesson has no such section."""


class LessonRefused(ValueError):
    """A lesson's text holds mistakes; lines count from the beginning of the text."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(f"line {mistake.line}: {mistake.message}" for mistake in mistakes))
        self.mistakes = mistakes


class NotAllowed(ValueError):
    """This cannot be done now; the message says why."""


class TooManySuggestions(ValueError):
    """This person has suggested as many terms today as anybody may."""
