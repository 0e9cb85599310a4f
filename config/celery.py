"""The Celery application. Its messages are hints; the rows in the database say what there is to do."""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, task_postrun, task_prerun, task_received, worker_ready
from structlog.contextvars import bind_contextvars, unbind_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# As root a worker warns of pickled messages; ours takes JSON alone. Which user runs it is said in deploy/.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("studyloop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Celery leaves logging alone as soon as this signal has a receiver; Django has set it up already."""


@task_prerun.connect
def name_task(task_id: str, task: Any, **_: Any) -> None:
    """Every line that a task logs carries the task's name and id."""
    bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def forget_task(**_: Any) -> None:
    """The next task in this process starts without the last one's fields."""
    unbind_contextvars("task", "task_id")


@worker_ready.connect
def watch_for_deafness(**_: Any) -> None:
    """From now on this worker ends itself when it has gone deaf."""
    from config.listening import start_watch  # settings are read by then

    start_watch()


@task_received.connect
def note_message(**_: Any) -> None:
    """It hears."""
    from config.listening import ear

    ear.heard()
