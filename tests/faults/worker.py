"""What happens to those who grade: F1 killed, F8 told twice, F15 poisoned, F18 asked to stop."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterable
from datetime import timedelta

import psutil
import psycopg
from celery import Celery

from accounts.clock import read_db_now
from config import roles
from quizzes.models import Attempt, Grade, GradingJob
from tests.faults.learners import Load, Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.proxy import Target
from tests.faults.scene import Scene
from tests.servers.launching import Launched
from tests.servers.waiting import PATIENCE

POINTS = {
    "claimed and nothing computed": "LOCK TABLE quizzes_keyrevision IN ACCESS EXCLUSIVE MODE",
    "computed and nothing written": "LOCK TABLE quizzes_grade IN SHARE MODE",
    "the grade written and not the learner": "SELECT id FROM accounts_user FOR UPDATE",
    "everything written but the last row": "LOCK TABLE analytics_attemptevidence IN SHARE MODE",
}
"""Where a grader stops when these locks are held, in the order of its work."""


def graders(scene: Scene, names: Iterable[str], **settings: str) -> list[Launched]:
    """Workers that each hear a queue of their own, started together."""
    names = list(names)
    started = [scene.start(roles.worker(queue=name, processes=1, name=name), name, **scene.worker_settings, **settings) for name in names]
    for launched in started:
        launched.wait_for(lambda log=launched: " ready." in log.tail(10_000), what="the worker is ready")
    return started


def hint(scene: Scene, queue: str, times: int = 1) -> None:
    """Send the message that the web sends after a submit."""
    with Celery("harness", broker=f"redis+socket://{scene.redis.socket}", set_as_current=False) as app:
        for _number in range(times):
            app.send_task("quizzes.drain", queue=queue, ignore_result=True)


@fault("F1", "kill -9 of a worker while it grades", on=BOTH)
def worker_killed(scene: Scene) -> None:
    """Whatever moment a grader is killed at, alone or with all its processes: every attempt has one grade within 30 s, by the
    lease of 15 s and the sweep, without waiting for the broker to give the message out again."""
    web = scene.web()
    people = 3 if scene.small else 10
    kill = _kill_at_each_point if scene.on_postgresql else _kill_when_a_lease_is_seen
    sittings = kill(scene, web.url, people)
    killed = time.monotonic()
    scene.worker()
    scene.sweep()
    scene.graded(sittings, within=30, since=killed)


def _kill_at_each_point(scene: Scene, url: str, people: int) -> list[Sitting]:
    names = [*(f"point-{number}" for number in range(len(POINTS))), "acknowledging", "child"]
    groups = [scene.answered(url, people=people, each=2) for _name in names]
    workers = graders(scene, names)
    points = [*POINTS.values(), *[POINTS["computed and nothing written"]] * 2]
    for name, group, worker, point in zip(names, groups, workers, points, strict=True):
        scene.submit_all(group)
        with scene.holding(point):
            hint(scene, name)
            scene.wait(lambda group=group: len(scene.leased(group)) == len(group), "a grader holds the orders")
            if name == "acknowledging":
                scene.redis.freeze()  # what is graded cannot be acknowledged
            else:
                time.sleep(scene.dice.uniform(0, 0.2))
                if name == "child":
                    os.kill(int(scene.leased(group)[0].lease_owner.split(":")[2]), signal.SIGKILL)
                else:
                    scene.kill(worker)
        if name == "acknowledging":
            ids = [sitting.id for sitting in group]
            scene.wait(lambda ids=ids: Grade.objects.filter(attempt__in=ids).count() == len(ids), "graded and not acknowledged")
            scene.kill(worker)
            scene.redis.thaw()
    return [sitting for group in groups for sitting in group]


def _kill_when_a_lease_is_seen(scene: Scene, url: str, people: int) -> list[Sitting]:
    """SQLite has no locks to stop at: the kill comes some random thousandths of a second after a lease is seen.

    A grader is done with a group in a few tenths of a second. Where the machine let this process see the lease, or kill, too late,
    nothing was done to a grader at work: that kill does not count, and another one is tried.
    """
    sittings: list[Sitting] = []
    at_work = tried = 0
    while at_work < 3 and tried < 12:
        worker = graders(scene, [f"moment-{tried}"])[0]
        group = scene.answered(url, people=people, each=4)
        scene.submit_all(group)
        sittings += group
        hint(scene, f"moment-{tried}")
        scene.wait(lambda group=group: scene.leased(group) or _grades(group), "a lease or a grade is seen", every=0.001)
        time.sleep(scene.dice.uniform(0, 0.03))
        scene.kill(worker)
        at_work += _grades(group) < len(group)
        tried += 1
    scene.require(at_work == 3, f"of {tried} graders only {at_work} were killed before they had finished")
    return sittings


def _grades(sittings: list[Sitting]) -> int:
    return Grade.objects.filter(attempt__in=[sitting.id for sitting in sittings]).count()


@fault("F8", "the same message many times, and two holders of one order", on=BOTH)
def delivered_twice(scene: Scene) -> None:
    """However often the message comes, and even when a lease runs out under a grader that still lives: one grade, counted once
    for the learner."""
    web = scene.web()
    many = scene.answered(web.url, people=5 if scene.small else 20, each=4)
    scene.submit_all(many)
    hint(scene, "crowd", times=50)
    crowd = scene.start(roles.worker(queue="crowd", processes=4 if scene.small else 8, name="crowd"), "crowd", **scene.worker_settings)
    scene.graded(many, within=30)
    crowd.stop()
    few = scene.answered(web.url, people=4, each=5)
    scene.submit_all(few)
    (_two_holders_postgresql if scene.on_postgresql else _two_holders_sqlite)(scene, few)
    scene.graded(few, within=30)


def _two_holders_postgresql(scene: Scene, few: list[Sitting]) -> None:
    """The first holder's way to the database goes dark between its claim and its work."""
    assert scene.store
    dark = scene.proxy(scene.store.target)
    url = re.sub(r":\d+/", f":{dark.port}/", scene.site.database_url)
    graders(scene, ["first"], DATABASE_URL=url)
    graders(scene, ["second"])
    dark.delay(0.3)
    hint(scene, "first")
    scene.wait(lambda: scene.leased(few), "the first holds the orders", every=0.005)
    dark.blackhole()
    owners = {job.lease_owner for job in scene.leased(few)}
    scene.require(owners, "the first had finished before its way went dark: nobody held an order twice")
    scene.execute("UPDATE quizzes_gradingjob SET lease_until = now() - interval '1 second' WHERE state = 'leased'")
    deadline = time.monotonic() + PATIENCE
    while GradingJob.objects.exclude(state="done").exists() and time.monotonic() < deadline:
        hint(scene, "second")
        time.sleep(0.2)
    dark.pass_on()  # the first wakes up and wants to write
    time.sleep(3)
    scene.require(not owners & set(Grade.objects.values_list("graded_by", flat=True)), "the first holder wrote after its lease had ended")


def _two_holders_sqlite(scene: Scene, few: list[Sitting]) -> None:
    """The first holder stops between its claim and its work (tests/faults/stopping_worker.py), and its lease runs out."""
    celery = roles.worker(queue="first", processes=1, name="first")
    command = [sys.executable, "-m", "tests.faults.stopping_worker", *celery[celery.index("worker") :]]
    first = scene.start(command, "first", **scene.worker_settings)
    second = graders(scene, ["second"])[0]
    first.wait_for(lambda: " ready." in first.tail(10_000), what="the worker is ready")
    hint(scene, "first")
    holder = scene.wait(lambda: scene.leased(few), "the first holds orders")[0].lease_owner
    ended = GradingJob.objects.filter(lease_owner=holder).update(lease_until=read_db_now() - timedelta(seconds=1))
    scene.require(ended, "no lease ended under the first holder")
    deadline = time.monotonic() + PATIENCE
    while GradingJob.objects.exclude(state="done").exists() and time.monotonic() < deadline:
        hint(scene, "second")
        time.sleep(0.2)
    os.kill(int(holder.split(":")[2]), signal.SIGCONT)  # it wakes up and wants to write
    time.sleep(3)
    scene.require(not Grade.objects.filter(graded_by=holder).exists(), "the first holder wrote after its lease had ended")
    scene.require(second.running, "the second holder ended")


@fault("F15", "an attempt that cannot be graded, and one that kills whoever grades it", alone=True)
def poisoned(scene: Scene) -> None:
    """An attempt whose grading raises costs the others a second at most and a fifth of their usual time; one that kills its grader
    costs those who shared its batch a lease: 30 s. Both are tried three times alone, then wait for a person, who sees them; put
    back in line after the cause is mended, they are graded."""
    web, _worker, _sweep = scene.everything()
    people = 10 if scene.small else 50
    usual = scene.answered(web.url, people=people, each=2)
    scene.submit_all(usual)
    scene.graded(usual, within=30)
    broken, deadly = scene.answered(web.url, people=2)
    whole = Attempt.objects.get(pk=broken.id).form
    # A version that does not exist, in the pinned form: grading raises, always.
    Attempt.objects.filter(pk=broken.id).update(form=[[2_000_000_000, 1], *whole[1:]])
    others = scene.answered(web.url, people=people, each=2)
    mixed = [*others, broken]
    scene.dice.shuffle(mixed)
    scene.submit_all(mixed)
    scene.graded(others, within=30)
    scene.measure("95 of 100 others graded after", _delay(others), at_most=1.2 * _delay(usual) + 1)
    _kill_whoever_grades(scene, web.url, deadly, people)
    scene.wait(lambda: Attempt.objects.get(pk=broken.id).state == "needs_attention", "the broken one needs attention")
    for sitting in (broken, deadly):
        job = GradingJob.objects.get(attempt=sitting.id)
        scene.require((job.state, job.tries) == ("needs_attention", 3), f"the poisoned order is {job.state} after {job.tries} tries")
        scene.require(job.last_error, "nothing says why")
    Attempt.objects.filter(pk=broken.id).update(form=whole)
    done = scene.manage("requeue", "--all")
    scene.require(done.returncode == 0, f"requeue ended with {done.returncode}: {done.stderr[-300:]}")
    scene.graded([broken, deadly], within=30)


def _kill_whoever_grades(scene: Scene, url: str, deadly: Sitting, people: int) -> None:
    """Whoever holds the deadly order waits for its learner's row and is killed there: as by a segmentation fault, or by the kernel
    when memory is out."""
    others = scene.answered(url, people=people, each=2)
    learner = Attempt.objects.get(pk=deadly.id).user_id
    killed: set[str] = set()
    with scene.holding(f"SELECT id FROM accounts_user WHERE id = {learner} FOR UPDATE"):
        mixed = [*others, deadly]
        scene.dice.shuffle(mixed)
        scene.submit_all(mixed)
        end = time.monotonic() + 100
        while time.monotonic() < end and Attempt.objects.get(pk=deadly.id).state != "needs_attention":
            job = GradingJob.objects.get(attempt=deadly.id)
            if job.state == "leased" and job.lease_owner not in killed and _waits_for_a_lock(scene):
                killed.add(job.lease_owner)
                _kill_holder(scene, job.lease_owner)
            time.sleep(0.05)
    scene.graded(others, within=30)
    scene.measure("those in line with the deadly one graded after", max(_seconds(others)), at_most=30)
    scene.measure("executions of the deadly one", len(killed), at_most=4, unit="times")  # once with others, three times alone


def _waits_for_a_lock(scene: Scene) -> bool:
    with psycopg.connect(scene.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return bool(found.fetchone()[0])  # type: ignore[index]


def _kill_holder(scene: Scene, owner: str) -> None:
    """Kill the process that a lease names; a sweep is started again, as the supervisor would."""
    role, _host, pid, _thread = owner.split(":")
    os.kill(int(pid), signal.SIGKILL)
    if role == "sweep":
        scene.sweep()


def _seconds(sittings: list[Sitting]) -> list[float]:
    """The seconds from submit to grade of each, the shortest first."""
    rows = Attempt.objects.filter(pk__in=[sitting.id for sitting in sittings]).values_list("submitted_at", "graded_at")
    return sorted((graded - submitted).total_seconds() for submitted, graded in rows)


def _delay(sittings: list[Sitting]) -> float:
    """The seconds that 95 of 100 of these needed at most."""
    seconds = _seconds(sittings)
    return seconds[int(0.95 * (len(seconds) - 1))]


@fault("F18", "SIGTERM of web and worker, as in a deploy")
def asked_to_stop(scene: Scene) -> None:
    """What is in flight ends and is answered, nothing is graded twice or given up, and a stop takes at most 20 s."""
    web, worker, _sweep = scene.everything()
    sittings = scene.answered(web.url, people=10 if scene.small else 40, each=3)
    scene.submit_all(sittings)
    time.sleep(scene.dice.uniform(0, 0.15))
    began = time.monotonic()
    worker.process.terminate()
    worker.process.wait(PATIENCE)
    scene.measure("the worker stopped after", time.monotonic() - began, at_most=20)
    scene.worker(name="next")
    scene.graded(sittings, within=30, since=began)
    again = GradingJob.objects.exclude(tries=0, alone=False).count()
    scene.require(not again, f"{again} orders were tried again after a polite stop")
    busy = scene.sit(web.url, people=4)
    front = scene.proxy(Target(port=int(web.url.rsplit(":", 1)[1])))
    for sitting in busy:
        sitting.learner.url = f"http://127.0.0.1:{front.port}"
    with Load(busy, pause=0.02) as load:
        time.sleep(0.5)
        began = time.monotonic()
        web.launched.process.terminate()
        web.launched.process.wait(PATIENCE)
        scene.measure("the web stopped after", time.monotonic() - began, at_most=20)
        following = scene.web()
        front.target = Target(port=int(following.url.rsplit(":", 1)[1]))
        time.sleep(1)
    scene.require(not load.troubles, f"learners were turned away: {load.troubles[:3]}")
    scene.require(not scene.ledger.server_errors(), f"{scene.ledger.server_errors()} requests in flight were answered with an error")
    scene.submit_all(busy)
    scene.graded(busy, within=30)
    assert psutil.pid_exists(following.launched.pid)
