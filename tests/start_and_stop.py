"""`make run` from nothing: fresh data, embedded broker, demonstration accounts; a page, then an end without leftovers; twice.

    python -m tests.start_and_stop

Prints how long both starts took. What is measured is printed, never asserted; what must hold is.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from config.roles import BASE_DIR
from tests.servers.launching import Launched
from tests.servers.ports import spare_port
from tests.servers.waiting import PATIENCE


def main() -> int:
    """Start twice on the same data; 0 if both starts reached a page and both stops left nothing."""
    directory = Path(tempfile.mkdtemp(prefix="sl-run-"))
    try:
        for name in ("first", "second"):
            seconds = start_and_stop(directory, directory / f"{name}.log")
            print(f"{name} start: {seconds:.1f} s to a page", flush=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def start_and_stop(directory: Path, log: Path) -> float:
    """Run `make run` until it serves, read the first page, stop it by SIGTERM; the seconds it took."""
    port = spare_port()
    url = f"http://127.0.0.1:{port}/"
    unset = {"DATABASE_URL", "REDIS_URL", "DJANGO_ENV", "MAKELEVEL", "MAKEFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PORT": str(port), "DATA_DIR": str(directory / "data")}
    started = time.monotonic()
    launched = Launched.start(["make", "run"], env=environment, log=log, cwd=BASE_DIR)
    try:
        launched.wait_for(lambda: f"Studyloop is ready at {url}" in log.read_text(), seconds=300, what="make run is ready")
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert answer.status == 200, answer.status
            answer.read()
        seconds = time.monotonic() - started
        accounts = re.findall(r"demo account: (\w+) / \S+", log.read_text())
        assert {"learner", "instructor"} <= set(accounts), f"demo accounts: {accounts}\n{launched.tail()}"
    finally:
        launched.process.terminate()
        launched.process.wait(PATIENCE)
        launched.stop()
    # What was killed with its group is gone when the kernel has come to it, not when the signal was sent.
    _gone, left = psutil.wait_procs(_left(directory), timeout=5)
    assert not left, f"left behind: {left}"
    assert "Stopped." in log.read_text(), launched.tail()
    return seconds


def _left(directory: Path) -> list[psutil.Process]:
    """The processes that were started with this directory."""
    return [process for process in psutil.process_iter() if str(directory) in " ".join(_command_line(process))]


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


if __name__ == "__main__":
    sys.exit(main())
