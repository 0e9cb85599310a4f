"""Hints: sent where there is a broker, and nobody waits for them."""

from __future__ import annotations

import threading

from quizzes import hints


def test_hint_is_sent_by_another_thread(monkeypatch, settings):
    sent = threading.Event()
    monkeypatch.setattr(hints, "sender", hints.HintSender(sent.set))
    settings.HAS_BROKER = True
    hints.hint_drain()
    assert sent.wait(10)


def test_nothing_is_kept_for_a_broker_that_is_not_there(monkeypatch, settings):
    asked = []
    sender = hints.HintSender(lambda: None)
    monkeypatch.setattr(sender, "hint", lambda: asked.append(1))
    monkeypatch.setattr(hints, "sender", sender)
    settings.HAS_BROKER = False
    hints.hint_drain()
    assert not asked


def test_failed_hint_is_followed_by_a_rest(monkeypatch):
    tried = []
    second = threading.Event()

    def fail():
        tried.append(1)
        raise ConnectionError

    sender = hints.HintSender(fail)
    sender.hint()
    for _look in range(1000):
        if sender._rest_until:
            break
        second.wait(0.01)
    sender.hint()
    second.wait(0.2)
    assert len(tried) == 1
