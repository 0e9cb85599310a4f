"""The commands of those who run a site, with what they should not be given."""

from __future__ import annotations

import signal
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from quizzes.domain import attempts, integrity, sweeping
from quizzes.models import Attempt, GradingJob

pytestmark = pytest.mark.django_db


def test_requeue_names_what_needs_no_attention_and_puts_back_the_rest(start, learner, capsys):
    stuck, well = (start(count=3) for _sitting in range(2))
    for attempt in (stuck, well):
        attempts.submit_attempt(attempt_id=attempt.pk, user=learner)
    GradingJob.objects.filter(attempt=stuck).update(state="needs_attention", tries=3)
    Attempt.objects.filter(pk=stuck.pk).update(state="needs_attention")
    unknown = uuid.uuid4()
    with pytest.raises(CommandError) as refused:
        call_command("requeue", str(stuck.pk), str(well.pk), str(unknown))
    assert capsys.readouterr().out == "1 put back in line.\n"
    assert str(well.pk) in str(refused.value) and str(unknown) in str(refused.value) and str(stuck.pk) not in str(refused.value)
    assert Attempt.objects.get(pk=stuck.pk).state == "submitted"
    call_command("requeue", "--all")
    assert capsys.readouterr().out == "0 put back in line.\n"


@pytest.mark.parametrize("words", [[], ["--all", str(uuid.uuid4())], ["nonsense"]])
def test_requeue_wants_attempts_or_all(words):
    with pytest.raises(CommandError):
        call_command("requeue", *words)


@pytest.fixture
def own_signals():
    """The sweep takes two signals for itself; the test run wants them back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def away(*args, **kwargs):
    raise DatabaseError("no such table")


def test_one_round_of_the_sweep_fails_aloud(monkeypatch, own_signals):
    monkeypatch.setattr(sweeping.attempts, "close_overdue", away)
    with pytest.raises(CommandError, match="no such table"):
        call_command("sweep", "--once")


@pytest.mark.parametrize("words", [["--every", "0"], ["--every", "-1"], ["--workers-first", "-1"]])
def test_sweep_refuses_times_that_make_no_sense(words):
    with pytest.raises(CommandError, match="seconds"):
        call_command("sweep", "--once", *words)


def test_check_of_integrity_without_tables_says_where_to_look(monkeypatch):
    monkeypatch.setattr(integrity, "CHECKS", (away,))
    with pytest.raises(CommandError, match="doctor says"):
        call_command("verify_integrity")
