"""The record of a sitting in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from quizzes.public import Event, Record

WORDS = {
    Event.STARTED: gettext_lazy("Started"),
    Event.STORED: gettext_lazy("Answer stored"),
    Event.CHECKED: gettext_lazy("Explanation shown; the answer stands"),
    Event.CREDITED: gettext_lazy("Time given back"),
    Event.SUBMITTED: gettext_lazy("Handed in"),
    Event.CANCELLED: gettext_lazy("Cancelled"),
    Event.GRADED: gettext_lazy("Marked"),
}


@dataclass(frozen=True)
class Row:
    """A line of the page."""

    at: datetime
    event: str
    position: int | None
    text: str

    @property
    def clock(self) -> str:
        """The time of day to the second, as the page's language writes it."""
        # Translators: hours, minutes and seconds, as Django's time filter writes them.
        return time_format(timezone.localtime(self.at).time(), pgettext("time format", "H:i:s"))


def record_rows(record: Record) -> list[Row]:
    """The entries as the page shows them, oldest first."""
    return [
        Row(entry.at, str(WORDS[entry.event]), entry.position, _text(entry.event, entry.answer_text, entry.detail))
        for entry in record.entries
    ]


def _text(event: Event, answer: Any, detail: str) -> str:
    if event is not Event.STORED:
        return detail
    if not answer:
        return _("left open")
    if isinstance(answer, dict):
        return "; ".join(f"{prompt} → {chosen}" for prompt, chosen in answer.items())
    return "; ".join(str(chosen) for chosen in answer if chosen is not None)
