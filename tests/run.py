"""What `make test` runs: everything, on both databases, with a real Redis, Celery worker and Chromium, and the browser modules.

Without arguments everything runs, and a real part that is missing fails the run. With arguments they go to one run of pytest.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.chromium import find_or_install_chromium
from tests.servers.launching import RealPartMissing
from tests.servers.node import find_node
from tests.servers.postgres import describe_postgres
from tests.servers.redis import describe_redis

BASE_DIR = Path(__file__).resolve().parent.parent
RUNS = (
    ("postgresql", "database and not browser"),
    ("sqlite", "not worker and not browser"),
    ("sqlite", "survey"),
    ("sqlite", "browser and not survey"),
    ("sqlite", "worker and not browser"),
)
"""Two at a time, in this order, the longest first: each keeps about one processor busy. What needs no database runs once."""


@dataclass
class Summary:
    """How many tests of which kind passed and failed, in all runs."""

    parts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, part: str, outcome: str, count: int) -> None:
        """Count tests of one part."""
        self.parts[part] += count
        self.outcomes[outcome] += count

    def lines(self) -> list[str]:
        """The last lines of the run: the parts, then the outcome alone on its line."""
        parts = ", ".join(f"{part} {count}" for part, count in self.parts.items() if count)
        return [f"Tests: {parts}", f"{self.outcomes['passed']} passed, {self.outcomes['failed']} failed"]


def main(arguments: list[str]) -> int:
    """Run the tests; 0 if every one passed and every real part was there."""
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=BASE_DIR, check=False).returncode
    started = time.monotonic()
    if not real_parts_are_here():
        return 1
    summary = Summary()
    run_javascript(summary)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_pytest, database, expression) for database, expression in RUNS]
        for run in runs:
            run.result().count_in(summary)
    print(f"\nIn {time.monotonic() - started:.0f} s.")
    print("\n".join(summary.lines()), flush=True)
    return 1 if summary.outcomes["failed"] or not summary.outcomes["passed"] else 0


def real_parts_are_here() -> bool:
    """Find or install each server and the browser, say which is used, and name everything that is missing at once."""
    complete = True
    finders: dict[str, Callable[[], str]] = {
        "PostgreSQL": describe_postgres,
        "Redis": describe_redis,
        "Chromium": lambda: f"{(found := find_or_install_chromium()).program} (from {found.origin})",
        "Node": lambda: str(find_node()),
    }
    for part, find in finders.items():
        try:
            print(f"{part}: {find()}", flush=True)
        except RealPartMissing as error:
            print(f"{part}: MISSING. {error}", flush=True)
            complete = False
    if not complete:
        print("The tests need every one of these; none of them is left out in silence.")
    return complete


@dataclass(frozen=True)
class Run:
    """One run of pytest that has ended: its status, and its counts by kind and outcome."""

    database: str
    status: int
    counts: dict[str, int]

    def count_in(self, summary: Summary) -> None:
        """Add it to the summary. A skipped test counts as failed: it did not show what it is there to show."""
        names = {
            "plain": {"sqlite": "on SQLite", "postgresql": "on PostgreSQL"}[self.database],
            "worker": "real Redis and worker",
            "browser": "Chromium",
        }
        failures = 0
        for key, count in self.counts.items():
            kind, outcome = key.split()
            failures += count if outcome != "passed" else 0
            summary.add(names[kind], "passed" if outcome == "passed" else "failed", count)
            if outcome == "skipped":
                print(f"{count} tests were skipped; that counts as failed.")
        if self.status and not failures:  # it broke off, or collected nothing
            print(f"pytest on {self.database} ended with status {self.status}.")
            summary.add(names["plain"], "failed", 1)


def run_pytest(database: str, expression: str) -> Run:
    """Run pytest on one database. What it prints comes when it has ended, since another run goes on beside it."""
    title = f"\n── pytest on {database}: {expression} ──"
    with tempfile.NamedTemporaryFile(suffix=".json") as tally, tempfile.NamedTemporaryFile(suffix=".log") as log:
        command = [
            sys.executable,
            "-m",
            "pytest",
            f"--db={database}",
            "-m",
            expression,
            f"--counts={tally.name}",
            "--durations=5",
            "tests",
        ]
        running = subprocess.Popen(command, cwd=BASE_DIR, stdout=log, stderr=subprocess.STDOUT)
        while (status := waited(running)) is None:
            done = re.findall(r"\[ *(\d+)%\]", Path(log.name).read_text(errors="replace"))
            print(f"pytest on {database}, {expression}: {done[-1] if done else 0} %", flush=True)
        print(title, Path(log.name).read_text(errors="replace"), sep="\n", flush=True)
        written = Path(tally.name).read_text()
    return Run(database, status, json.loads(written)["counts"] if written else {})


def waited(running: subprocess.Popen[bytes]) -> int | None:
    """The status of a process, None when it still runs half a minute later."""
    try:
        return running.wait(30)
    except subprocess.TimeoutExpired:
        return None


def run_javascript(summary: Summary) -> None:
    """The browser's modules under Node's own test runner."""
    files = sorted((BASE_DIR / "tests" / "js").glob("**/*.test.js"))
    if not files:
        return
    print("\n── JavaScript modules ──", flush=True)
    command = [str(find_node()), "--test", "--test-reporter=tap", *map(str, files)]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    found = {
        name: int(match[1]) if (match := re.search(rf"^# {name} (\d+)$", done.stdout, re.MULTILINE)) else 0
        for name in ("pass", "fail", "cancelled", "skipped")
    }
    failed = found["fail"] + found["cancelled"] + found["skipped"]
    if done.returncode or failed:
        print(done.stdout[-8000:], done.stderr[-2000:])
    print(f"{found['pass']} passed, {failed} failed")
    summary.add("JavaScript", "passed", found["pass"])
    summary.add("JavaScript", "failed", failed or (1 if done.returncode else 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
