"""Learners with a standing, made with the real filter and the real packers, a few statements for any number of them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
from django.utils import timezone

from accounts.models import Membership, Team, User
from analytics import ledger
from analytics.domain.mastery import day_number, snapshot_of
from analytics.instrument import instrument_of
from analytics.models import AttemptEvidence, DailySnapshot, Mastery
from analytics.readiness.filter import update
from analytics.readiness.state import pack
from quizzes.models import Attempt


def make_members(team: Team, names: list[str], **fields) -> list[User]:
    """Accounts with a place in a team."""
    users = User.objects.bulk_create(User(username=name, password="!") for name in names)
    Membership.objects.bulk_create(Membership(team=team, user=user, **fields) for user in users)
    return users


def practise(users, exam, *, shares, weeks=8, per_week=15, ends=None, seconds=40):
    """A history for each user: every week a sitting that walks through the tasks, `shares[i]` of it right, the last one at `ends`.

    Writes mastery, one snapshot a week and the evidence, as grading does.
    """
    instrument = instrument_of(exam.pk)
    ends = ends or timezone.now()
    by_task = {asked.task: asked for asked in instrument.questions.values()}
    masteries, snapshots, attempts, evidence = [], [], [], []
    for user, share in zip(users, shares, strict=True):
        state, answered = instrument.model.prior(), 0
        row = Mastery(user=user, exam=exam, updated_at=ends)
        for week in range(weeks):
            at = ends - timedelta(weeks=weeks - 1 - week)
            for place in range(per_week):
                asked = by_task[(place + week) % len(instrument.layout.tasks)]
                right = int((answered + 1) * share) > int(answered * share)
                update(state, instrument.model, asked.parameters, correct=right, weight=1.0, day=day_number(at))
                answered += 1
            row.answers = row.first_answers = answered
            row.last_submitted_at = at
            snapshots.append(snapshot_of(row, state, instrument))
            attempt = Attempt(
                user=user, exam=exam, mode="drill", title="Drill", state="graded", feedback="end", form=[[1, 1]], question_count=per_week,
                seed=1, started_at=at, active_at=at, submitted_at=at, graded_at=at,
            )  # fmt: skip
            attempts.append(attempt)
            records = np.zeros(per_week, dtype=ledger.RECORD)
            records["seconds"] = seconds
            evidence.append(
                AttemptEvidence(attempt=attempt, user=user, exam=exam, mode="drill", submitted_at=at, records=ledger.write(records))
            )
        row.state, row.last_attempt = pack(state, instrument.layout), uuid.uuid4()
        masteries.append(row)
    Attempt.objects.bulk_create(attempts, batch_size=500)
    Mastery.objects.bulk_create(masteries, batch_size=500)
    DailySnapshot.objects.bulk_create(snapshots, batch_size=500)
    AttemptEvidence.objects.bulk_create(evidence, batch_size=500)
