"""A row that was only slow is done once more; whatever else went wrong stands."""

from __future__ import annotations

import pytest

from tests.faults import report, running
from tests.faults.matrix import Fault, Outcome

FAULT = Fault("F99", "Nothing happens", ("sqlite",), lambda _scene: None)


def outcome(**missed: list[str]) -> Outcome:
    return Outcome("F99", "sqlite", 1, **missed)


@pytest.fixture
def tries(monkeypatch):
    """What `run_fault` gives, one after another."""
    left: list[Outcome] = []
    monkeypatch.setattr(running, "run_fault", lambda _fault, **_place: left.pop(0))
    return left


def test_slow_row_is_done_again_and_says_so(tries):
    tries += [outcome(slow=["save p95: 1.07 s, the bound is 1 s"]), outcome()]
    again = running.run_twice_if_slow(FAULT)
    assert again.kept
    assert again.notes == ["at a first try save p95: 1.07 s, the bound is 1 s"]


def test_row_that_is_slow_twice_is_broken(tries):
    tries += [outcome(slow=["slow"]), outcome(slow=["slow again"])]
    assert not running.run_twice_if_slow(FAULT).kept


def test_loss_gets_no_second_try(tries):
    tries += [outcome(broken=["I1 lost"], slow=["slow"]), outcome()]
    assert not running.run_twice_if_slow(FAULT).kept
    assert len(tries) == 1


def test_row_that_was_kept_is_done_once(tries):
    tries += [outcome(), outcome(broken=["never"])]
    assert running.run_twice_if_slow(FAULT).kept
    assert len(tries) == 1


def test_row_that_was_not_run_claims_nothing():
    row = report.table([Outcome("F14", "sqlite", 1, not_run="a small disk needs root")]).splitlines()[-1]
    assert "NOT RUN: a small disk needs root" in row
    assert "yes" not in row
