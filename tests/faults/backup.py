"""What a backup is worth when everything else is gone: F20."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from quizzes.models import Attempt, Grade, Response
from tests.faults import oracle
from tests.faults.learners import Ledger, Load, Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.scene import Scene
from tests.servers.databases import reading_and_writing
from tests.servers.postgres import find_installation


@fault("F20", "a backup under load, restored where there is nothing", on=BOTH)
def backed_up(scene: Scene) -> None:
    """The backup is made while learners go on; restored into an empty database it holds every save that was acknowledged before it
    began and every grade, consistent in itself; the attempts that were open go on from there."""
    web, worker, sweep = scene.everything()
    finished = scene.answered(web.url, people=5, each=3 if scene.small else 10)
    scene.submit_all(finished)
    scene.graded(finished, within=30)
    going_on = scene.sit(web.url, people=6 if scene.small else 20, count=5)
    archive = scene.directory / "studyloop.backup"
    with Load(going_on, pause=0.05) as load:
        time.sleep(1)
        seen_before = Ledger()
        seen_before.saves = list(scene.ledger.saves)
        began = time.monotonic()
        made = scene.manage("backup", "--to", str(archive), PATH=_path())
        scene.measure("the backup took", time.monotonic() - began, at_most=60)
    assert made.returncode == 0, f"backup ended with {made.returncode}: {made.stderr[-400:]}"
    scene.require(not load.troubles, f"learners were turned away during the backup: {load.troubles[:3]}")
    grades = _grades()
    for launched in (web.launched, worker, sweep):
        launched.stop()
    with _nothing(scene) as url:
        restored = scene.manage("restore", str(archive), DATABASE_URL=url, PATH=_path())
        assert restored.returncode == 0, f"restore ended with {restored.returncode}: {(restored.stdout + restored.stderr)[-400:]}"
        with reading_and_writing(url):
            lost = list(oracle.lost_saves(seen_before))
            scene.require(not lost, f"{len(lost)} saves acknowledged before the backup are not in it: {lost[:2]}")
            scene.require(_grades() == grades, "the restored grades are not those that were given")
            wrong = [*oracle.wrong_grades(), *oracle.effects_counted_twice()]
            scene.require(not wrong, f"what was restored is not consistent: {wrong[:2]}")
            scene.note(f"{Response.objects.count()} answers restored, {len(seen_before.saves)} saves acknowledged before")
            _go_on(scene, going_on, url)
    following = scene.web()
    for sitting in going_on:
        sitting.learner.url = following.url
    scene.submit_all(going_on)
    scene.sweep()
    scene.graded(going_on, within=30)


def _path() -> str:
    """Where programs are found: those of the server's own version first."""
    return f"{find_installation() / 'bin'}{os.pathsep}{os.environ['PATH']}"


def _grades() -> list[tuple[object, ...]]:
    return list(Grade.objects.order_by("attempt").values_list("attempt", "revision", "score", "credits", "keys"))


def _go_on(scene: Scene, sittings: list[Sitting], url: str) -> None:
    """The restored database serves: the open attempts are answered and graded there."""
    web = scene.web(DATABASE_URL=url)
    sweep = scene.start([*_sweep(), "--workers-first", "0"], "sweep-restored", DATABASE_URL=url)
    for sitting in sittings[:3]:
        stored = {row.position: row.version for row in Response.objects.filter(attempt=sitting.id)}
        learner = type(sitting.learner)(web.url, sitting.learner.token)
        for position in sitting.positions[:2]:
            answer = learner.save(sitting.id, position, None, base=stored.get(position, 0))
            scene.require(answer.status == 200, f"a save in the restored database was answered {answer.status}")
        scene.require(learner.submit(sitting.id).status == 202, "a submit in the restored database was refused")
    ids = [sitting.id for sitting in sittings[:3]]
    scene.wait(lambda: Attempt.objects.filter(pk__in=ids, state="graded").count() == 3, "graded in the restored database")
    web.launched.stop()
    sweep.stop()


def _sweep() -> list[str]:
    from config import roles

    return roles.sweep()


@contextmanager
def _nothing(scene: Scene) -> Iterator[str]:
    """The address of a database in which there is nothing at all."""
    if not scene.on_postgresql:
        yield f"sqlite:///{scene.directory / 'restored.sqlite3'}"
        return
    assert scene.postgres
    name = f"{urlsplit(scene.database_url).path.lstrip('/')}_restored"
    with psycopg.connect(scene.postgres._maintenance_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        try:
            yield urlunsplit(urlsplit(scene.database_url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
