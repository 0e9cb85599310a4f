"""The test run's own pytest plugin: it makes the environment before Django's settings are read.

Settings read the environment when they are imported, and pytest-django imports them before any conftest.py: what a conftest sets
comes too late, and tests meant for PostgreSQL would run on SQLite in silence. So this is loaded with `-p` and goes first.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.servers.postgres import PostgresServer, find_installation
from tests.servers.redis import RedisServer

KINDS = ("worker", "browser")
DATABASE_FIXTURES = {"db", "transactional_db", "_databases"}


# Most tests make a bank of questions: so many objects that looking for garbage at Python's pace took a sixth of the time.
gc.set_threshold(200_000, 20, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The database of this run, and where to write the counts."""
    group = parser.getgroup("studyloop")
    group.addoption("--db", choices=("sqlite", "postgresql"), default="sqlite", help="Database of this run (default: sqlite).")
    group.addoption("--counts", metavar="FILE", help="Write the number of tests per real part to FILE.")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None, None, None]:
    """Start what the settings name, then let pytest-django read them. A wrapper runs before every plain hook."""
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        _make_environment(options.db)
    return (yield)


def _make_environment(database: str) -> None:
    directory = Path(tempfile.mkdtemp(prefix="sl-test-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    (directory / "static").mkdir()  # made by collectstatic elsewhere; here the finders serve
    os.environ["DJANGO_ENV"] = "test"
    os.environ["DATA_DIR"] = str(directory)
    os.environ["CLOCK_OFFSET_FILE"] = str(directory / "clock-offset")
    os.environ["NAMESPACE"] = f"test-{os.getpid()}"
    # Playwright's synchronous interface runs an event loop in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    if database == "sqlite":
        os.environ.pop("DATABASE_URL", None)
    elif not os.environ.get("DATABASE_URL"):
        server = PostgresServer().start()
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.url
        os.environ["PATH"] = f"{find_installation() / 'bin'}:{os.environ['PATH']}"  # pg_dump refuses a server newer than itself
    if not os.environ.get("REDIS_URL"):
        redis_server = RedisServer(directory / "redis").start()
        atexit.register(redis_server.stop)
        os.environ["REDIS_URL"] = redis_server.url


def pytest_report_header(config: pytest.Config) -> str:
    """Which real parts this run uses."""
    return f"studyloop: on {config.getoption('db')}, Redis at {os.environ.get('REDIS_URL', '').split('@')[-1]}"


@pytest.hookimpl(tryfirst=True)  # before pytest itself chooses by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses a database. Leave out what only the other one can run: it runs in the other half of `make test`, and is not
    skipped.
    """
    for item in items:
        if _uses_database(item):
            item.add_marker("database")
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[config.getoption("db")]
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


def _uses_database(item: pytest.Item) -> bool:
    """Whether its outcome can depend on the database; pytest-django fails any other test that touches one."""
    by_mark = any(item.get_closest_marker(name) for name in ("django_db", "postgresql", "worker"))
    return by_mark or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count each test once, by the real part it needs."""
    if report.when == "call" or (report.when == "setup" and not report.passed) or (report.when == "teardown" and report.failed):
        outcome = "failed" if report.failed else "skipped" if report.skipped else "passed"
        kind = next((kind for kind in KINDS if kind in report.keywords), "plain")
        key = f"{kind} {outcome}"
        counted[key] = counted.get(key, 0) + 1


counted: dict[str, int] = {}


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the counts for the summary of `make test`."""
    if path := session.config.getoption("counts"):
        Path(path).write_text(json.dumps({"database": session.config.getoption("db"), "counts": counted}))
