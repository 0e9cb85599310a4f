"""Running faults on one database, one after another: `run_faults`."""

from __future__ import annotations

import fcntl
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connections

from tests.faults import backup, broker, clock, database, disk, load, oracle, questions, web, worker
from tests.faults.matrix import FAULTS, Fault, Outcome
from tests.faults.scene import Scene, say
from tests.servers.databases import Databases, reading_and_writing
from tests.servers.postgres import PostgresServer

MODULES = (backup, broker, clock, database, disk, load, questions, web, worker)  # importing them registers their faults


def chosen_faults(names: list[str], database: str) -> list[Fault]:
    """The faults of these names (all without names) that run on a database, in the order of the matrix."""
    found = [fault for fault in FAULTS.values() if database in fault.databases]
    if names:
        found = [fault for fault in found if fault.name in names]
    return sorted(found, key=lambda fault: (fault.number, fault.name))


def run_faults(
    faults: list[Fault], *, database: str, size: str, seeds: list[int], directory: Path, stage: Path, postgres: PostgresServer | None
) -> Iterator[Outcome]:
    """Run each fault with each seed on a fresh copy of the database. `stage` is the directory that the other half shares."""
    databases = Databases(directory)
    databases.copy()  # the template is made before anything is timed
    try:
        for seed in seeds:
            for fault in faults:
                with on_stage(stage, alone=fault.alone):
                    yield run_twice_if_slow(fault, database=database, size=size, seed=seed, databases=databases, postgres=postgres)
    finally:
        connections.close_all()
        databases.drop_all()


@contextmanager
def on_stage(stage: Path, *, alone: bool) -> Iterator[None]:
    """Share the machine with the other half, or have it alone. Whoever asked first is served first."""
    with (stage / "door").open("w") as door, (stage / "room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


def run_twice_if_slow(fault: Fault, **place: Any) -> Outcome:
    """Do one fault; where it missed a bound in seconds and nothing else, once more, and the row says so.

    The machine may have been busy with something else for that moment. Nothing that is lost, doubled or wrong gets a second try.
    """
    first = run_fault(fault, **place)
    if not first.only_slow:
        return first
    second = run_fault(fault, **place)
    second.notes += [f"at a first try {sentence}" for sentence in first.slow]
    return second


def run_fault(fault: Fault, *, database: str, size: str, seed: int, databases: Databases, postgres: PostgresServer | None) -> Outcome:
    """Do one fault and let the oracle look."""
    outcome = Outcome(fault.name, database, seed)
    began = time.monotonic()
    with own_copy(databases, postgres) as url, reading_and_writing(url):
        scene = Scene(outcome, size=size, database_url=url, postgres=postgres)
        try:
            _act(fault, scene)
        finally:
            scene.close()
            shutil.rmtree(scene.directory, ignore_errors=True)
    outcome.took = time.monotonic() - began
    word = "NOT RUN" if outcome.not_run else "kept" if outcome.kept else "BROKEN"
    say(f"{word:<7} {fault.name:<4} {database:<10} seed {seed} {outcome.took:5.1f} s  {fault.title}")
    for sentence in [*outcome.broken, *outcome.slow][:8]:
        say(f"       {sentence}")
    return outcome


def _act(fault: Fault, scene: Scene) -> None:
    outcome = scene.outcome
    try:
        fault.act(scene)
        verdict = oracle.judge(scene.ledger, needs_attention=scene.expected_attention, regraded=scene.regraded)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the row is broken and the next one runs
        outcome.broken.append(f"{type(error).__name__}: {error}")
        say(traceback.format_exc())
    else:
        outcome.acknowledged, outcome.lost = verdict.acknowledged, verdict.lost
        outcome.submitted, outcome.grades, outcome.duplicates = verdict.submitted, verdict.grades, verdict.duplicates
        outcome.broken += [str(breach) for breach in verdict.breaches] + scene.ledger.unpolite
    if outcome.broken:
        say(scene.logs())


@contextmanager
def own_copy(databases: Databases, postgres: PostgresServer | None) -> Iterator[str]:
    """A copy of the database that is gone afterwards."""
    url = databases.copy()
    try:
        yield url
    finally:
        connections.close_all()
        if postgres is None:
            for file in Path(url.removeprefix("sqlite:///")).parent.glob(f"{Path(url).name}*"):
                file.unlink()
        else:
            name = urlsplit(url).path.lstrip("/")
            if not postgres.answers():
                postgres.restart()
            with psycopg.connect(postgres._maintenance_url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
