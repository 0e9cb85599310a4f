"""Giving back the time of a proven outage. Deadlines move on, never back, and only of sittings that still run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import AuditEntry, read_db_now
from quizzes.domain.errors import NotAllowed
from quizzes.models import Attempt, Outage, TimeCredit

LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Credited:
    """What recording an outage did. `too_late` sittings ended within it: they are closed, and no answer is taken any more."""

    outage: Outage
    credits: list[TimeCredit]
    too_late: int


def record_outage(*, since: datetime, until: datetime, reason: str, actor: Any) -> Credited:
    """Record an outage, and give each running sitting with a deadline the part of it that fell into its time, to the second.

    Two outages never overlap, so that no minute is given twice. A pause is not lost time: the clock stood. Raises NotAllowed.
    """
    with transaction.atomic():
        # Locked before anything is read: of two recordings at once, one waits and then sees the other's outage.
        running = list(Attempt.objects.open().filter(deadline__isnull=False, started_at__lt=until).order_by("pk").select_for_update())
        now = check_outage(since=since, until=until, reason=reason)
        outage = Outage.objects.create(since=since, until=until, reason=reason.strip(), recorded_by=actor, recorded_at=now)
        lost = {attempt.pk: seconds_lost(attempt, since, until) for attempt in running}
        credited = [attempt for attempt in running if lost[attempt.pk]]
        for attempt in credited:
            assert attempt.deadline
            attempt.deadline += timedelta(seconds=lost[attempt.pk])
        Attempt.objects.bulk_update(credited, ["deadline"], batch_size=500)
        credits = TimeCredit.objects.bulk_create(
            TimeCredit(attempt=attempt, outage=outage, seconds=lost[attempt.pk], credited_at=now) for attempt in credited
        )
        _audit(outage, credits, actor)
        ended = Attempt.objects.exclude(state__in=[Attempt.State.IN_PROGRESS, Attempt.State.CANCELLED])
        too_late = ended.filter(deadline__gt=since, deadline__lte=until, submitted_at__gte=since).count()
    return Credited(outage, credits, too_late)


def seconds_lost(attempt: Attempt, since: datetime, until: datetime) -> int:
    """Seconds of the outage within the sitting's own time, rounded up; 0 where its clock did not run."""
    if attempt.deadline is None:
        return 0
    begin, end = max(since, attempt.started_at), min(until, attempt.deadline)
    if attempt.paused_at:
        end = min(end, attempt.paused_at)
    return max(0, math.ceil((end - begin).total_seconds()))


def check_outage(*, since: datetime, until: datetime, reason: str) -> datetime:
    """Raises NotAllowed when it cannot be recorded; returns the database's time."""
    now = read_db_now()
    if not since < until:
        raise NotAllowed(_("An outage ends after it begins."))
    if until > now:
        raise NotAllowed(_("An outage is recorded when it is over."))
    if until - since > LONGEST:
        raise NotAllowed(_("An outage of more than a day is more than time can make good: cancel the sittings instead."))
    if not reason.strip() or len(reason) > 250:
        raise NotAllowed(_("Give the reason in 250 characters or fewer; learners read it."))
    if Outage.objects.filter(since__lt=until, until__gt=since).exists():
        raise NotAllowed(_("It overlaps an outage that is recorded already."))
    return now


def _audit(outage: Outage, credits: list[TimeCredit], actor: Any) -> None:
    AuditEntry.objects.create(
        actor=actor,
        action="record_outage",
        subject_kind="outage",
        subject_id=str(outage.pk),
        after={"since": outage.since.isoformat(), "until": outage.until.isoformat(), "reason": outage.reason, "attempts": len(credits)},
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor=actor,
            action="credit_time",
            subject_kind="attempt",
            subject_id=str(credit.attempt_id),
            after={"outage": outage.pk, "seconds": credit.seconds},
        )
        for credit in credits
    )
