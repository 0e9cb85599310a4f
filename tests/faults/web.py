"""What happens between the learner and the web: F2 killed, F9 two devices, F10 the network, F12 a deploy."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psutil
import psycopg

from accounts.clock import read_db_now
from quizzes.models import Attempt, Grade, GradingJob, Response
from tests.faults.learners import BROKEN, Load, Sitting, insist
from tests.faults.matrix import BOTH, fault
from tests.faults.proxy import Proxy, Target
from tests.faults.scene import Scene
from tests.servers.site import Web


def port_of(url: str) -> int:
    """The port of an address."""
    return int(url.rsplit(":", 1)[1])


def behind(scene: Scene, web: Web) -> tuple[Proxy, str]:
    """A proxy before a web server, and its address."""
    front = scene.proxy(Target(port=port_of(web.url)))
    return front, f"http://127.0.0.1:{front.port}"


def serving(web: Web) -> list[psutil.Process]:
    """The processes that serve requests, below the one that watches them."""
    return [child for child in psutil.Process(web.launched.pid).children(recursive=True) if _serves(child)]


def _serves(process: psutil.Process) -> bool:
    try:
        return not any("resource_tracker" in word for word in process.cmdline())
    except psutil.Error:  # gone, or about to be
        return False


@fault("F2", "kill -9 of the web during a submit", on=BOTH)
def web_killed(scene: Scene) -> None:
    """An attempt is either not submitted, and the client's retry submits it, or submitted once; a retry under the same key gets the
    same receipt, five times over."""
    web, _worker, _sweep = scene.everything()
    front, url = behind(scene, web)
    sittings = scene.answered(url, people=6 if scene.small else 20, each=2)
    before, replied, random_moment = sittings[:3], sittings[3:6], sittings[6:]
    _kill_before_commit(scene, web, before)
    # After the commit, before the reply: the reply is lost, whatever becomes of the process.
    front.cut(0)
    for sitting in replied:
        try:
            sitting.learner.submit(sitting.id, key=sitting.key)
            scene.require(False, "a reply came through a proxy that cuts every reply")
        except BROKEN:
            pass
    scene.require(
        Attempt.objects.filter(pk__in=[s.id for s in replied]).exclude(state="in_progress").count() == len(replied),
        "a submit whose reply was lost had not been stored",
    )
    front.pass_on()
    # At a random moment, the whole server.
    with ThreadPoolExecutor(len(random_moment)) as pool:
        asked = [pool.submit(sitting.submit) for sitting in random_moment]
        time.sleep(scene.dice.uniform(0, 0.08))
        scene.kill(web.launched)
        following = scene.web()
        front.target = Target(port=port_of(following.url))
        for answer in asked:
            scene.require(answer.result().status == 202, "a submit was refused after the server had come back")
    ended = time.monotonic()
    for sitting in sittings:
        for _again in range(5):
            answer = sitting.submit()
            scene.require(answer.status == 202, f"a repeated submit was answered {answer.status}")
    jobs = GradingJob.objects.filter(attempt__in=[sitting.id for sitting in sittings]).count()
    scene.require(jobs == len(sittings), f"{jobs} orders for {len(sittings)} submits")
    scene.graded(sittings, within=30, since=ended)


def _kill_before_commit(scene: Scene, web: Web, sittings: list[Sitting]) -> None:
    """The submit waits for a lock, inside its transaction, when the serving process is killed."""
    ids = ", ".join(f"'{sitting.id}'" for sitting in sittings)
    lock = f"SELECT id FROM quizzes_attempt WHERE id IN ({ids}) FOR UPDATE"
    holding = scene.holding(lock) if scene.on_postgresql else scene.holding_the_writer()
    with ThreadPoolExecutor(len(sittings)) as pool:
        with holding:
            asked = [pool.submit(sitting.submit) for sitting in sittings]
            time.sleep(0.5)
            scene.require(not any(answer.done() for answer in asked), "a submit was answered while its row was locked")
            victims = serving(web)
            for victim in victims:
                victim.kill()
            psutil.wait_procs(victims, timeout=5)
            states = set(Attempt.objects.filter(pk__in=[s.id for s in sittings]).values_list("state", flat=True))
            scene.require(states == {"in_progress"}, f"a submit that never committed left {states}")
        for answer in asked:
            scene.require(answer.result().status == 202, "a submit was refused after its process had been replaced")


@fault("F9", "one attempt on two devices, submitted twenty times at once", on=BOTH)
def two_devices(scene: Scene) -> None:
    """Every submit gets the same receipt, and there is one order and one grade. A tab that fell behind is told what is stored (409)
    and erases nothing; of saves on top of the same version one is taken."""
    web, _worker, _sweep = scene.everything(processes=2)
    for sitting in scene.sit(web.url, people=2 if scene.small else 5, count=5):
        for position in sitting.positions:
            _race_of_saves(scene, sitting, position)
        stored = {row.position: (row.version, row.answer) for row in Response.objects.filter(attempt=sitting.id)}
        receipts = scene.at_one_moment(list(range(20)), lambda _number, s=sitting: s.learner.submit(s.id, key=str(uuid.uuid4())))
        scene.require({receipt.status for receipt in receipts} == {202}, f"submits were answered {sorted(r.status for r in receipts)}")
        late = sitting.learner.save(sitting.id, 1, None, base=sitting.versions[1])
        scene.require(late.status == 409 and late.body["code"] == "closed", f"a save after the submit was answered {late.status}")
        now = {row.position: (row.version, row.answer) for row in Response.objects.filter(attempt=sitting.id)}
        scene.require(now == stored, "answers changed after the submit")
        scene.graded([sitting], within=30)


def _race_of_saves(scene: Scene, sitting: Sitting, position: int) -> None:
    """Eight saves on top of the same version from two devices, then one from a tab that still shows the beginning."""
    sitting.answer(position, sitting.right[position])
    base = sitting.versions[position]
    values = [sitting.right[position], None] * 4
    scene.dice.shuffle(values)
    answers = scene.at_one_moment(values, lambda value: sitting.learner.save(sitting.id, position, value, base=base))
    taken = [answer for answer in answers if answer.status == 200]
    scene.require(len(taken) == 1, f"{len(taken)} of 8 saves on top of one version were taken")
    scene.require(all(a.body["code"] == "stale" for a in answers if a.status != 200), "a refused save was not told that it is stale")
    row = Response.objects.get(attempt=sitting.id, position=position)
    stale = sitting.learner.save(sitting.id, position, None, base=0)
    told = stale.body.get("stored") or {}
    heard = (stale.status, told.get("version"), told.get("answer"))
    scene.require(heard == (409, row.version, row.answer), "a stale tab was not told what is stored")
    scene.require(Response.objects.get(pk=row.pk).answer == row.answer, "a stale tab erased an answer")
    sitting.versions[position] = row.version


@fault("F10", "the network drops while answers are saved")
def network_drops(scene: Scene) -> None:
    """A save whose reply is lost is stored once, and its repeat is answered as the first; what was answered offline is taken in order
    afterwards; within the grace after the deadline it is taken, later it is refused and what was stored before stays."""
    web, _worker, _sweep = scene.everything()
    front, url = behind(scene, web)
    sittings = scene.sit(url, people=4 if scene.small else 10, count=5)
    for sitting in sittings:
        save_id, value = str(uuid.uuid4()), sitting.right[1]
        front.cut(scene.dice.randrange(0, 200))  # anywhere in the head of the reply, or before it
        try:
            sitting.learner.save(sitting.id, 1, value, save_id=save_id)
            scene.require(False, "a cut reply was read as whole")
        except BROKEN:
            pass
        front.pass_on()
        scene.require(Response.objects.filter(attempt=sitting.id, position=1).count() == 1, "a save whose reply was lost is not stored")
        again = sitting.learner.save(sitting.id, 1, value, save_id=save_id)
        repeated = (again.status, again.body.get("version"))
        scene.require(repeated == (200, 1), f"the repeat of a save was answered {repeated}")
        sitting.versions[1] = 1
    # Offline for a while: the outbox keeps the last answer of each question and sends them in order.
    with ThreadPoolExecutor(len(sittings)) as pool:
        front.refuse()
        asked = [pool.submit(lambda s=sitting: [s.answer(position).status for position in s.positions]) for sitting in sittings]
        time.sleep(2 if scene.small else 10)
        scene.require(not any(answer.done() for answer in asked), "a save got through a closed port")
        front.pass_on()
        for answer in asked:
            scene.require(set(answer.result()) == {200}, "an answer given offline was refused")
    punctual, late = sittings[0], sittings[1]
    timed = {punctual: 25, late: 35}
    for sitting, seconds in timed.items():
        deadline = read_db_now() - timedelta(seconds=seconds)
        Attempt.objects.filter(pk=sitting.id).update(deadline=deadline)
        Response.objects.filter(attempt=sitting.id).update(saved_at=deadline)
    scene.require(punctual.answer(2).status == 200, "an answer within the grace was refused")
    refused = insist(lambda: late.learner.save(late.id, 2, None, base=late.versions[2]), within=10)
    scene.require(refused.status == 409 and refused.body["code"] in {"late", "closed"}, f"an answer after the grace got {refused.status}")
    scene.submit_all(sittings)
    scene.graded(sittings, within=30)
    scene.note("the browser's part: tests/e2e/test_player_resilience.py")


@fault("F12", "a rolling restart and a change of the schema under load", alone=True)
def deployed(scene: Scene) -> None:
    """At most one request in a thousand is answered with an error of the server, no save is lost, and a change of the schema waits
    two seconds for its lock at most, so that nobody waits longer behind it."""
    web, _worker, _sweep = scene.everything(processes=2)
    sittings = scene.sit(web.url, people=8 if scene.small else 30, count=5)
    with Load(sittings, pause=0.05) as load:
        time.sleep(1)
        before = {process.pid for process in serving(web)}
        os.kill(web.launched.pid, signal.SIGHUP)

        def replaced() -> bool:
            now = {process.pid for process in serving(web)}
            return len(now) >= 2 and not now & before

        scene.wait(replaced, "every process was replaced", every=0.2)
        time.sleep(1)
        _change_schema(scene)
        time.sleep(1)
    scene.require(not load.troubles, f"learners were turned away: {load.troubles[:3]}")
    asked = scene.ledger.count("save")
    failed = scene.ledger.server_errors() + scene.ledger.count("save", {0})
    scene.measure("requests that failed", 1000 * failed / max(asked, 1), at_most=1, unit="of 1000")
    scene.measure("99 of 100 saves answered after", scene.ledger.percentile("save", 0.99), at_most=3)
    scene.submit_all(sittings)
    scene.graded(sittings, within=30)
    scene.require(Grade.objects.count() == len(sittings), "not every attempt went on over the deploy")


def _change_schema(scene: Scene) -> None:
    """Add a column, as an expanding migration does, while a long read stands in the way; then without it, and take it away again."""
    blocked = threading.Event()

    def read_long() -> None:
        with psycopg.connect(scene.database_url) as connection:
            connection.execute("SELECT count(*) FROM quizzes_response")
            blocked.set()
            time.sleep(4)

    reader = threading.Thread(target=read_long)
    reader.start()
    blocked.wait(10)
    change = "ALTER TABLE quizzes_response ADD COLUMN faults_later integer"
    began = time.monotonic()
    for _try in range(10):
        try:
            with psycopg.connect(scene.database_url) as connection:
                connection.execute("SET lock_timeout = '2s'")
                connection.execute(change)  # type: ignore[arg-type]
            break
        except psycopg.errors.LockNotAvailable:
            time.sleep(0.2)
    reader.join()
    scene.measure("the schema was changed after", time.monotonic() - began, at_most=10)
    scene.execute("ALTER TABLE quizzes_response DROP COLUMN faults_later")
