"""The supervisor with real processes: it starts, mends and ends them, and says why it cannot start."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import roles
from config.supervisor import Child, socket_directory
from tests.servers.launching import Launched
from tests.servers.ports import spare_port
from tests.servers.waiting import PATIENCE, wait_until


class Supervised:
    """A supervisor started by a test, with a DATA_DIR of its own."""

    def __init__(self, directory: Path, settings: dict[str, str], argv: list[str]) -> None:
        self.directory = directory
        self.port = int(settings["PORT"])
        self.launched = Launched.start(argv, env=settings, log=directory / "supervisor.log", cwd=roles.BASE_DIR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return self.launched.log.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        self.launched.wait_for(lambda: f"Studyloop is ready at {self.url}/" in self.output, seconds=2 * PATIENCE, what="ready")

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Processes that were started with this DATA_DIR and are not the supervisor, by a word of their command line."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE or process.pid == self.launched.pid:
                    continue
                line = " ".join(process.cmdline())  # the broker writes its socket there, over its environment
                if word in line and (str(self.directory) in line or process.environ().get("DATA_DIR") == str(self.directory)):
                    found.append(process)
        return found


Start = Callable[..., Supervised]


@pytest.fixture
def start(_databases, tmp_path) -> Iterator[Start]:
    """Start a supervisor; it is ended with everything it has started, whatever the test does."""
    started: list[Supervised] = []

    def starter(*, argv: list[str] | None = None, directory: Path = tmp_path, **settings: str) -> Supervised:
        own = {"DATA_DIR": str(directory), "PORT": str(spare_port()), "DEMO": "no", "NAMESPACE": "studyloop", "PYTHONUNBUFFERED": "1"}
        environment = {**os.environ, **own, "DATABASE_URL": "", "REDIS_URL": "", **settings}
        if "DATABASE_URL" not in settings:
            environment["DATABASE_URL"] = _databases.copy()
        environment.pop("MAKELEVEL", None)
        supervised = Supervised(directory, environment, argv or [sys.executable, "-m", "config.supervisor"])
        started.append(supervised)
        return supervised

    yield starter
    for supervised in started:
        supervised.launched.stop(grace=30)
        for process in supervised.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


@pytest.mark.worker
def test_supervisor_serves_mends_and_ends_everything(start: Start):
    supervised = start()
    supervised.wait_until_ready()
    with urllib.request.urlopen(f"{supervised.url}/health/ready", timeout=30) as answer:
        assert json.load(answer)["status"] in {"ok", "degraded"}
    for word in (
        "granian",
        "celery --quiet --app config.celery worker",
        "celery --quiet --app config.celery beat",
        "manage.py sweep",
        "broker.sock",
    ):
        assert supervised.processes(word), word

    for word in ("manage.py sweep", "config.celery worker", "broker.sock", "granian"):
        before = supervised.processes(word)
        min(before, key=lambda process: process.create_time()).kill()
        wait_until(lambda word=word, before=before: _replaced(before, supervised.processes(word)), what=f"{word} is started again")
    assert supervised.output.count("starting it again") >= 4
    wait_until(lambda: _answers(f"{supervised.url}/health/live"), what="the web answers again")

    supervised.launched.process.terminate()
    assert supervised.launched.process.wait(PATIENCE) == 0
    assert supervised.output.rstrip().endswith("Stopped.")
    # What was killed with its group is gone when the kernel has come to it, not when the signal was sent.
    _gone, left = psutil.wait_procs(supervised.processes(), timeout=5)
    assert not left


@pytest.mark.worker
def test_supervisor_killed_leaves_no_process_behind(start: Start):
    supervised = start()
    supervised.wait_until_ready()
    assert len(supervised.processes()) >= 5
    supervised.launched.process.send_signal(signal.SIGKILL)
    wait_until(lambda: not supervised.processes(), what="every process is gone")


@pytest.mark.worker
def test_supervisor_interrupted_ends_well_and_starts_again_on_the_same_data(start: Start):
    first = start()
    first.wait_until_ready()
    second = start(PORT=str(spare_port()), DATABASE_URL="sqlite:////unused.sqlite3")
    assert second.launched.process.wait(PATIENCE) == 1
    assert f"runs already on this DATA_DIR (process {first.launched.pid})" in second.output
    first.launched.process.send_signal(signal.SIGINT)
    assert first.launched.process.wait(PATIENCE) == 0
    again = start()
    again.wait_until_ready()
    assert "Static files: unchanged" in again.output


def test_supervisor_without_a_broker_says_so_and_serves(start: Start):
    program = "import sys, config.supervisor as s; s.find_broker_program = lambda: None; sys.exit(s.main())"
    supervised = start(argv=[sys.executable, "-c", program])
    supervised.wait_until_ready()
    assert "grading goes by the sweep" in supervised.output
    assert supervised.processes("manage.py sweep")
    assert not supervised.processes("celery")


def _replaced(before: list[psutil.Process], now: list[psutil.Process]) -> bool:
    """Whether none of the earlier processes is left, and others have come."""
    return bool(now) and not {process.pid for process in before} & {process.pid for process in now}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"DJANGO_ENV": "production"}, ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"]),
        (
            {"DJANGO_ENV": "production", "SECRET_KEY": "short", "ALLOWED_HOSTS": "a", "DATABASE_URL": "sqlite:////tmp/x"},
            ["SECRET_KEY", "50"],
        ),
        ({"PORT": "eighty"}, ["PORT", "eighty"]),
        ({"DATA_DIR": "/dev/null/data", "SECRET_KEY": "x" * 60}, ["DATA_DIR", "/dev/null/data"]),
        ({"DATA_DIR": "/dev/null/data"}, ["DATA_DIR", "/dev/null/data"]),
        ({"DATABASE_URL": "mysql://root:hunter2@db/x"}, ["DATABASE_URL", "postgresql://"]),
        ({"DATABASE_URL": "postgresql://ada:hunter2@127.0.0.1:1/studyloop"}, ["DATABASE_URL", "127.0.0.1"]),
        ({"DATABASE_URL": "sqlite:////dev/null/x.sqlite3"}, ["DATABASE_URL", "unable to open"]),
    ],
)
def test_supervisor_that_cannot_start_names_what_is_wrong(tmp_path, settings, named):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "MAKELEVEL"}}
    environment |= {"DJANGO_ENV": "development", "DATA_DIR": str(tmp_path), "PORT": str(spare_port()), **settings}
    done = subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        env=environment,
        cwd=roles.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    for word in named:
        assert word in done.stdout
    assert "Studyloop cannot start" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_supervisor_names_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "config.supervisor"],
            env={**os.environ, "DATA_DIR": str(tmp_path), "PORT": port},
            cwd=roles.BASE_DIR, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"PORT {port} cannot be listened on" in done.stdout


def test_child_that_dies_again_and_again_waits_longer_and_longer():
    child = Child("web", ["false"], started=0.0)
    assert [child.note_death(now=1.0) for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert child.note_death(now=100.0) == 0.5
    assert child.deaths == 1


def test_socket_directory_of_a_deep_data_dir_is_short(tmp_path):
    assert socket_directory(tmp_path / "data").parent == tmp_path / "data"
    deep = socket_directory(tmp_path / ("d" * 120))
    assert len(str(deep / "broker.sock")) < 108
    deep.rmdir()
