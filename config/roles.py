"""The command line of each process that the product is made of; the supervisor, tests and deploy/ run the same ones."""

from __future__ import annotations

import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def web(*, host: str, port: int, processes: int, threads: int) -> list[str]:
    """Granian in WSGI mode: pages, API and static files."""
    return [
        *(sys.executable, "-m", "granian", "config.wsgi:application"),
        *("--interface", "wsgi", "--no-ws", "--host", host, "--port", str(port)),
        *("--workers", str(processes), "--blocking-threads", str(threads)),
        # A worker that crashed comes back; one that does not stop within ten seconds is killed.
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        *("--log-level", "warn"),
    ]


def worker(*, queue: str, processes: int, name: str = "worker") -> list[str]:
    """A Celery worker: a parent that hears the broker, and children that grade."""
    return [
        *(sys.executable, "-m", "celery", "--quiet", "--app", "config.celery", "worker"),
        *("--queues", queue, "--concurrency", str(processes), "--pool", "prefork", "--hostname", f"{name}@%h"),
        # Workers need not know of each other: grading is shared through the database.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat(*, schedule: Path) -> list[str]:
    """Celery's clock for nightly work and heartbeats; one alone."""
    return [sys.executable, "-m", "celery", "--quiet", "--app", "config.celery", "beat", "--schedule", str(schedule), "--pidfile", ""]


def sweep() -> list[str]:
    """The sweep: closes what is overdue and grades what no worker took, from the database alone."""
    return [sys.executable, "manage.py", "sweep"]


def manage(*words: str) -> list[str]:
    """A management command."""
    return [sys.executable, "manage.py", *words]
