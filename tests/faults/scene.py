"""Where a fault happens: a database of its own, a Redis, proxies between them and the product's processes, and learners."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections

from config import roles
from config.processes import signal_group
from quizzes.models import Attempt, GradingJob
from tests.client import right_answers
from tests.faults.learners import Learner, Ledger, Sitting
from tests.faults.matrix import Outcome
from tests.faults.proxy import Proxy, Target
from tests.servers.launching import Launched
from tests.servers.people import make_person
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer
from tests.servers.site import Site, Web
from tests.servers.waiting import PATIENCE, wait_until

T = TypeVar("T")
AT_ONCE = 16


class Scene:
    """One run of one fault.

    The harness's own models reach the database directly; the product's processes reach it, and Redis, through proxies.
    """

    def __init__(self, outcome: Outcome, *, size: str, database_url: str, postgres: PostgresServer | None) -> None:
        self.outcome = outcome
        self.size = size
        self.dice = random.Random(f"{outcome.fault} {outcome.database} {outcome.seed}")
        self.ledger = Ledger()
        self.postgres = postgres
        self.database_url = database_url
        self.directory = Path(tempfile.mkdtemp(prefix="sl-fault-"))
        self.redis = RedisServer(self.directory / "redis").start()
        self.store: Proxy | None = None
        self._proxies: list[Proxy] = []
        seen_url = database_url
        if database_url.startswith("postgresql"):
            parts = urlsplit(database_url)
            assert parts.port
            self.store = self.proxy(Target(port=parts.port))
            seen_url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{self.store.port}"))
        self.web_broker = self.proxy(Target(path=self.redis.socket))
        self.worker_broker = self.proxy(Target(path=self.redis.socket))
        self.site = Site(self.directory, seen_url, f"redis://127.0.0.1:{self.web_broker.port}/0", "studyloop", redis=self.redis)
        self.worker_settings = {"REDIS_URL": f"redis://127.0.0.1:{self.worker_broker.port}/0"}
        self.expected_attention = 0
        self.regraded = False

    # ── What runs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def small(self) -> bool:
        """Whether this is the quick look."""
        return self.size == "small"

    @property
    def on_postgresql(self) -> bool:
        return self.outcome.database == "postgresql"

    def proxy(self, target: Target) -> Proxy:
        """A proxy that ends with the scene."""
        made = Proxy(target).start()
        self._proxies.append(made)
        return made

    def web(self, *, processes: int = 1, threads: int = 4, **settings: str) -> Web:
        """A web server."""
        return self.site.start_web(processes=processes, threads=threads, **settings)

    def worker(self, *, processes: int = 2, name: str = "worker") -> Launched:
        """A Celery worker that hears its queue."""
        return self.site.start_worker(processes=processes, name=name, **self.worker_settings)

    def everything(self, *, processes: int = 1, **settings: str) -> tuple[Web, Launched, Launched]:
        """Web, worker and sweep, as they run in production; started together, and ready."""
        worker = self.start(roles.worker(queue=self.site.namespace, processes=2), "worker", **self.worker_settings)
        sweep = self.sweep()
        web = self.web(processes=processes, **settings)
        worker.wait_for(lambda: " ready." in worker.tail(10_000), what="the worker is ready")
        return web, worker, sweep

    def sweep(self, *words: str) -> Launched:
        """A sweep as it comes."""
        return self.site.start_sweep(*words)

    def beat(self) -> Launched:
        """Celery's clock."""
        return self.site.start_beat()

    def start(self, argv: list[str], name: str, *, cwd: Path = roles.BASE_DIR, **settings: str) -> Launched:
        """Any other process of the site."""
        launched = Launched.start(argv, env=self.site.environment(**settings), log=self.directory / f"{name}.log", cwd=cwd)
        self.site.running.append(launched)
        return launched

    def manage(self, *words: str, timeout: float = 2 * PATIENCE, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        return subprocess.run(
            roles.manage(*words),
            env=self.site.environment(**settings),
            cwd=roles.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def kill(self, launched: Launched) -> None:
        """kill -9 of a process and everything it has started."""
        os.killpg(launched.pid, signal.SIGKILL)
        launched.process.wait()
        if launched in self.site.running:
            self.site.running.remove(launched)

    # ── Who learns ────────────────────────────────────────────────────────────────────────────────────────────────────

    def learner(self, url: str) -> Learner:
        """A new person's client."""
        learner = Learner.of(make_person("learner"), url)
        learner.ledger = self.ledger
        return learner

    def sit(self, url: str, *, people: int, each: int = 1, count: int = 4, **wish: Any) -> list[Sitting]:
        """Learners with that many attempts each, started and not yet answered."""
        learners = [self.learner(url) for _number in range(people)]
        wish = {"mode": "drill", **wish}
        if wish["mode"] == "drill":
            wish["count"] = count
        bodies = self.together(learners * each, lambda learner: learner.start(**wish))
        return [
            Sitting(learner, body, right_answers(body), random.Random(self.dice.random()))
            for learner, body in zip(learners * each, bodies, strict=True)
        ]

    def answered(self, url: str, *, people: int, each: int = 1, count: int = 4, **wish: Any) -> list[Sitting]:
        """The same with every question answered."""
        sittings = self.sit(url, people=people, each=each, count=count, **wish)
        self.together(sittings, Sitting.answer_all)
        return sittings

    def submit_all(self, sittings: Iterable[Sitting], *, within: float = PATIENCE) -> None:
        """Submit each, several at once; each must get its receipt."""
        answers = self.together(list(sittings), lambda sitting: sitting.submit(within=within))
        for answer in answers:
            self.require(answer.status == 202, f"a submit was answered {answer.status}: {str(answer.body)[:200]}")

    @staticmethod
    def together(things: list[Any], work: Callable[[Any], T], *, at_once: int = AT_ONCE) -> list[T]:
        """Do something with each, several at once."""
        with ThreadPoolExecutor(min(at_once, max(1, len(things)))) as pool:
            return list(pool.map(work, things))

    @staticmethod
    def at_one_moment(things: list[Any], work: Callable[[Any], T]) -> list[T]:
        """Do something with each, all let go by one barrier."""
        barrier = threading.Barrier(len(things))

        def wait_and_work(thing: Any) -> T:
            barrier.wait(30)
            return work(thing)

        with ThreadPoolExecutor(len(things)) as pool:
            return list(pool.map(wait_and_work, things))

    # ── What is held against them ─────────────────────────────────────────────────────────────────────────────────────

    def require(self, condition: object, sentence: str) -> None:
        """A promise of this fault; the sentence says what is wrong."""
        if not condition:
            self.outcome.broken.append(sentence)

    def measure(self, what: str, measured: float, *, at_most: float, unit: str = "s") -> None:
        """A number with its bound."""
        self.outcome.measures.append((what, measured, at_most, unit))
        if measured > at_most:
            missed = self.outcome.slow if unit == "s" else self.outcome.broken
            missed.append(f"{what}: {measured:.2f} {unit}, the bound is {at_most:g} {unit}")

    def note(self, sentence: str) -> None:
        """Something the reader of the table should know."""
        if sentence not in self.outcome.notes:
            self.outcome.notes.append(sentence)

    def graded(self, sittings: Iterable[Sitting], *, within: float, since: float | None = None) -> None:
        """Wait until all are graded and keep the time since `since` (monotonic; now by default) against the bound."""
        ids = [sitting.id for sitting in sittings]
        began = time.monotonic() if since is None else since
        # Somewhat longer than the bound, so that a late grade is told from a lost one.
        end = began + within + 30
        while (left := Attempt.objects.filter(pk__in=ids).exclude(state="graded").count()) and time.monotonic() < end:
            time.sleep(0.1)
        took = time.monotonic() - began
        self.outcome.graded_after = max(self.outcome.graded_after, took)
        self.outcome.graded_bound = max(self.outcome.graded_bound, within)
        if left:
            states = list(GradingJob.objects.filter(attempt__in=ids).exclude(state="done").values_list("state", "tries", "lease_owner")[:3])
            self.outcome.broken.append(f"{left} of {len(ids)} are not graded {took:.0f} s later: {states}")
        elif took > within:
            self.outcome.slow.append(f"the last grade came after {took:.1f} s, the bound is {within:g} s")

    def wait(self, condition: Callable[[], T], what: str, *, seconds: float = PATIENCE, every: float = 0.02) -> T:
        """Wait for something that must happen for the fault to be what it says."""
        return wait_until(condition, seconds=seconds, every=every, what=what)

    def leased(self, sittings: Iterable[Sitting]) -> list[GradingJob]:
        """The orders of these attempts that a process holds now."""
        return list(GradingJob.objects.filter(attempt__in=[sitting.id for sitting in sittings], state="leased"))

    # ── Standing in the way ───────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def holding(self, *statements: str) -> Iterator[None]:
        """Hold the locks that these statements take, in a transaction that is rolled back in the end. PostgreSQL."""
        with psycopg.connect(self.database_url) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]
            try:
                yield
            finally:
                connection.rollback()

    @contextmanager
    def holding_the_writer(self) -> Iterator[None]:
        """Hold SQLite's one writer's lock."""
        connection = sqlite3.connect(self.database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def execute(self, statement: str) -> None:
        """Do something to the database and commit it. PostgreSQL."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    # ── The end ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """End everything."""
        connections.close_all()
        self.end_processes()
        self.site.stop()
        for proxy in self._proxies:
            proxy.stop()

    def end_processes(self) -> None:
        """End what is running, at once: whether it ends politely is asked where it matters."""
        for launched in self.site.running:
            signal_group(launched.process, signal.SIGKILL)
        for launched in self.site.running:
            launched.stop()
        self.site.running.clear()

    def logs(self, lines: int = 6) -> str:
        """The end of each process's log."""
        parts = []
        for log in sorted(self.directory.glob("*.log")):
            tail = "\n".join(line[:240] for line in log.read_text(errors="replace").splitlines()[-lines:])
            parts.append(f"── {log.name} ──\n{tail}")
        return "\n".join(parts)


def say(sentence: str) -> None:
    """A line for whoever watches."""
    print(sentence, file=sys.stderr, flush=True)
