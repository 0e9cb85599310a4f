"""`python -m tests.faults.stopping_worker worker …`: a Celery worker whose children stop themselves between claim and work.

SQLite has no row locks to stop a grader at, and the moment lasts less than a thousandth of a second. SIGCONT lets it go on.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

from config.celery import app


def main(arguments: list[str]) -> None:
    """Run the worker."""
    django.setup()
    from quizzes.domain import grading

    claim_jobs = grading.claim_jobs

    def claim_and_stop(**wish: Any) -> list[Any]:
        jobs = claim_jobs(**wish)
        if jobs:
            os.kill(os.getpid(), signal.SIGSTOP)
        return jobs

    grading.claim_jobs = claim_and_stop
    app.worker_main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
