"""Giving back the time of an outage: exact, once, logged, and only while a sitting runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.public import read_db_now
from quizzes.domain.attempts import close_overdue, pause_attempt
from quizzes.domain.errors import NotAllowed, SaveLate
from quizzes.domain.integrity import verify_integrity
from quizzes.domain.outages import record_outage
from quizzes.models import Attempt, Outage, TimeCredit
from quizzes.models.attempt import GRACE
from quizzes.records import Event, record_of
from tests.quizzes.conftest import holds_until, put


@pytest.fixture
def operator(db):
    return User.objects.create_user("operator", is_superuser=True, is_staff=True)


@pytest.fixture
def recorded(operator):
    def record(since, until, reason="The database was away."):
        return record_outage(since=since, until=until, reason=reason, actor=operator)

    return record


def test_a_running_sitting_gets_what_fell_into_its_time_to_the_second(start, clock, recorded):
    attempt, untimed = start("simulation"), start(count=3)
    deadline = attempt.deadline
    clock.move(minutes=20)
    begin = attempt.started_at
    credited = recorded(begin - timedelta(minutes=5), begin + timedelta(minutes=7, seconds=30))
    attempt.refresh_from_db()
    untimed.refresh_from_db()
    assert attempt.deadline == deadline + timedelta(minutes=7, seconds=30)
    assert untimed.deadline is None
    assert [(credit.attempt_id, credit.seconds) for credit in credited.credits] == [(attempt.pk, 450)]


def test_it_is_logged_and_the_learner_reads_why(start, clock, recorded, operator):
    attempt = start("simulation")
    clock.move(minutes=10)
    recorded(attempt.started_at, attempt.started_at + timedelta(minutes=2), "The power failed.")
    entry = AuditEntry.objects.get(action="credit_time")
    assert (entry.actor, entry.subject_id, entry.after["seconds"]) == (operator, str(attempt.pk), 120)
    assert AuditEntry.objects.get(action="record_outage").after["attempts"] == 1
    attempt.refresh_from_db()
    [told] = [entry for entry in record_of(attempt).entries if entry.event is Event.CREDITED]
    assert told.detail == "120 s: The power failed."


def test_answers_are_taken_until_the_new_deadline_and_its_grace_and_no_second_longer(start, clock, recorded):
    attempt = start("simulation")
    clock.move(minutes=10)
    recorded(attempt.started_at, attempt.started_at + timedelta(minutes=5))
    attempt.refresh_from_db()
    end = attempt.deadline + GRACE

    def go(*, before):
        clock.move(seconds=(end - read_db_now()).total_seconds() - before)
        return end

    def is_taken():
        try:
            return put(attempt, 1, None).version == 1
        except SaveLate:
            return False

    go(before=4 * 60)  # the old deadline and its grace are over
    assert close_overdue() == 0
    holds_until(lambda: go(before=1), is_taken)
    go(before=-1)
    with pytest.raises(SaveLate):
        put(attempt, 2, None)
    assert close_overdue() == 1
    attempt.refresh_from_db()
    assert attempt.submitted_at == attempt.deadline
    assert [finding for finding in verify_integrity() if finding.check in {"no_answer_is_late", "times_are_in_order"}] == []


def test_a_sitting_past_its_deadline_that_nobody_closed_yet_goes_on(start, clock, recorded):
    """The database was away at its end, so that the sweep could not close it either."""
    attempt = start("simulation")
    clock.move(seconds=(attempt.deadline - read_db_now()).total_seconds() + 120)
    recorded(attempt.deadline - timedelta(minutes=10), attempt.deadline + timedelta(minutes=1))
    assert close_overdue() == 0
    put(attempt, 1, None)
    assert TimeCredit.objects.get().seconds == 600


def test_a_sitting_that_was_closed_stays_closed_and_is_counted(start, clock, recorded):
    attempt = start("simulation")
    clock.move(seconds=(attempt.deadline - read_db_now()).total_seconds() + 120)
    assert close_overdue() == 1
    credited = recorded(attempt.deadline - timedelta(minutes=10), attempt.deadline + timedelta(minutes=1))
    assert (credited.credits, credited.too_late) == ([], 1)
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.SUBMITTED


def test_a_pause_is_no_lost_time(start, clock, recorded, learner):
    attempt = start("practice_exam")
    clock.move(minutes=5)
    pause_attempt(attempt_id=attempt.pk, user=learner)
    clock.move(minutes=20)
    recorded(attempt.started_at + timedelta(minutes=4), attempt.started_at + timedelta(minutes=15))
    assert 59 <= TimeCredit.objects.get().seconds <= 62


def test_no_minute_is_given_twice(start, clock, recorded):
    attempt = start("simulation")
    clock.move(minutes=20)
    begin = attempt.started_at
    recorded(begin, begin + timedelta(minutes=5))
    with pytest.raises(NotAllowed, match="overlaps"):
        recorded(begin + timedelta(minutes=4), begin + timedelta(minutes=6))
    recorded(begin + timedelta(minutes=5), begin + timedelta(minutes=6))
    assert sorted(TimeCredit.objects.values_list("seconds", flat=True)) == [60, 300]


@pytest.mark.parametrize(
    ("since", "until", "reason", "refusal"),
    [
        (-10, -20, "A reason.", "ends after it begins"),
        (-10, 10, "A reason.", "when it is over"),
        (-3000, -10, "A reason.", "more than a day"),
        (-10, -5, "  ", "Give the reason"),
    ],
)
def test_what_is_no_outage_is_refused(db, recorded, since, until, reason, refusal):
    now = read_db_now()
    with pytest.raises(NotAllowed, match=refusal):
        recorded(now + timedelta(minutes=since), now + timedelta(minutes=until), reason)
    assert not Outage.objects.exists()


def test_command_tells_what_it_gave(start, clock, capsys):
    attempt = start("simulation")
    clock.move(minutes=10)
    since, until = attempt.started_at, attempt.started_at + timedelta(minutes=1)
    words = ["--from", since.isoformat(), "--until", until.isoformat(), "--reason", "A cable."]
    call_command("credit_outage", *words)
    assert f"{attempt.pk}: 60 s" in capsys.readouterr().out
    with pytest.raises(CommandError, match="overlaps"):
        call_command("credit_outage", *words)


def test_admin_records_an_outage_and_never_edits_it(start, clock, client, operator):
    attempt = start("simulation")
    clock.move(minutes=10)
    client.force_login(operator)
    fields = {"reason": "A cable."}
    began = timezone.localtime(attempt.started_at)
    for name, at in (("since", began), ("until", began + timedelta(minutes=3))):
        fields |= {f"{name}_0": f"{at:%Y-%m-%d}", f"{name}_1": f"{at:%H:%M:%S}"}
    assert client.get("/admin/quizzes/outage/add/").status_code == 200
    answer = client.post("/admin/quizzes/outage/add/", fields)
    assert answer.status_code == 302
    credit = TimeCredit.objects.get()
    assert 179 <= credit.seconds <= 180 and credit.outage.recorded_by == operator
    answer = client.post("/admin/quizzes/outage/add/", fields)
    assert answer.status_code == 200 and "overlaps" in answer.content.decode()
    assert client.post(f"/admin/quizzes/outage/{credit.outage_id}/change/", fields).status_code == 403
    assert client.get(f"/admin/quizzes/outage/{credit.outage_id}/change/").status_code == 200
