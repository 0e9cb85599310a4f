"""What happens when a disk is full: F14."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connections

from config import roles
from config.processes import spawn
from tests.faults.learners import BROKEN, Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.scene import Scene
from tests.servers.launching import Launched

SPARE = 6 * 1024 * 1024


@fault("F14", "the database's disk is full, and the log's", on=BOTH)
def disk_full(scene: Scene) -> None:
    """A save that finds no room is answered 503, and never acknowledged; nothing is damaged; saving and grading go on by themselves
    once there is room, with nobody asked for help. A log that cannot be written stops nobody."""
    disk = _small_disk(scene)
    if disk is None:
        scene.outcome.not_run = "a small disk needs root, to mount it"
        return
    with disk as directory:
        try:
            web = scene.web()
            # The worker's own log goes to a device that is always full.
            mute = roles.worker(queue=scene.site.namespace, processes=1, name="mute")
            with Path("/dev/full").open("wb") as full:
                worker = spawn(mute, env=scene.site.environment(**scene.worker_settings), cwd=roles.BASE_DIR, stdout=full, stderr=full)
            scene.site.running.append(Launched(worker, scene.directory / "mute.log"))
            _fill_and_empty(scene, web.url, directory)
        finally:
            scene.end_processes()  # they hold the disk
    if not scene.on_postgresql:
        connection = sqlite3.connect(scene.database_url.removeprefix("sqlite:///"))
        found = connection.execute("PRAGMA integrity_check").fetchall()
        connection.close()
        scene.require(found == [("ok",)], f"the file is not whole: {found[:3]}")


def _fill_and_empty(scene: Scene, url: str, directory: Path) -> None:
    sweep = scene.sweep()
    waiting = scene.answered(url, people=5, each=2)
    busy = scene.sit(url, people=4, count=10)
    filler = directory / "filler"
    _fill(filler)
    refused: list[Sitting] = []
    end = time.monotonic() + 40
    while time.monotonic() < end and len(refused) < 20:
        for sitting in busy:
            position = scene.dice.choice(sitting.positions)
            try:
                answer = sitting.learner.save(sitting.id, position, sitting.some_value(position), base=sitting.versions.get(position, 0))
            except BROKEN as error:
                scene.require(False, f"a save on a full disk broke the connection: {error}")
                continue
            if answer.status == 200:
                sitting.versions[position] = answer.body["version"]
                _fill(filler)  # what little room there was
            elif answer.status == 503:
                refused.append(sitting)
            else:
                scene.require(False, f"a save on a full disk was answered {answer.status}: {str(answer.body)[:150]}")
    scene.require(len(refused) >= 20, "the disk was never full")
    for sitting in waiting:  # submits on a full disk: stored, or told to come again
        answer = sitting.learner.submit(sitting.id, key=sitting.key)
        scene.require(answer.status in {202, 503}, f"a submit on a full disk was answered {answer.status}")
    time.sleep(3 if scene.small else 50)
    filler.unlink()
    emptied = time.monotonic()
    for sitting in busy:
        scene.require(sitting.answer(1).status == 200, "a save was refused after there was room again")
    scene.measure("stored again after", time.monotonic() - emptied, at_most=10)
    scene.submit_all([*waiting, *busy])
    scene.graded([*waiting, *busy], within=60, since=emptied)
    scene.require(sweep.running, "the sweep ended on a full disk")


def _fill(filler: Path) -> None:
    """Write until nothing more fits."""
    with filler.open("ab", buffering=0) as file:
        block = b"\0" * 65536
        while block:
            try:
                file.write(block)
            except OSError:
                block = block[: len(block) // 2]


def _small_disk(scene: Scene) -> AbstractContextManager[Path] | None:
    """A disk with a few MB to spare that holds the scene's database; None where it cannot be mounted."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return None
    return _tablespace(scene) if scene.on_postgresql else _file_system(scene)


@contextmanager
def _mounted(megabytes: int) -> Iterator[Path]:
    _unmount_left_over()
    directory = Path(tempfile.mkdtemp(prefix=f"sl-disk-{os.getpid()}-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        for _try in range(50):
            if subprocess.run(["umount", directory], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
        directory.rmdir()


def _unmount_left_over() -> None:
    """A run that was killed could not take its disk away."""
    for line in Path("/proc/mounts").read_text().splitlines():
        place = Path(line.split()[1])
        owner = place.name.removeprefix("sl-disk-").split("-")[0]
        if place.name.startswith("sl-disk-") and owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)
            with suppress(OSError):
                place.rmdir()


@contextmanager
def _file_system(scene: Scene) -> Iterator[Path]:
    """SQLite: the file lies on the small disk, and a link where it was."""
    path = Path(scene.database_url.removeprefix("sqlite:///"))
    connections.close_all()
    with _mounted((path.stat().st_size + SPARE) // 1024**2 + 1) as directory:
        there = directory / "database.sqlite3"
        shutil.copyfile(path, there)
        path.unlink()
        path.symlink_to(there)
        try:
            yield directory
        finally:
            connections.close_all()
            checkpoint = sqlite3.connect(there)
            checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            checkpoint.close()
            path.unlink()
            shutil.copyfile(there, path)


@contextmanager
def _tablespace(scene: Scene) -> Iterator[Path]:
    """PostgreSQL: the database moves to a tablespace on the small disk; the log of transactions stays where it was."""
    assert scene.postgres
    name = urlsplit(scene.database_url).path.lstrip("/")
    maintenance = scene.postgres._maintenance_url
    connections.close_all()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(%s)", [name]).fetchone()
        assert row
        with _mounted((row[0] + SPARE) // 1024**2 + 1) as directory:
            place = directory / "space"
            place.mkdir()
            directory.chmod(0o755)
            if user := scene.postgres._user:
                shutil.chown(place, user.pw_uid, user.pw_gid)
            connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")  # type: ignore[arg-type]
            connection.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small')  # type: ignore[arg-type]
            try:
                yield directory
            finally:
                connections.close_all()
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
                time.sleep(0.5)
                connection.execute(f'ALTER DATABASE "{name}" SET TABLESPACE pg_default')  # type: ignore[arg-type]
                connection.execute("DROP TABLESPACE small")
