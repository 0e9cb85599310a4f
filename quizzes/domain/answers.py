"""Saving an answer: one statement that checks owner, state, deadline and version, and writes or refuses."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.clock import clock_offset
from accounts.public import db_now, read_db_now
from quizzes.catalogue import VersionText, current_keys, version_texts
from quizzes.domain.errors import (
    AnswerChecked,
    AnswerMisshapen,
    AttemptClosed,
    AttemptMissing,
    AttemptPaused,
    NotAllowed,
    SaveLate,
    SaveStale,
)
from quizzes.models import Attempt, Response
from quizzes.models.attempt import GRACE, HISTORY_LENGTH
from quizzes.models.quiz import Feedback
from quizzes.scoring import Answer, BadAnswer, check_answer, is_answered

CACHED_FORMS = 5_000
_forms: OrderedDict[UUID, list[list[int]]] = OrderedDict()


@dataclass(frozen=True)
class Save:
    """One save as the browser sends it. `base_version` is 0 for the first save of a position."""

    answer: Answer
    base_version: int
    save_id: UUID
    flagged: bool = False
    struck: tuple[str, ...] = ()
    seconds: int = 0
    confidence: int | None = None


@dataclass(frozen=True)
class Saved:
    """What is stored after a save, with the clock the browser counts against."""

    version: int
    save_id: UUID
    answer: Answer
    saved_at: datetime
    deadline: datetime | None
    now: datetime


def pinned_form(attempt_id: UUID) -> list[list[int]]:
    """The pinned versions of an attempt, [[version id, scored], ...]; read once per process. Raises AttemptMissing."""
    form = _forms.get(attempt_id)
    if form is None:
        form = Attempt.objects.filter(pk=attempt_id).values_list("form", flat=True).first()
        if form is None:
            raise AttemptMissing
        _forms[attempt_id] = form
        if len(_forms) > CACHED_FORMS:
            _forms.popitem(last=False)
    return form


def pinned_version(attempt_id: UUID, position: int) -> VersionText:
    """The version that stands at a position, counted from 1. Raises AttemptMissing."""
    form = pinned_form(attempt_id)
    if not 1 <= position <= len(form):
        raise AttemptMissing
    version_id = form[position - 1][0]
    return version_texts(pinned for pinned, _scored in form)[version_id]  # all at once: the next save asks for the next one


def save_answer(*, attempt_id: UUID, user_id: int | None, guest_key: str, position: int, save: Save) -> Saved:
    """Store an answer and return what is stored. A repeat with the same save id answers as before.

    Raises AttemptMissing, AnswerMisshapen, SaveStale, SaveLate, AttemptClosed, AttemptPaused, AnswerChecked.
    """
    text = pinned_version(attempt_id, position)
    try:
        answer = check_answer(save.answer, text.shape)
    except BadAnswer as error:
        _require_owner(attempt_id, user_id, guest_key)
        raise AnswerMisshapen(str(error)) from error
    write = _write_postgresql if connection.vendor == "postgresql" else _write_sqlite
    saved = write(attempt_id, user_id, guest_key, position, save, answer)
    if saved is None:
        return _why_not(attempt_id, user_id, guest_key, position, save)
    return saved


COLUMNS = "attempt_id, position, answer, version, save_id, flagged, struck, seconds, confidence, changes, saved_at, history"
UPDATES = f"""
    answer = excluded.answer, version = r.version + 1, save_id = excluded.save_id, flagged = excluded.flagged,
    struck = excluded.struck, seconds = excluded.seconds, confidence = excluded.confidence, saved_at = excluded.saved_at,
    history = CASE WHEN length(r.history) > {HISTORY_LENGTH} THEN substr(r.history, length(r.history) - {HISTORY_LENGTH - 1})
                   ELSE r.history END || excluded.history,
"""

POSTGRESQL = f"""
    WITH open AS (
        SELECT id, deadline, clock_timestamp() + %(offset)s AS now
        FROM quizzes_attempt
        WHERE id = %(attempt)s AND state = 'in_progress' AND paused_at IS NULL AND question_count >= %(position)s
          AND (user_id = %(user)s OR (user_id IS NULL AND guest_key = %(guest)s AND guest_key <> ''))
          AND (deadline IS NULL OR deadline + %(grace)s >= clock_timestamp() + %(offset)s)
        FOR SHARE
    ), saved AS (
        INSERT INTO quizzes_response AS r ({COLUMNS})
        SELECT id, %(position)s, %(answer)s::jsonb, 1, %(save)s, %(flagged)s, %(struck)s::jsonb, %(seconds)s, %(confidence)s, 0, now,
               (extract(epoch FROM now) * 1000)::bigint || ' ' || coalesce(%(answer)s, 'null') || chr(10)
        FROM open
        WHERE %(base)s = 0
           OR EXISTS (SELECT 1 FROM quizzes_response WHERE attempt_id = %(attempt)s AND position = %(position)s)
        ON CONFLICT (attempt_id, position) DO UPDATE SET {UPDATES}
            changes = r.changes + (r.answer IS NOT NULL AND r.answer IS DISTINCT FROM excluded.answer)::int
        WHERE r.version = %(base)s AND r.checked_at IS NULL
        RETURNING version, saved_at
    )
    SELECT saved.version, saved.saved_at, open.deadline, open.now FROM saved, open
"""  # noqa: S608 - the parts are constants of this module

SQLITE = f"""
    INSERT INTO quizzes_response AS r ({COLUMNS})
    SELECT id, %(position)s, %(answer)s, 1, %(save)s, %(flagged)s, %(struck)s, %(seconds)s, %(confidence)s, 0, %(now)s, %(entry)s
    FROM quizzes_attempt
    WHERE id = %(attempt)s AND state = 'in_progress' AND paused_at IS NULL AND question_count >= %(position)s
      AND (user_id = %(user)s OR (user_id IS NULL AND guest_key = %(guest)s AND guest_key <> ''))
      AND (deadline IS NULL OR deadline >= %(latest)s)
      AND (%(base)s = 0
           OR EXISTS (SELECT 1 FROM quizzes_response WHERE attempt_id = %(attempt)s AND position = %(position)s))
    ON CONFLICT (attempt_id, position) DO UPDATE SET {UPDATES}
        changes = r.changes + (r.answer IS NOT NULL AND r.answer IS NOT excluded.answer)
    WHERE r.version = %(base)s AND r.checked_at IS NULL
    RETURNING version
"""  # noqa: S608


def _write_postgresql(attempt_id: UUID, user_id: int | None, guest_key: str, position: int, save: Save, answer: Answer) -> Saved | None:
    with connection.cursor() as cursor:
        cursor.execute(
            POSTGRESQL,
            {
                "attempt": attempt_id,
                "user": user_id,
                "guest": guest_key,
                "position": position,
                "offset": clock_offset(),
                "grace": GRACE,
                "answer": None if answer is None else json.dumps(answer),
                "save": save.save_id,
                "flagged": save.flagged,
                "struck": json.dumps(list(save.struck)),
                "seconds": save.seconds,
                "confidence": save.confidence,
                "base": save.base_version,
            },
        )
        row = cursor.fetchone()
    return row and Saved(row[0], save.save_id, answer, row[1], row[2], row[3])


def _write_sqlite(attempt_id: UUID, user_id: int | None, guest_key: str, position: int, save: Save, answer: Answer) -> Saved | None:
    """SQLite's one writer takes the place of the row lock; its clock is the host's."""
    with transaction.atomic(), connection.cursor() as cursor:
        now = read_db_now()
        adapt = connection.ops.adapt_datetimefield_value
        cursor.execute(
            SQLITE,
            {
                "attempt": attempt_id.hex,
                "user": user_id,
                "guest": guest_key,
                "position": position,
                "now": adapt(now),
                "entry": f"{now.timestamp() * 1000:.0f} {'null' if answer is None else json.dumps(answer)}\n",
                "latest": adapt(now - GRACE),
                "answer": None if answer is None else json.dumps(answer),
                "save": save.save_id.hex,
                "flagged": save.flagged,
                "struck": json.dumps(list(save.struck)),
                "seconds": save.seconds,
                "confidence": save.confidence,
                "base": save.base_version,
            },
        )
        row = cursor.fetchone()
        if row is None:
            return None
        deadline = Attempt.objects.filter(pk=attempt_id).values_list("deadline", flat=True).get()
    return Saved(row[0], save.save_id, answer, now, deadline, now)


def _require_owner(attempt_id: UUID, user_id: int | None, guest_key: str) -> Attempt:
    owned = Attempt.objects.filter(pk=attempt_id)
    owned = owned.filter(user_id=user_id) if user_id else owned.filter(user=None, guest_key=guest_key).exclude(guest_key="")
    attempt = owned.first()
    if attempt is None:
        raise AttemptMissing
    return attempt


def _why_not(attempt_id: UUID, user_id: int | None, guest_key: str, position: int, save: Save) -> Saved:
    """The stored answer when this save was taken before; else the reason why it is refused."""
    attempt = _require_owner(attempt_id, user_id, guest_key)
    stored = Response.objects.filter(attempt=attempt, position=position).first()
    now = read_db_now()
    if stored is not None and stored.save_id == save.save_id:
        return Saved(stored.version, stored.save_id, stored.answer, stored.saved_at, attempt.deadline, now)
    if attempt.state != Attempt.State.IN_PROGRESS:
        raise AttemptClosed(attempt.state)
    if attempt.deadline and now > attempt.deadline + GRACE:
        raise SaveLate(attempt.deadline)
    if attempt.paused_at:
        raise AttemptPaused
    if stored is not None and stored.checked_at:
        raise AnswerChecked
    raise SaveStale(stored_response(stored) if stored else None)


def stored_response(response: Response) -> dict[str, Any]:
    """A stored response as the API shows it to its owner."""
    return {
        "position": response.position,
        "answer": response.answer,
        "version": response.version,
        "save_id": str(response.save_id),
        "flagged": response.flagged,
        "struck": response.struck,
        "seconds": response.seconds,
        "confidence": response.confidence,
        "checked": response.checked_at is not None,
        "saved_at": response.saved_at,
    }


def check_response(*, attempt_id: UUID, user: Any, guest_key: str = "", position: int) -> tuple[VersionText, Attempt, Response]:
    """Lock a saved answer so that its feedback can be shown. A repeat changes nothing.

    Raises AttemptMissing, NotAllowed (feedback comes at the end, or nothing was answered), AttemptClosed.
    """
    with transaction.atomic():
        attempt = Attempt.objects.visible_to(user, guest_key).select_related("exam").filter(pk=attempt_id).first()
        if attempt is None or position > attempt.question_count:
            raise AttemptMissing
        if attempt.feedback != Feedback.EACH:
            raise NotAllowed(_("The answers to this sitting are explained at its end."))
        response = Response.objects.select_for_update().filter(attempt=attempt, position=position).first()
        if response is None or not is_answered(response.answer):
            raise NotAllowed(_("Answer the question first."))
        if response.checked_at is None:
            if attempt.state != Attempt.State.IN_PROGRESS:
                raise AttemptClosed(attempt.state)
            Response.objects.filter(pk=response.pk).update(checked_at=db_now())
    return pinned_version(attempt_id, position), attempt, response


def feedback_key(text: VersionText) -> Answer:
    """The right answer in force for a version."""
    return current_keys([text.id])[text.id].answer
