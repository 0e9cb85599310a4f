"""What happens to the database: F7 killed, F16 slow, locked, or out of connections."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from quizzes.models import Attempt
from tests.faults.learners import BROKEN, Load, Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.proxy import Target
from tests.faults.scene import Scene
from tests.faults.web import behind, port_of


@fault("F7", "the database is killed while everybody writes", on=BOTH)
def database_killed(scene: Scene) -> None:
    """What was not stored is answered 503 with Retry-After; every acknowledged save is there afterwards; web and worker go on by
    themselves within 10 s after the database is up. On SQLite, where the database lives in the processes, they are killed, and
    the file is whole afterwards."""
    if scene.on_postgresql:
        _kill_the_server(scene)
    else:
        _kill_the_writers(scene)


def _kill_the_server(scene: Scene) -> None:
    assert scene.postgres
    web, worker, sweep = scene.everything()
    sittings = scene.sit(web.url, people=8 if scene.small else 24, count=5)
    waiting = scene.answered(web.url, people=4, each=2)
    with Load(sittings, pause=0.05) as load:
        time.sleep(1 + scene.dice.random())
        with ThreadPoolExecutor(len(waiting)) as pool:  # and some submit at the very moment
            submitted = [pool.submit(sitting.submit, within=60) for sitting in waiting]
            time.sleep(scene.dice.uniform(0, 0.05))
            scene.postgres.kill()
            connections.close_all()
            down = time.monotonic()
            time.sleep(5)
            refused = scene.ledger.count("save", {503}) + scene.ledger.count("submit", {503})
            scene.postgres.restart()
            up = time.monotonic()
            stored = len(scene.ledger.saves)
            scene.wait(lambda: len(scene.ledger.saves) > stored, "a save is stored again")
            scene.measure("stored again after", time.monotonic() - up, at_most=10)
            for answer in submitted:
                scene.require(answer.result().status == 202, "a submit was refused after the database was up")
        time.sleep(1)
    scene.note(f"{refused} requests answered 503 while it was down for {up - down:.0f} s")
    scene.require(refused, "nothing was refused: was the database away at all?")
    wrong = {status for kind, status in scene.ledger.answers if status >= 500 and status != 503}
    scene.require(not wrong, f"requests were answered {sorted(wrong)}")
    scene.require(not scene.ledger.count("save", {0}), "the web broke off connections because the database was away")
    scene.require(not load.troubles, f"learners were turned away: {load.troubles[:3]}")
    scene.require(web.launched.running and worker.running and sweep.running, "a process had ended and needed a restart")
    scene.submit_all(sittings)
    scene.graded([*sittings, *waiting], within=30, since=up)


def _kill_the_writers(scene: Scene) -> None:
    path = scene.database_url.removeprefix("sqlite:///")
    web = scene.web()
    front, url = behind(scene, web)
    scene.sweep()
    worker = scene.worker(processes=1)
    sittings = scene.sit(url, people=6 if scene.small else 16, count=5)
    done: list[Sitting] = []
    up = 0.0
    with Load(sittings, pause=0.02) as load:
        for number in range(2 if scene.small else 5):
            done += scene.answered(url, people=3, each=2)
            scene.submit_all(done[-6:])
            time.sleep(scene.dice.uniform(0, 0.5))
            scene.kill(web.launched)
            scene.kill(worker)
            web, worker = scene.web(), scene.worker(processes=1, name=f"worker-{number}")
            front.target = Target(port=port_of(web.url))
            up = time.monotonic()
        stored = len(scene.ledger.saves)
        scene.wait(lambda: len(scene.ledger.saves) > stored, "a save is stored again")
        scene.measure("stored again after", time.monotonic() - up, at_most=10)
    scene.require(not load.troubles, f"learners were turned away: {load.troubles[:3]}")
    scene.submit_all(sittings)
    scene.graded([*sittings, *done], within=30, since=up)
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    scene.require(found == [("ok",)], f"the file is not whole: {found[:3]}")


@fault("F16", "a slow database, an exhausted pool, a row locked for long", alone=True)
def database_slow(scene: Scene) -> None:
    """With 200 ms added to every statement 95 of 100 submits are answered within 3 s, and saves are stored or answered 503 with
    Retry-After. A row that stays locked holds up its own learner and nobody else, neither in saving nor in grading; what waited
    for it is graded afterwards, and no person is asked for help."""
    assert scene.store
    web = scene.web(DATABASE_POOL_SIZE="5")
    waiting = scene.answered(web.url, people=5, each=2 if scene.small else 8, count=2)
    busy = scene.sit(web.url, people=3 if scene.small else 6, count=5)
    scene.ledger.forget_times()
    scene.store.delay(0.2)
    with Load(busy, pause=0.5) as load:
        for sitting in waiting:
            sitting.submit()
            time.sleep(0.1)
    scene.store.delay(0)
    scene.measure("95 of 100 submits answered after", scene.ledger.percentile("submit", 0.95), at_most=3)
    scene.require(not load.troubles, f"learners were turned away: {load.troubles[:3]}")
    scene.worker()
    scene.sweep()
    scene.graded(waiting, within=30)
    _exhausted_pool(scene)
    _locked_row(scene, web.url)
    scene.submit_all(busy)
    scene.graded(busy, within=30)


def _exhausted_pool(scene: Scene) -> None:
    """More requests than connections, all of them held up: they are told to come again, and soon."""
    web = scene.web(threads=8, DATABASE_POOL_SIZE="1")
    sittings = scene.sit(web.url, people=6, count=2)
    ids = ", ".join(f"'{sitting.id}'" for sitting in sittings)
    with scene.holding(f"SELECT id FROM quizzes_attempt WHERE id IN ({ids}) FOR UPDATE"):
        began = time.monotonic()
        answers = scene.at_one_moment(sittings, lambda sitting: sitting.learner.save(sitting.id, 1, None))
        told = [answer for answer in answers if answer.status == 503]
        scene.require(len(told) == len(answers), f"saves without a connection were answered {sorted(a.status for a in answers)}")
        scene.measure("refused for want of a connection or a lock after", time.monotonic() - began, at_most=15)
    scene.together(sittings, Sitting.answer_all)
    scene.submit_all(sittings)
    scene.graded(sittings, within=30)


def _locked_row(scene: Scene, url: str) -> None:
    """Somebody holds one attempt's row, and one learner's, for longer than anything waits."""
    held, *others = scene.answered(url, people=6, each=1)
    submitted = scene.answered(url, people=6, each=1)
    learner = Attempt.objects.get(pk=submitted[0].id).user_id
    scene.ledger.forget_times()
    stuck: list[int] = []

    def save_into_the_lock() -> None:
        try:
            stuck.append(held.learner.save(held.id, 1, None, base=held.versions[1], timeout=20).status)
        except BROKEN:
            stuck.append(0)

    with scene.holding(
        f"SELECT id FROM quizzes_attempt WHERE id = '{held.id}' FOR UPDATE",
        f"SELECT id FROM accounts_user WHERE id = {learner} FOR UPDATE",
    ):
        began = time.monotonic()
        threads = [threading.Thread(target=save_into_the_lock) for _tab in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        scene.ledger.forget_times()
        with Load(others, pause=0.1) as load:
            scene.submit_all(submitted)
            scene.graded(submitted[1:], within=30)
            time.sleep(max(0.0, began + (30 if not scene.small else 20) - time.monotonic()))
        for thread in threads:
            thread.join()
        times = sorted(scene.ledger.seconds["save"])[: -len(stuck) or None]
        scene.measure("95 of 100 saves of others answered after", times[int(0.95 * (len(times) - 1))], at_most=1)
        scene.require(not load.troubles, f"others were turned away: {load.troubles[:3]}")
    scene.require(set(stuck) <= {503, 409}, f"saves into the lock were answered {stuck}")
    scene.graded(submitted[:1], within=30)
    for sitting in [held, *others]:
        sitting.answer(1)
    scene.submit_all([held, *others])
    scene.graded([held, *others], within=30)
