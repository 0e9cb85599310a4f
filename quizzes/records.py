"""The record of a sitting: what was stored when, by the database's clock, as its learner may read and keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.public import csv_table
from quizzes.catalogue import VersionText, version_texts
from quizzes.models import Attempt, Response

COLUMNS = ("at", "event", "position", "version", "answer", "answer_text", "detail")


class Event(StrEnum):
    """What the record tells."""

    STARTED = "started"
    STORED = "stored"
    CHECKED = "checked"
    CREDITED = "time_credited"
    SUBMITTED = "submitted"
    CANCELLED = "cancelled"
    GRADED = "graded"


@dataclass(frozen=True)
class Entry:
    """One thing that was acknowledged. `version` counts the saves of a position; `answer_text` has the words that were chosen."""

    at: datetime
    event: Event
    position: int | None = None
    version: int | None = None
    answer: Any = None
    answer_text: Any = None
    detail: str = ""


@dataclass(frozen=True)
class Record:
    """Every acknowledged event of a sitting in order. `forgotten` saves were so many that their times are no longer kept."""

    attempt: Attempt
    entries: list[Entry]
    forgotten: int


def record_of(attempt: Attempt) -> Record:
    """Read the record, in five statements."""
    responses = list(Response.objects.filter(attempt=attempt).order_by("position"))
    texts = version_texts(version_id for version_id, _scored in attempt.form)
    entries = [Entry(attempt.started_at, Event.STARTED)]
    forgotten = 0
    for response in responses:
        saves = saves_of(response)
        forgotten += response.version - len(saves)
        text = texts[attempt.form[response.position - 1][0]]
        for version, (at, answer) in enumerate(saves, start=response.version - len(saves) + 1):
            entries.append(Entry(at, Event.STORED, response.position, version, answer, in_words(text, answer)))
        if response.checked_at:
            entries.append(Entry(response.checked_at, Event.CHECKED, response.position))
    entries += _times(attempt)
    order = list(Event)
    entries.sort(key=lambda entry: (entry.at, order.index(entry.event), entry.position or 0))
    return Record(attempt, entries, forgotten)


def _times(attempt: Attempt) -> Iterator[Entry]:
    for credit in attempt.time_credits.select_related("outage"):
        detail = f"{credit.seconds} s: {credit.outage.reason}"
        yield Entry(credit.credited_at, Event.CREDITED, detail=detail)
    if attempt.submitted_at:
        yield Entry(attempt.submitted_at, Event.SUBMITTED)
    for grade in attempt.grades.order_by("revision"):
        yield Entry(grade.graded_at, Event.GRADED, detail=f"{grade.score:g} / {grade.max_score:g}")


def saves_of(response: Response) -> list[tuple[datetime, Any]]:
    """(time, answer) of the saves that were taken, oldest first; at least the one that is stored now."""
    saves = []
    for line in response.history.splitlines():
        stamp, _blank, answer = line.partition(" ")
        try:
            saves.append((datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(stamp)), json.loads(answer)))
        except ValueError:  # the first line of a history that was cut to its length
            continue
    # What was stored before histories were kept has none, and a cut may leave half a number that reads like a whole one.
    saves = [(at, answer) for at, answer in saves if at.year >= EARLIEST_YEAR][-response.version :]
    return saves or [(response.saved_at, response.answer)]


EARLIEST_YEAR = 2020


def in_words(text: VersionText, answer: Any) -> Any:
    """An answer in the words of its options; the keys alone would mean nothing to anybody."""
    words = {option.key: option.text for option in text.options}
    if isinstance(answer, dict):
        prompts = {option.prompt_key: option.prompt for option in text.options}
        return {prompts.get(prompt, prompt): words.get(key, key) for prompt, key in answer.items()}
    return [words.get(key, key) for key in answer] if isinstance(answer, list) else answer


def record_table(record: Record) -> str:
    """The record as CSV, a header and a row for each entry."""
    return csv_table(COLUMNS, ([getattr(entry, column) for column in COLUMNS] for entry in record.entries))
