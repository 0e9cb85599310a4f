"""Fixtures for every test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as properties
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from analytics import instrument
from quizzes import catalogue
from quizzes.domain import answers
from tests.servers.chromium import FLAGS, find_or_install_chromium
from tests.servers.databases import Databases, reading_and_writing
from tests.servers.launching import Launched
from tests.servers.people import PageAs
from tests.servers.redis import RedisServer
from tests.servers.site import Site, Web
from tests.servers.waiting import AT_A_PAGE

# A property is true or false; how long a busy machine took over one example says nothing about it.
properties.register_profile("studyloop", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("studyloop")

# A page waits 0.3 s for the cache and goes on without it. A Redis on a busy machine may need that once among thousands of calls, and
# what a test has counted there would be gone. (The processes that tests start have the product's own patience.)
settings.CACHES["default"]["OPTIONS"] |= {"socket_timeout": 3.0, "socket_connect_timeout": 3.0}

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


@pytest.fixture(autouse=True)
def _forgotten_caches() -> None:
    """Each test has its own database, whose ids come back as those of other rows."""
    catalogue.forget()
    instrument.forget()
    answers._forms.clear()


@pytest.fixture(scope="session", autouse=True)
def _the_database_asked_for(request: pytest.FixtureRequest) -> None:
    """Tests meant for PostgreSQL must not run on SQLite in silence."""
    from django.db import connection

    assert connection.vendor == request.config.getoption("db")
    assert settings.DJANGO_ENV == "test"


# ── Real processes: a site with the real content ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def _databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def live_site(_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that tests share: the real content, the run's Redis. Make your own people in it; leave the content alone."""
    site = Site(tmp_path_factory.mktemp("live"), _databases.copy(), os.environ["REDIS_URL"], f"live-{os.getpid()}")
    yield site
    site.stop()


@pytest.fixture(scope="session")
def live_web(live_site: Site) -> Web:
    """The shared site's web server, a real process; `live_web.url` is its address."""
    return live_site.start_web()


@pytest.fixture(scope="session")
def worker(live_site: Site) -> Launched:
    """The shared site's Celery worker, a real process."""
    return live_site.start_worker()


@pytest.fixture
def live_db(live_site: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Models read and write the shared site's database, and commit. Not together with `db`."""
    with django_db_blocker.unblock(), reading_and_writing(live_site.database_url):
        yield


@pytest.fixture
def own_site(_databases: Databases, redis_server: RedisServer, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """A site of the test's own, to kill and freeze at will: a fresh database with the real content and a Redis; nothing else runs.

    Models read and write its database. Start what is needed: `start_web()`, `start_worker()`, `start_sweep()`.
    """
    site = Site(tmp_path, _databases.copy(), redis_server.url, "studyloop", redis=redis_server)
    with django_db_blocker.unblock(), reading_and_writing(site.database_url):
        yield site
    site.stop()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own, to kill and freeze at will."""
    server = RedisServer(Path(tempfile.mkdtemp(prefix="sl-redis-", dir=settings.DATA_DIR))).start()
    yield server
    server.stop()


# ── The browser ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, driven by Playwright's synchronous interface."""
    chromium = find_or_install_chromium()
    expect.set_options(timeout=1000 * AT_A_PAGE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.program, args=list(FLAGS), env={**os.environ, **chromium.environment}
        )
        yield launched
        launched.close()


@pytest.fixture
def page_as(browser: Browser, live_web: Web, live_db: None) -> Iterator[PageAs]:
    """`page_as(role)` opens a page of the shared site, signed in as a new person of that role: learner, instructor, lead,
    superuser or visitor. The person is `page.person`. Further arguments go to the browser context (viewport, color_scheme …).

    A script error or a breach of the content security policy on any page fails the test.
    """
    opener = PageAs(browser, live_web.url)
    yield opener
    opener.close()
