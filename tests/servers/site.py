"""The product as it runs: real web, worker, beat and sweep processes on a database and a Redis of their own."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from config import roles
from tests.servers.launching import Launched
from tests.servers.ports import spare_port
from tests.servers.redis import RedisServer
from tests.servers.waiting import PATIENCE


@dataclass
class Web:
    """A running web server."""

    launched: Launched
    url: str

    def answers(self) -> bool:
        """Whether it serves."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


@dataclass
class Site:
    """A database, a Redis, and the processes started on them."""

    directory: Path
    database_url: str
    redis_url: str
    namespace: str
    redis: RedisServer | None = None
    settings: dict[str, str] = field(default_factory=dict)
    running: list[Launched] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        """What the site's processes see."""
        own = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "NAMESPACE": self.namespace,
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "json",
        }
        return {**os.environ, **own, **self.settings, **more}

    def start_web(self, *, processes: int = 1, threads: int = 4, **settings: str) -> Web:
        """Start a web server on a spare port and wait until it answers."""
        port = spare_port()
        launched = self._start("web", roles.web(host="127.0.0.1", port=port, processes=processes, threads=threads), settings)
        web = Web(launched, f"http://127.0.0.1:{port}")
        launched.wait_for(web.answers, what="the web server answers")
        return web

    def start_worker(self, *, processes: int = 1, name: str = "worker", **settings: str) -> Launched:
        """Start a Celery worker and wait until it hears its queue."""
        launched = self._start(name, roles.worker(queue=self.namespace, processes=processes, name=name), settings)
        already = launched.tail(10_000).count(" ready.")
        launched.wait_for(lambda: launched.tail(10_000).count(" ready.") > already, what="the worker is ready")
        return launched

    def start_sweep(self, *words: str, **settings: str) -> Launched:
        """Start the sweep."""
        return self._start("sweep", [*roles.sweep(), *words], settings)

    def start_beat(self, **settings: str) -> Launched:
        """Start Celery's clock."""
        return self._start("beat", roles.beat(schedule=self.directory / "beat-schedule"), settings)

    def manage(self, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        argv = [*roles.manage(), *map(str, words)]
        return subprocess.run(
            argv, env=self.environment(**settings), cwd=roles.BASE_DIR, capture_output=True, text=True, check=False, timeout=2 * PATIENCE
        )

    def stop(self) -> None:
        """End every process, and the Redis if it is the site's own."""
        for launched in reversed(self.running):
            launched.stop()
        self.running.clear()
        if self.redis:
            self.redis.stop()

    def _start(self, name: str, argv: list[str], settings: dict[str, str]) -> Launched:
        launched = Launched.start(argv, env=self.environment(**settings), log=self.directory / f"{name}.log", cwd=roles.BASE_DIR)
        self.running.append(launched)
        return launched
