"""Hints to the workers that grading waits. Losing one is harmless: the rows are the truth and the sweep finds them.

A request never waits for the broker: hints are handed to one background thread a process, and after a failure none is sent
for a while (a circuit breaker), so that a hung broker costs one short time-out now and then and nothing else.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

WAITING_AT_MOST = 100
REST_AFTER_FAILURE = 5.0


class HintSender:
    """A bounded queue and the thread that empties it."""

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self._hints: queue.Queue[float] = queue.Queue(maxsize=WAITING_AT_MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._rest_until = 0.0

    def hint(self) -> None:
        """Ask for a hint to be sent; returns at once, whatever the broker does."""
        self._start_thread()
        try:
            self._hints.put_nowait(time.monotonic())
        except queue.Full:
            log.info("grading_hint_dropped", reason="queue_full")

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None or self._pid != os.getpid():  # a forked child has no copy of the thread
                self._pid = os.getpid()
                self._hints = queue.Queue(maxsize=WAITING_AT_MOST)
                self._thread = threading.Thread(target=self._run, name="grading-hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._hints.get()
            if time.monotonic() < self._rest_until:
                continue
            try:
                self._send()
            except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the rows are safe
                self._rest_until = time.monotonic() + REST_AFTER_FAILURE
                log.warning("grading_hint_failed", error=type(error).__name__)


def _send_drain() -> None:
    from quizzes.tasks import drain

    drain.apply_async(ignore_result=True)


sender = HintSender(_send_drain)


def hint_drain() -> None:
    """Tell a worker that grading waits; to be called after the commit. Without a broker there is nobody to tell."""
    if settings.HAS_BROKER:
        sender.hint()
