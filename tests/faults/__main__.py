"""`python -m tests.faults [F1 F9 …]`: do every fault to real processes, and print a table of what was kept.

Both databases run side by side, each in a process of its own with its own servers. The exit status is 1 if any row breaks its
promise. `--write` keeps the table in docs/faults.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.faults.matrix import GIVEN_UP, Outcome

DATABASES = ("postgresql", "sqlite")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for; 0 if every promise was kept."""
    options = parse(arguments)
    for number in ENDING:
        signal.signal(number, stop)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    try:
        if options.inside:
            return run_inside(options)
        return run_all(options)
    except KeyboardInterrupt:
        if not options.inside:
            print("\nStopped; nothing is left running.", file=sys.stderr)
        return 130


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Stop every server on the way out, and let nobody hurry that."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    GIVEN_UP.set()
    raise KeyboardInterrupt


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FAULT", help="Faults by number, such as F1 (default: all).")
    parser.add_argument("--size", choices=("small", "full"), default="full", help="small: fewer learners and shorter outages.")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--seeds", type=int, default=1, help="How many seeds each fault gets (default: 1).")
    parser.add_argument("--seed", type=int, help="The first seed; printed, so that a run can be repeated.")
    parser.add_argument("--write", action="store_true", help="Keep the table in docs/faults.md.")
    parser.add_argument("--inside", metavar="FILE", help=argparse.SUPPRESS)  # the half of one database, as a child process
    return parser.parse_args(arguments)


def run_all(options: argparse.Namespace) -> int:
    """Start a process for each database, gather what they found, and print it."""
    from tests.faults import report

    began = time.monotonic()
    wanted = DATABASES if options.database == "both" else (options.database,)
    print(f"First seed {options.seed}, {options.seeds} for each fault, size {options.size}.", flush=True)
    outcomes: list[Outcome] = []
    complete = True
    with tempfile.TemporaryDirectory(prefix="sl-faults-") as directory:
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for database in wanted:
                children[database] = subprocess.Popen(command(options, database, Path(directory) / database))
            for database, child in children.items():
                complete &= child.wait() == 0
                outcomes += read(Path(directory) / database)
        finally:
            for child in children.values():
                if child.poll() is None:
                    child.terminate()
            for child in children.values():
                child.wait(120)
    print(f"\n{report.table(outcomes)}\n\nIn {time.monotonic() - began:.0f} s.", flush=True)
    return conclude(options, outcomes, complete=complete)


def conclude(options: argparse.Namespace, outcomes: list[Outcome], *, complete: bool) -> int:
    """Say what was broken or left out, keep the table where that is asked for and nothing was, and return the exit status."""
    from tests.faults import report

    if not outcomes:
        print("No fault of that name runs there.")
        return 1
    broken = [outcome for outcome in outcomes if not outcome.kept]
    left_out = [outcome for outcome in outcomes if outcome.not_run]
    for outcome in broken:
        print(f"BROKEN {outcome.fault} on {outcome.database}, seed {outcome.seed}: {[*outcome.broken, *outcome.slow][0]}")
    for outcome in left_out:
        print(f"NOT RUN {outcome.fault} on {outcome.database}: {outcome.not_run}")
    if not complete and not broken:
        print("A run broke off before its end.")
    if options.write and complete and not broken and not left_out:
        report.write(report.table(outcomes), options, outcomes)
    return 0 if complete and not broken else 1


def command(options: argparse.Namespace, database: str, file: Path) -> list[str]:
    """The half of one database as a command line."""
    return [
        *(sys.executable, "-m", "tests.faults", *options.names, "--size", options.size, "--database", database),
        *("--seeds", str(options.seeds), "--seed", str(options.seed), "--inside", str(file)),
    ]


def read(file: Path) -> list[Outcome]:
    """The outcomes that a half has written so far."""
    return [Outcome(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def run_inside(options: argparse.Namespace) -> int:
    """Run the faults of one database in this process; its outcomes go to a file, a line each."""
    from config.processes import die_with_parent
    from tests.servers.postgres import PostgresServer

    die_with_parent()
    with tempfile.TemporaryDirectory(prefix="sl-faults-") as directory:
        postgres = PostgresServer().start() if options.database == "postgresql" else None
        try:
            set_up(Path(directory), postgres)
            from tests.faults.running import chosen_faults, run_faults

            faults = chosen_faults(options.names, options.database)
            seeds = [options.seed + number for number in range(options.seeds)]
            with Path(options.inside).open("a") as file:
                for outcome in run_faults(
                    faults,
                    database=options.database,
                    size=options.size,
                    seeds=seeds,
                    directory=Path(directory),
                    stage=Path(options.inside).parent,
                    postgres=postgres,
                ):
                    file.write(json.dumps(asdict(outcome)) + "\n")
                    file.flush()
        finally:
            if postgres:
                postgres.stop()
    return 0


def set_up(directory: Path, postgres: object) -> None:
    """The environment that the settings are read from, then Django."""
    import django

    (directory / "static").mkdir()
    os.environ |= {
        "DJANGO_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(directory),
        "CLOCK_OFFSET_FILE": str(directory / "clock-offset"),
        "NAMESPACE": f"faults-{os.getpid()}",
    }
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    if postgres:
        os.environ["DATABASE_URL"] = postgres.url  # type: ignore[attr-defined]
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
