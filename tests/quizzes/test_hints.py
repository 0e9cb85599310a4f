"""Hints: sent where there is a broker, and nobody waits for them."""

from __future__ import annotations

import threading

from quizzes import hints
from tests.servers.waiting import PATIENCE, wait_until


def test_hint_is_sent_by_another_thread(monkeypatch, settings):
    sent = threading.Event()
    monkeypatch.setattr(hints, "sender", hints.HintSender(sent.set))
    settings.HAS_BROKER = True
    hints.hint_drain()
    assert sent.wait(PATIENCE), "no hint was sent"


def test_nothing_is_kept_for_a_broker_that_is_not_there(monkeypatch, settings):
    asked = []
    sender = hints.HintSender(lambda: None)
    monkeypatch.setattr(sender, "hint", lambda: asked.append(1))
    monkeypatch.setattr(hints, "sender", sender)
    settings.HAS_BROKER = False
    hints.hint_drain()
    assert not asked


def test_failed_hint_is_followed_by_a_rest(monkeypatch):
    monkeypatch.setattr(hints, "REST_AFTER_FAILURE", 3600.0)
    tried = []

    def fail():
        tried.append(1)
        raise ConnectionError

    sender = hints.HintSender(fail)
    sender.hint()
    wait_until(lambda: sender._rest_until, what="the rest after a failure")
    for _again in range(2):  # the second is taken when the first has been dealt with
        sender.hint()
    wait_until(sender._hints.empty, what="the hints are taken")
    assert len(tried) == 1
