"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

CLOCK_FILE = Path(os.environ["CLOCK_OFFSET_FILE"])


class Clock:
    """The clock that tests may move; every process of the test run reads the same offset."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def move(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move it on (or back) by this much."""
        self.seconds += seconds + 60 * minutes + 3600 * hours + 86400 * days
        beside = CLOCK_FILE.with_suffix(".new")
        beside.write_text(str(self.seconds))
        beside.replace(CLOCK_FILE)  # in one step: no process reads half a number


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Move the clock of the domain; it is set right again afterwards."""
    yield Clock()
    CLOCK_FILE.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees what another has put in the cache."""
    yield
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _the_database_asked_for(request: pytest.FixtureRequest) -> None:
    """Tests meant for PostgreSQL must not run on SQLite in silence."""
    from django.db import connection

    assert connection.vendor == request.config.getoption("db")
    assert settings.DJANGO_ENV == "test"
