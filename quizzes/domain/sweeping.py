"""The sweep: what must go on when the broker is gone and every worker is deaf. It needs only the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from quizzes.domain import attempts, grading

WORKERS_FIRST = timedelta(seconds=5)


@dataclass(frozen=True)
class Swept:
    """What one round did."""

    overdue_closed: int
    idle_closed: int
    graded: int

    def __bool__(self) -> bool:
        return bool(self.overdue_closed or self.idle_closed or self.graded)


def sweep_once(*, worker: str, workers_first: timedelta = WORKERS_FIRST) -> Swept:
    """Close overdue and idle sittings, free expired leases, and grade what no worker took within `workers_first`."""
    overdue = attempts.close_overdue()
    idle = attempts.close_idle()
    return Swept(overdue, idle, grading.drain_jobs(worker=worker, waiting_for=workers_first))
