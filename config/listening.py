"""A worker that notices that it has gone deaf, and ends, so that whatever watches it starts it again.

A worker whose acknowledgement is lost while Redis hangs counts that message as in hand for ever: with every slot so taken it lives,
is connected, and asks for nothing more. Seen with Celery 5.7.0, whose own watchdog looks at the connection alone.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import redis
import structlog
from celery.worker import state
from django.conf import settings

log = structlog.get_logger("studyloop.listening")

LOOK_EVERY = 5.0
DEAF_AFTER = 30.0
END_WITHIN = 40.0  # longer than a soft shutdown lasts


class Ear:
    """Decides from what it is told whether this worker is deaf: idle, while messages wait that it does not take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._well = clock()

    def heard(self) -> None:
        """A message was taken."""
        self._well = self._clock()

    def is_deaf(self, *, waiting: int | None, busy: bool) -> bool:
        """`waiting` messages are in the queue, None where Redis does not answer; `busy` while a task runs."""
        if not waiting or busy:
            self.heard()
        return self._clock() - self._well >= DEAF_AFTER


class Watch(threading.Thread):
    """Looks every few seconds, in the worker's main process."""

    def __init__(self, ear: Ear) -> None:
        super().__init__(name="listening", daemon=True)
        self._ear = ear
        cache = settings.CACHES["default"]
        self._client = redis.Redis.from_url(cache["LOCATION"], **cache["OPTIONS"])

    def run(self) -> None:
        """Look until deaf; then end this process, softly if it can."""
        while not self._ear.is_deaf(waiting=self._waiting(), busy=bool(state.active_requests)):
            time.sleep(LOOK_EVERY)
        log.critical("worker_deaf", seconds=DEAF_AFTER)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_WITHIN)
        os._exit(1)

    def _waiting(self) -> int | None:
        try:
            return int(self._client.llen(settings.CELERY_TASK_DEFAULT_QUEUE))
        except (redis.RedisError, OSError):
            return None


ear = Ear()


def start_watch() -> None:
    """Begin to look; for the worker's main process once it is ready."""
    if settings.HAS_BROKER:
        ear.heard()
        Watch(ear).start()
